/**
 * What the policy of a moment says about a run, told apart from the code under test: from the settings and the rows
 * alone, for the few kinds of rules these tests use.
 */
import type { JsonObject } from '../../../src/command.ts';
import type { GuardSettings } from '../../../src/core/change/guard-context.ts';
import type { PolicyRule } from '../../../src/core/policy/rule.ts';
import type { Approval, Run } from '../../../src/core/run.ts';
import type { People } from './guarded-people.ts';

/** A stretch of time in which neither policy nor people changed. */
export interface Era {
  readonly from: number;
  to: number;
  readonly settings: GuardSettings;
  readonly people: People;
}

/** The conditions these tests write, as what they mean. */
const meanings: Readonly<Record<string, (data: JsonObject) => boolean>> = {
  'data.count > 3': ({ count }) => Number(count) > 3,
  'data.before == "active"': ({ before }) => before === 'active',
};

export interface Ruling {
  readonly mayAsk: boolean;
  readonly needed: number;
  /** Accounts of different people whose signatures count. */
  readonly signers: readonly string[];
  readonly isGlassBroken: boolean;
}

/** Undefined: no rule matches, so nothing may run. */
export function rulingOn(
  run: Run,
  approvals: readonly Approval[],
  { settings, people }: Era,
): Ruling | undefined {
  const rule = settings.policy.find((one) => isAbout(one, run));
  if (rule === undefined) return undefined;
  const needed = rule.approvals ?? (rule.approve === undefined ? 0 : 1);
  const isActive = (id: string) => people.facts.get(id)?.isDeactivated === false;
  const isIn = (role: string, id: string) => membersOf(role, settings, people).has(id);
  const posted = new Map(run.terms?.approvers.map(({ role, users }) => [role, new Set(users)]));
  const mySelf = personOf(run.requester, settings);
  const denied = new Set(
    approvals.filter(({ decision }) => decision === 'denied').map(({ signer }) => personOf(signer, settings)),
  );
  const counted = new Map<string, string>();
  for (const { signer, decision, digest } of approvals) {
    const self = personOf(signer, settings);
    const holds =
      decision === 'approved' &&
      digest === run.digest &&
      self !== mySelf &&
      !denied.has(self) &&
      isActive(signer) &&
      (rule.approve ?? []).some((role) => posted.get(role)?.has(signer) === true && isIn(role, signer));
    if (holds && !counted.has(self)) counted.set(self, signer);
  }
  return {
    mayAsk: isActive(run.requester) && (rule.run ?? []).some((role) => isIn(role, run.requester)),
    needed,
    signers: [...counted.values()],
    isGlassBroken: approvals.some(
      ({ signer, decision, digest }) =>
        decision === 'broke_glass' &&
        digest === run.digest &&
        isActive(signer) &&
        (isIn('admin', signer) || (rule.breakGlass?.run ?? []).some((role) => isIn(role, signer))),
    ),
  };
}

/** Whether a run may begin; `isFreeUndo` takes signatures and roles out of the question, never the account. */
export function mayBegin(run: Run, approvals: readonly Approval[], era: Era, isFreeUndo: boolean): boolean {
  const ruling = rulingOn(run, approvals, era);
  if (ruling === undefined) return false;
  if (isFreeUndo) return era.people.facts.get(run.requester)?.isDeactivated === false;
  return ruling.mayAsk && (ruling.isGlassBroken || ruling.signers.length >= ruling.needed);
}

function isAbout(rule: PolicyRule, run: Run): boolean {
  if (rule.risk !== undefined && !rule.risk.includes(run.risk)) return false;
  if (rule.command !== undefined && !rule.command.includes(run.command)) return false;
  if (rule.when === undefined) return true;
  const meaning = meanings[rule.when];
  if (meaning === undefined) throw new Error(`The oracle does not know "${rule.when}"`);
  return meaning((run.performed ?? run.plan)?.data ?? {});
}

function membersOf(role: string, settings: GuardSettings, people: People): Set<string> {
  const { users = [], usergroups = [] } = settings.roles[role] ?? {};
  return new Set([...users, ...(usergroups.length > 0 ? people.group : [])]);
}

/** One name for all of a person's accounts; these tests have no chains of them. */
export function personOf(account: string, { identities }: GuardSettings): string {
  return identities.find((accounts) => accounts.includes(account))?.[0] ?? account;
}
