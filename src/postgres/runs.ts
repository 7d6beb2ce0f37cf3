import type { ClientBase, Pool } from 'pg';
import type { NewRun, Run, RunChanges, RunState } from '../core/run.ts';
import type { Line } from '../core/text.ts';
import { type RunRow, toRun } from './run-rows.ts';
import { storableJson, storableText } from './storable.ts';

/** With an `executor` the run is taken up in the transaction that makes it. */
export async function insertRun(client: ClientBase, run: NewRun, processId: string): Promise<void> {
  await client.query({
    name: 'insert-run',
    text: `
      INSERT INTO countersign.runs (workspace_id, id, inbox_key, command, command_version, risk, invocation, input,
        requester, via, origin, correlation_id, target, environment, state, problem, is_retryable, executor, attempt, started_at,
        created_at, process_id, finished_at, is_plan_only, undo_of, incident_id, runbook_id,
        runbook_step)
      VALUES ($1::text, $2::text, $3::text, $4::text, $5::integer, $6::text, $7::text, $8::jsonb,
        $9::text, $10::text, $11::jsonb, $12::text, $13::text, $14::text, $15::text, $16::text, $17::boolean,
        $18::uuid, CASE WHEN $18::uuid IS NULL THEN 0 ELSE 1 END,
        CASE WHEN $15::text = 'executing' THEN clock_timestamp() END, $19::timestamptz, $20::text,
        CASE WHEN $15::text = 'refused' THEN clock_timestamp() END, $21::boolean, $22::text, $23::text, $24::text,
        $25::text)`,
    values: [
      run.workspaceId,
      run.id,
      run.inboxKey ?? null,
      run.command,
      run.commandVersion,
      run.risk,
      storableText(run.invocation),
      storableJson(run.input),
      run.requester,
      run.via,
      storableJson(run.origin),
      run.correlationId,
      run.target ?? null,
      run.environment ?? null,
      run.state,
      run.problem === undefined ? null : storableText(run.problem),
      run.isRetryable,
      run.executor ?? null,
      run.createdAt,
      processId,
      run.isPlanOnly,
      run.undoOf ?? null,
      run.incidentId ?? null,
      run.runbook?.instanceId ?? null,
      run.runbook?.stepId ?? null,
    ],
  });
}

export interface RunMove {
  readonly workspaceId: string;
  /** Whose run it is from now on, when `changes` name an executor. */
  readonly processId: string;
  readonly id: string;
  readonly from: readonly RunState[];
  readonly to: RunState;
  readonly changes: RunChanges;
  readonly executor?: string | undefined;
}

/** Compare-and-swap; see `Transaction.moveRun`. */
export async function moveRun(client: ClientBase, move: RunMove): Promise<Run | undefined> {
  const { rows } = await client.query<RunRow>({
    name: 'move-run',
    text: `${moveStatement} RETURNING *`,
    values: moveValues(move),
  });
  return rows[0] && toRun(rows[0]);
}

/** The same where nothing of the run has to be known: fails the transaction when the run was lost. */
export async function settleRun(client: ClientBase, move: RunMove): Promise<void> {
  await client.query({
    name: 'settle-run',
    text: `WITH settled AS (${moveStatement} RETURNING 1) SELECT countersign.expect_one(count(*)) FROM settled`,
    values: moveValues(move),
  });
}

const moveStatement = `
  UPDATE countersign.runs SET
    state = $4::text,
    executor = coalesce($5::uuid, executor),
    process_id = CASE WHEN $5::uuid IS NULL THEN process_id ELSE $11::text END,
    attempt = attempt + CASE WHEN $5::uuid IS NULL THEN 0 ELSE 1 END,
    plan = coalesce($6::jsonb, plan),
    performed = coalesce($12::jsonb, performed),
    digest = coalesce(decode($13::text, 'hex'), digest),
    policy = coalesce($14::jsonb, policy),
    lock_key = coalesce($15::text, lock_key),
    request_key = coalesce(decode($16::text, 'hex'), request_key),
    expires_at = coalesce(clock_timestamp() + make_interval(secs => $17::double precision * 60), expires_at),
    ended_by = coalesce($18::text, ended_by),
    incident_id = coalesce($19::text, incident_id),
    report = coalesce($7::jsonb, report),
    problem = coalesce($8::text, problem),
    is_retryable = coalesce($9::boolean, is_retryable),
    progress = CASE WHEN $4::text = 'executing' THEN progress END,
    started_at = CASE WHEN $4::text = 'executing' THEN coalesce(started_at, clock_timestamp()) ELSE started_at END,
    finished_at = CASE WHEN $4::text IN ('succeeded', 'failed', 'unknown', 'denied', 'expired', 'cancelled', 'refused')
      THEN clock_timestamp() END
  WHERE workspace_id = $1::text AND id = $2::text AND state = ANY ($3::text[])
    AND ($10::uuid IS NULL OR executor = $10::uuid)`;

