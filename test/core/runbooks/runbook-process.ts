/** One process of the bot as far as runbooks can tell: the real stores, services and commands, and what jobs do with them. */
import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { JsonObject } from '../../../src/command.ts';
import type { AlertContext } from '../../../src/core/alerts/alert-context.ts';
import { askForReview, expire, remind } from '../../../src/core/change/decisions/timers.ts';
import { UserMistake } from '../../../src/core/errors.ts';
import { type ExecuteContext, execute } from '../../../src/core/execute.ts';
import { formatInvocation } from '../../../src/core/parse/format-invocation.ts';
import { parseInvocation } from '../../../src/core/parse/parse-invocation.ts';
import type { ReceiveContext } from '../../../src/core/receive.ts';
import type { Commands } from '../../../src/core/registered-command.ts';
import { runId } from '../../../src/core/run.ts';
import { remindOfReviews } from '../../../src/core/runbooks/remind-of-reviews.ts';
import type { RunbookContext } from '../../../src/core/runbooks/runbook-context.ts';
import { lookEntry, stepMoved, waitDue } from '../../../src/core/runbooks/waits.ts';
import { receiveAndExecute } from '../../../src/jobs/tasks.ts';
import { openIncidents } from '../../../src/open-incidents.ts';
import { postgresAlertStore } from '../../../src/postgres/alerts/store.ts';
import { storeIncoming } from '../../../src/postgres/inbox.ts';
import { postgresStore } from '../../../src/postgres/store.ts';
import type { LoadedRunbooks } from '../../../src/runbook-files/load-runbooks.ts';
import { authorize, countersignFor, type ServicesContext } from '../../../src/services.ts';
import type { Targets } from '../../../src/targets/targets.ts';
import { hastySteps } from '../change/guarded-process.ts';
import type { GuardedTarget } from '../change/guarded-target.ts';
import { pilot } from '../run-fixture.ts';

export interface RunbookProcessOptions {
  readonly pool: pg.Pool;
  readonly workspaceId: string;
  readonly processId: string;
  readonly settings: AlertContext['settings'];
  readonly membership: AlertContext['membership'];
  readonly target: GuardedTarget;
  readonly commands: Commands;
  readonly loaded: LoadedRunbooks;
  readonly onFault: (error: unknown) => void;
  /** What its decisions about runbooks go through. */
  readonly through: (store: RunbookContext['store']) => RunbookContext['store'];
}

export interface RunbookJob {
  readonly task: string;
  readonly payload: Record<string, string>;
}

export interface RunbookProcess {
  readonly processId: string;
  readonly runbooks: RunbookContext;
  readonly execute: ExecuteContext;
  /** @throws UserMistake */
  parse(text: string): { command: string; input: JsonObject };
  /** Goes on with a stored request. */
  handle(key: string): Promise<void>;
  /** As the tasks of these names do; others are no affair of runbooks. */
  work(job: RunbookJob): Promise<void>;
  remindOfReviews(): Promise<void>;
}

const onWanted = () => undefined;
const now = () => new Date();

export function runbookProcess(options: RunbookProcessOptions): RunbookProcess {
  const { pool, workspaceId, processId, settings, membership, commands } = options;
  const store = postgresStore({ pool, workspaceId, processId, now, onWanted });
  const client = options.target.client(processId) as never;
  const offers = [pilot];
  const alerts: AlertContext = {
    store: postgresAlertStore({ pool, workspaceId, processId, now, onWanted }),
    settings,
    membership,
    parse: () => {
      throw new Error('Nobody delivers to this process');
    },
    listeningSince: now(),
    newGroupId: () => `g-${randomUUID().slice(0, 8)}`,
    newIncidentId: () => `i-${randomUUID().slice(0, 8)}`,
    targets: () => offers,
    onFault: options.onFault,
  };
  const opened = openIncidents({
    pool,
    workspaceId,
    processId,
    alerts,
    membership,
    targets: () => ({ offers, client: () => client, check: async () => [] }) as unknown as Targets,
    runbooks: options.loaded,
    now,
    onWanted,
    messageLink: async () => undefined,
    linkTo: async () => undefined,
  });
  const runbooks: RunbookContext = { ...opened.runbooks, store: options.through(opened.runbooks.store) };
  const services: ServicesContext = {
    ...opened.serving,
    runbooks,
    alerts,
    messageLink: async () => undefined,
    guard: () => context,
    workspaceId,
    pool,
    commands,
    policy: settings,
    membership,
    targets: () => offers,
    ledger: {
      status: () => Promise.reject(new Error('Nobody asks about the ledger here')),
      checkpoint: () => Promise.reject(new Error('Nobody takes checkpoints here')),
    },
    permalink: async () => undefined,
  };
  const context: ExecuteContext = {
    store,
    commands,
    targets: () => offers,
    target: () => client,
    settings,
    membership,
    channels: async () => ({ ops: 'C0OPS', ledger: 'C0LEDGER', incidents: 'C0INC' }),
    atWork: new Set(),
    services: (run) => countersignFor(run, services),
    countPages: () => 0,
    now,
    newExecutor: randomUUID,
    newIncidentId: alerts.newIncidentId,
    stopping: new AbortController().signal,
    onSettled: () => undefined,
    onFault: options.onFault,
    stepTiming: hastySteps,
  };
  const parse = (text: string) => {
    const { command, input, missing, problems } = parseInvocation(text, commands);
    const problem = problems[0]?.message ?? (missing[0] && `"${command}" needs ${missing[0]}.`);
    if (problem) throw new UserMistake('incomplete_invocation', problem);
    return { command, input: input as JsonObject };
  };
  const receive: ReceiveContext = {
    store,
    commands,
    targets: () => offers,
    authorize: (request) => authorize(services, request),
    target: () => client,
    parse,
    alertSuggestion: async () => undefined,
    runbookStep: opened.runbookStep,
    format: ({ name }, input) => formatInvocation(commands, name, input),
    newRunId: () => runId(randomBytes(8)),
    newExecutor: randomUUID,
    now,
  };
  const handle = (key: string) =>
    receiveAndExecute(key, { receive, execute: context, incidents: { runbooks } });
  return {
    processId,
    runbooks,
    execute: context,
    parse,
    handle,
    work: async ({ task, payload }) => {
      const { runId: id = '', key = '', instanceId = '', stepId = '' } = payload;
      if (task === 'receive') await handle(key);
      if (task === 'execute') await execute(id, context);
      if (task === 'expire') await expire(id, context);
      if (task === 'remind') await remind(id, context);
      if (task === 'review') await askForReview(id, context);
      if (task === 'runbook') await stepMoved(instanceId, runbooks);
      if (task !== 'runbook_wait') return;
      const look = await waitDue(instanceId, stepId, runbooks);
      if (look === undefined) return;
      const entry = lookEntry(look, workspaceId, randomUUID());
      await storeIncoming(pool, [entry], processId);
      await handle(entry.key);
    },
    remindOfReviews: () => remindOfReviews(runbooks),
  };
}
