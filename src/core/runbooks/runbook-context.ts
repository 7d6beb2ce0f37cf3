import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { TargetOffer } from '../choose-target.ts';
import type { Membership } from '../policy/membership.ts';
import type { OnCallSettings } from '../policy/on-call.ts';
import type { PolicySettings } from '../policy/rule.ts';
import type { MessageTemplate, Runbook } from './runbook.ts';
import type { RunbookStore } from './runbook-store.ts';

/** What deciding about runbooks rests on; bound to one workspace. */
export interface RunbookContext {
  readonly store: RunbookStore;
  readonly runbooks: ReadonlyMap<string, Runbook>;
  readonly templates: ReadonlyMap<string, MessageTemplate>;
  readonly settings: () => PolicySettings &
    OnCallSettings & {
      readonly alerts: Pick<AlertSettings, 'responders'>;
      readonly channels: {
        readonly ops: string;
        readonly alerts?: string | undefined;
        readonly incidents?: string | undefined;
      };
    };
  readonly membership: Membership;
  readonly targets: () => readonly TargetOffer[];
  readonly newInstanceId: () => string;
}
