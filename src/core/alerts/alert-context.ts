import type { TargetOffer } from '../choose-target.ts';
import type { Membership } from '../policy/membership.ts';
import type { OnCallSettings } from '../policy/on-call.ts';
import type { PolicySettings } from '../policy/rule.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { AlertStore, WaitingDelivery } from './alert-store.ts';
import type { ParsedDelivery } from './signal.ts';

/** What deciding about alerts rests on; bound to one workspace. */
export interface AlertContext {
  readonly store: AlertStore;
  readonly settings: () => PolicySettings &
    OnCallSettings & {
      readonly alerts: AlertSettings;
      readonly channels: {
        readonly ops: string;
        readonly alerts?: string | undefined;
        readonly incidents?: string | undefined;
      };
    };
  readonly membership: Membership;
  /** Reads a stored delivery with its source's own parser. Throws what says why it cannot be read. */
  readonly parse: (delivery: WaitingDelivery) => ParsedDelivery;
  /** Between two deliveries, each of which takes milliseconds, others have their turn. Default: they do not. */
  readonly giveTurn?: () => Promise<void>;
  /** When this process began to listen: before that it could not be told that a source lives. */
  readonly listeningSince: Date;
  readonly newGroupId: () => string;
  readonly newIncidentId: () => string;
  /** What an incident declared from an alert may be about. */
  readonly targets: () => readonly TargetOffer[];
  readonly onFault: (error: unknown, about: object) => void;
}

/** The bot's own source: what it notices itself. */
export const ownSource = 'countersign';

/** Where the cards of a source go unless a route says otherwise. */
export function channelOf(source: string, settings: ReturnType<AlertContext['settings']>): string {
  const { alerts, channels } = settings;
  const own = Object.hasOwn(alerts.sources, source) ? alerts.sources[source]?.channel : undefined;
  return own ?? channels.alerts ?? channels.ops;
}
