import type { Severity } from '../alerts/severity.ts';
import type { RunState } from '../run.ts';
import type { RunbookInstance } from '../runbooks/instance.ts';
import type { Incident, IncidentTimer, TimelineEntry } from './incident.ts';

/** An alert group as an incident's headline names it. */
export interface LinkedAlert {
  readonly groupId: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: 'firing' | 'resolved';
  readonly firing: number;
  readonly cardLink: string | undefined;
}

/** An incident as its first message, the headline, shows it. */
export interface IncidentView {
  readonly incident: Incident;
  readonly alerts: readonly LinkedAlert[];
  /** Commands that belong to it, newest first; Countersign's own about incidents and runbooks not among them. */
  readonly runs: readonly {
    readonly id: string;
    readonly invocation: string;
    readonly state: RunState;
    readonly risk: 'read' | 'change' | 'dangerous';
    readonly headline: string | undefined;
    readonly link: string | undefined;
  }[];
  readonly runbooks: readonly { readonly instance: RunbookInstance; readonly link: string | undefined }[];
  /** Those that wait, the first to come due first. */
  readonly timers: readonly IncidentTimer[];
  /** What the newest change that succeeded says of itself; what Resolve is prefilled with. */
  readonly suggestedFix: string | undefined;
  /** The runbook whose `alerts` match, if none of it was started. */
  readonly suggestedRunbook: string | undefined;
  /** Of its newest entry in the ledger. */
  readonly receipt: string | undefined;
}

/** What a responder would look up, read once when the incident was declared. */
export interface Gathered {
  readonly at: Date;
  /** In the order they are shown. A part that could not be read is `unknown`, with why. */
  readonly parts: readonly {
    readonly kind: 'alerts' | 'health' | 'releases' | 'migrations' | 'runs' | 'silences';
    readonly status: 'ok' | 'bad' | 'unknown' | 'info';
    /** At most 3 short lines, the important words first. */
    readonly lines: readonly string[];
  }[];
}

/** What the postmortem draft is made of: the incident and everything the ledger says of it. */
export interface IncidentRecord {
  readonly incident: Incident;
  readonly alerts: readonly (LinkedAlert & {
    readonly source: string;
    /** When the monitoring first saw it. */
    readonly startedAt: Date;
    readonly acknowledgedAt: Date | undefined;
    readonly acknowledgedBy: string | undefined;
    readonly resolvedAt: Date | undefined;
  })[];
  /** Oldest first; the whole of it. */
  readonly timeline: readonly TimelineEntry[];
  /** Changes that were made, oldest first. */
  readonly changes: readonly {
    readonly invocation: string;
    readonly state: RunState;
    readonly requester: string;
    readonly signers: readonly string[];
    readonly at: Date;
    readonly headline: string | undefined;
    readonly receipt: string | undefined;
  }[];
  readonly runbooks: readonly RunbookInstance[];
  readonly nameOf: (userId: string) => string | undefined;
  readonly headlineLink: string | undefined;
  readonly exportedAt: Date;
}
