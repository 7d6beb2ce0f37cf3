/**
 * Outside text for places where a client may look for links and names by itself, as Slack does in a message's top-level
 * `text` (https://docs.slack.dev/messaging/formatting-message-text). It reads the same and matches nothing:
 *
 * - no `//`, so that nothing has a scheme;
 * - a one dot leader for the dot of a host name, which would become a link without any scheme;
 * - a full-width `@`, so that there is no `@here`, no name and no mail address.
 *
 * Host names are common in alerts and have to stay readable, which rules out `[.]`.
 */
export function inertText(words: string): string {
  return words
    .replace(/\/{2,}/g, '/')
    .replace(/\.(?=\p{L})/gu, '\u2024')
    .replace(/@/g, '\uff20');
}
