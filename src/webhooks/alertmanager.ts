import { z } from 'zod';
import { verifyAuthorization } from './authorization.ts';
import { givenLinks } from './given-links.ts';
import { isObject } from './lenient.ts';
import { type AlertGroup, heartbeatsSchema, readAlertGroup, readSignals } from './prometheus-alerts.ts';
import { type SourceKind, UnreadableDelivery } from './source-kind.ts';

const options = z.strictObject({
  /** Set: Basic authentication with this user name. Default: bearer token. */
  username: z.string().min(1).optional(),
  /** Names of alerts that always fire. Default: `Watchdog`. */
  heartbeats: heartbeatsSchema,
});
type AlertmanagerOptions = z.infer<typeof options>;

/**
 * Prometheus Alertmanager, webhook version 4 (prometheus/alertmanager 0.34, `notify/webhook`). See also
 * `prometheus-alerts.ts` for the body.
 *
 * - It signs nothing. `http_config` can add `authorization` (a bearer token) or `basic_auth`; else the URL holds a secret.
 * - 5xx, a broken connection and a timeout are tried again with growing pauses; every 4xx, 429 among them, ends the
 *   attempt until the next `group_interval` (`notify/util.go`): too many is a 503.
 * - Deliveries have no identity and no order. Repeats are common: `repeat_interval`, a flush that failed, and two
 *   instances that each notify (#2151, #4008). The (fingerprint, startsAt) of an alert is what makes one the same.
 * - One body can be large: `max_alerts` is 0, all, by default.
 * - `notification_reason` came with 0.32 and `routeLabels` with 0.34: neither is needed.
 * - `payload` in the receiver's settings may replace the body by anything (`docs/configuration.md`).
 */
export const alertmanager: SourceKind<AlertmanagerOptions> = {
  kind: 'alertmanager',
  options,
  limitBytes: 16_000_000,
  tooMany: 503,

  verify(delivery, { secrets, options: { username } }) {
    if (secrets.length === 0) return { kind: 'unsigned' };
    return verifyAuthorization(delivery, { secrets, username });
  },

  parse(json, _delivery, { options: { heartbeats } }) {
    if (!isObject(json) || !Array.isArray(json.alerts)) {
      throw new UnreadableDelivery(
        'The body has no list "alerts", so it is not what Alertmanager sends. If the receiver sets "payload" in ' +
          'webhook_configs, remove it, or describe that payload here as a source of kind "generic".',
      );
    }
    const group = readAlertGroup(json, 'a notification of Alertmanager');
    const page = alertsPage(group);
    return readSignals(group, {
      prefix: 'am',
      heartbeats,
      links: (alert, annotation) =>
        givenLinks(
          ['Runbook', annotation('runbook_url', 'runbook')],
          ['Dashboard', annotation('dashboard_url', 'dashboard')],
          ['Rule', alert.generatorURL],
          ['Alertmanager', page],
        ),
    });
  },
};

/** Alertmanager's own page of this receiver's alerts, as its default templates link it. The receiver stays quoted there. */
function alertsPage({ externalURL, receiver }: AlertGroup): string | undefined {
  // No address worth following is longer, and on a megabyte of slashes the pattern below would take for ever.
  if (externalURL === undefined || externalURL.length > 1000) return undefined;
  const page = `${externalURL.replace(/\/+$/, '')}/#/alerts`;
  return receiver === undefined ? page : `${page}?receiver=${encodeURIComponent(receiver.toWellFormed())}`;
}
