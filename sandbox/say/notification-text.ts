import { mrkdwnText, type Reading } from './mrkdwn-text.ts';

/**
 * What phones show of a message, where it says something its blocks do not; else undefined. Most
 * notifications are the blocks' first words, cut.
 */
export function ownNotification(
  text: string,
  lines: readonly string[],
  reading: Reading,
): string | undefined {
  const said = mrkdwnText(text, reading).replace(/\s+/g, ' ').trim();
  const compared = comparable(said.replace(/…$/, ''));
  return compared === '' || comparable(lines.join(' ')).includes(compared) ? undefined : said;
}

/** Words and marks alone: line breaks and punctuation are not something said. */
function comparable(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s.,;:·()[\]"'“”‘’–—-]+/g, ' ')
    .trim();
}
