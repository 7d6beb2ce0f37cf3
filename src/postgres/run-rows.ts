import type { JsonObject, Report, Risk } from '../command.ts';
import type { Origin, Run, RunState, StoredPlan, Terms } from '../core/run.ts';
import type { Line } from '../core/text.ts';

/** `countersign.runs` as node-postgres returns it. */
export interface RunRow {
  workspace_id: string;
  id: string;
  command: string;
  command_version: number;
  risk: string;
  invocation: string;
  input: JsonObject;
  requester: string;
  via: string;
  origin: Origin;
  correlation_id: string;
  target: string | null;
  environment: string | null;
  state: string;
  plan: StoredPlan | null;
  performed: StoredPlan | null;
  digest: Buffer | null;
  policy: Terms | null;
  lock_key: string | null;
  is_plan_only: boolean;
  undo_of: string | null;
  incident_id: string | null;
  runbook_id: string | null;
  runbook_step: string | null;
  expires_at: Date | null;
  ended_by: string | null;
  cancel_requested_by: string | null;
  executor: string | null;
  attempt: number;
  progress: Line | null;
  report: Report | null;
  problem: string | null;
  is_retryable: boolean;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
}

export function toRun(row: RunRow): Run {
  return {
    workspaceId: row.workspace_id,
    id: row.id,
    command: row.command,
    commandVersion: row.command_version,
    risk: row.risk as Risk,
    invocation: row.invocation,
    input: row.input,
    requester: row.requester,
    via: row.via as Run['via'],
    origin: row.origin,
    correlationId: row.correlation_id,
    target: row.target ?? undefined,
    environment: row.environment ?? undefined,
    state: row.state as RunState,
    plan: row.plan ?? undefined,
    performed: row.performed ?? undefined,
    digest: row.digest?.toString('hex'),
    terms: row.policy ?? undefined,
    lockKey: row.lock_key ?? undefined,
    isPlanOnly: row.is_plan_only,
    undoOf: row.undo_of ?? undefined,
    incidentId: row.incident_id ?? undefined,
    runbook:
      row.runbook_id === null || row.runbook_step === null
        ? undefined
        : { instanceId: row.runbook_id, stepId: row.runbook_step },
    expiresAt: row.expires_at ?? undefined,
    endedBy: row.ended_by ?? undefined,
    cancelRequestedBy: row.cancel_requested_by ?? undefined,
    executor: row.executor ?? undefined,
    attempt: row.attempt,
    progress: row.progress ?? undefined,
    report: row.report ?? undefined,
    problem: row.problem ?? undefined,
    isRetryable: row.is_retryable,
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
  };
}
