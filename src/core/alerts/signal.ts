import type { Severity } from './severity.ts';

/** An address from a field that is meant to hold one. The label is ours; the address is checked before it is shown. */
export interface SignalLink {
  /** `Rule`, `Dashboard`, `Runbook`, … */
  readonly label: string;
  readonly url: string;
}

/**
 * What one delivery says of one alert, in the words every source shares. Text is as the source sent it: it is cleaned and
 * cut where it is stored and again where it is shown.
 */
export interface Signal {
  /** `noted`: something happened to it that neither opens nor closes it, such as an acknowledgement at the source. */
  readonly status: 'firing' | 'resolved' | 'noted';
  /** Alerts with the same one share a card. Unique within the source; kept as a hash when it is long. */
  readonly groupKey: string;
  /** One alert within its group. */
  readonly fingerprint: string;
  readonly severity: Severity;
  /** What the group is called. */
  readonly title: string;
  readonly summary?: string | undefined;
  readonly service?: string | undefined;
  readonly tenant?: string | undefined;
  readonly environment?: string | undefined;
  /** Everything else a route may match and a card may tell apart by. */
  readonly labels: Readonly<Record<string, string>>;
  readonly links: readonly SignalLink[];
  /**
   * When this episode of the alert began: two signals with the same one speak of the same episode, and an older one is
   * late. Undefined where the source does not say: each firing after a resolve then is an episode of its own.
   */
  readonly startsAt?: Date | undefined;
  readonly endsAt?: Date | undefined;
  /** The source's own order within a fingerprint (`updated_at` in ms, a run's number and attempt); a lower one is late. */
  readonly order?: number | undefined;
  /** Set where the source never says that it is over: it counts as resolved after this long without another. */
  readonly quietMinutes?: number | undefined;
  /** It fires once at least `count` of its fingerprint have come within `withinMinutes`; fewer are only counted. */
  readonly threshold?: { readonly count: number; readonly withinMinutes: number } | undefined;
  /** One short sentence of ours about what happened there, for `noted` and for a resolve that has a reason. */
  readonly note?: string | undefined;
}

/** A delivery, understood. */
export interface ParsedDelivery {
  /** What the source calls it, for counting: `firing`, `issues.opened`, `incident.triggered`. At most 100 characters. */
  readonly event: string;
  /** False: answered 2xx and counted, and nothing else. */
  readonly isKnown: boolean;
  /** The source's identity of the delivery, where it is the same when it is sent again. */
  readonly deliveryId?: string | undefined;
  readonly signals: readonly Signal[];
  /** When the source says it was sent: shows how far the clocks are apart. */
  readonly sentAt?: Date | undefined;
  /** How many alerts of the group the source left out; counts are then a lower bound. Default 0. */
  readonly truncated?: number | undefined;
  /** False: not the sign of life that `expectEvery` waits for (a Watchdog that has stopped firing). Default true. */
  readonly isAlive?: boolean | undefined;
}
