import type { Membership } from '../policy/membership.ts';
import type { OnCallSettings } from '../policy/on-call.ts';
import type { PolicySettings } from '../policy/rule.ts';
import type { Run } from '../run.ts';
import type { CountPages } from '../speak.ts';
import type { Store } from '../store.ts';
import type { SurroundingsContext } from '../surroundings.ts';
import type { StepTiming } from './step-runner.ts';

/** The part of the settings that says who may do what, and who is asked first. */
export type GuardSettings = PolicySettings & OnCallSettings;

/** What guarding changes needs from outside: planning, asking, deciding, carrying out. */
export interface GuardContext extends SurroundingsContext {
  readonly store: Store;
  /** In force in this process now; read anew for every decision. */
  readonly settings: () => GuardSettings;
  readonly membership: Membership;
  /** Ids of the channels people are told in; `incidents` where none is configured is `ops`. */
  channels(): Promise<{ readonly ops: string; readonly ledger: string; readonly incidents: string }>;
  readonly countPages: CountPages;
  readonly newExecutor: () => string;
  readonly newIncidentId: () => string;
  /** Aborted when the process is stopping: runs are left for another process. */
  readonly stopping: AbortSignal;
  /** Runs this process is carrying out at this moment. */
  readonly atWork: Set<string>;
  readonly onSettled: (run: Run, state: Run['state']) => void;
  /** Faults with their stack, which people never see. */
  readonly onFault: (error: unknown, run: Run) => void;
  readonly stepTiming?: StepTiming;
}

/** Reading a target for a plan; what takes longer would keep people waiting for a preview. */
export const planDeadlineMilliseconds = 60_000;
/** A change of thousands of items at a bounded rate takes minutes; a hung one must not hold a worker for ever. */
export const changeDeadlineMilliseconds = 60 * 60_000;
