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
import { incidentTimers } from '../core/incidents/incident.ts';
import { incidentTimer } from '../core/incidents/timers.ts';
import { type Checkpoint, checkpointSchema } from '../core/ledger/checkpoint.ts';
import { type ReceiveContext, receive } from '../core/receive.ts';
import { recordForeign } from '../core/record-foreign.ts';
import { nextStep } from '../core/runbooks/next-step.ts';
import type { RunbookContext } from '../core/runbooks/runbook-context.ts';
import { type DueLook, stepMoved, waitDue } from '../core/runbooks/waits.ts';
import { type DeliverContext, deliver } from '../slack/delivery/deliver.ts';

export interface AlertWork {
  /** Does what a person asked of a group. */
  readonly act: (entry: InboxEntry, request: AlertRequest) => Promise<void>;
  /** Tells PagerDuty what it was not told yet of a group. */
  readonly page: (groupId: string) => Promise<void>;
}

export interface IncidentWork {
  readonly timers: Parameters<typeof incidentTimer>[2];
  /** Reads what a responder would look up, and has it posted. */
  readonly gather: (incidentId: string) => Promise<void>;
  readonly runbooks: RunbookContext;
  /** Makes a look of a wait that is due, as if whoever began it had asked. */
  readonly look: (look: DueLook) => Promise<void>;
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
  readonly incidents: IncidentWork;
  /** Waits while people wait for acknowledgements; they go first. */
  readonly giveWay: () => Promise<void>;
}

const receivePayload = z.object({ workspaceId: z.string(), key: z.string() });
const runPayload = z.object({ workspaceId: z.string(), runId: z.string() });
const groupPayload = z.object({ workspaceId: z.string(), groupId: z.string() });
const incidentPayload = z.object({ workspaceId: z.string(), incidentId: z.string() });
const timerPayload = incidentPayload.extend({ timer: z.enum(incidentTimers) });
const runbookPayload = z.object({ workspaceId: z.string(), instanceId: z.string() });
const waitPayload = runbookPayload.extend({ stepId: z.string() });
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
    incident_timer: task(timerPayload, ({ incidentId, timer }) =>
      incidentTimer(timer, incidentId, context.incidents.timers),
    ),
    gather: task(incidentPayload, ({ incidentId }) => context.incidents.gather(incidentId)),
    runbook: task(runbookPayload, ({ instanceId }) => stepMoved(instanceId, context.incidents.runbooks)),
    runbook_wait: task(waitPayload, async ({ instanceId, stepId }) => {
      const look = await waitDue(instanceId, stepId, context.incidents.runbooks);
      if (look !== undefined) await context.incidents.look(look);
    }),
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
  context: Pick<TaskContext, 'receive' | 'execute'> & {
    readonly alerting?: Pick<AlertWork, 'act'>;
    readonly incidents?: Pick<IncidentWork, 'runbooks'>;
  },
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
  if (entry?.request.kind === 'runbook_action' && context.incidents !== undefined) {
    const isHandled = 'isHandled' in entry && entry.isHandled === true;
    if (!isHandled && (await nextStep(entry, entry.request, context.incidents.runbooks)) === 'handled')
      return;
  }
  const received = await receive(known, context.receive);
  if (received === undefined) return;
  const { run, isTakenUp } = received;
  if (isTakenUp && run.executor !== undefined) await goOn(run, run.executor, context.execute);
  else await execute(run.id, context.execute);
}
