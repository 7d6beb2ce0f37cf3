import { z } from 'zod';
import type { Signal } from '../core/alerts/signal.ts';
import { refused, verifyAuthorization } from './authorization.ts';
import { givenLinks } from './given-links.ts';
import { isObject } from './lenient.ts';
import { type GroupedAlert, heartbeatsSchema, readAlertGroup, readSignals } from './prometheus-alerts.ts';
import { isHmacSha256Hex, readHeader } from './proofs.ts';
import {
  type Proof,
  type RawDelivery,
  type SourceIdentity,
  type SourceKind,
  UnreadableDelivery,
} from './source-kind.ts';

const headerName = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, 'is not the name of a header');

const options = z
  .strictObject({
    /** How its contact point proves itself. Default: `basic` where `username` is set, else `hmac`. */
    auth: z.enum(['hmac', 'bearer', 'basic']).optional(),
    username: z.string().min(1).optional(),
    /** Default: Grafana's own. */
    signatureHeader: headerName.default('X-Grafana-Alerting-Signature'),
    /** Set where the contact point names a timestamp header, which Grafana then signs too. Default: none. */
    timestampHeader: headerName.optional(),
    /** How far a signed time may be from now, in either direction. Default: 300. */
    toleranceSeconds: z.number().int().min(1).max(86_400).default(300),
    /** Names of alerts that always fire. Default: `Watchdog`. */
    heartbeats: heartbeatsSchema,
  })
  .refine(({ auth, username }) => (auth === 'basic' ? username !== undefined : true), {
    path: ['username'],
    message: 'is missing: "auth: basic" needs the user name that the contact point sends',
  })
  .refine(({ auth, username }) => username === undefined || auth === undefined || auth === 'basic', {
    path: ['username'],
    message: 'goes with "auth: basic" only',
  });
type GrafanaOptions = z.infer<typeof options>;

/**
 * Grafana's own alerting, from version 9 (grafana/alerting, `receivers/webhook/v1`). See also `prometheus-alerts.ts` for
 * the body.
 *
 * - Its HMAC is 64 hex digits without a prefix, over the body, or over `<unix seconds>:<body>` if the contact point names
 *   a header for the time; that one has no default name (`http/hmac.go`). With `timestampHeader` set, a signature over the
 *   body alone is refused: it could be replayed for ever.
 * - Sent by POST or PUT. What fails is not tried again; it comes with the next group interval.
 * - `title`, `state` and `message` of the group are to go, and are not read.
 * - A rule whose query finds nothing or breaks fires as `DatasourceNoData` or `DatasourceError`, with the rule's name in
 *   `rulename` (grafana/grafana `pkg/services/ngalert/state/compat.go`). Default grouping puts all of a folder's into one
 *   group, so each rule gets one of its own here.
 * - The annotation `grafana_state_reason` of a resolve says why, where it did not simply heal: `MissingSeries` means that
 *   the series has vanished.
 * - The fingerprint covers labels that the payload leaves out (`__alert_rule_uid__`). `values` may be null.
 * - The contact point's test button sends `TestAlert` in a group of its own each time, and never resolves it
 *   (`notify/receivers.go`).
 */
export const grafana: SourceKind<GrafanaOptions> = {
  kind: 'grafana',
  options,
  methods: ['POST', 'PUT'],

  verify(delivery, source) {
    const { secrets, options } = source;
    if (secrets.length === 0) return { kind: 'unsigned' };
    const auth = options.auth ?? (options.username === undefined ? 'hmac' : 'basic');
    return auth === 'hmac'
      ? verifySignature(delivery, source)
      : verifyAuthorization(delivery, { secrets, username: options.username });
  },

  parse(json, delivery, { options }) {
    if (!isObject(json) || !Array.isArray(json.alerts)) {
      throw new UnreadableDelivery(
        isObject(json) && 'evalMatches' in json
          ? 'This comes from the alerting that Grafana had before version 9, which is not supported: move the rule to ' +
              'Grafana Alerting, or describe this body here as a source of kind "generic".'
          : 'The body has no list "alerts", so it is not what Grafana sends. If the contact point sets a custom payload, ' +
              'remove it, or describe that payload here as a source of kind "generic".',
      );
    }
    const group = readAlertGroup(json, 'a notification of Grafana');
    const parsed = readSignals(group, {
      prefix: 'grafana',
      heartbeats: options.heartbeats,
      links: (alert, annotation) =>
        givenLinks(
          ['Runbook', annotation('runbook_url', 'runbook')],
          ['Dashboard', alert.dashboardURL],
          ['Panel', alert.panelURL],
          ['Rule', alert.generatorURL],
          ['Silence', alert.silenceURL],
        ),
      adjust: adjustForGrafana,
    });
    return { ...parsed, sentAt: signedTime(delivery, options) };
  },
};

