import type { Place, WantedMessage } from './message.ts';
import type { Run } from './run.ts';

/** How many thread messages a report's details take; the renderer knows Slack's limits. */
export type CountPages = (run: Run) => number;

/**
 * What people are to see of a run as it stands. Answers about the requester are shown to that person only;
 * everything else is public where it was asked.
 */
export function answer(run: Run, countPages: CountPages = () => 0): WantedMessage[] {
  const messages: WantedMessage[] = [];
  const place = placeOf(run);
  if (place !== undefined) {
    messages.push({ id: cardId(run.id), place, urgency: run.state === 'executing' ? 'progress' : 'other' });
    for (let page = 1; page <= countPages(run); page++) {
      messages.push({
        id: `run:${run.id}:details:${page}`,
        place: {
          kind: 'thread_of',
          messageId: cardId(run.id),
          ...(page === 1 ? {} : { after: `run:${run.id}:details:${page - 1}` }),
        },
        urgency: 'other',
      });
    }
  }
  if (run.origin.viewId !== undefined) {
    messages.push({
      id: `run:${run.id}:view`,
      place: { kind: 'view', viewId: run.origin.viewId },
      urgency: 'decision',
    });
  }
  return messages;
}

export function cardId(runId: string): string {
  return `run:${runId}:card`;
}

function placeOf(run: Run): Place | undefined {
  const { channelId, threadTs, responseUrl, viewId } = run.origin;
  // The command line prints its own answer.
  if (run.via === 'cli') return undefined;
  const where = {
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(responseUrl === undefined ? {} : { responseUrl }),
  };
  const isPrivate = run.state === 'refused' || run.report?.isPrivate === true;
  if (isPrivate && viewId !== undefined) return undefined;
  if (channelId === undefined) return { kind: 'dm', userId: run.requester };
  if (isPrivate) return { kind: 'ephemeral', channelId, userId: run.requester, ...where };
  return { kind: 'channel', channelId, ...where };
}
