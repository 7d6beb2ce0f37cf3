import { afterAll } from 'vitest';
import {
  alertmanagerDelivery,
  type Notification,
  type PrometheusAlert,
} from '../../sandbox/alerts/alertmanager.ts';
import type { SampleDelivery, SampleSecrets } from '../../sandbox/alerts/delivery.ts';
import { type DemoMonitoring, startMonitoring } from '../../sandbox/demo/monitoring.ts';
import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import { until } from '../support/until.ts';
import { type SigningBot, type SigningBotOptions, startSigningBot } from './signing-bot.ts';

export const alertsChannel = 'C0ALERTS';
/** On-call as the routes call them. */
export const onCallGroup = 'S0ONCALL';
/** Level 2. */
export const level2 = 'U0LINUS';

/** What people call the routes of every test; more sources and limits of their own are given by `sources`. */
const settings = (sources: string) => `
onCall: { usergroups: [S0ONCALL] }
alerts:
  sources:
    prometheus: { kind: alertmanager, secrets: env:ALERTS_PROMETHEUS_TOKEN, expectEvery: 1h }
    grafana: { kind: grafana, secrets: env:ALERTS_GRAFANA_SECRET, timestampHeader: X-Grafana-Alerting-Timestamp }
    rms: { kind: genzi, urlSecrets: env:ALERTS_RMS_URL_SECRET }
    uptime: { kind: uptime-kuma, secrets: env:ALERTS_UPTIME_TOKEN }
    pagerduty: { kind: pagerduty, secrets: env:PAGERDUTY_WEBHOOK_SECRET }
${sources}
  routes:
    - match: { source: rms, title: "email delivery failing*" }
      suggest: { command: "resend-notifications {tenant} --channel email --limit 12", label: Resend emails }
    - match: { severity: critical }
      notify: [on-call, U0GRACE]
      runbook: https://runbooks.example/critical
  responders: [responder, approver, admin]
  escalation:
    notify: U0LINUS
    pagerduty: { routingKey: env:PAGERDUTY_ROUTING_KEY, url: env:PAGERDUTY_URL }`;

export interface AlertBotOptions extends SigningBotOptions {
  /** Lines of YAML under `alerts.sources:`, indented by four. */
  readonly sources?: string;
}

/** The bot with monitoring and a PagerDuty beside it. */
export interface AlertBot extends SigningBot {
  readonly monitoring: DemoMonitoring;
  readonly secrets: SampleSecrets;
  /** Has a source notice a sample. */
  send(sample: string): Promise<void>;
  /** One notification of Prometheus' Alertmanager; resolves once the bot has answered 202. */
  notify(alerts: readonly PrometheusAlert[], more?: Partial<Notification>): Promise<void>;
  /** Any delivery, sent once, whatever comes of it. */
  post(delivery: Partial<SampleDelivery> & Pick<SampleDelivery, 'path'>): Promise<Response>;
  /** Waits for a card in #alerts. */
  card(matching: RegExp): Promise<ClientMessage>;
  /** The bot's messages in #alerts that are not in a thread, or are shown in the channel all the same. */
  inChannel(since?: string): ClientMessage[];
  group(id: string): Promise<Record<string, unknown>>;
  /** What the ledger says of a group, in order. */
  kindsOf(groupId: string): Promise<string[]>;
  /** What happened to it happened so many minutes earlier than it did, and its timers ring. */
  passes(minutes: number, groupId: string): Promise<void>;
}

