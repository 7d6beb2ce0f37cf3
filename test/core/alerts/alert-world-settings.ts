/** Settings of alerts for tests: people to call, short of nothing. */
import type { AlertContext } from '../../../src/core/alerts/alert-context.ts';
import type { AlertSettings, SourceSettings } from '../../../src/core/alerts/alert-settings.ts';
import { Secret } from '../../../src/core/secret.ts';

export type AlertWorldSettings = Partial<Omit<AlertSettings, 'escalation'>> & {
  readonly escalation?: Partial<AlertSettings['escalation']>;
  readonly roles?: Record<string, { users: string[]; usergroups: string[] }>;
};

export const onCallNow = 'U0GRACE';
export const secondLevel = 'U0LINUS';
export const pagerduty = {
  routingKey: new Secret('PAGERDUTY', 'r'.repeat(32)),
  url: 'http://127.0.0.1:9/enqueue',
};

export function sourceSettings(changes: Partial<SourceSettings> = {}): SourceSettings {
  return {
    kind: 'generic',
    secrets: [],
    urlSecrets: [],
    silenceSeverity: 'high',
    limits: { bytes: 1_000_000, perMinute: 600, waiting: 20_000 },
    options: {},
    ...changes,
  };
}

export function alertSettings(changes: AlertWorldSettings = {}): ReturnType<AlertContext['settings']> {
  const { escalation, roles, ...alerts } = changes;
  return {
    roles: roles ?? { responder: { users: ['U0ADA', onCallNow], usergroups: [] } },
    identities: [],
    policy: [],
    onCall: { users: [onCallNow], usergroups: [] },
    channels: { ops: 'C0OPS', alerts: 'C0ALERTS', incidents: 'C0INC' },
    alerts: {
      sources: { alertmanager: sourceSettings(), kuma: sourceSettings() },
      routes: [{ match: {}, notify: ['on-call'] }],
      responders: undefined,
      escalation: {
        unacknowledgedMinutes: 5,
        unresolvedMinutes: 30,
        notify: [{ user: secondLevel }],
        pagerduty,
        ...escalation,
      },
      digest: { moreThan: 10, withinSeconds: 60 },
      flapping: { changes: 4, withinMinutes: 10 },
      reopenWithinMinutes: 720,
      retentionDays: { alerts: 90, raw: 14 },
      ...alerts,
    },
  };
}
