import { setTimeout as pause } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { alertmanagerDelivery, type PrometheusAlert } from '../../sandbox/alerts/alertmanager.ts';
import { type PagerDuty, startPagerDuty } from '../../sandbox/targets/pagerduty/server.ts';
import { type Surroundings, type SurroundingsOptions, startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';

/** Called by a critical, and by level 2. */
export const firstCalled = 'U0GRACE';
export const secondCalled = 'U0MARGARET';

const hookSecret = 'a-secret-of-monitoring';
export const routingKey = 'c0ffee00c0ffee00c0ffee00c0ffee00';

/** `checks` gives each delivery an id and keeps an order, as PagerDuty and Sentry do. */
const settings = (extra: string) => `
alerts:
  sources:
    prometheus: { kind: alertmanager, secrets: env:HOOK_SECRET, limits: { perMinute: 100000 } }
    checks:
      kind: generic
      secrets: env:HOOK_SECRET
      limits: { perMinute: 100000 }
      mapping:
        deliveryId: "{/id}"
        key: "{/check}"
        title: "{/check}"
        fingerprint: "{/place}"
        severity: { from: /severity }
        status: { from: /state, firing: [down], resolved: [up] }
        order: /order
  routes:
    - { notify: [${firstCalled}] }
  escalation:
    notify: [${secondCalled}]
    pagerduty: { routingKey: env:PAGERDUTY_KEY, url: env:PAGERDUTY_URL }
  digest: { moreThan: 1000 }
${extra}`;

export interface AlertScene {
  readonly surroundings: Surroundings;
  readonly pagerDuty: PagerDuty;
}

export interface AlertSceneOptions extends Partial<SurroundingsOptions> {
  /** Puts something between the bot and PagerDuty. */
  readonly pagerDutyUrl?: (url: string) => string | Promise<string>;
}

/** Everything round a bot that hears of alerts. Call it while the file or its `describe` is collected. */
export async function startAlertScene(options: AlertSceneOptions = {}): Promise<AlertScene> {
  const { pagerDutyUrl = (url) => url, settings: extra = '' } = options;
  const pagerDuty = await startPagerDuty({ routingKeys: [routingKey] });
  afterAll(() => pagerDuty.close());
  const surroundings = await startSurroundings({
    mode: 'http',
    umbrellaRecords: 10,
    ...options,
    settings: settings(extra),
    variables: {
      HOOK_SECRET: hookSecret,
      PAGERDUTY_KEY: routingKey,
      PAGERDUTY_URL: await pagerDutyUrl(pagerDuty.url),
      ...options.variables,
    },
  });
  return { surroundings, pagerDuty };
}

/** One request of a monitoring source. */
export interface Post {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** An alert of `service`, the name of its group being that of the alert. */
export function alertOf(
  name: string,
  severity: string,
  more: { readonly startsAt: Date; readonly endsAt?: Date; readonly instance?: string },
): PrometheusAlert {
  const { startsAt, endsAt, instance = severity } = more;
  return {
    labels: { alertname: name, instance, service: 'payments-api', severity },
    annotations: { summary: `${name} was noticed` },
    startsAt,
    endsAt,
  };
}

/** What Alertmanager posts of one group. */
export function notificationOf(...alerts: readonly PrometheusAlert[]): Post {
  return alertmanagerDelivery(
    { alerts, groupBy: ['alertname'], reason: 'first notification' },
    { prometheus: hookSecret },
  );
}

export interface Check {
  readonly id: string;
  readonly check: string;
  readonly place: string;
  readonly state: 'down' | 'up';
  readonly severity: string;
  readonly order: number;
}

/** What the source with delivery ids posts. */
export function checkPost(check: Check): Post {
  return {
    path: '/hooks/checks',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${hookSecret}` },
    body: Buffer.from(JSON.stringify(check)),
  };
}

/** Answers so far, in order; `lost` where there was none. */
export type Answers = readonly (number | 'lost')[];

/** Alertmanager's own pauses begin at seconds. */
const pauseMilliseconds = 100;
const patienceMilliseconds = 5_000;
const longestMilliseconds = 60_000;

/** Posts it again on 5xx, 429 and silence, as Alertmanager does, wherever the bot is then. @throws Error for another 4xx */
export async function sendUntilTaken(url: () => string, { path, headers, body }: Post): Promise<Answers> {
  const answers: (number | 'lost')[] = [];
  const deadline = performance.now() + longestMilliseconds;
  for (;;) {
    const answer = await post(url() + path, { headers, body });
    answers.push(answer);
    if (answer !== 'lost' && answer < 300) return answers;
    if (answer !== 'lost' && answer < 500 && answer !== 429) throw new Error(`The bot answered ${answer}`);
    if (performance.now() > deadline) throw new Error(`The bot took nothing: ${answers.join(', ')}`);
    await pause(pauseMilliseconds);
  }
}

/** Once, whatever becomes of it. */
export async function post(url: string, { headers, body }: Omit<Post, 'path'>): Promise<number | 'lost'> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      signal: AbortSignal.timeout(patienceMilliseconds),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 'lost';
  }
}

/** Waits until nothing that was taken is left undone. */
export async function nothingOwed(
  { workspace, database }: Surroundings,
  deadlineMilliseconds = 60_000,
): Promise<void> {
  let owed: unknown;
  await until(
    async () => {
      await workspace.idle();
      const { rows } = await database.pool.query<Record<string, number>>(
        `SELECT
           (SELECT count(*)::int FROM countersign.deliveries WHERE processed_at IS NULL) AS deliveries,
           (SELECT count(*)::int FROM countersign.pages WHERE sent_at IS NULL AND problem IS NULL) AS pages,
           (SELECT count(*)::int FROM countersign.inbox WHERE handled_at IS NULL AND voided_at IS NULL) AS inbox,
           (SELECT count(*)::int FROM countersign.runs WHERE state = 'executing' OR state = 'planned') AS runs,
           (SELECT count(*)::int FROM countersign.messages WHERE sent < wanted AND given_up_at IS NULL) AS messages,
           (SELECT count(*)::int FROM graphile_worker._private_jobs
            WHERE locked_at IS NOT NULL OR (run_at <= now() AND attempts < max_attempts)) AS jobs`,
      );
      owed = rows[0]!;
      return Object.values(rows[0]!).every((count) => count === 0);
    },
    { deadlineMilliseconds, waitingFor: 'nothing to be owed' },
  ).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(owed)}`, { cause: error });
  });
}
