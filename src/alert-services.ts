/**
 * What commands may ask about alerts, as `countersign.alerts`, and the words they show of it. Everything outside text can
 * be in (titles, services, reasons) is as it was stored: cleaned and bounded, to be shown as text.
 */
import type { AlertMatch } from './core/alerts/alert-settings.ts';
import type { Severity } from './core/alerts/severity.ts';

export type { AlertMatch } from './core/alerts/alert-settings.ts';
export type { Severity } from './core/alerts/severity.ts';

/** A silence hides the cards and wakes nobody; what it hides is counted. */
export interface SilenceSummary {
  /** What `--end` takes. */
  readonly id: number;
  /** In words, as {@link matchText} gives them, or which group it is for. */
  readonly matches: string;
  /** Slack id of who asked for it. */
  readonly owner: string;
  readonly reason: string;
  readonly begunAt: Date;
  /** When it ends, or did. */
  readonly until: Date;
  readonly isEnded: boolean;
  /** Groups it has hidden so far, and the alerts in them. */
  readonly hiddenGroups: number;
  readonly hiddenAlerts: number;
}

/** One source of `alerts.sources`. Its counts are of the last 24 hours where nothing else is said. */
export interface MonitoringStatus {
  readonly name: string;
  readonly kind: string;
  /** Undefined: never yet. */
  readonly lastSeenAt: Date | undefined;
  readonly deliveriesLastHour: number;
  /** The newest whole or running minute. */
  readonly deliveriesLastMinute: number;
  /** Answered 4xx: wrong signature or URL secret, not JSON, too large. */
  readonly refused: number;
  readonly lastRefusal: { readonly at: Date; readonly reason: string } | undefined;
  /** Events nothing was made of: the three most frequent, the most first. */
  readonly unknownEvents: readonly { readonly event: string; readonly count: number }[];
  readonly duplicates: number;
  /** Lost because too many came at once, or too many were waiting. */
  readonly shed: number;
  /** Of the newest delivery that says when it was sent: above 0, the source's clock is ahead. */
  readonly clockSkewSeconds: number | undefined;
  readonly expectEveryMinutes: number | undefined;
  /** It should have spoken and has not. Never true where `expectEveryMinutes` is undefined. */
  readonly isSilent: boolean;
  /** Stored and not yet processed. */
  readonly waiting: number;
  /** Why the newest delivery that could not be read could not be, while no later one was. */
  readonly lastProblem: { readonly at: Date; readonly reason: string } | undefined;
  /** Deliveries of the last day that were kept and nothing could be made of, and why the last one. Default: none. */
  readonly unreadable?: { readonly count: number; readonly at: Date; readonly reason: string } | undefined;
  readonly firingGroups: number;
}

export interface AlertGroupSummary {
  /** `g-…` */
  readonly id: string;
  readonly state: 'firing' | 'resolved';
  readonly severity: Severity;
  readonly title: string;
  readonly source: string;
  readonly service: string | undefined;
  readonly tenant: string | undefined;
  readonly environment: string | undefined;
  /** Alerts of it that fire now. */
  readonly firing: number;
  /** When it began, or began again. */
  readonly since: Date;
  readonly resolvedAt: Date | undefined;
  /** Slack id. */
  readonly acknowledgedBy: string | undefined;
  /** Link to its card, or to the digest it is in; undefined where none is posted yet. */
  readonly permalink: string | undefined;
}

export interface AlertGroupFilter {
  /** Default: `firing`. */
  readonly state?: 'firing' | 'all';
  /** A name under `alerts.sources`, or `countersign`. */
  readonly source?: string;
  /** Globs (`*`), without regard to case. */
  readonly service?: string;
  /** At most 100. */
  readonly limit: number;
}

export interface AlertServices {
  /** Those that last, the first to end first; then those that ended within the last 24 hours, newest first. */
  silences(): Promise<readonly SilenceSummary[]>;
  /**
   * Hides what matches from now on, and the groups that fire and match. On record, with the reason as private text.
   * @param silence.match globs over the normalised fields; never empty.
   * @param silence.minutes 1 to 43,200 (30 days).
   * @throws Refusal when the person is not in a role of `alerts.responders`.
   * @throws UserMistake when it names a source that does not exist.
   * @example await countersign.alerts.silence({ match: { service: ['payments'] }, minutes: 120, reason: 'migration' })
   */
  silence(silence: {
    readonly match: AlertMatch;
    readonly minutes: number;
    readonly reason: string;
  }): Promise<SilenceSummary>;
  /**
   * Shows again what it hid and still fires. On record.
   * @throws Refusal when the person is not in a role of `alerts.responders`.
   * @throws UserMistake when there is no such silence, or it has ended.
   */
  endSilence(id: number): Promise<SilenceSummary>;
  /** Every configured source, in the order of the settings; one that has never spoken too. */
  status(): Promise<readonly MonitoringStatus[]>;
  /**
   * Those that fire before those that are over, the worst first, of equals the oldest first. Silenced and muted groups are
   * only counted.
   * @throws UserMistake when `source` does not exist, naming the nearest.
   */
  groups(filter: AlertGroupFilter): Promise<{
    readonly items: readonly AlertGroupSummary[];
    /** Of the shown kind; may be more than `items` holds. */
    readonly total: number;
    /** Of these, those that fire. */
    readonly firing: number;
    /** Besides: they match and fire, and are hidden. */
    readonly hidden: number;
  }>;
}

/**
 * What a match lets through, in words.
 *
 * @example matchText({ service: ['payments', 'billing'], labels: { pod: ['api-*'] } })
 *   // 'service payments or billing, label pod=api-*'
 */
export function matchText({ labels = {}, ...fields }: AlertMatch): string {
  const parts = [
    ...Object.entries(fields).flatMap(([field, globs]) =>
      globs === undefined ? [] : [`${field} ${globs.join(' or ')}`],
    ),
    ...Object.entries(labels).map(([name, globs]) => `label ${name}=${globs.join(' or ')}`),
  ];
  return parts.length === 0 ? 'every alert' : parts.join(', ');
}
