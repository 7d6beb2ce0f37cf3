import type { Guide } from './guide.ts';
import type { Severity } from './severity.ts';
import type { SignalLink } from './signal.ts';

/** One alert of a group, as it was last heard of. */
export interface Member {
  readonly fingerprint: string;
  readonly state: 'firing' | 'resolved';
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string | undefined;
  /** As the source says; undefined where it does not. */
  readonly startsAt: Date | undefined;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly resolvedAt: Date | undefined;
  readonly order: number | undefined;
  /** Notifications of it so far, repeats included. */
  readonly count: number;
}

/** The alerts that share a group key, from when the first fires to when the last is over, and again if it comes back soon. */
export interface Group {
  readonly workspaceId: string;
  /** `g-…` */
  readonly id: string;
  /** The name under `alerts.sources`; `countersign` for what the bot itself notices. */
  readonly source: string;
  readonly state: 'firing' | 'resolved';
  /** As shown: the worst that fires, unless a person or a route has said otherwise. */
  readonly severity: Severity;
  /** Set by a person; stays until it resolves. */
  readonly severitySetBy: string | undefined;
  readonly title: string;
  readonly summary: string | undefined;
  readonly service: string | undefined;
  readonly tenant: string | undefined;
  readonly environment: string | undefined;
  readonly links: readonly SignalLink[];
  /** Of its members. With `truncated` > 0 there are more than these. */
  readonly firing: number;
  readonly resolved: number;
  readonly truncated: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  readonly resolvedAt: Date | undefined;
  /** How it ended: by the source, after the stated quiet time, or by hand. */
  readonly resolvedBy: string | undefined;
  /** Set where the source never resolves. */
  readonly quietMinutes: number | undefined;
  readonly reopenedCount: number;
  readonly isFlapping: boolean;
  readonly acknowledgedBy: string | undefined;
  readonly acknowledgedAt: Date | undefined;
  /** The last thing the source said happened there. */
  readonly note: string | undefined;
  /** The channel its card is in, as the settings name it. */
  readonly channel: string;
  /** Set while a digest stands for it. */
  readonly digestId: number | undefined;
  readonly silenceId: number | undefined;
  /** When level 2 was called, and why. */
  readonly escalatedAt: Date | undefined;
  readonly escalatedBecause: 'unacknowledged' | 'unresolved' | 'by_hand' | undefined;
  /** Message id of the incident opened from it. */
  readonly incidentId: string | undefined;
}

/** A group with what only deciding needs. */
export interface StoredGroup extends Group {
  /** The source's group key. */
  readonly key: string;
  /** False once another group has taken its place under the same key. */
  readonly isCurrent: boolean;
  readonly counts: Readonly<Record<Severity, number>>;
  /** The worst of this episode: what is not worse than this is no news. */
  readonly peak: Severity;
  /** What all its alerts agree on. */
  readonly labels: Readonly<Record<string, string>>;
  /** When it went between firing and resolved, the newest last. */
  readonly flips: readonly Date[];
  /** When this episode began. */
  readonly openedAt: Date;
  /** When people were last called for it; undefined in an episode that has called nobody. */
  readonly wokenAt: Date | undefined;
  /** Whom its card calls: those of the moment it was first posted. */
  readonly cardMentions: readonly Exclude<Notified, 'on-call'>[];
  readonly hasCard: boolean;
  /** By a route: counted and never shown. */
  readonly isMuted: boolean;
  /** PagerDuty has been told that it fires. */
  readonly pagedAt: Date | undefined;
  /** Replies asked for so far. */
  readonly replies: number;
  /** The delivery that spoke of it last. */
  readonly deliveryId: number | undefined;
}

/** A person to wake: `U…`, `S…`, or whoever is on call now. */
export type Notified = { readonly user: string } | { readonly usergroup: string } | 'on-call';

/** A label its members do not agree on, and what they say, the most frequent first. */
export interface DifferingLabel {
  readonly name: string;
  /** At most three. */
  readonly values: readonly string[];
  readonly more: number;
}

/** Everything a card shows of a group at one moment. */
export interface GroupView {
  readonly group: Group;
  /** The two or three labels that differ, the most telling first. */
  readonly differing: readonly DifferingLabel[];
  /** Whom the first critical wakes, already resolved to ids. Empty unless the card itself calls them. */
  readonly mentions: readonly Exclude<Notified, 'on-call'>[];
  readonly silence: { readonly owner: string; readonly until: Date; readonly reason: string } | undefined;
  /** Link to the incident's thread. */
  readonly incidentLink: string | undefined;
  /** What the route suggests: the button's label and what it would run. */
  readonly suggestion: { readonly label: string; readonly invocation: string } | undefined;
  /** The runbook that says it is for such an alert. */
  readonly guide?: Guide | undefined;
  /** Newest ledger entry about it. */
  readonly receipt: string | undefined;
  readonly pagedAt: Date | undefined;
}

/** What a reply in the thread of a card is about. `worse` and `reopened` are shown in the channel too. */
export type GroupReply =
  | { readonly kind: 'worse'; readonly from: Severity; readonly to: Severity }
  | { readonly kind: 'reopened' }
  | {
      readonly kind: 'escalated';
      readonly because: 'unacknowledged' | 'unresolved' | 'by_hand';
      readonly by?: string;
    };

/** One card for many groups that are not critical, while too many come at once. */
export interface DigestView {
  readonly id: number;
  readonly channel: string;
  readonly since: Date;
  readonly lastSeenAt: Date;
  readonly firingGroups: number;
  readonly resolvedGroups: number;
  /** Of all that fire, also in services that are not named. Default: the worst of those named. */
  readonly worst?: Severity | undefined;
  /** The most first; at most six, the rest in `moreServices`. */
  readonly services: readonly {
    readonly service: string;
    readonly firing: number;
    readonly resolved: number;
    readonly worst: Severity;
  }[];
  readonly moreServices: number;
}
