import type { ClientBase, Pool } from 'pg';
import type { Json } from '../command.ts';
import type { Step } from '../core/run.ts';
import type { StepStart, Store } from '../core/store.ts';
import { storableJson, storableText } from './storable.ts';
import { inTransaction } from './transaction.ts';

interface StepRow {
  name: string;
  state: Step['state'];
  is_repeatable: boolean;
  problem: string | null;
}

/** A run's steps in the order they began. */
export async function manySteps(
  client: Pool | ClientBase,
  workspaceId: string,
  runId: string,
): Promise<Step[]> {
  const { rows } = await client.query<StepRow>({
    name: 'steps-of-run',
    text: `SELECT name, state, is_repeatable, problem FROM countersign.steps
           WHERE workspace_id = $1::text AND run_id = $2::text ORDER BY position`,
    values: [workspaceId, runId],
  });
  return rows.map(({ name, state, is_repeatable, problem }) => ({
    name,
    state,
    isRepeatable: is_repeatable,
    problem: problem ?? undefined,
  }));
}

/**
 * Writes that a step begins, unless the run was lost or is to stop. The run's row is held meanwhile: a wish to
 * stop comes before the step or after it, never at the same time.
 */
export async function beginStep(
  pool: Pool,
  workspaceId: string,
  { runId, executor, name, isRepeatable, isEffect, newKey }: Parameters<Store['beginStep']>[0],
): Promise<StepStart> {
  return inTransaction(pool, async (client) => {
    const { rows: runs } = await client.query<{ stopped_by: string | null; locked_down_by: string | null }>({
      name: 'hold-run-for-step',
      text: `
        SELECT cancel_requested_by AS stopped_by, (
          SELECT begun_by FROM countersign.lockdowns WHERE workspace_id = $1::text AND lifted_at IS NULL
        ) AS locked_down_by
        FROM countersign.runs
        WHERE workspace_id = $1::text AND id = $2::text AND executor = $3::uuid AND state = 'executing'
        FOR UPDATE`,
      values: [workspaceId, runId, executor],
    });
    const run = runs[0];
    if (run === undefined) return { kind: 'lost' };
    const { rows: known } = await client.query<StepRow & { outcome: Json; idempotency_key: string }>({
      name: 'known-step',
      text: `SELECT name, state, is_repeatable, problem, outcome, idempotency_key FROM countersign.steps
             WHERE workspace_id = $1::text AND run_id = $2::text AND name = $3::text`,
      values: [workspaceId, runId, name],
    });
    const before = known[0];
    if (before !== undefined && before.state !== 'begun') {
      return {
        kind: 'ended',
        state: before.state,
        outcome: before.outcome,
        problem: before.problem ?? undefined,
      };
    }
    const stoppedBy = run.stopped_by ?? run.locked_down_by;
    // What has begun is not stopped by not knowing how it ended.
    if (stoppedBy !== null && before === undefined && isEffect) {
      return { kind: 'stopped', by: stoppedBy };
    }
    const { rows } = await client.query<{ idempotency_key: string }>({
      name: 'begin-step',
      text: `
        INSERT INTO countersign.steps (workspace_id, run_id, name, position, idempotency_key, is_repeatable, state, executor)
        VALUES ($1::text, $2::text, $3::text,
          (SELECT count(*) FROM countersign.steps WHERE workspace_id = $1::text AND run_id = $2::text),
          $4::text, $5::boolean, 'begun', $6::uuid)
        ON CONFLICT (workspace_id, run_id, name) DO UPDATE SET executor = excluded.executor
        RETURNING idempotency_key`,
      values: [workspaceId, runId, name, newKey, isRepeatable, executor],
    });
    return { kind: 'begun', idempotencyKey: rows[0]!.idempotency_key, isAgain: before !== undefined };
  });
}

/** Stores a step's outcome; false when the run, or the step, is no longer this executor's. */
export async function endStep(
  pool: Pool,
  workspaceId: string,
  { runId, executor, name, state, outcome, problem }: Parameters<Store['endStep']>[0],
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'end-step',
    text: `
      UPDATE countersign.steps AS step
      SET state = $5::text, outcome = $6::jsonb, problem = $7::text, ended_at = clock_timestamp()
      WHERE workspace_id = $1::text AND run_id = $2::text AND name = $3::text AND executor = $4::uuid
        AND step.state = 'begun' AND EXISTS (
          SELECT FROM countersign.runs AS run
          WHERE run.workspace_id = step.workspace_id AND run.id = step.run_id AND run.executor = $4::uuid)`,
    values: [
      workspaceId,
      runId,
      name,
      executor,
      state,
      outcome === undefined ? null : storableJson(outcome),
      problem === undefined ? null : storableText(problem),
    ],
  });
  return rowCount === 1;
}

/** What a person says became of what could not be known. */
export async function settleSteps(
  client: ClientBase,
  workspaceId: string,
  settled: {
    readonly runId: string;
    readonly state: 'succeeded' | 'failed';
    readonly by: string;
    /** Of several only this one. */
    readonly only: string | undefined;
  },
): Promise<void> {
  await client.query(
    `UPDATE countersign.steps
     SET state = $3::text, ended_at = clock_timestamp(), problem = concat_ws('; ', problem, 'settled by ' || $4::text)
     WHERE workspace_id = $1::text AND run_id = $2::text AND state IN ('begun', 'unknown')
       AND ($5::text IS NULL OR name = $5::text)`,
    [workspaceId, settled.runId, settled.state, settled.by, settled.only ?? null],
  );
}
