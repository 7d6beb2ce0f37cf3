import type { Pool } from 'pg';
import type { RunView } from './core/cards/run-view.ts';
import type { GuardContext } from './core/change/guard-context.ts';
import { signersIn } from './core/change/speak-change.ts';
import { standingOf, undoMinutes } from './core/change/standing.ts';
import { whyAccountMayNotAct } from './core/policy/authorize.ts';
import { accountsOf } from './core/policy/identity.ts';
import { signaturesThatHold } from './core/policy/signing.ts';
import type { Run } from './core/run.ts';
import { manyApprovals } from './postgres/approvals.ts';
import { maybeReceipt } from './postgres/receipts.ts';
import { maybeRun } from './postgres/runs.ts';
import { manySteps } from './postgres/steps.ts';
import { maybeLockHolder } from './postgres/waiting-runs.ts';

export interface RunViewsContext {
  readonly pool: Pool;
  readonly workspaceId: string;
  readonly guard: GuardContext;
  /** Link to a message of ours once it is posted. */
  readonly permalink: (messageId: string) => Promise<string | undefined>;
}

/** A run with everything its cards show, as it stands at this moment. */
export async function maybeRunView(id: string, context: RunViewsContext): Promise<RunView | undefined> {
  const { pool, workspaceId } = context;
  const client = await pool.connect();
  let rows: [Run | undefined, string | undefined, RunView['approvals'], RunView['steps']];
  try {
    rows = await Promise.all([
      maybeRun(client, workspaceId, id),
      maybeReceipt(client, workspaceId, id),
      manyApprovals(client, workspaceId, id),
      manySteps(client, workspaceId, id),
    ]);
  } finally {
    client.release();
  }
  const [run, receipt, approvals, steps] = rows;
  if (run === undefined) return undefined;
  const [signing, waitsFor, approvalLink] = await Promise.all([
    signingNow(run, approvals, context.guard),
    run.state === 'approved' ? maybeLockHolder(pool, workspaceId, run) : undefined,
    run.state === 'awaiting_approval' ? context.permalink(`run:${id}:approval`) : undefined,
  ]);
  return {
    run,
    receipt,
    approvals,
    steps,
    ...signing,
    waitsFor,
    undo: undoOf(run, context.guard),
    approvalLink,
  };
}

type Signing = Pick<RunView, 'signersNow' | 'unreadableGroups' | 'signaturesHolding'>;

/** Who could sign at this moment, and what the signatures given are worth. */
async function signingNow(run: Run, approvals: RunView['approvals'], guard: GuardContext): Promise<Signing> {
  const { terms, digest } = run;
  const isWaiting = run.state === 'awaiting_approval' || (run.state === 'planned' && run.plan !== undefined);
  if (!isWaiting || terms === undefined || digest === undefined || terms.approvalsNeeded === 0) {
    const given = approvals.filter(({ decision }) => decision === 'approved').length;
    return { signersNow: [], unreadableGroups: [], signaturesHolding: given };
  }
  const people = approvals.map(({ signer }) => signer);
  const { settings, membership, authorization } = await standingOf(run, guard, run.plan, {
    people,
    areSignersRead: true,
  });
  const { holding } = signaturesThatHold({
    approvals,
    requester: run.requester,
    digest,
    terms,
    authorizationNow: authorization,
    settings,
    membership,
  });
  const decided = new Set(people.flatMap((one) => [...accountsOf(settings.identities, one)]));
  const posted = new Set(signersIn(terms.approvers));
  return {
    signersNow: signersIn(authorization.approvers).filter(
      (one) => posted.has(one) && !decided.has(one) && whyAccountMayNotAct(one, membership) === undefined,
    ),
    unreadableGroups: [
      ...new Set(authorization.approvers.flatMap(({ unreadableGroups }) => unreadableGroups)),
    ],
    signaturesHolding: holding.length,
  };
}

function undoOf(run: Run, { commands }: GuardContext): RunView['undo'] {
  const command = commands.get(run.command)?.definition.undo;
  if (run.state !== 'succeeded' || command === undefined || run.finishedAt === undefined) return undefined;
  return { command, until: new Date(run.finishedAt.getTime() + undoMinutes * 60_000) };
}
