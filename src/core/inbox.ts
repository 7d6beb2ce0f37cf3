import type { JsonObject, Requester } from '../command.ts';
import type { AlertRequest } from './alerts/alert-request.ts';
import type { Origin } from './run.ts';

/** A request from a person that may become a run. Ids and typed text only: everything else is looked up. */
export interface InvocationRequest {
  readonly kind: 'invocation';
  readonly command: string;
  /** Parsed arguments before references are resolved. */
  readonly input: JsonObject;
  readonly requester: string;
  readonly via: Requester['via'];
  readonly origin: Origin;
  /** `--plan`: shows what would happen and asks nothing. */
  readonly isPlanOnly?: boolean;
  /** The run this one takes back. */
  readonly undoOf?: string;
  /** `--incident`; default: the incident in whose thread it was asked. */
  readonly incidentId?: string;
}

/** A click on a button of a run's card. What the button means is looked up in the run. */
export interface CardActionRequest {
  readonly kind: 'card_action';
  readonly action: 'retry' | 'suggestion' | 'undo';
  readonly runId: string;
  readonly index: number;
  readonly requester: string;
  readonly origin: Origin;
}

export type DecisionAction =
  | 'approve'
  | 'deny'
  | 'confirm_run'
  | 'cancel_run'
  | 'break_glass'
  | 'happened'
  | 'did_not_happen'
  | 'look_again'
  | 'reviewed'
  | 'lift_lockdown';

/** The message or form a decision was taken on. */
export type ShownOn = { readonly channelId: string; readonly ts: string } | { readonly viewId: string };

/** A person's decision about a run that waits for one. */
export interface DecisionRequest {
  readonly kind: 'decision';
  readonly action: DecisionAction;
  readonly runId: string;
  /** The first 16 hex digits of the digest on the card, where something is decided on. */
  readonly digest?: string;
  readonly reason?: string;
  readonly requester: string;
  readonly via: Requester['via'];
  readonly origin: Origin;
  readonly shownOn?: ShownOn;
  /** The form itself has already said why it does not count; it is judged for the record. */
  readonly isTold?: boolean;
}

/** A click on a started runbook's card. What the step is, and whether it may be done, is looked up. */
export interface RunbookActionRequest {
  readonly kind: 'runbook_action';
  readonly instanceId: string;
  readonly stepId: string;
  readonly requester: string;
  readonly via: Requester['via'];
  readonly origin: Origin;
}

/** Everything else Slack sends: kept for the record of redeliveries, with nothing left to do. */
export interface NotedRequest {
  readonly kind: 'noted';
  readonly what: string;
}

/** From another workspace: nothing is done, and that is on record. */
export interface ForeignRequest {
  readonly kind: 'foreign';
  readonly teamId: string;
  readonly requester: string;
  readonly via: Requester['via'];
}

export type InboxRequest =
  | ForeignRequest
  | InvocationRequest
  | CardActionRequest
  | DecisionRequest
  | AlertRequest
  | RunbookActionRequest
  | NotedRequest;

export interface InboxEntry {
  readonly workspaceId: string;
  readonly key: string;
  readonly request: InboxRequest;
  readonly correlationId: string;
}

/**
 * `stored`: ours to act on. `duplicate`: a redelivery; answer as before, do nothing.
 * `failed`: not recorded in time; the person is told at once that nothing was recorded or done.
 */
export type Stored = 'stored' | 'duplicate' | 'failed';

/** An inbox entry about to be stored, and whether anything is left to do about it. */
export interface Incoming extends InboxEntry {
  readonly needsWork: boolean;
}