/** Call it while the file or its `describe` is collected. */
export async function startAlertBot(options: AlertBotOptions): Promise<AlertBot> {
  const undo: (() => Promise<unknown>)[] = [];
  const monitoring = await startMonitoring(undo);
  afterAll(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  const bot = await startSigningBot({
    ...options,
    settings: `${settings(options.sources ?? '')}\n${options.settings ?? ''}`,
    variables: { ...monitoring.variables, ...options.variables },
    workspace: { monitoring: monitoring.page, ...options.workspace },
  });
  // Before the bot goes, or its sources would miss it.
  afterAll(() => monitoring.alerts.stop());
  await monitoring.begin(bot.url);
  const { variables } = monitoring;
  const secrets: SampleSecrets = {
    prometheus: variables.ALERTS_PROMETHEUS_TOKEN!,
    grafana: variables.ALERTS_GRAFANA_SECRET!,
    rms: variables.ALERTS_RMS_URL_SECRET!,
    uptime: variables.ALERTS_UPTIME_TOKEN!,
  };
  const { pool } = bot.database;
  const workspaceId = bot.workspace.directory.team.id;
  const one = async <Row extends object>(sql: string, ...values: unknown[]): Promise<Row> => {
    const { rows } = await pool.query<Row>(sql, values);
    if (rows[0] === undefined) throw new Error(`Nothing was found for ${JSON.stringify(values)}: ${sql}`);
    return rows[0];
  };
  const post: AlertBot['post'] = ({ path, headers, body }) =>
    fetch(bot.url + path, {
      method: 'POST',
      headers: headers ?? {},
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
  return {
    ...bot,
    monitoring,
    secrets,
    send: (sample) => monitoring.alerts.send(sample),
    post,
    notify: async (alerts, more = {}) => {
      const notification = {
        groupBy: ['alertname', 'service'],
        reason: 'first notification',
        ...more,
      } as const;
      const response = await post(alertmanagerDelivery({ alerts, ...notification }, secrets));
      if (response.status !== 202)
        throw new Error(`The bot answered ${response.status}: ${await response.text()}`);
    },
    card: (matching) => bot.sees('grace', { channel: alertsChannel, matching }),
    inChannel: (since = '0') =>
      bot
        .screen('grace', alertsChannel)
        .filter(
          ({ ts, threadTs, isBroadcast, ephemeralFor }) =>
            Number(ts) > Number(since) &&
            ephemeralFor === undefined &&
            (threadTs === undefined || isBroadcast === true),
        ),
    group: async (id) => {
      const row = await one<{ group: Record<string, unknown> }>(
        `SELECT to_jsonb(groups) - 'state_data' || state_data AS "group" FROM countersign.alert_groups AS groups WHERE id = $1`,
        id,
      );
      return row.group;
    },
    kindsOf: async (groupId) => {
      const { rows } = await pool.query<{ kind: string }>(
        `SELECT kind FROM countersign.ledger_entries WHERE body::jsonb -> 'facts' ->> 'group' = $1 ORDER BY seq`,
        [groupId],
      );
      return rows.map(({ kind }) => kind);
    },
    passes: async (minutes, groupId) => {
      await one(
        `UPDATE countersign.alert_groups
         SET first_seen_at = first_seen_at - $2::interval, opened_at = opened_at - $2::interval,
           last_seen_at = last_seen_at - $2::interval, resolved_at = resolved_at - $2::interval,
           state_data = state_data || jsonb_strip_nulls(jsonb_build_object(
             'wokenAt', (state_data->>'wokenAt')::timestamptz - $2::interval))
         WHERE id = $1 RETURNING id`,
        groupId,
        `${minutes} minutes`,
      );
      // Added again under its key, which replaces it and wakes the worker.
      await pool.query(
        `SELECT graphile_worker.add_job(tasks.identifier, jobs.payload, job_key => jobs.key)
         FROM graphile_worker._private_jobs jobs JOIN graphile_worker._private_tasks tasks ON tasks.id = jobs.task_id
         WHERE jobs.key = ANY($1)`,
        [
          ['level2_unacknowledged', 'level2_unresolved', 'quiet'].map(
            (timer) => `${timer}:${workspaceId}:${groupId}`,
          ),
        ],
      );
    },
    quiet: async () => {
      await until(
        async () => {
          const { rowCount } = await pool.query(
            'SELECT FROM countersign.deliveries WHERE processed_at IS NULL',
          );
          return rowCount === 0;
        },
        { deadlineMilliseconds: 15_000, waitingFor: 'every delivery to be processed' },
      );
      await bot.quiet();
      await monitoring.pagerDuty.idle();
    },
  };
}

/** An alert of one service that fires now. Other labels tell it from others of its group. */
export function firing(
  service: string,
  { severity = 'critical', summary = 'too many errors', ...labels }: Readonly<Record<string, string>> = {},
): PrometheusAlert {
  return {
    labels: {
      alertname: 'TooManyErrors',
      env: 'production',
      instance: `${service}-1`,
      service,
      severity,
      ...labels,
    },
    annotations: { summary },
    startsAt: new Date(),
  };
}

export function over(alert: PrometheusAlert): PrometheusAlert {
  return { ...alert, endsAt: new Date() };
}

/** The id in its footer. */
export function groupIdOf(card: ClientMessage): string {
  const id = /\bg-[0-9a-z]+/.exec(JSON.stringify(card.blocks))?.[0];
  if (id === undefined) throw new Error(`No group is named there: ${JSON.stringify(card.blocks)}`);
  return id;
}

/** Whom Slack notifies for a message, by its blocks; its text must name nobody. */
export function mentioned(message: ClientMessage): string[] {
  const inBlocks = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(inBlocks);
    if (typeof value !== 'object' || value === null) return [];
    const { type, user_id, usergroup_id, range, ...others } = value as Record<string, unknown>;
    const named =
      type === 'user' ? user_id : type === 'usergroup' ? usergroup_id : type === 'broadcast' ? range : [];
    return [...(typeof named === 'string' ? [named] : []), ...inBlocks(Object.values(others))];
  };
  const inText = [...message.text.matchAll(/<([@!][^>|]+)/g)].map(([, name]) => name!);
  return [...inText, ...inBlocks(message.blocks)];
}