function verifySignature(delivery: RawDelivery, { secrets, options }: SourceIdentity<GrafanaOptions>): Proof {
  const { signatureHeader, timestampHeader, toleranceSeconds } = options;
  const signature = readHeader(delivery.headers, signatureHeader);
  if (signature === undefined) return refused(`It has no "${signatureHeader}" header.`);
  const timestamp = timestampHeader && readHeader(delivery.headers, timestampHeader);
  if (timestampHeader !== undefined && timestamp === undefined) {
    return refused(`It has no "${timestampHeader}" header, which its contact point should sign.`);
  }
  const signed = timestamp === undefined ? [delivery.body] : [`${timestamp}:`, delivery.body];
  if (!secrets.some((secret) => isHmacSha256Hex(signature, secret, ...signed))) {
    return refused('Its signature was made with another secret, or over other bytes.');
  }
  if (timestamp === undefined) return { kind: 'proven' };
  const at = signedTime(delivery, options);
  // A clock that is ahead is as wrong as an old delivery: it would stay valid for longer.
  const isNow =
    at !== undefined && Math.abs(delivery.receivedAt.getTime() - at.getTime()) <= toleranceSeconds * 1000;
  return isNow
    ? { kind: 'proven' }
    : refused(
        `Its signed time is more than ${toleranceSeconds} s from now: a replay, or one of the clocks is wrong.`,
      );
}

function signedTime({ headers }: RawDelivery, { timestampHeader }: GrafanaOptions): Date | undefined {
  const seconds = timestampHeader && readHeader(headers, timestampHeader);
  return seconds && /^\d{1,11}$/.test(seconds) ? new Date(Number(seconds) * 1000) : undefined;
}

/** After this long the test button's alert counts as over, since it never says so. */
const testMinutes = 15;

const brokenQuery: Readonly<Record<string, string>> = {
  DatasourceNoData: 'No data',
  DatasourceError: 'Query failed',
};

/** `pkg/services/ngalert/models/alert_rule.go`. */
const stateReasons: Readonly<Record<string, string>> = {
  MissingSeries: 'Its series vanished, so Grafana cannot tell whether it healed.',
  NoData: 'Its query found no data, so Grafana cannot tell whether it healed.',
  Error: 'Its query failed, so Grafana cannot tell whether it healed.',
  KeepLast: 'Grafana kept its last state, for want of data.',
  Paused: 'Its rule was paused.',
  Updated: 'Its rule was changed.',
  RuleDeleted: 'Its rule was deleted.',
};

function adjustForGrafana(signal: Signal, alert: GroupedAlert): Signal {
  const labels = alert.labels ?? {};
  const name = labels.alertname ?? '';
  if (name === 'TestAlert' && labels.instance === 'Grafana') {
    return { ...signal, severity: 'info', quietMinutes: testMinutes };
  }
  const reason = alert.annotations?.grafana_state_reason;
  const note =
    signal.status === 'resolved' && reason !== undefined
      ? (ownEntry(stateReasons, reason) ?? 'Grafana gives another reason than that it healed.')
      : undefined;
  const service = signal.service ?? labels.grafana_folder;
  const broken = ownEntry(brokenQuery, name);
  const rule = labels.rulename;
  if (broken === undefined || rule === undefined) return { ...signal, service, note };
  return {
    ...signal,
    service,
    note,
    title: `${broken}: ${rule}`,
    groupKey: `${signal.groupKey}:rule:${rule}`,
  };
}

function ownEntry(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
