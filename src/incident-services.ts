/**
 * What commands may ask about incidents, as `countersign.incidents`. Texts that people or alerts wrote are as they were
 * stored: cleaned and bounded, to be shown as text.
 */
import type {
  IncidentOrigin,
  IncidentSeverity,
  IncidentStatus,
  IncidentTimer,
  IncidentTimerKind,
  TimelineEntry,
} from './core/incidents/incident.ts';
import type { Line } from './core/text.ts';

export type {
  IncidentOrigin,
  IncidentSeverity,
  IncidentStatus,
  IncidentTimer,
  IncidentTimerKind,
  TimelineEntry,
} from './core/incidents/incident.ts';

export interface IncidentSummary {
  /** `i-…` */
  readonly id: string;
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly status: IncidentStatus;
  readonly origin: IncidentOrigin;
  /** Slack user id. */
  readonly declaredBy: string;
  readonly declaredAt: Date;
  readonly resolvedAt: Date | undefined;
  readonly commander: string | undefined;
  readonly target: string | undefined;
  readonly tenants: readonly string[];
  /** Of those that wait, the first to come due first. */
  readonly timers: readonly IncidentTimer[];
  /** Groups of alerts that are linked to it, and those of them that fire. */
  readonly alerts: { readonly linked: number; readonly firing: number };
  readonly runs: number;
  /** To its headline; undefined until it is posted. */
  readonly permalink: string | undefined;
  /** Of its newest entry in the ledger. */
  readonly receipt: string | undefined;
}

/** A Slack message that is made part of an incident's record. */
export interface MessageReference {
  readonly channelId: string;
  readonly ts: string;
  /** Slack id of who wrote it. */
  readonly author: string | undefined;
  readonly text: string;
}

/** What can be changed of an incident; a field left out keeps its value. */
export interface IncidentChange {
  readonly title?: string;
  readonly severity?: IncidentSeverity;
  readonly status?: Exclude<IncidentStatus, 'resolved'>;
  readonly target?: string;
  readonly tenants?: readonly string[];
  /** Slack user id. */
  readonly commander?: string;
  /** A status update, for everybody to read. */
  readonly note?: string;
}

export interface IncidentFilter {
  /** Declared at or after. Default: ever. */
  readonly since?: Date;
  /** Default: `open`. */
  readonly state?: 'open' | 'all';
  /** At most 100. */
  readonly limit: number;
}

export interface IncidentServices {
  /**
   * The incident a command is about: the named one, else the one it was asked in, else the only open one.
   * @throws UserMistake when there is none of that name, or none or several are open (naming them).
   */
  find(id?: string): Promise<IncidentSummary>;
  /** Newest first. */
  list(
    filter: IncidentFilter,
  ): Promise<{ readonly items: readonly IncidentSummary[]; readonly total: number }>;
  /**
   * Declares one, or shows the one that stands for the same alert or message already.
   * @throws Refusal when the person is not in a role of `alerts.responders`.
   * @throws UserMistake when the target or the alert does not exist.
   */
  declare(asked: {
    readonly title?: string;
    readonly severity?: IncidentSeverity;
    readonly target?: string;
    readonly tenants?: readonly string[];
    readonly commander?: string;
    /** `g-…` */
    readonly alert?: string;
    readonly message?: MessageReference;
  }): Promise<{ readonly incident: IncidentSummary; readonly isNew: boolean }>;
  /** @throws Refusal when it is resolved, saying how it goes on; as {@link declare}. */
  update(id: string, change: IncidentChange): Promise<IncidentSummary>;
  /**
   * Adds a note to the timeline. The same words of the same message are not added twice; an edited message adds another.
   */
  note(
    id: string,
    note: { readonly text: string; readonly message?: MessageReference },
  ): Promise<{ readonly receipt: string; readonly isNew: boolean }>;
  /** @param groupId `g-…` @throws UserMistake when there is no such alert, or it is linked to another incident. */
  linkAlert(id: string, groupId: string): Promise<IncidentSummary>;
  /** Calls level 2, and PagerDuty where it is configured. */
  page(id: string, reason: string): Promise<IncidentSummary>;
  /** @throws UserMistake when no such timer waits. */
  cancelTimer(id: string, kind: IncidentTimerKind, reason: string): Promise<IncidentSummary>;
  /**
   * Ends it when its alerts are quiet and its target is ready. Nothing is resolved while something is in the way, unless
   * `override` says why it is resolved all the same.
   * @returns what was in the way, in sentences; empty when nothing was.
   */
  resolve(
    id: string,
    how: { readonly fix: string; readonly override?: string },
  ): Promise<{
    readonly incident: IncidentSummary;
    readonly isResolved: boolean;
    readonly inTheWay: readonly Line[];
  }>;
  /** History is kept. @throws UserMistake when it is open. */
  reopen(id: string, reason: string): Promise<IncidentSummary>;
  /** Where the postmortem was published; ends its timers. */
  publishPostmortem(id: string, url: string): Promise<IncidentSummary>;
  /** Oldest first. `olderThan`: pass as `before` to read what came before; undefined on the first page. */
  timeline(
    id: string,
    page: { readonly limit: number; readonly before?: number },
  ): Promise<{
    readonly entries: readonly TimelineEntry[];
    readonly total: number;
    readonly olderThan: number | undefined;
  }>;
  /** A postmortem draft in Markdown, uploaded to the incident's thread. */
  export(id: string): Promise<{ readonly filename: string; readonly markdown: string }>;
}
