import { afterAll } from 'vitest';
import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import { type Alertmanager, type PostedAlert, testAlertmanager } from '../support/alertmanager.ts';
import { cardText, people } from '../support/slack.ts';
import { type Surroundings, startSurroundings } from '../support/surroundings.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

/** A group as it is stored. */
export interface StoredAlertGroup {
  readonly id: string;
  readonly state: 'firing' | 'resolved';
  readonly reopenedCount: number;
  readonly firing: number;
  readonly resolved: number;
  /** Notifications of each of its alerts, by its `instance`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** A real Alertmanager that tells the bot, Slack, and a look into what was made of it. */
export interface Monitored {
  readonly surroundings: Surroundings;
  readonly alertmanager: Alertmanager;
  /** Between Alertmanager and the bot. */
  readonly road: TcpProxy;
  /** The group of this alert name; undefined while nothing was heard of it. */
  group(name: string): Promise<StoredAlertGroup | undefined>;
  /** Waits until the group is so. */
  becomes(name: string, state: Partial<StoredAlertGroup>): Promise<StoredAlertGroup>;
  /** What #alerts holds about this name, the oldest first: cards, and replies shown in the channel. */
  messages(name: string): ClientMessage[];
  /** Waits until the only card about this name reads so. */
  card(name: string, matching: RegExp): Promise<ClientMessage>;
  /** Notifications of this source that were stored so far. */
  countDeliveries(source: string): Promise<number>;
  /** Waits until Alertmanager has looked at all of its groups, and has told what it tells of them. */
  looked(): Promise<void>;
}

const token = 'a-token-of-sixteen';

/** Alerts of one name and one service share a card; `repeats: often` is told again each second. */
const config = (road: string) => `
route:
  receiver: ops.bot
  group_by: [alertname, service]
  group_wait: 100ms
  group_interval: 300ms
  repeat_interval: 1h
  routes:
    - { matchers: [alertname="Watchdog"], receiver: watched, repeat_interval: 1s }
    - { matchers: [alertname="Mistyped"], receiver: mistyped }
    - { matchers: [repeats="often"], repeat_interval: 1s }
receivers:
  - name: ops.bot
    webhook_configs:
      - url: ${road}/hooks/prometheus
        http_config: { authorization: { credentials_file: token } }
  - name: watched
    webhook_configs:
      - url: ${road}/hooks/watched
        http_config: { authorization: { credentials_file: token } }
  - name: mistyped
    webhook_configs:
      - url: ${road}/hooks/mistyped
        http_config: { authorization: { credentials: wrong } }
`;

const settings = `
onCall: { usergroups: [S0ONCALL] }
alerts:
  sources:
    prometheus: { kind: alertmanager, secrets: env:ALERTMANAGER_TOKEN }
    watched: { kind: alertmanager, secrets: env:ALERTMANAGER_TOKEN, expectEvery: 1m }
    mistyped: { kind: alertmanager, secrets: env:ALERTMANAGER_TOKEN }
  routes:
    - { notify: [U0GRACE, on-call] }
`;

/** Call it while the file or its `describe` is collected; then {@link Monitored.road} has to lead to the bot. */
export async function startMonitored(
  options: { readonly databaseUrl?: (url: string) => string | Promise<string> } = {},
): Promise<Monitored> {
  const surroundings = await startSurroundings({ mode: 'http', umbrellaRecords: 10, settings, ...options });
  // Leads nowhere until there is a bot.
  const road = await TcpProxy.to({ host: '127.0.0.1', port: 9 });
  afterAll(() => road.stop());
  const alertmanager = await testAlertmanager(config(`http://127.0.0.1:${road.port}`), { token });
  const { pool } = surroundings.database;
  const { screen } = people(surroundings.workspace);

  const group = async (name: string): Promise<StoredAlertGroup | undefined> => {
    const { rows } = await pool.query<StoredAlertGroup>(
      `SELECT id, state, (state_data ->> 'reopenedCount')::int AS "reopenedCount",
         (state_data ->> 'firing')::int AS firing, (state_data ->> 'resolved')::int AS resolved,
         (SELECT jsonb_object_agg(labels ->> 'instance', count) FROM countersign.alerts WHERE group_id = groups.id) AS counts
       FROM countersign.alert_groups AS groups WHERE is_current AND state_data ->> 'title' = $1`,
      [name],
    );
    if (rows.length > 1)
      throw new Error(`${rows.length} groups are called "${name}": ${JSON.stringify(rows)}`);
    return rows[0];
  };
  const messages = (name: string) =>
    screen('linus', 'C0ALERTS').filter((message) => cardText(message).includes(name));
  const countDeliveries = async (source: string) => {
    const { rows } = await pool.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM countersign.deliveries WHERE source = $1 AND processed_at IS NOT NULL',
      [source],
    );
    return rows[0]!.count;
  };
  return {
    surroundings: {
      ...surroundings,
      variables: { ...surroundings.variables, ALERTMANAGER_TOKEN: token },
    },
    alertmanager,
    road,
    group,
    messages,
    countDeliveries,
    becomes: async (name, state) => {
      let last: StoredAlertGroup | undefined;
      try {
        return await until(
          async () => {
            last = await group(name);
            const isSo = Object.entries(state).every(
              ([key, value]) => last?.[key as keyof StoredAlertGroup] === value,
            );
            return isSo ? last : undefined;
          },
          { deadlineMilliseconds: 20_000, waitingFor: `"${name}" to be ${JSON.stringify(state)}` },
        );
      } catch (error) {
        throw new Error(`${(error as Error).message}\nIt is ${JSON.stringify(last)}`);
      }
    },
    card: async (name, matching) => {
      const cards = () => messages(name).filter(({ threadTs }) => threadTs === undefined);
      try {
        return await until(
          () => {
            const [one] = cards();
            return one !== undefined && matching.test(cardText(one)) ? one : undefined;
          },
          { deadlineMilliseconds: 20_000, waitingFor: `the card of "${name}" to read ${matching}` },
        );
      } catch (error) {
        throw new Error(`${(error as Error).message}\nThere are:\n${cards().map(cardText).join('\n\n')}`);
      }
    },
    looked: async () => {
      // Each look at a group ends in a question to its log of what was notified; muted groups are not asked about.
      const asked = () => alertmanager.metric('alertmanager_nflog_queries_total');
      const looks =
        (await asked()) + 2 * (await alertmanager.metric('alertmanager_dispatcher_aggregation_groups'));
      await until(async () => (await asked()) > looks, {
        deadlineMilliseconds: 10_000,
        waitingFor: 'Alertmanager to look at its groups',
      });
    },
  };
}

/** An alert of a payment service, critical unless its labels say otherwise. */
export function alertOf(
  name: string,
  labels: Readonly<Record<string, string>> = {},
  times: Pick<PostedAlert, 'startsAt' | 'endsAt'> = {},
): PostedAlert {
  return {
    labels: {
      alertname: name,
      service: 'payments-api',
      env: 'production',
      severity: 'critical',
      instance: 'one',
      ...labels,
    },
    annotations: {
      summary: `${name} was noticed`,
      runbook_url: 'https://runbooks.example.com/payments',
    },
    generatorURL: 'https://prometheus.example.com/graph?g0.expr=up',
    ...times,
  };
}

/** How often a message notifies this member or user group. */
export function mentionsIn(message: ClientMessage, id: string): number {
  return JSON.stringify(message.blocks).split(`"${id}"`).length - 1;
}
