import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Receiver } from '@slack/bolt';
import { maybeDigestView, maybeGroupView, maybeRaw } from './alert-views.ts';
import { startAlerting } from './alerting.ts';
import { type CheckpointSink, checkpointFile } from './checkpoint-file.ts';
import type { EnvironmentWith } from './config/environment.ts';
import { whyStale } from './core/change/decisions/why-stale.ts';
import type { DecisionRequest, InboxEntry } from './core/inbox.ts';
import type { SigningKey } from './core/ledger/signing-key.ts';
import type { Pacing } from './core/pacing.ts';
import type { Redactor } from './core/redact.ts';
import type { Commands } from './core/registered-command.ts';
import { lookEntry } from './core/runbooks/waits.ts';
import { gather } from './gather.ts';
import { health, ready } from './http/health.ts';
import { type Handler, listen as listenHttp, type Routes } from './http/server.ts';
import { incidentLog, maybeIncidentView } from './incident-views.ts';
import { directWork } from './jobs/direct-work.ts';
import { startLanes } from './jobs/lanes.ts';
import { type IncidentWork, receiveAndExecute, tasks } from './jobs/tasks.ts';
import { startUpkeep } from './jobs/upkeep.ts';
import type { Log } from './log.ts';
import { storeIncoming, voidIncoming } from './postgres/inbox.ts';
import { entryHashAt } from './postgres/ledger.ts';
import { maybeLockdown } from './postgres/lockdowns.ts';
import { messageStore } from './postgres/message-store.ts';
import { migrationStatus } from './postgres/migration-status.ts';
import { openPool } from './postgres/pool.ts';
import { lockdownReceipt } from './postgres/receipts.ts';
import { maybeReview } from './postgres/reviews.ts';
import { identityMemory } from './postgres/workspaces.ts';
import { bePresent } from './presence.ts';
import type { SettingsHolder } from './reload.ts';
import { maybeRunView } from './run-views.ts';
import type { LoadedRunbooks } from './runbook-files/load-runbooks.ts';
import { type CountersignSettings, openRuntime } from './runtime.ts';
import { mayRunAnywhere } from './services.ts';
import { shareWhatMayBeLost } from './share-what-may-be-lost.ts';
import { AckPriority } from './slack/ack-priority.ts';
import { boltLogger } from './slack/bolt-logger.ts';
import { channelResolver } from './slack/channels.ts';
import { boltApp, connectSocket, noReceiver, slackClient } from './slack/connect.ts';
import { type DeliverContext, deliver } from './slack/delivery/deliver.ts';
import { removeTwins } from './slack/delivery/remove-twins.ts';
import { respond } from './slack/delivery/respond.ts';
import { formFiller } from './slack/fill-forms.ts';
import { httpEntrance } from './slack/http-entrance.ts';
import { findIdentity } from './slack/identity.ts';
import { type Recorded, withInbox } from './slack/inbox-receiver.ts';
import { inboxWriter } from './slack/inbox-writer.ts';
import { listen } from './slack/listeners.ts';
import { createSlackMembership } from './slack/membership.ts';
import { permalinks } from './slack/permalinks.ts';
import { record } from './slack/record.ts';
import { renderer } from './slack/render.ts';
import { searchOptions } from './slack/search-options.ts';
import { replyBlocks } from './slack/views/reply.ts';
import { countPages } from './slack/views/run-message.ts';
import { watchSlack } from './slack/watch.ts';
import type { SourceKind } from './webhooks/source-kind.ts';

export interface CountersignOptions {
  /** Slack and database are needed; the database is migrated. */
  readonly environment: EnvironmentWith<'slack' | 'database'>;
  readonly settings: SettingsHolder<CountersignSettings>;
  readonly commands: Commands;
  readonly sourceKinds: ReadonlyMap<string, SourceKind>;
  readonly runbooks: LoadedRunbooks;
  readonly signingKey: SigningKey;
  readonly log: Log;
  readonly redactor: Redactor;
  /** Default: the machine's clock. */
  readonly now?: () => Date;
  /** Default: Slack's documented limits, shared through Redis when there is one. */
  readonly pacing?: Pacing;
}

