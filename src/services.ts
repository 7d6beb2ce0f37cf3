import type { Pool } from 'pg';
import type { Countersign, Explanation, HistoryEntry, LedgerStatus, Risk, RunSummary } from './command.ts';
import { shownText } from './core/cards/shown-line.ts';
import { cancel } from './core/change/decisions/cancel.ts';
import type { Answer, Decider } from './core/change/decisions/decider.ts';
import { beginLockdown, liftLockdown } from './core/change/decisions/lockdown.ts';
import { settleUnknown } from './core/change/decisions/settle-unknown.ts';
import type { GuardContext } from './core/change/guard-context.ts';
import { chooseTarget, matchingTargets, type TargetOffer } from './core/choose-target.ts';
import { Refusal } from './core/errors.ts';
import { receiptOf } from './core/ledger/receipt.ts';
import { sentence } from './core/ledger/sentences.ts';
import type { StoredEntry } from './core/ledger/stored-entry.ts';
import { matchCommand } from './core/parse/match-command.ts';
import { type Authorization, authorizeRun, membersOf } from './core/policy/authorize.ts';
import type { Membership } from './core/policy/membership.ts';
import { readMembership } from './core/policy/membership.ts';
import { adminRole, type PolicySettings } from './core/policy/rule.ts';
import { type Commands, type RegisteredCommand, summarise } from './core/registered-command.ts';
import type { Run } from './core/run.ts';
import { manyApprovals } from './postgres/approvals.ts';
import { findEntries } from './postgres/ledger-read.ts';
import { maybeLockdown } from './postgres/lockdowns.ts';
import { maybeRun } from './postgres/runs.ts';
import { manySteps } from './postgres/steps.ts';
import { alertServicesFor, type ServeAlertsContext } from './serve-alerts.ts';
import { incidentServicesFor, type ServeIncidentsContext } from './serve-incidents.ts';
import { runbookServicesFor, type ServeRunbooksContext } from './serve-runbooks.ts';

export interface ServicesContext extends ServeAlertsContext, ServeIncidentsContext, ServeRunbooksContext {
  readonly workspaceId: string;
  readonly pool: Pool;
  readonly commands: Commands;
  readonly policy: () => PolicySettings;
  readonly membership: Membership;
  readonly targets: () => readonly TargetOffer[];
  readonly ledger: LedgerServices;
  /** What deciding about runs needs; a function because that in turn needs these services. */
  readonly guard: () => GuardContext;
  /** The link to a posted message; undefined where Slack gives none. */
  readonly permalink: (run: Run) => Promise<string | undefined>;
}

export interface LedgerServices {
  status(options: { verify: boolean }): Promise<LedgerStatus>;
  checkpoint(asked: {
    actor: string;
    via: string;
    reason: string;
  }): Promise<{ seq: number; receipt: string }>;
}

/** Authorizes a person now: groups are read at most 60 s ago. */
export async function authorize(
  context: Pick<ServicesContext, 'policy' | 'membership'>,
  request: {
    requester: string;
    command: RegisteredCommand;
    target: TargetOffer | undefined;
    /** Read everyone the policy names too, to say who could act now. Default false. */
    isEveryoneRead?: boolean;
    /** Default: the command's. */
    risk?: Risk;
  },
): Promise<Authorization> {
  const settings = context.policy();
  const { name, definition } = request.command;
  const isOpen = definition.isOpenToEveryone === true;
  const membership =
    isOpen && definition.risk === 'read'
      ? { people: new Map(), groups: new Map() }
      : await readMembership(context.membership, settings, [
          request.requester,
          ...(request.isEveryoneRead === true ? await manyMembers(context, settings) : []),
        ]);
  return authorizeRun({
    person: request.requester,
    command: name,
    risk: request.risk ?? definition.risk,
    target: request.target?.name,
    environment: request.target?.environment,
    isOpenToEveryone: isOpen,
    settings,
    membership,
  });
}

/** Whether a person may run a command on any target that could serve it. */
export async function mayRunAnywhere(
  context: ServicesContext,
  requester: string,
  name: string,
): Promise<boolean> {
  const command = context.commands.get(name);
  return command !== undefined && (await authorizeAnywhere(context, requester, command)).allowed;
}

