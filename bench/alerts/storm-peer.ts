import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SlackWorkspace } from '../../sandbox/slack/server.ts';
import { type Figure, reading } from '../figures.ts';
import { startAlertmanager } from './alertmanager.ts';
import { startWorkspace } from './control-room.ts';
import { alertChannel, stormSize } from './storm.ts';
import { labelsOf, timeOf } from './storm-notifications.ts';
import type { StormAlert, StormGroup } from './storm-story.ts';

/** As often as Prometheus would tell it what is new. */
const postEveryMilliseconds = 1_000;
/** What still fires is told again, as Prometheus does, before its end is reached. */
const firesForMilliseconds = 3_600_000;
const lookEveryMilliseconds = 200;

/** The same storm through Alertmanager's own Slack notifier, into a local Slack with the same limits. */
export async function benchStormPeer(options: {
  readonly dataDir: string;
  readonly name: string;
  readonly grouping: string;
  readonly groups: readonly StormGroup[];
  /** Default group_interval is 5 minutes: what was not shown by the second one is not waited for. */
  readonly waitMilliseconds: number;
}): Promise<Figure[]> {
  const { name, groups } = options;
  const workspace = await startWorkspace(true);
  const alertmanager = await startAlertmanager({
    workspace,
    channel: alertChannel,
    folder: join(options.dataDir, name.replaceAll(/\W+/g, '-')),
    grouping: options.grouping,
  });
  const shown = new Map<string, { readonly title: string; readonly at: number }>();
  let firstAt: number | undefined;
  const leave = workspace.onEvent((event) => {
    if (event.kind !== 'message_posted' || event.message.channel !== alertChannel) return;
    firstAt ??= performance.now();
  });
  try {
    const begun = performance.now();
    await tellAlertmanager(alertmanager.post, groups);
    const deadline = begun + options.waitMilliseconds;
    const isShown = (group: StormGroup) => shown.get(keyOf(group))?.title === lastTitle(group);
    // What it never said of is over for it without a word: it says only of what people know that it is resolved.
    const isUnheardOf = (group: StormGroup) => lastTitle(group) === resolvedTitle && !shown.has(keyOf(group));
    for (;;) {
      readTitles(workspace, shown);
      if (groups.every((group) => isShown(group) || isUnheardOf(group))) break;
      if (performance.now() > deadline) break;
      await sleep(lookEveryMilliseconds);
    }
    const waited = (performance.now() - begun) / 1000;
    const right = groups.filter(isShown);
    const rightAt = Math.max(...right.map((group) => shown.get(keyOf(group))?.at ?? 0));
    const of = (outcome: string) =>
      workspace.calls.filter((call) => call.method === 'chat.postMessage' && call.outcome === outcome).length;
    const never = groups.filter((group) => !shown.has(keyOf(group))).length;
    return [
      reading('messages', of('ok'), ''),
      reading('calls answered 429', of('ratelimited'), ''),
      reading('first alert to first message', ((firstAt ?? Number.NaN) - begun) / 1000, 's'),
      reading(`groups shown in their last state within ${Math.round(waited)} s`, right.length, ''),
      reading('first alert to the last of these', (rightAt - begun) / 1000, 's'),
      reading('groups nobody heard of at all', never, ''),
    ];
  } finally {
    leave();
    await alertmanager.stop();
    await workspace.close();
  }
}

async function tellAlertmanager(
  post: (alerts: readonly object[]) => Promise<void>,
  groups: readonly StormGroup[],
): Promise<void> {
  const alerts = groups.flatMap((group) => group.alerts);
  const beganAt = new Date();
  const begun = performance.now();
  let before = -1;
  for (let at = 0; before < stormSize.milliseconds; before = at, at += postEveryMilliseconds) {
    const wait = at - (performance.now() - begun);
    if (wait > 0) await sleep(wait);
    const isNew = (time: number | undefined) => time !== undefined && time > before && time <= at;
    const news = alerts.filter(({ firesAt, resolvesAt }) => isNew(firesAt) || isNew(resolvesAt));
    if (news.length > 0) await post(news.map((alert) => told(alert, beganAt, at)));
  }
}

function told(alert: StormAlert, beganAt: Date, at: number) {
  const isOver = alert.resolvesAt !== undefined && alert.resolvesAt <= at;
  return {
    labels: labelsOf(alert),
    annotations: { summary: `${alert.alertname} on ${alert.instance}` },
    startsAt: timeOf(beganAt, alert.firesAt),
    endsAt: timeOf(beganAt, isOver ? alert.resolvesAt! : at + firesForMilliseconds),
    generatorURL: 'https://prometheus.example/graph?g0.expr=up&g0.tab=1',
  };
}

const keyOf = ({ alertname, service }: Pick<StormGroup, 'alertname' | 'service'>) =>
  `${alertname} ${service}`;

/** Its default title: `[FIRING:3] HighLatency ledger (production warning)`. */
function readTitles(workspace: SlackWorkspace, shown: Map<string, { title: string; at: number }>): void {
  for (const { args, outcome, at } of workspace.calls) {
    if (outcome !== 'ok' || typeof args.attachments !== 'object') continue;
    const [attachment] = args.attachments as { title?: string }[];
    const [, title, key] = /^(\[\w+(?::\d+)?\]) (\S+ \S+)/.exec(attachment?.title ?? '') ?? [];
    if (title === undefined || key === undefined) continue;
    // The moment it was first shown in this state, on the clock the rest is measured by.
    if (shown.get(key)?.title !== title) shown.set(key, { title, at: at - performance.timeOrigin });
  }
}

const resolvedTitle = '[RESOLVED]';

function lastTitle({ alerts }: StormGroup): string {
  const firing = alerts.filter(({ resolvesAt }) => resolvesAt === undefined).length;
  return firing === 0 ? resolvedTitle : `[FIRING:${firing}]`;
}
