import type { Effect, JsonObject, Report, Requester, Risk, RoleMembers } from '../command.ts';
import type { Line } from './text.ts';

/** The life of a run. Every move is compare-and-swap in SQL against this table. */
export const moves = {
  // Planned and with a plan: waiting for the one who asked to confirm the preview.
  planned: [
    'awaiting_approval',
    'approved',
    'executing',
    'succeeded',
    'failed',
    'expired',
    'cancelled',
    'refused',
  ],
  awaiting_approval: ['approved', 'denied', 'expired', 'cancelled', 'refused'],
  // Back to waiting when a signature no longer holds at the moment of execution.
  approved: ['executing', 'awaiting_approval', 'failed', 'expired', 'cancelled', 'refused'],
  executing: ['succeeded', 'failed', 'unknown', 'cancelled', 'refused'],
  // A person settles what could not be known; nothing else leaves `unknown`.
  unknown: ['succeeded', 'failed', 'executing'],
  succeeded: [],
  failed: [],
  denied: [],
  expired: [],
  cancelled: [],
  refused: [],
} as const satisfies Record<string, readonly string[]>;

export type RunState = keyof typeof moves;
export const runStates = Object.keys(moves) as [RunState, ...RunState[]];

/** The states from which `to` may be entered. */
export function statesBefore(to: RunState): RunState[] {
  return runStates.filter((from) => (moves[from] as readonly string[]).includes(to));
}

export function isSettled(state: RunState): boolean {
  return moves[state].length === 0;
}

/** Where a run was asked, and so where its answer belongs. */
export interface Origin {
  readonly channelId?: string;
  /** Set when it was asked inside a thread. */
  readonly threadTs?: string;
  /** Good for 5 posts in 30 minutes, also where the bot is not a member. */
  readonly responseUrl?: string;
  /** The modal it was submitted from, which is told the outcome too. */
  readonly viewId?: string;
  /** That thread is the run's incident's: there its card is the line people read of it, and is signed. */
  readonly isIncidentThread?: boolean;
}

/** A plan as it is stored: what was signed, what was shown, and what the card says. */
export interface StoredPlan {
  /** Arguments with every reference resolved. */
  readonly args: JsonObject;
  readonly data: JsonObject;
  readonly effects: readonly Effect[];
  readonly context: JsonObject;
  readonly summary: readonly Line[];
  readonly warnings: readonly Line[];
  /** Label of the button that begins it. */
  readonly action: string;
}

/** What the policy asked for when the card was posted; part of what is signed, without the people. */
export interface Terms {
  /** From 1, as people count the rules of the settings file. */
  readonly rulePosition: number;
  readonly approvalsNeeded: number;
  /** The roles that may sign, with the people seen in them when the card was posted. */
  readonly approvers: readonly RoleMembers[];
  readonly expiresMinutes: number;
  /** Who besides an admin may go ahead without a signature, after this long without one. */
  readonly breakGlass: { readonly roles: readonly string[]; readonly afterMinutes: number } | undefined;
  /** What its rule matches: risk, command, target, environment, `when`, as far as it gives them. */
  readonly conditions: JsonObject;
}

/** One person's decision on one digest. */
export interface Approval {
  readonly signer: string;
  readonly decision: 'approved' | 'denied' | 'broke_glass';
  /** 64 hex digits. */
  readonly digest: string;
  readonly decidedAt: Date;
}

/** One external effect inside a run. */
export interface Step {
  readonly name: string;
  /** `begun` without an end is what makes an outcome unknown. */
  readonly state: 'begun' | 'succeeded' | 'failed' | 'unknown';
  readonly isRepeatable: boolean;
  readonly problem: string | undefined;
}

/** A command's report; after a look at the target, what was seen there stands before its own lines. */
export type SettledReport = Report & {
  /** How many of the lines are the command's own. */
  readonly ownLines?: number;
};

