import type { Task, TaskList } from 'graphile-worker';
import { z } from 'zod';
import type { AlertContext } from '../core/alerts/alert-context.ts';
import type { AlertRequest } from '../core/alerts/alert-request.ts';
import { silenceEnds } from '../core/alerts/silences.ts';
import { groupTimer } from '../core/alerts/timers.ts';
import { decide } from '../core/change/decisions/decide.ts';
import { askForReview, expire, remind } from '../core/change/decisions/timers.ts';
import { type ExecuteContext, execute, goOn } from '../core/execute.ts';
import type { InboxEntry } from '../core/inbox.ts';
import { type Checkpoint, checkpointSchema } from '../core/ledger/checkpoint.ts';
import { type ReceiveContext, receive } from '../core/receive.ts';
import { recordForeign } from '../core/record-foreign.ts';
import { type DeliverContext, deliver } from '../slack/delivery/deliver.ts';

export interface AlertWork {
  /** Does what a person asked of a group. */
  readonly act: (entry: InboxEntry, request: AlertRequest) => Promise<void>;
  /** Tells PagerDuty what it was not told yet of a group. */
  readonly page: (groupId: string) => Promise<void>;
}

export interface TaskContext {
  readonly workspaceId: string;
  readonly receive: ReceiveContext;
  readonly execute: ExecuteContext;
  readonly deliver: DeliverContext;
  readonly removeTwins: (messageId: string) => Promise<void>;
  /** Appends a checkpoint to the file outside the database. */
  readonly writeCheckpoint: (checkpoint: Checkpoint) => Promise<void>;
  /** Signs the ledger's present head and has it posted. */
  readonly takeCheckpoint: (reason: string) => Promise<void>;
  readonly alerts: AlertContext;
  readonly alerting: AlertWork;
  /** Waits while people wait for acknowledgements; they go first. */
  readonly giveWay: () => Promise<void>;
}

const receivePayload = z.object({ workspaceId: z.string(), key: z.string() });
const runPayload = z.object({ workspaceId: z.string(), runId: z.string() });
const groupPayload = z.object({ workspaceId: z.string(), groupId: z.string() });
const silencePayload = z.object({ workspaceId: z.string(), silenceId: z.int() });
const reasonPayload = z.object({ workspaceId: z.string(), reason: z.string() });
const checkpointPayload = z.object({ workspaceId: z.string(), checkpoint: checkpointSchema });
const messagePayload = z.object({ workspaceId: z.string(), messageId: z.string() });

/**
 * Thin: each task reads its payload and hands over to what does the work. Task names carry the workspace, so
 * that processes of several workspaces on one database take only their own jobs.
 */
export function tasks(context: TaskContext): TaskList {
  const task =
    <Payload>(schema: z.ZodType<Payload>, work: (payload: Payload, taken: number) => Promise<void>): Task =>
    async (payload, { job }) => {
      await context.giveWay();
      await work(schema.parse(payload), job.attempts);
    };
  const byName: TaskList = {
    receive: task(receivePayload, async ({ key }) => {
      await receiveAndExecute(key, context);
    }),
    execute: task(runPayload, ({ runId }, taken) => execute(runId, context.execute, taken)),
    expire: task(runPayload, ({ runId }) => expire(runId, context.execute)),
    remind: task(runPayload, ({ runId }) => remind(runId, context.execute)),
    review: task(runPayload, ({ runId }) => askForReview(runId, context.execute)),
    quiet: task(groupPayload, ({ groupId }) => groupTimer('quiet', groupId, context.alerts)),
    level2_unacknowledged: task(groupPayload, ({ groupId }) =>
      groupTimer('level2_unacknowledged', groupId, context.alerts),
    ),
    level2_unresolved: task(groupPayload, ({ groupId }) =>
      groupTimer('level2_unresolved', groupId, context.alerts),
    ),
    look_again: task(groupPayload, ({ groupId }) => groupTimer('look_again', groupId, context.alerts)),
    silence_ends: task(silencePayload, ({ silenceId }) => silenceEnds(silenceId, context.alerts)),
    page: task(groupPayload, ({ groupId }) => context.alerting.page(groupId)),
    checkpoint: task(reasonPayload, ({ reason }) => context.takeCheckpoint(reason)),
    deliver: task(messagePayload, ({ messageId }) => deliver(messageId, context.deliver)),
    remove_twins: task(messagePayload, ({ messageId }) => context.removeTwins(messageId)),
    write_checkpoint: task(checkpointPayload, ({ checkpoint }) => context.writeCheckpoint(checkpoint)),
  };
  return Object.fromEntries(
    Object.entries(byName).map(([name, work]) => [`${name}:${context.workspaceId}`, work]),
  );
}

/** What a request's job does; also the command line's. */
export async function receiveAndExecute(
  known: string | InboxEntry,
  context: Pick<TaskContext, 'receive' | 'execute'> & { readonly alerting?: Pick<AlertWork, 'act'> },
): Promise<void> {
  const entry = typeof known === 'string' ? await context.receive.store.maybeInboxEntry(known) : known;
  if (entry?.request.kind === 'foreign') {
    if (!('isHandled' in entry && entry.isHandled))
      await recordForeign(entry, entry.request, context.receive.store);
    return;
  }
  if (entry?.request.kind === 'decision') {
    if (!('isHandled' in entry && entry.isHandled)) await decide(entry, entry.request, context.execute);
    return;
  }
  if (entry?.request.kind === 'alert_action' && entry.request.act.action !== 'suggestion') {
    if (!('isHandled' in entry && entry.isHandled)) await context.alerting?.act(entry, entry.request);
    return;
  }
  const received = await receive(known, context.receive);
  if (received === undefined) return;
  const { run, isTakenUp } = received;
  if (isTakenUp && run.executor !== undefined) await goOn(run, run.executor, context.execute);
  else await execute(run.id, context.execute);
}
