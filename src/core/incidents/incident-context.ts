import type { AlertContext } from '../alerts/alert-context.ts';
import type { TargetOffer } from '../choose-target.ts';
import type { IncidentStore } from './incident-store.ts';

/** What deciding about incidents rests on; bound to one workspace. */
export interface IncidentContext {
  readonly store: IncidentStore;
  /** Declaring from an alert and linking one are decisions about alerts, too. */
  readonly alerts: AlertContext;
  readonly settings: AlertContext['settings'];
  readonly targets: () => readonly TargetOffer[];
}

/** Who decides, and how they came. */
export interface By {
  readonly person: string;
  readonly via: string;
  /** The command they came with: run again after a crash, it decides nothing twice. */
  readonly runId?: string;
}

/** For the entries of a decision, by which it is known to be made. */
export function ofRun({ runId }: By): { readonly runId?: string } {
  return runId === undefined ? {} : { runId };
}
