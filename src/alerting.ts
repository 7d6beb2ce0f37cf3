import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { AlertViewsContext } from './alert-views.ts';
import { act } from './core/alerts/act.ts';
import type { AlertContext } from './core/alerts/alert-context.ts';
import type { AlertRequest } from './core/alerts/alert-request.ts';
import type { SourceEvent } from './core/alerts/alert-store.ts';
import { tellOfShedding, watchHeartbeats } from './core/alerts/heartbeats.ts';
import { processDeliveries } from './core/alerts/process-deliveries.ts';
import { type PageSubject, pageSubject, sendPages } from './core/alerts/send-page.ts';
import { groupCard } from './core/alerts/speak-group.ts';
import type { InboxEntry } from './core/inbox.ts';
import { headlineId } from './core/incidents/deeds.ts';
import type { Handler } from './http/server.ts';
import { type AlertLoop, startAlertLoop } from './jobs/alert-loop.ts';
import type { Log } from './log.ts';
import { nameTenant } from './name-tenant.ts';
import { createEventsApi } from './pagerduty/events-api.ts';
import { countWaiting, storeDeliveries } from './postgres/alerts/deliveries.ts';
import { maybeGroup } from './postgres/alerts/groups.ts';
import { maybeNextPage, pagePutOff, pageSent } from './postgres/alerts/pages.ts';
import { countSourceEvents, heardFrom } from './postgres/alerts/sources.ts';
import { maybeIncident } from './postgres/incidents/incidents.ts';
import { addJob } from './postgres/jobs.ts';
import type { Targets } from './targets/targets.ts';
import { deliveryWriter } from './webhooks/delivery-writer.ts';
import { hooks } from './webhooks/hooks.ts';
import type { SourceKind } from './webhooks/source-kind.ts';

export interface AlertingOptions {
  readonly pool: Pool;
  /** Its own connections: what is acknowledged must not queue behind what is processed. */
  readonly deliveryPool: Pool;
  readonly workspaceId: string;
  readonly context: AlertContext;
  readonly views: AlertViewsContext;
  readonly kinds: ReadonlyMap<string, SourceKind>;
  readonly targets: () => Targets;
  readonly giveWay: () => Promise<void>;
  readonly log: Log;
  readonly now: () => Date;
}

/** Everything between a monitoring source's POST and a group's card. */
export interface Alerting {
  /** For everything below `/hooks/`. */
  readonly handle: Handler;
  /** A person's click or form. */
  readonly act: (entry: InboxEntry, request: AlertRequest) => Promise<void>;
  /** Tells PagerDuty what waits for a group. */
  readonly page: (groupId: string) => Promise<void>;
  /** A message stands in Slack for the first time: if it is a card, what its tenant is called is looked up. */
  readonly onPosted: (messageId: string) => Promise<void>;
  stop(): Promise<void>;
}

/** Counts are written, and those that wait counted, this often. */
const countEveryMilliseconds = 1_000;

export function startAlerting(options: AlertingOptions): Alerting {
  const { workspaceId, context, log } = options;
  const sources = () => context.settings().alerts.sources;
  const counts = sourceCounts(options);
  const loop: AlertLoop = startAlertLoop({
    process: () => processDeliveries(context),
    watchHeartbeats: () => watchHeartbeats(context),
    giveWay: options.giveWay,
    log,
  });
  const writer = deliveryWriter({
    write: (batch) =>
      storeDeliveries(
        options.deliveryPool,
        workspaceId,
        batch.map(({ source, deliveryId, bodyHash, delivery }) => ({
          ...delivery,
          source,
          deliveryId,
          bodyHash,
        })),
      ),
    waiting: counts.waiting,
    mostWaiting: (source) => sources()[source]?.limits.waiting ?? 0,
    onStored: (source, isNew) => {
      if (isNew) {
        counts.stored(source);
        loop.kick();
      } else counts.add({ source, outcome: 'duplicate', event: 'duplicate', count: 1 });
    },
    onShed: (source) => counts.add({ source, outcome: 'shed', event: 'shed', count: 1 }),
  });
  const handle = hooks({
    sources,
    kinds: options.kinds,
    store: writer.store,
    onRefused: ({ source, status, why }) => {
      log.warn({ source, status, why }, 'refused a delivery');
      if (source === undefined) return;
      counts.add({ source, outcome: 'refused', event: String(status), count: 1, detail: why });
    },
    onFault: (error, about) => log.error({ err: error, ...about }, 'a delivery broke'),
    now: options.now,
  });
  return {
    handle,
    act: (entry, request) => act(entry, request, context),
    onPosted: async (messageId) => {
      const groupId = await maybeOutdated(messageId, options);
      if (groupId === undefined) return;
      await context.store.transaction(async (transaction) => {
        const group = await transaction.maybeGroup(groupId);
        if (group?.hasCard === true) transaction.want(groupCard(group, 'other'));
      });
    },
    page: (groupId) => sendPages(groupId, pageContext(options)),
    stop: async () => {
      await loop.stop();
      await counts.stop();
    },
  };
}

/** The group whose card has just been posted, if what its tenant is called was not known before. */
async function maybeOutdated(
  messageId: string,
  { pool, workspaceId, targets }: AlertingOptions,
): Promise<string | undefined> {
  const id = /^group:([^:]+):card$/.exec(messageId)?.[1];
  if (id === undefined) return undefined;
  const tenant = (await maybeGroup(pool, workspaceId, id))?.tenant;
  if (tenant === undefined || tenant === '') return undefined;
  return (await nameTenant(tenant, { pool, workspaceId, targets })) ? id : undefined;
}