export interface Run {
  readonly workspaceId: string;
  readonly id: string;
  readonly command: string;
  readonly commandVersion: number;
  readonly risk: Risk;
  /** What was asked, in the canonical form that parses back to the same arguments. */
  readonly invocation: string;
  readonly input: JsonObject;
  readonly requester: string;
  readonly via: Requester['via'];
  readonly origin: Origin;
  readonly correlationId: string;
  readonly target: string | undefined;
  readonly environment: string | undefined;
  readonly state: RunState;
  /** As it was signed or confirmed. */
  readonly plan: StoredPlan | undefined;
  /** As it was made again right before the first step: the same, or less. */
  readonly performed: StoredPlan | undefined;
  /** 64 hex digits; set once signatures are asked for or the preview is shown. */
  readonly digest: string | undefined;
  readonly terms: Terms | undefined;
  readonly lockKey: string | undefined;
  /** Only shows its plan: `--plan`. */
  readonly isPlanOnly: boolean;
  /** The run this one takes back. */
  readonly undoOf: string | undefined;
  /** The incident it belongs to: asked in its thread, or with `--incident`. */
  readonly incidentId: string | undefined;
  /** The step of a started runbook it carries out. */
  readonly runbook: { readonly instanceId: string; readonly stepId: string } | undefined;
  readonly expiresAt: Date | undefined;
  /** Who ended it before its time: denied, cancelled, or settled what was unknown. */
  readonly endedBy: string | undefined;
  /** Set while it executes and somebody has asked it to stop between steps. */
  readonly cancelRequestedBy: string | undefined;
  readonly executor: string | undefined;
  readonly attempt: number;
  readonly progress: Line | undefined;
  readonly report: SettledReport | undefined;
  readonly problem: string | undefined;
  readonly isRetryable: boolean;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

/** `executor` is set on a run that is taken up as it is made. */
export type NewRun = Omit<
  Run,
  | 'plan'
  | 'performed'
  | 'digest'
  | 'terms'
  | 'lockKey'
  | 'expiresAt'
  | 'endedBy'
  | 'cancelRequestedBy'
  | 'attempt'
  | 'progress'
  | 'report'
  | 'startedAt'
  | 'finishedAt'
> & {
  readonly inboxKey: string | undefined;
};

/** The run as it is once the transaction that makes it has committed. */
export function asRun({ inboxKey: _, ...run }: NewRun): Run {
  return {
    ...run,
    plan: undefined,
    performed: undefined,
    digest: undefined,
    terms: undefined,
    lockKey: undefined,
    expiresAt: undefined,
    endedBy: undefined,
    cancelRequestedBy: undefined,
    attempt: run.executor === undefined ? 0 : 1,
    progress: undefined,
    report: undefined,
    startedAt: run.executor === undefined ? undefined : run.createdAt,
    finishedAt: undefined,
  };
}

/** What every ledger entry about a run carries of it. */
export function aboutRun({
  id,
  incidentId,
  runbook,
  origin,
}: Pick<Run, 'id' | 'incidentId' | 'runbook' | 'origin'>) {
  return {
    runId: id,
    ...(incidentId === undefined ? {} : { incidentId }),
    // Its card stands in the thread, or its finding on the runbook's.
    ...(origin.isIncidentThread === true || runbook !== undefined ? { isShown: true } : {}),
    ...(runbook === undefined ? {} : { runbookId: runbook.instanceId }),
  };
}

/** What a move may change besides the state. A field left out keeps its value. */
export interface RunChanges {
  readonly executor?: string;
  readonly plan?: StoredPlan;
  readonly performed?: StoredPlan;
  readonly digest?: string;
  readonly terms?: Terms;
  readonly lockKey?: string;
  /** 64 hex digits; see `requestKey`. */
  readonly requestKey?: string;
  /** Counted from now by the database's clock. */
  readonly expiresMinutes?: number;
  readonly endedBy?: string;
  readonly report?: SettledReport;
  readonly problem?: string;
  readonly isRetryable?: boolean;
  readonly incidentId?: string;
}

/** No 0/O, 1/I/L: a run id is read aloud on calls and typed on phones. */
const alphabet = '23456789abcdefghjkmnpqrstuvwxyz';

/** `r-7k2m9q4x`: 8 characters of a 31-letter alphabet, about 40 bits. `random` gives at least 8 bytes. */
export function runId(random: Uint8Array): string {
  return `r-${spoken(random)}`;
}

/** The same of a group of alerts. */
export function alertGroupId(random: Uint8Array): string {
  return `g-${spoken(random)}`;
}

/** The same of a runbook that was started. */
export function runbookInstanceId(random: Uint8Array): string {
  return `b-${spoken(random)}`;
}

/** The same of an incident. */
export function incidentId(random: Uint8Array): string {
  return `i-${spoken(random)}`;
}

function spoken(random: Uint8Array): string {
  return Array.from(random.subarray(0, 8), (byte) => alphabet[byte % alphabet.length]).join('');
}
