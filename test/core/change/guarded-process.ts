/** One process of the bot as far as the core and the database can tell: what it does with requests and jobs. */
import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { decide } from '../../../src/core/change/decisions/decide.ts';
import { askForReview, expire, remind } from '../../../src/core/change/decisions/timers.ts';
import type { GuardSettings } from '../../../src/core/change/guard-context.ts';
import type { StepTiming } from '../../../src/core/change/step-runner.ts';
import { type ExecuteContext, execute, goOn } from '../../../src/core/execute.ts';
import { formatInvocation } from '../../../src/core/parse/format-invocation.ts';
import type { Membership } from '../../../src/core/policy/membership.ts';
import { type ReceiveContext, receive } from '../../../src/core/receive.ts';
import { incidentId, runId } from '../../../src/core/run.ts';
import type { Store } from '../../../src/core/store.ts';
import { postgresStore } from '../../../src/postgres/store.ts';
import { authorize } from '../../../src/services.ts';
import { commandsOf, pilot } from '../run-fixture.ts';
import type { GuardedTarget } from './guarded-target.ts';
import { guardedCommands } from './guarded-target.ts';

/** Everything that waits in the step runner, as short as can be: no test is about how long. */
export const hastySteps: StepTiming = {
  timeoutMilliseconds: 10_000,
  attempts: 2,
  firstRetryMilliseconds: 1,
  observeEveryMilliseconds: 1,
  observeForMilliseconds: 20,
  writeForMilliseconds: 5_000,
};

export interface GuardedProcessOptions {
  readonly pool: pg.Pool;
  readonly workspaceId: string;
  readonly processId: string;
  readonly settings: () => GuardSettings;
  readonly membership: Membership;
  readonly target: GuardedTarget;
  readonly commands?: Record<string, unknown>;
  /** What its database calls go through. */
  readonly through?: (store: Store) => Store;
  readonly onFault?: (error: unknown) => void;
}

export interface Job {
  readonly task: string;
  readonly payload: { readonly runId?: string; readonly key?: string };
}

export function guardedProcess(options: GuardedProcessOptions) {
  const { pool, workspaceId, processId, settings, membership, target } = options;
  const commands = commandsOf(options.commands ?? guardedCommands());
  const bare = postgresStore({
    pool,
    workspaceId,
    processId,
    now: () => new Date(),
    onWanted: () => undefined,
  });
  const store = options.through?.(bare) ?? bare;
  const targets = () => [pilot];
  const client = target.client(processId) as never;
  const receiveContext: ReceiveContext = {
    store,
    commands,
    targets,
    authorize: (request) => authorize({ policy: settings, membership }, request),
    target: () => client,
    parse: () => {
      throw new Error('nobody types here');
    },
    alertSuggestion: async () => undefined,
    runbookStep: async () => undefined,
    format: ({ name }, input) => formatInvocation(commands, name, input),
    newRunId: () => runId(randomBytes(8)),
    newExecutor: randomUUID,
    now: () => new Date(),
  };
  const context: ExecuteContext = {
    store,
    commands,
    targets,
    target: () => client,
    settings,
    membership,
    channels: async () => ({ ops: 'C0OPS', ledger: 'C0LEDGER', incidents: 'C0INC' }),
    atWork: new Set(),
    services: () => ({}) as never,
    countPages: () => 0,
    now: () => new Date(),
    newExecutor: randomUUID,
    newIncidentId: () => incidentId(randomBytes(8)),
    stopping: new AbortController().signal,
    onSettled: () => undefined,
    onFault: (error) => options.onFault?.(error),
    stepTiming: hastySteps,
  };
  /** As the tasks of the same names do. */
  const work = async ({ task, payload }: Job, changes: Partial<ExecuteContext> = {}): Promise<void> => {
    const changed = { ...context, ...changes };
    const { runId: id = '', key = '' } = payload;
    if (task === 'receive') return handle(key, changes);
    if (task === 'execute') return execute(id, changed);
    if (task === 'expire') return expire(id, changed);
    if (task === 'remind') return remind(id, changed);
    if (task === 'review') return askForReview(id, changed);
    // Delivery and checkpoints are other tests' affair.
  };
  const handle = async (key: string, changes: Partial<ExecuteContext> = {}): Promise<void> => {
    const changed = { ...context, ...changes };
    const entry = await changed.store.maybeInboxEntry(key);
    if (entry === undefined) return;
    if (entry.request.kind === 'decision') {
      if (!entry.isHandled) await decide(entry, entry.request, changed);
      return;
    }
    const received = await receive(key, { ...receiveContext, store: changed.store });
    if (received === undefined) return;
    const { run, isTakenUp } = received;
    if (isTakenUp && run.executor !== undefined) await goOn(run, run.executor, changed);
    else await execute(run.id, changed);
  };
  return { processId, commands, store, context, handle, work };
}

export type GuardedProcess = ReturnType<typeof guardedProcess>;
