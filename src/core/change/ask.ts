import type { Authorization } from '../policy/authorize.ts';
import { orderSigners } from '../policy/on-call.ts';
import { signedPolicy, termsOf } from '../policy/terms.ts';
import { aboutRun, type Run, type RunChanges, type RunState, type StoredPlan, type Terms } from '../run.ts';
import { Superseded, type Transaction } from '../store.ts';
import { requestKey, runDigest } from './run-digest.ts';
import { askedIn, changeCards, previewOf, signerMessages, signersIn } from './speak-change.ts';
import type { Standing } from './standing.ts';

/** What is to be signed, and under which terms; fixed from now on. */
export interface Request {
  readonly plan: StoredPlan;
  readonly terms: Terms;
  readonly digest: string;
  readonly lockKey: string | undefined;
}

/** A free undo asks for no signatures, whatever the rule says. */
export function requestFor(
  run: Run,
  plan: StoredPlan,
  authorization: Authorization,
  options: { readonly isFreeUndo: boolean; readonly lockKey: string | undefined },
): Request {
  const asked = termsOf(authorization);
  const terms: Terms = options.isFreeUndo ? { ...asked, approvalsNeeded: 0 } : asked;
  const digest = runDigest({
    run: run.id,
    requester: run.requester,
    command: run.command,
    version: run.commandVersion,
    args: plan.args,
    target: run.target,
    environment: run.environment,
    data: plan.data,
    effects: plan.effects,
    policy: signedPolicy(terms),
  });
  return { plan, terms, digest, lockKey: options.lockKey };
}

/**
 * Shows the one who asked what would happen; nothing goes on until they confirm.
 * @param executor whose plan it is.
 */
export async function propose(
  run: Run,
  request: Request,
  executor: string,
  transaction: Transaction,
): Promise<Run> {
  const waiting = await move(run, ['planned'], 'planned', request, transaction, executor);
  transaction.addJob('expire', run.id, { at: waiting.expiresAt! });
  for (const message of previewOf(waiting)) transaction.want(message);
  return waiting;
}

/** Posts the card that can be signed and asks those who could sign it, the ones on call first. */
export async function askForSignatures(
  run: Run,
  from: readonly RunState[],
  request: Request,
  standing: Standing,
  asked: { readonly ops: string; readonly via: string; readonly executor?: string },
  transaction: Transaction,
): Promise<Run> {
  const waiting = await move(run, from, 'awaiting_approval', request, transaction, asked.executor);
  const expiresAt = waiting.expiresAt!;
  const minutes = request.terms.expiresMinutes;
  transaction.addJob('expire', run.id, { at: expiresAt });
  transaction.addJob('remind', run.id, { at: new Date(expiresAt.getTime() - (minutes * 60_000) / 2) });
  transaction.refresh(run.id, 'decision', askedIn(run));
  for (const message of changeCards(waiting, asked.ops)) transaction.want(message);
  const signers = orderSigners(signersIn(request.terms.approvers), standing.settings, standing.membership);
  for (const message of signerMessages(run.id, 'ask', signers)) transaction.want(message);
  transaction.record([
    {
      kind: 'approval.requested',
      actor: run.requester,
      via: asked.via,
      ...aboutRun(run),
      facts: {
        command: run.command,
        ...whereOf(run),
        digest: request.digest,
        approvals: request.terms.approvalsNeeded,
        roles: request.terms.approvers.map(({ role }) => role),
        expiresAt: expiresAt.toISOString(),
      },
    },
  ]);
  return waiting;
}

async function move(
  run: Run,
  from: readonly RunState[],
  to: 'planned' | 'awaiting_approval',
  { plan, terms, digest, lockKey }: Request,
  transaction: Transaction,
  executor: string | undefined,
): Promise<Run> {
  const changes: RunChanges = {
    plan,
    terms,
    digest,
    requestKey: requestKey({ command: run.command, target: run.target, args: plan.args }),
    expiresMinutes: terms.expiresMinutes,
    ...(lockKey === undefined ? {} : { lockKey }),
  };
  const moved = await transaction.moveRun(run.id, from, to, changes, executor);
  if (moved === undefined) throw new Superseded(`${run.id} was decided elsewhere`);
  return moved;
}

export function whereOf(run: Pick<Run, 'target' | 'environment'>) {
  return run.target === undefined ? {} : { target: run.target, environment: run.environment ?? '' };
}