export interface RunningCountersign {
  /** Where it listens; the one asked for, or the free one that was taken. */
  readonly port: number;
  readonly workspaceId: string;
  /** Tells the people in `channels.ops`. */
  announce(sentence: string): Promise<void>;
  /** Refuses new work, lets what runs come to rest, and lets go of everything. */
  stop(): Promise<void>;
}

type Undo = (() => Promise<unknown> | unknown)[];

/** Messages sent at the same time; more would only wait for the same budget of Slack's. */
const concurrentDeliveries = 4;

/**
 * Wires everything and starts it.
 * @throws Fault when it cannot start; everything already started is stopped.
 */
export async function startCountersign(options: CountersignOptions): Promise<RunningCountersign> {
  const undo: Undo = [];
  try {
    return await start(options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function start(options: CountersignOptions, undo: Undo): Promise<RunningCountersign> {
  const { environment, settings, commands, log, now = () => new Date() } = options;
  const stopping = new AbortController();
  const processId = randomUUID();
  const fault = (fields: object) => (error: unknown) =>
    log.error({ ...fields, err: error }, 'something broke');

  const databaseUrl = environment.databaseUrl.reveal();
  const pool = openPool(databaseUrl, { max: 13, name: 'countersign' }, log);
  undo.push(() => pool.end());
  // Its own connections, with short patience: what people wait for must not queue behind what runs do.
  const patience = { query_timeout: 2_000, statement_timeout: 1_800, connectionTimeoutMillis: 1_500 };
  const inboxPool = openPool(databaseUrl, { max: 2, name: 'countersign inbox', ...patience }, log);
  undo.push(() => inboxPool.end());

  const logger = boltLogger(log);
  const token = environment.slack.botToken.reveal();
  const apiUrl = environment.slackApiUrl;
  const client = slackClient(token, { apiUrl, logger });
  const { identity, isRemembered } = await findIdentity(client, token, identityMemory(pool));
  const { workspaceId } = identity;
  if (isRemembered) log.warn({ workspaceId }, 'Slack cannot be reached; starting as who it last said we are');
  const slack = watchSlack(client, log, now, !isRemembered);
  undo.push(slack.stop);

  const shared = shareWhatMayBeLost(options, workspaceId, undo);
  const presence = await bePresent({
    databaseUrl,
    pool,
    workspaceId,
    processId,
    sharing: environment.redisUrl === undefined ? 'alone' : 'shared',
    log,
  });
  undo.push(() => presence.leave());

  const messages = messageStore(pool, workspaceId, processId, (id) => deliverNow(id));
  const membership = createSlackMembership({ slack: client, store: shared.store, teamId: workspaceId, now });
  const { permalink, linkTo } = permalinks({ client, maybePosted: (id) => messages.maybePosted(id) });
  const runtime = await openRuntime({
    pool,
    workspaceId,
    processId,
    onWanted: (ids) => {
      for (const id of ids) deliverNow(id);
    },
    settings,
    commands,
    sourceKinds: options.sourceKinds,
    runbooks: options.runbooks,
    signingKey: options.signingKey,
    membership,
    log,
    redactor: options.redactor,
    now,
    stopping: stopping.signal,
    countPages,
    resolveChannel: channelResolver(client),
    permalink: (run) => permalink(`run:${run.id}:card`),
    messageLink: permalink,
    linkTo,
  });
  undo.push(() => runtime.close());
  const targets = () => runtime.targets().offers;

  const priority = new AckPriority();
  const giveWay = () => priority.giveWay();
  const { concurrentRuns } = settings.current.limits;
  const deliveries = directWork({ concurrency: concurrentDeliveries, giveWay, log });
  undo.push(deliveries.stop);
  const runs = directWork({ concurrency: concurrentRuns, giveWay, log });
  undo.push(runs.stop);
  const deliverNow = (id: string) => deliveries.add(`deliver ${id}`, () => deliver(id, delivering));
  const delivering: DeliverContext = {
    client,
    messages,
    pacing: shared.pacing,
    render: renderer({
      maybeRun: (id) => maybeRunView(id, { pool, workspaceId, guard: runtime.execute, permalink }),
      maybeLockdown: async (id) => {
        const lockdown = await maybeLockdown(pool, workspaceId, id);
        return lockdown && { lockdown, receipt: await lockdownReceipt(pool, workspaceId) };
      },
      maybeReview: (runId) => maybeReview(pool, workspaceId, runId),
      maybeGroup: (id) => maybeGroupView(id, runtime.alertViews),
      maybeDigest: (id) => maybeDigestView(id, runtime.alertViews),
      maybeRaw: (groupId) => maybeRaw(groupId, runtime.alertViews),
      maybeIncident: (id) => maybeIncidentView(id, runtime.opened.views),
      incidentLog: (id, window) => incidentLog(id, window, runtime.opened.views),
      maybeRunbook: (id) => runtime.opened.runbooks.store.maybe(id),
      commands,
      permalink,
      opsChannel: async () => (await runtime.execute.channels()).ops,
      membership,
      now,
    }),
    resolveChannel: channelResolver(client),
    newClaim: randomUUID,
    warn: (problem, { id }) => log.warn({ messageId: id, problem }, 'a message was not delivered'),
    onPosted: async (id) => {
      await alerting.onPosted(id);
      const runId = /^run:([^:]+):approval$/.exec(id)?.[1];
      // The card where it was asked links to this one; where it cannot be edited, that is not worth another answer.
      if (runId === undefined) return;
      await runtime.execute.store.transaction(async (transaction) => transaction.refresh(runId, 'progress'));
    },
  };
  const announce = async (sentence: string) => {
    const channel = await channelResolver(client)(settings.current.channels.ops);
    await client.chat.postMessage({ channel, ...replyBlocks(sentence) });
  };
  const deliveryPool = openPool(databaseUrl, { max: 2, name: 'countersign deliveries', ...patience }, log);
  undo.push(() => deliveryPool.end());
  const alerting = startAlerting({
    pool,
    deliveryPool,
    workspaceId,
    context: runtime.alerts,
    views: runtime.alertViews,
    kinds: options.sourceKinds,
    targets: runtime.targets,
    giveWay,
    log,
    now,
  });
  undo.push(() => alerting.stop());
  const incidentWork: IncidentWork = {
    timers: runtime.opened.incidents,
    gather: (id) => gather(id, runtime.opened.gathering),
    runbooks: runtime.opened.runbooks,
    look: async (look) => {
      const entry = lookEntry(look, workspaceId, randomUUID());
      const stored = await storeIncoming(pool, [entry], processId);
      if (stored.has(entry.key)) goOn(entry);
    },
  };
  let sink: { readonly path: string; readonly write: CheckpointSink['write'] } | undefined;
  const worker = await startLanes({
    pool,
    adoptWorkers: presence.adoptWorkers,
    concurrency: concurrentRuns,
    log,
    onLost: fault({ part: 'jobs' }),
    tasks: tasks({
      workspaceId,
      giveWay,
      receive: runtime.receive,
      execute: runtime.execute,
      alerts: runtime.alerts,
      alerting,
      incidents: incidentWork,
      deliver: delivering,
      removeTwins: async (id) => {
        const message = await messages.maybeWhole(id);
        if (message !== undefined) await removeTwins(client, message, message);
      },
      takeCheckpoint: async (reason) => {
        await runtime.services.ledger.checkpoint({ actor: 'countersign', via: 'job', reason });
      },
      writeCheckpoint: (checkpoint) => {
        const path = settings.current.ledger.checkpointFile;
        if (sink?.path !== path) {
          const hashAt = (workspace: string, seq: number) => entryHashAt(pool, workspace, seq);
          sink = { path, write: checkpointFile(path, hashAt).write };
        }
        return sink.write(checkpoint);
      },
    }),
  });
  undo.push(() => worker.stop());
  const upkeep = startUpkeep({
    pool,
    log,
    ledger: runtime.ledger,
    checkpointEveryHours: () => settings.current.ledger.checkpointEveryHours,
    alertRetentionDays: () => settings.current.alerts.retentionDays,
    runbooks: runtime.opened.runbooks,
  });
  undo.push(upkeep.stop);

  const inbox = inboxWriter({
    write: (batch) => storeIncoming(inboxPool, batch, processId),
    undo: (entry) => voidIncoming(pool, entry),
    onActedOnAfterAll: ({ request }) => {
      if (!('origin' in request) || request.origin.responseUrl === undefined) return;
      const text = 'It was recorded after all, and is being done. Sorry for saying otherwise.';
      respond(request.origin.responseUrl, replyBlocks(text), { isPublic: false }).catch(fault({}));
    },
    onFault: fault({ part: 'inbox' }),
  });
  const requests = {
    workspaceId,
    botUserId: identity.botUserId,
    commands,
    targets,
    whyStale: (request: DecisionRequest) => whyStale(request, runtime.execute),
  };
  const goOn = (entry: InboxEntry) => {
    // Looked up only on a second attempt: the first knows what has just been stored.
    let known: string | InboxEntry = entry;
    runs.add(`receive ${entry.key}`, () => {
      const now = known;
      known = entry.key;
      return receiveAndExecute(now, { ...runtime, alerting, incidents: incidentWork });
    });
  };
  const onRecorded = ({ reading, stored, correlationId }: Recorded) => {
    const { request, requester } = reading;
    const command = request.kind === 'invocation' ? request.command : undefined;
    log.info({ correlationId, key: reading.key, kind: request.kind, command, requester, stored }, 'request');
  };
  const attach = (receiver: Receiver) =>
    withInbox(receiver, {
      enter: () => priority.enter(),
      record: (body) => record(body, { ...requests, inbox, goOn, onRecorded, newCorrelationId: randomUUID }),
    });
  const onFault = fault({ part: 'slack' });
  const listeners = {
    targets,
    ...formFiller((message) =>
      runtime.execute.store.transaction(async (transaction) => transaction.want(message)),
    ),
    search: searchOptions({
      commands,
      targets,
      client: (kind, name) => runtime.targets().client(kind, name),
      mayRun: (requester, name) => mayRunAnywhere(runtime.services, requester, name),
      onFault,
    }),
    onFault: (error: unknown, correlationId: string) => fault({ correlationId })(error),
  };
  const appOptions = { identity, token, apiUrl, logger, onFault };

  const routes: Record<string, Handler> = {
    'GET /health': health,
    'GET /ready': ready({
      pendingMigrations: async () => (await migrationStatus(pool)).pending,
      slack: slack.state,
      isStopping: () => stopping.signal.aborted,
    }),
  };
  if (environment.slack.mode === 'http') {
    const entrance = httpEntrance({
      signingSecret: environment.slack.signingSecret.reveal(),
      logger,
      now,
      onRejected: (reason, request) => log.warn({ reason, from: addressOf(request) }, 'refused a request'),
    });
    listen(await boltApp({ ...appOptions, receiver: attach(entrance.receiver) }), listeners);
    routes['POST /slack/events'] = entrance.handle;
  } else {
    const app = await boltApp({ ...appOptions, receiver: noReceiver });
    listen(app, listeners);
    const socket = connectSocket({
      appToken: environment.slack.appToken.reveal(),
      apiUrl,
      logger,
      log,
      attach: (receiver) => attach(receiver).init(app),
    });
    undo.push(() => socket.close());
  }

  const server = await listenHttp(routes as Routes, {
    port: environment.port,
    host: environment.host,
    prefixes: { '/hooks/': alerting.handle },
    onFault: (error, request) => fault({ path: request.url })(error),
  });
  undo.push(() => server.close());

  return {
    port: server.port,
    workspaceId,
    announce,
    stop: async () => {
      stopping.abort(new Error('the process is stopping'));
      for (const step of undo.reverse()) await step();
    },
  };
}

function addressOf(request: IncomingMessage): string | undefined {
  return request.socket.remoteAddress;
}
