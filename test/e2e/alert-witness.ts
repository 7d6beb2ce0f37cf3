import type { ClientEvent, ClientMessage } from '../../sandbox/slack/client-api.ts';
import { cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import type { AlertScene } from './alert-crash-scene.ts';

/** What people saw and were called for, by what Slack and PagerDuty hold and nothing of the bot's own. */
export interface AlertWitness {
  /** Top-level messages of #alerts with this title on them, as they stand now. */
  cards(title: string): ClientMessage[];
  /** What was said in their threads. */
  replies(title: string): ClientMessage[];
  /** Headlines about it in #incidents. */
  headlines(title: string): ClientMessage[];
  /** How often a message about it has called this person: once for each that named them when it came. */
  calls(title: string, userId: string): number;
  /** Waits until the only card reads so. */
  card(title: string, matching: RegExp): Promise<ClientMessage>;
  /** PagerDuty's incidents about it. */
  incidents(
    title: string,
  ): AlertScene['pagerDuty']['incidents'] extends () => readonly (infer One)[] ? One[] : never;
  /** What PagerDuty was told of it and took, in the order it came; the same again right after counts once. */
  paged(title: string): string[];
}

const cardMilliseconds = 45_000;

export function alertWitness({ surroundings: { workspace }, pagerDuty }: AlertScene): AlertWitness {
  const { botUserId } = workspace.app;
  const all = (title: string, channel: string) =>
    workspace
      .as('U0LINUS')
      .state()
      .messages.filter(
        (message) =>
          message.userId === botUserId && message.channel === channel && cardText(message).includes(title),
      );
  const cards = (title: string) =>
    all(title, 'C0ALERTS').filter(({ threadTs, ts }) => threadTs === undefined || threadTs === ts);
  const incidents = (title: string) => pagerDuty.incidents().filter((one) => one.title.includes(title));
  return {
    cards,
    replies: (title) =>
      all(title, 'C0ALERTS').filter(({ threadTs, ts }) => threadTs !== undefined && threadTs !== ts),
    headlines: (title) => all(title, 'C0INC').filter(({ threadTs }) => threadTs === undefined),
    calls: (title, userId) =>
      workspace
        .events()
        .filter(
          (event: ClientEvent) =>
            event.kind === 'message_posted' &&
            event.message.userId === botUserId &&
            cardText(event.message).includes(title) &&
            isNamed(event.message, userId),
        ).length,
    card: async (title, matching) => {
      let seen: ClientMessage[] = [];
      return until(
        () => {
          seen = cards(title);
          return seen.length === 1 && matching.test(cardText(seen[0]!)) ? seen[0] : undefined;
        },
        { deadlineMilliseconds: cardMilliseconds, waitingFor: `a card of ${title} with ${matching}` },
      ).catch((error: Error) => {
        throw new Error(`${error.message}; there is ${JSON.stringify(seen.map(cardText))}`, { cause: error });
      });
    },
    incidents,
    paged: (title) => {
      const keys = new Set(incidents(title).map(({ incidentKey }) => incidentKey));
      return pagerDuty.events
        .filter(({ outcome }) => !['refused', 'limited', 'error', 'cut'].includes(outcome))
        .map(({ body }) => body as { readonly dedup_key: string; readonly event_action: string })
        .filter(({ dedup_key }) => keys.has(dedup_key))
        .map(({ event_action }) => event_action)
        .filter((action, index, actions) => action !== actions[index - 1]);
    },
  };
}

/** A mention is an element of its own, or what Slack's markup makes one. */
function isNamed({ blocks, text }: ClientMessage, userId: string): boolean {
  return JSON.stringify(blocks).includes(`"user_id":"${userId}"`) || text.includes(`<@${userId}>`);
}