function pageContext({
  pool,
  workspaceId,
  context,
  views,
}: AlertingOptions): Parameters<typeof sendPages>[1] {
  return {
    workspaceId,
    settings: context.settings,
    maybeNextPage: (groupId) => maybeNextPage(pool, workspaceId, groupId),
    pageSent: (id, problem) => pageSent(pool, workspaceId, id, problem),
    pagePutOff: (id) => pagePutOff(pool, workspaceId, id),
    maybeSubject: async (id) => {
      if (id.startsWith('i-')) return maybeIncidentSubject(id, pool, workspaceId);
      const group = await maybeGroup(pool, workspaceId, id);
      return group && pageSubject(group);
    },
    cardLink: (id) => soonOrNever(views.permalink(id.startsWith('i-') ? headlineId(id) : `group:${id}:card`)),
    send: async (page, attempt) => {
      const { pagerduty } = context.settings().alerts.escalation;
      // Taken out of the settings between two attempts.
      if (pagerduty === undefined) return { kind: 'refused', why: 'PagerDuty is not configured any more' };
      return createEventsApi(pagerduty).send(page, attempt);
    },
    again: (groupId, delayMilliseconds) =>
      addJob(
        pool,
        `page:${workspaceId}`,
        { workspaceId, groupId },
        { key: `page:${workspaceId}:${groupId}`, delayMilliseconds },
      ),
    onRefused: (subject, pageId, why) =>
      context.store.transaction(async (transaction) =>
        transaction.want({
          id: `page:${pageId}:refused`,
          place: { kind: 'channel', channelId: context.settings().channels.ops },
          urgency: 'critical',
          content: {
            text: `PagerDuty did not take the page for "${subject.title}" (${subject.id}): ${why} Call people yourself.`,
          },
        }),
      ),
  };
}

/** Everybody who is called for an incident is called for something critical, whatever its alerts are. */
async function maybeIncidentSubject(
  id: string,
  pool: Pool,
  workspaceId: string,
): Promise<PageSubject | undefined> {
  const incident = await maybeIncident(pool, workspaceId, id);
  if (incident === undefined) return undefined;
  const { title, severity, target, environment } = incident;
  const where = [target, environment].filter((one) => one !== undefined).join(', ');
  const summary = `${severity} incident ${title}${where === '' ? '' : ` (${where})`}`;
  return { id, title, summary, source: target ?? 'countersign', severity: 'critical', links: [] };
}

/** A page says where the card is if Slack tells at once: it must reach people also while Slack does not answer. */
function soonOrNever(link: Promise<string | undefined>): Promise<string | undefined> {
  return Promise.race([link, sleep(linkMilliseconds, undefined, { ref: false })]);
}

const linkMilliseconds = 1_000;

/** What happened since the last look, and how much waits; both cost the database one statement a second. */
function sourceCounts({ pool, workspaceId, context, log }: AlertingOptions) {
  let events: SourceEvent[] = [];
  let waiting = new Map<string, number>();
  let storedSince = new Map<string, number>();
  const heard = new Map<string, Date>();
  // A process that is gone may have said that deliveries are turned away: said to be over once there is room.
  const shedding = new Set<string>(Object.keys(context.settings().alerts.sources));

  const write = async (): Promise<void> => {
    const batch = events;
    events = [];
    const shed = batch.flatMap(({ outcome, source }) => (outcome === 'shed' ? [source] : []));
    try {
      await countSourceEvents(pool, workspaceId, batch);
    } catch (error) {
      events = [...batch, ...events].slice(-10_000);
      throw error;
    }
    for (const [source, at] of heard) {
      await heardFrom(pool, workspaceId, source, at, undefined);
      if (heard.get(source) === at) heard.delete(source);
    }
    if (storedSince.size > 0 || waiting.size > 0 || shedding.size > 0) await countAgain();
    await tellOfSheddingIn(new Set(shed));
  };
  const countAgain = async (): Promise<void> => {
    const before = storedSince;
    // What is stored while it is counted may be counted twice, and is never forgotten.
    storedSince = new Map();
    try {
      waiting = await countWaiting(pool, workspaceId);
    } catch (error) {
      for (const [source, count] of before) storedSince.set(source, (storedSince.get(source) ?? 0) + count);
      throw error;
    }
  };
  const writeOrWarn = () =>
    write().catch((error: unknown) =>
      log.warn({ err: error }, 'counts of monitoring sources were not written; again soon'),
    );
  const tellOfSheddingIn = async (now: ReadonlySet<string>): Promise<void> => {
    for (const source of new Set([...now, ...shedding])) {
      const isShedding = now.has(source);
      if (isShedding === shedding.has(source)) continue;
      const { limits } = context.settings().alerts.sources[source] ?? {};
      // Over only once there is room again.
      if (!isShedding && limits !== undefined && (waiting.get(source) ?? 0) > limits.waiting / 2) continue;
      await tellOfShedding(source, isShedding, context);
      if (isShedding) shedding.add(source);
      else shedding.delete(source);
    }
  };
  let writing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    if (events.length === 0 && storedSince.size === 0 && waiting.size === 0 && shedding.size === 0) return;
    writing = writing.then(writeOrWarn);
  }, countEveryMilliseconds);
  return {
    waiting: (source: string) => (waiting.get(source) ?? 0) + (storedSince.get(source) ?? 0),
    stored: (source: string) => void storedSince.set(source, (storedSince.get(source) ?? 0) + 1),
    add: (event: SourceEvent) => {
      events.push(event);
      // Sent again, it says nothing new but that its source lives.
      if (event.outcome === 'duplicate') heard.set(event.source, new Date());
    },
    stop: async () => {
      clearInterval(timer);
      await writing;
      await writeOrWarn();
    },
  };
}
