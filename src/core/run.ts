import type { JsonObject, Report, Requester, Risk } from '../command.ts';
import type { Line } from './text.ts';

/** The life of a run. Every move is compare-and-swap in SQL against this table. */
export const moves = {
  planned: ['awaiting_approval', 'approved', 'executing', 'failed', 'cancelled', 'refused'],
  awaiting_approval: ['approved', 'denied', 'expired', 'cancelled', 'refused'],
  approved: ['executing', 'expired', 'cancelled', 'refused'],
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
}

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
  readonly plan: JsonObject | undefined;
  readonly executor: string | undefined;
  readonly attempt: number;
  readonly progress: Line | undefined;
  readonly report: Report | undefined;
  readonly problem: string | undefined;
  readonly isRetryable: boolean;
  readonly createdAt: Date;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
}

/** `executor` is set on a run that is taken up as it is made. */
export type NewRun = Omit<Run, 'plan' | 'attempt' | 'progress' | 'report' | 'startedAt' | 'finishedAt'> & {
  readonly inboxKey: string | undefined;
};

/** The run as it is once the transaction that makes it has committed. */
export function asRun({ inboxKey: _, ...run }: NewRun): Run {
  return {
    ...run,
    plan: undefined,
    attempt: run.executor === undefined ? 0 : 1,
    progress: undefined,
    report: undefined,
    startedAt: run.executor === undefined ? undefined : run.createdAt,
    finishedAt: undefined,
  };
}

/** What a move may change besides the state. A field left out keeps its value. */
export interface RunChanges {
  readonly executor?: string;
  readonly plan?: JsonObject;
  readonly report?: Report;
  readonly problem?: string;
  readonly isRetryable?: boolean;
  readonly isStarting?: boolean;
}

/** No 0/O, 1/I/L: a run id is read aloud on calls and typed on phones. */
const alphabet = '23456789abcdefghjkmnpqrstuvwxyz';

/** `r-7k2m9q4x`: 8 characters of a 31-letter alphabet, about 40 bits. `random` gives at least 8 bytes. */
export function runId(random: Uint8Array): string {
  return `r-${Array.from(random.subarray(0, 8), (byte) => alphabet[byte % alphabet.length]).join('')}`;
}
