import type { Secret } from '../secret.ts';
import type { Notified } from './group.ts';
import type { Severity } from './severity.ts';

/** What every source has, whatever its kind. */
export interface SourceSettings {
  /** A kind of `src/webhooks/`, such as `alertmanager`. */
  readonly kind: string;
  /** HMAC secrets, tokens or passwords, as the kind prescribes. Any of them is accepted. Default: none. */
  readonly secrets: readonly Secret[];
  /** `/hooks/<name>/<one of these>`. Needed where the kind cannot prove who sent it. Default: none. */
  readonly urlSecrets: readonly Secret[];
  /** Default: `channels.alerts`, else `channels.ops`. */
  readonly channel?: string | undefined;
  /** After this long without a delivery its silence is an alert itself. Written `5m`, `2h`. Default: never. */
  readonly expectEveryMinutes?: number | undefined;
  /** How bad its silence is. Default: high. */
  readonly silenceSeverity: Severity;
  readonly limits: {
    /** Of one body. Default: 1,000,000; Alertmanager 16,000,000. */
    readonly bytes: number;
    /** Deliveries a minute, in one process. Default 600. */
    readonly perMinute: number;
    /** Stored and not yet processed; past it deliveries are shed. Default 20,000. */
    readonly waiting: number;
  };
  /** The kind's own keys, checked by the kind. */
  readonly options: unknown;
}

/** Globs (`*`) over the normalised fields, without regard to case; what is left out matches all. */
export interface AlertMatch {
  readonly source?: readonly string[] | undefined;
  readonly severity?: readonly Severity[] | undefined;
  readonly service?: readonly string[] | undefined;
  readonly tenant?: readonly string[] | undefined;
  readonly environment?: readonly string[] | undefined;
  readonly title?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** The first route that matches decides; what it leaves out comes from the next one below that matches and gives it. */
export interface AlertRoute {
  readonly match: AlertMatch;
  readonly channel?: string | undefined;
  /** Woken once by a first or worsened critical. `on-call`: those of `onCall`. */
  readonly notify?: readonly Notified[] | undefined;
  /** Instead of what the source says. */
  readonly severity?: Severity | undefined;
  /** Shown as a link. */
  readonly runbook?: string | undefined;
  /** Counted and never shown. */
  readonly silence?: boolean | undefined;
  /**
   * One command that may help. In `command` and `label`, `{tenant}`, `{service}`, `{environment}`, `{title}`, `{firing}` and
   * `{labels.<name>}` stand for the group's. A group that lacks one of them gets no suggestion.
   */
  readonly suggest?: { readonly command: string; readonly label?: string | undefined } | undefined;
}

export interface AlertSettings {
  readonly sources: Readonly<Record<string, SourceSettings>>;
  readonly routes: readonly AlertRoute[];
  /** Roles whose members may acknowledge, silence, escalate and start incidents. Default: every role. */
  readonly responders: readonly string[] | undefined;
  readonly escalation: {
    /** Defaults 5 and 30: level 2 is called for a critical that nobody acknowledged, or that goes on. */
    readonly unacknowledgedMinutes: number;
    readonly unresolvedMinutes: number;
    /** Level 2. Default: nobody. */
    readonly notify: readonly Notified[];
    /** Events v2. Criticals trigger it; acknowledging and resolving follow. */
    readonly pagerduty?: { readonly routingKey: Secret; readonly url: string } | undefined;
  };
  readonly digest: {
    /** Default 10 in 60 s: past so many new groups in one channel those that are not critical share a digest card. */
    readonly moreThan: number;
    readonly withinSeconds: number;
  };
  readonly flapping: {
    /** Default 4 in 10 minutes: so many changes between firing and resolved, and it is shown as flapping until it rests. */
    readonly changes: number;
    readonly withinMinutes: number;
  };
  /** A group that fires again this soon after it resolved is the same one. Default 720. */
  readonly reopenWithinMinutes: number;
  readonly retentionDays: {
    /** Resolved groups. Default 90. */
    readonly alerts: number;
    /** Bodies as they came. Default 14. */
    readonly raw: number;
  };
}