/** {@link Countersign} as one run's requester sees it. */
export function countersignFor(run: Run, context: ServicesContext): Countersign {
  // A command has a request of its own; what it decides is part of that.
  const decider: Decider = { person: run.requester, via: run.via, origin: run.origin, key: undefined };
  const find = (typed: string): RegisteredCommand =>
    context.commands.get(matchCommand(typed.split(/\s+/), [...context.commands.keys()]).command)!;
  const permission = (command: RegisteredCommand) => authorizeAnywhere(context, run.requester, command);
  return {
    alerts: alertServicesFor(run, context),
    incidents: incidentServicesFor(run, context),
    runbooks: runbookServicesFor(run, context),
    commands: () => [...context.commands.values()].map(summarise),
    permission: async (name) => permission(find(name)),
    explain: async (typed): Promise<Explanation> => {
      const command = find(typed);
      const { allowed, reason, runners, approvers, approvalsNeeded, expiresMinutes } =
        await authorizeAnywhere(context, run.requester, command, true);
      return {
        ...summarise(command),
        permission: { allowed, reason },
        runners,
        approvers,
        approvalsNeeded,
        expiresMinutes,
      };
    },
    history: async ({ words, before, limit }) => {
      const page = await findEntries(context.pool, context.workspaceId, {
        words: words.map(withoutMention),
        exceptRunId: run.id,
        before,
        limit,
      });
      return { entries: page.entries.map(toHistory), olderThan: page.olderThan };
    },
    run: (id) => maybeSummary(id, context),
    cancelRun: async (id) => refuseWith(await cancel(decider, { runId: id }, context.guard())),
    settleRun: async (id, says, step) =>
      refuseWith(await settleUnknown(decider, { runId: id, says, step }, context.guard())),
    lockdown: {
      state: () => maybeLockdown(context.pool, context.workspaceId),
      begin: async (reason) => {
        const { answer, stopped } = await beginLockdown(decider, reason, context.guard());
        refuseWith(answer);
        return { stopped };
      },
      lift: async () => {
        const { answer, stillNeeded, isCounted } = await liftLockdown(decider, context.guard());
        if (!isCounted) refuseWith(answer);
        return { stillNeeded };
      },
    },
    ledger: {
      status: (options) => context.ledger.status(options),
      checkpoint: async () => {
        const policy = context.policy();
        const now = await readMembership(context.membership, policy, [run.requester]);
        if (!membersOf(adminRole, policy, now).users.includes(run.requester)) {
          throw new Refusal(
            'not_authorized',
            'Only an admin may take a checkpoint by hand. One is taken every day by itself.',
          );
        }
        return context.ledger.checkpoint({ actor: run.requester, via: run.via, reason: 'demand' });
      },
    },
  };
}

function refuseWith(answer: Answer): void {
  if (answer !== undefined) throw new Refusal('not_decided', shownText(answer, { limit: 600 }));
}

/** Past this many their accounts are not looked into: Slack allows about a hundred look-ups a minute. */
const mostMembersRead = 50;

async function manyMembers(
  { membership }: Pick<ServicesContext, 'membership'>,
  settings: PolicySettings,
): Promise<string[]> {
  const snapshot = await readMembership(membership, settings, []);
  const users = Object.keys(settings.roles).flatMap((role) => membersOf(role, settings, snapshot).users);
  const members = [...new Set(users)];
  return members.length > mostMembersRead ? [] : members;
}

/** Allowed on any of the targets that could serve it counts as allowed: which one is asked when it is run. */
async function authorizeAnywhere(
  context: ServicesContext,
  requester: string,
  command: RegisteredCommand,
  isEveryoneRead = false,
): Promise<Authorization> {
  const { needs } = command.definition;
  const targets = needs === undefined ? [undefined] : matchingTargets(context.targets(), needs, undefined);
  if (targets.length === 0) {
    const reason = noTargetReason(context, command);
    return {
      allowed: false,
      reason,
      rule: undefined,
      runners: [],
      approvers: [],
      approvalsNeeded: 0,
      expiresMinutes: 0,
    };
  }
  const authorizations = await Promise.all(
    targets.map((target) => authorize(context, { requester, command, target, isEveryoneRead })),
  );
  return authorizations.find(({ allowed }) => allowed) ?? authorizations[0]!;
}

function noTargetReason(context: ServicesContext, command: RegisteredCommand): string {
  try {
    chooseTarget(context.targets(), command.definition.needs!, undefined);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** `<@U0ADA|ada>` and `@U0ADA` are recorded as `U0ADA`. */
function withoutMention(word: string): string {
  return word.replace(/^<?@?([UW][A-Z0-9]+)(\|[^>]*)?>?$/, '$1');
}

function toHistory(entry: StoredEntry): HistoryEntry {
  const { facts } = JSON.parse(entry.body) as { facts: Parameters<typeof sentence>[0]['facts'] };
  return {
    seq: entry.seq,
    receipt: receiptOf(entry.seq, entry.hash),
    at: new Date(entry.at),
    actor: entry.actor,
    sentence: sentence({ kind: entry.kind, actor: entry.actor, facts }),
    runId: entry.runId ?? undefined,
  };
}

async function maybeSummary(id: string, context: ServicesContext): Promise<RunSummary | undefined> {
  const run = await maybeRun(context.pool, context.workspaceId, id);
  if (run === undefined) return undefined;
  const [steps, approvals, { entries }, permalink] = await Promise.all([
    manySteps(context.pool, context.workspaceId, id),
    manyApprovals(context.pool, context.workspaceId, id),
    findEntries(context.pool, context.workspaceId, { runId: id, limit: 1 }),
    context.permalink(run),
  ]);
  const [newest] = entries;
  return {
    id: run.id,
    command: run.command,
    invocation: run.invocation,
    requester: run.requester,
    state: run.state,
    createdAt: run.createdAt,
    finishedAt: run.finishedAt,
    target: run.target,
    environment: run.environment,
    receipt: newest === undefined ? undefined : receiptOf(newest.seq, newest.hash),
    headline: run.report?.headline ?? run.problem,
    signers: approvals.filter(({ decision }) => decision !== 'denied').map(({ signer }) => signer),
    steps,
    permalink,
  };
}
