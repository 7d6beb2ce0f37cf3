import type { JsonObject } from '../../command.ts';
import { type Authorization, authorizeRun } from '../policy/authorize.ts';
import { accountsOf } from '../policy/identity.ts';
import { type MembershipSnapshot, readMembership } from '../policy/membership.ts';
import type { PolicySettings } from '../policy/rule.ts';
import type { Approval, Run } from '../run.ts';
import type { GuardContext, GuardSettings } from './guard-context.ts';

/** What the policy says about a run at this moment, and who is who. */
export interface Standing {
  readonly settings: GuardSettings;
  readonly membership: MembershipSnapshot;
  readonly authorization: Authorization;
}

/** Past this many their accounts are not looked into: Slack allows about a hundred look-ups a minute. */
const mostMembersRead = 50;

/**
 * Reads people and groups, then asks the policy. Nothing in it is older than a minute.
 * @param plan the plan the run has, or is to have; without it rules about data are undecided.
 */
export async function standingOf(
  run: Pick<Run, 'requester' | 'command' | 'risk' | 'target' | 'environment'>,
  context: Pick<GuardContext, 'settings' | 'membership'>,
  plan: { readonly args: JsonObject; readonly data: JsonObject } | undefined,
  options: { readonly people?: readonly string[]; readonly areSignersRead?: boolean } = {},
): Promise<Standing> {
  const settings = context.settings();
  const first = await readMembership(context.membership, settings, [
    run.requester,
    ...(options.people ?? []),
  ]);
  const ask = (membership: MembershipSnapshot): Authorization =>
    authorizeRun({
      person: run.requester,
      command: run.command,
      risk: run.risk,
      target: run.target,
      environment: run.environment,
      settings,
      membership,
      ...(plan === undefined ? {} : { args: plan.args, data: plan.data }),
    });
  const authorization = ask(first);
  if (options.areSignersRead !== true) return { settings, membership: first, authorization };
  const signers = [...new Set(authorization.approvers.flatMap(({ users }) => users))];
  if (signers.length === 0 || signers.length > mostMembersRead)
    return { settings, membership: first, authorization };
  const membership = await readMembership(context.membership, settings, [
    run.requester,
    ...(options.people ?? []),
    ...signers,
  ]);
  return { settings, membership, authorization: ask(membership) };
}

/** How long the one who asked, or signed, may take a change back without a new signature. */
export const undoMinutes = 30;

/**
 * Whether a run takes back another within the time for that, by somebody who asked for or signed it: then it
 * needs no signature of its own.
 */
export function isFreeUndo(
  run: Pick<Run, 'requester'>,
  undone: Pick<Run, 'state' | 'requester' | 'finishedAt'>,
  approvals: readonly Approval[],
  settings: PolicySettings,
  now: Date,
): boolean {
  if (undone.state !== 'succeeded' || undone.finishedAt === undefined) return false;
  if (now.getTime() - undone.finishedAt.getTime() > undoMinutes * 60_000) return false;
  const accounts = accountsOf(settings.identities, run.requester);
  const signers = approvals.filter(({ decision }) => decision !== 'denied').map(({ signer }) => signer);
  return [undone.requester, ...signers].some((person) => accounts.has(person));
}

/**
 * Too few who could sign says nothing against a request that enough have signed. And who asked for or signed a
 * change may take it back also where they could not have asked for it.
 */
export function isBeside(obstacle: Authorization['obstacle'], isFreeUndo: boolean): boolean {
  if (obstacle === 'too_few_signers') return true;
  return isFreeUndo && (obstacle === 'not_a_runner' || obstacle === 'unsigned');
}
