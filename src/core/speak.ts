import type { Place, WantedMessage } from './message.ts';
import type { Run } from './run.ts';

/** How many thread messages a report's details take; the renderer knows Slack's limits. */
export type CountPages = (run: Run) => number;

/**
 * What people are to see of a run as it stands. Answers about the requester are shown to that person only;
 * everything else is public where it was asked.
 * @param hasCard everyone has already seen the run's card, because it took long: the card then has to end too,
 *   without the answer.
 */
export function answer(
  run: Run,
  countPages: CountPages = () => 0,
  { hasCard }: { readonly hasCard: boolean } = { hasCard: false },
): WantedMessage[] {
  const messages: WantedMessage[] = [];
  const isPrivate = isAnsweredPrivately(run);
  const place = isShownElsewhere(run) ? undefined : isPrivate ? privatePlaceOf(run) : placeOf(run);
  const card = isPrivate && hasCard ? placeOf(run) : undefined;
  if (card !== undefined) messages.push({ id: cardId(run.id), place: card, urgency: 'other' });
  if (place !== undefined) {
    const id = isPrivate ? `run:${run.id}:answer` : cardId(run.id);
    messages.push({ id, place, urgency: run.state === 'executing' ? 'progress' : 'other' });
    // What only one person sees has no thread.
    for (let page = 1; !isPrivate && page <= countPages(run); page++) {
      messages.push({
        id: `run:${run.id}:details:${page}`,
        place: {
          kind: 'thread_of',
          messageId: cardId(run.id),
          ...(page === 1 ? {} : { after: `run:${run.id}:details:${page - 1}` }),
          ...(run.origin.responseUrl === undefined ? {} : { responseUrl: run.origin.responseUrl }),
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

/** On a runbook's card, or where the command says: an answer would only repeat it. A refusal is told whoever asked. */
function isShownElsewhere({ state, risk, runbook, report, via }: Run): boolean {
  const isToldAllTheSame = state === 'refused' && via !== 'timer';
  if (!isToldAllTheSame && risk === 'read' && runbook !== undefined) return true;
  return state === 'succeeded' && report?.isShownElsewhere === true;
}

export function cardId(runId: string): string {
  return `run:${runId}:card`;
}

/**
 * Answers about the person who asked: a report that says so, or a refusal, unless it was already asked in public
 * and is refused at the last moment.
 */
export function isAnsweredPrivately(run: Pick<Run, 'state' | 'report' | 'digest'>): boolean {
  return (run.state === 'refused' && run.digest === undefined) || run.report?.isPrivate === true;
}

function placeOf(run: Run): Place | undefined {
  const { channelId } = run.origin;
  // The command line prints its own answer.
  if (run.via === 'cli') return undefined;
  if (channelId === undefined) return { kind: 'dm', userId: run.requester };
  return { kind: 'channel', channelId, ...whereOf(run) };
}

/** Where only the one who asked reads it; a form that is still open says it itself. */
export function privatePlaceOf(run: Run): Place | undefined {
  const { channelId, viewId } = run.origin;
  if (run.via === 'cli' || viewId !== undefined) return undefined;
  if (channelId === undefined) return { kind: 'dm', userId: run.requester };
  return { kind: 'ephemeral', channelId, userId: run.requester, ...whereOf(run) };
}

function whereOf({ origin: { threadTs, responseUrl } }: Run) {
  return {
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(responseUrl === undefined ? {} : { responseUrl }),
  };
}
