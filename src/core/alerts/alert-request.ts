import type { Requester } from '../../command.ts';
import type { Origin } from '../run.ts';
import type { Severity } from './severity.ts';

/** What a person does to a group of alerts. */
export type AlertAct =
  | { readonly action: 'acknowledge' }
  | { readonly action: 'start_incident' }
  /** Runs what the card suggests, as if this person had typed it. */
  | { readonly action: 'suggestion' }
  | { readonly action: 'escalate' }
  /** By hand: it is over, whatever the source says. */
  | { readonly action: 'close' }
  | { readonly action: 'silence'; readonly minutes: number; readonly reason: string }
  | { readonly action: 'set_severity'; readonly severity: Severity; readonly reason: string };

/** A click or a form about a group. Ids only: everything else is looked up. */
export interface AlertRequest {
  readonly kind: 'alert_action';
  readonly groupId: string;
  readonly act: AlertAct;
  readonly requester: string;
  readonly via: Requester['via'];
  readonly origin: Origin;
}
