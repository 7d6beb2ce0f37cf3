import type { Line } from '../text.ts';

/** From SEV1, everybody's evening, to SEV4, worth a note. Postmortems are owed for SEV1. */
export const incidentSeverities = ['SEV1', 'SEV2', 'SEV3', 'SEV4'] as const;
export type IncidentSeverity = (typeof incidentSeverities)[number];

export const incidentStatuses = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type IncidentStatus = (typeof incidentStatuses)[number];

/** How it began; `message` from a message's menu in Slack. */
export const incidentOrigins = ['command', 'alert', 'message', 'break_glass'] as const;
export type IncidentOrigin = (typeof incidentOrigins)[number];

/** A declared problem, with a thread of its own in the incidents channel. */
export interface Incident {
  /** `i-…` */
  readonly id: string;
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly status: IncidentStatus;
  readonly origin: IncidentOrigin;
  /** Slack user id, or `cli:<login>`. */
  readonly declaredBy: string;
  readonly declaredAt: Date;
  /** A configured target, by name. */
  readonly target: string | undefined;
  readonly environment: string | undefined;
  /** As people name them. */
  readonly tenants: readonly string[];
  readonly commander: string | undefined;
  /** The newest status update. */
  readonly update: { readonly text: string; readonly by: string; readonly at: Date } | undefined;
  readonly resolution:
    | {
        readonly by: string;
        readonly at: Date;
        /** What fixed it, in a person's words. */
        readonly fix: string;
        /** Why it was resolved although something was not quiet or ready. */
        readonly override: string | undefined;
      }
    | undefined;
  readonly reopenedAt: Date | undefined;
  /** When level 2 was called for it. */
  readonly escalatedAt: Date | undefined;
  /** When PagerDuty was told of it, while it is still to be told of its end. */
  readonly pagedAt: Date | undefined;
  /** The postmortem as it was published, which ends its timers. */
  readonly postmortem: { readonly url: string; readonly by: string; readonly at: Date } | undefined;
}

export type NewIncident = Pick<
  Incident,
  'id' | 'title' | 'severity' | 'origin' | 'declaredBy' | 'target' | 'environment' | 'tenants' | 'commander'
>;

/** Work that comes due for an incident, decided again from the stored state when it does. */
export const incidentTimers = [
  /** A status update is due. */
  'update_due',
  /** Not resolved in time: level 2. */
  'level2',
  /** Resolved, and an alert linked to it still fires. */
  'still_firing',
  'postmortem_24h',
  'postmortem_4h',
  'postmortem_due',
] as const;
export type IncidentTimerKind = (typeof incidentTimers)[number];

export interface IncidentTimer {
  readonly kind: IncidentTimerKind;
  readonly dueAt: Date;
}

/** Between two status updates; undefined: none is owed. */
export const updateEveryMinutes: Readonly<Record<IncidentSeverity, number | undefined>> = {
  SEV1: 30,
  SEV2: 60,
  SEV3: 240,
  SEV4: undefined,
};

/** Whoever has a SEV1 or SEV2 gets this long before level 2 is called. */
export const level2AfterMinutes = 30;
/** Long enough for the monitoring's own resolve to arrive. */
export const stillFiringAfterMinutes = 15;
export const postmortemWithinHours = 48;

/** One line of "who did what" in an incident, from the ledger. */
export interface TimelineEntry {
  readonly seq: number;
  /** `#1234 · 9f3ab2` */
  readonly receipt: string;
  readonly at: Date;
  readonly kind: string;
  readonly actor: string;
  /** Without private text. */
  readonly sentence: Line;
  /** What the person wrote: a note, a reason, an update. "(erased)" where it was erased. */
  readonly text: string | undefined;
  readonly permalink: string | undefined;
  readonly runId: string | undefined;
}