function moveValues({ workspaceId, processId, id, from, to, changes, executor }: RunMove): unknown[] {
  return [
    workspaceId,
    id,
    from,
    to,
    changes.executor ?? null,
    changes.plan === undefined ? null : storableJson(changes.plan),
    changes.report === undefined ? null : storableJson(changes.report),
    changes.problem === undefined ? null : storableText(changes.problem),
    changes.isRetryable ?? null,
    executor ?? null,
    processId,
    changes.performed === undefined ? null : storableJson(changes.performed),
    changes.digest ?? null,
    changes.terms === undefined ? null : storableJson(changes.terms),
    changes.lockKey ?? null,
    changes.requestKey ?? null,
    changes.expiresMinutes ?? null,
    changes.endedBy ?? null,
    changes.incidentId ?? null,
  ];
}

export async function maybeRun(
  pool: Pool | ClientBase,
  workspaceId: string,
  id: string,
): Promise<Run | undefined> {
  const { rows } = await pool.query<RunRow>({
    name: 'run-by-id',
    text: 'SELECT * FROM countersign.runs WHERE workspace_id = $1::text AND id = $2::text',
    values: [workspaceId, id],
  });
  return rows[0] && toRun(rows[0]);
}

export async function maybeRunForInbox(
  pool: Pool,
  workspaceId: string,
  key: string,
): Promise<Run | undefined> {
  const { rows } = await pool.query<RunRow>({
    name: 'run-by-inbox-key',
    text: 'SELECT * FROM countersign.runs WHERE workspace_id = $1::text AND inbox_key = $2::text',
    values: [workspaceId, key],
  });
  return rows[0] && toRun(rows[0]);
}

export async function setProgress(
  client: ClientBase,
  workspaceId: string,
  id: string,
  executor: string,
  progress: Line,
): Promise<'going_on' | 'must_stop' | 'lost'> {
  const { rows } = await client.query<{ must_stop: boolean }>({
    name: 'set-progress',
    text: `
      UPDATE countersign.runs SET progress = $4::jsonb
      WHERE workspace_id = $1::text AND id = $2::text AND executor = $3::uuid AND state = 'executing'
      RETURNING cancel_requested_by IS NOT NULL OR risk <> 'read' AND EXISTS (
        SELECT FROM countersign.lockdowns WHERE workspace_id = $1::text AND lifted_at IS NULL) AS must_stop`,
    values: [workspaceId, id, executor, storableJson(progress)],
  });
  const row = rows[0];
  if (row === undefined) return 'lost';
  return row.must_stop ? 'must_stop' : 'going_on';
}

/** Newest first. */
export async function manyRunsOfIncident(
  pool: Pool,
  workspaceId: string,
  incidentId: string,
  limit: number,
): Promise<readonly Run[]> {
  const { rows } = await pool.query<RunRow>(
    `SELECT * FROM countersign.runs WHERE workspace_id = $1::text AND incident_id = $2::text
     ORDER BY created_at DESC, id LIMIT $3::integer`,
    [workspaceId, incidentId, limit],
  );
  return rows.map(toRun);
}

/** Of the last 24 hours on a target, or on any; newest first. */
export async function recentRunsOn(
  pool: Pool,
  workspaceId: string,
  target: string | undefined,
  limit: number,
): Promise<readonly Run[]> {
  const { rows } = await pool.query<RunRow>(
    `SELECT * FROM countersign.runs
     WHERE workspace_id = $1::text AND ($2::text IS NULL OR target = $2::text) AND risk <> 'read'
       AND created_at > clock_timestamp() - interval '24 hours'
     ORDER BY created_at DESC, id LIMIT $3::integer`,
    [workspaceId, target ?? null, limit],
  );
  return rows.map(toRun);
}
