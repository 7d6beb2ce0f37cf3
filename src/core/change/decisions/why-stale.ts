import { shownText } from '../../cards/shown-line.ts';
import type { DecisionRequest } from '../../inbox.ts';
import type { RunState } from '../../run.ts';
import type { GuardContext } from '../guard-context.ts';
import { shortDigest } from '../run-digest.ts';
import { fateOf } from './fate.ts';

/** Slack waits three seconds for the answer on the form, and the request is yet to be stored. */
const patienceMilliseconds = 700;

/** What a form decides on, and so the only state in which it still can. */
const decidedIn: Partial<Record<DecisionRequest['action'], RunState>> = {
  approve: 'awaiting_approval',
  deny: 'awaiting_approval',
  break_glass: 'awaiting_approval',
  confirm_run: 'planned',
};

/**
 * Why a submitted form decides on what is no longer there, so that the form itself can say it; undefined when it may
 * still count, or that cannot be told in time. The decision is judged under the run's lock all the same.
 */
export async function whyStale(
  request: DecisionRequest,
  context: Pick<GuardContext, 'store' | 'membership' | 'now'>,
): Promise<string | undefined> {
  const state = decidedIn[request.action];
  if (request.via !== 'modal' || state === undefined) return undefined;
  const looking = look(request, state, context).catch(() => undefined);
  const tooLate = new Promise<undefined>((resolve) => {
    setTimeout(resolve, patienceMilliseconds, undefined).unref();
  });
  return Promise.race([looking, tooLate]);
}

async function look(
  { runId, digest }: DecisionRequest,
  state: RunState,
  { store, membership, now }: Pick<GuardContext, 'store' | 'membership' | 'now'>,
): Promise<string | undefined> {
  const run = await store.maybeRun(runId);
  if (run === undefined) return `The run "${runId}" is not known here, so nothing was done.`;
  const isOver = run.state === state && run.expiresAt !== undefined && run.expiresAt <= now();
  if (run.state === state && !isOver) {
    const isOlder = digest !== undefined && run.digest !== undefined && digest !== shortDigest(run.digest);
    return isOlder ? `This form shows an older plan of ${runId}, so nothing was done.` : undefined;
  }
  const approvals = await store.manyApprovals(runId);
  const fate = fateOf(isOver ? { ...run, state: 'expired' } : run, approvals);
  const people =
    typeof fate === 'string'
      ? []
      : fate.flatMap((span) => (typeof span === 'object' && 'person' in span ? [span.person] : []));
  const names = new Map<string, string>();
  for (const id of people) {
    const reading = await membership.person(id);
    if (reading.isReadable) names.set(id, reading.value.name);
  }
  return shownText(fate, { limit: 600, nameOf: (id) => names.get(id) });
}
