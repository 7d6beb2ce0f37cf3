import type { RunbookInstance, StepRecord } from '../../core/runbooks/instance.ts';
import { afterRuns, type StepRun } from '../../core/runbooks/step-runs.ts';
import type { Queryable } from '../ledger.ts';
import { type RunRow, toRun } from '../run-rows.ts';
import { storableJson } from '../storable.ts';

interface InstanceRow {
  id: string;
  incident_id: string | null;
  state: RunbookInstance['state'];
  started_at: Date;
  definition: RunbookInstance['runbook'];
  data: {
    readonly origin: RunbookInstance['origin'];
    readonly inputs: RunbookInstance['inputs'];
    readonly templates: RunbookInstance['templates'];
    readonly startedBy: string;
    readonly owners: readonly string[];
    readonly endedBy?: string;
    readonly endedAt?: string;
    readonly stopReason?: string;
    readonly steps: readonly (Omit<StepRecord, 'at' | 'dueAt'> & {
      readonly at?: string;
      readonly dueAt?: string;
    })[];
  };
}

function toInstance(row: InstanceRow, runs: readonly StepRun[]): RunbookInstance {
  const { data } = row;
  const stored: RunbookInstance = {
    id: row.id,
    runbook: row.definition,
    incidentId: row.incident_id ?? undefined,
    origin: data.origin,
    inputs: data.inputs,
    templates: data.templates,
    startedBy: data.startedBy,
    startedAt: row.started_at,
    owners: data.owners,
    state: row.state,
    endedBy: data.endedBy,
    endedAt: data.endedAt === undefined ? undefined : new Date(data.endedAt),
    stopReason: data.stopReason,
    steps: data.steps.map((step) => ({
      ...step,
      at: step.at === undefined ? undefined : new Date(step.at),
      dueAt: step.dueAt === undefined ? undefined : new Date(step.dueAt),
    })) as StepRecord[],
  };
  return afterRuns(stored, runs);
}

async function withRuns(
  client: Queryable,
  workspaceId: string,
  rows: readonly InstanceRow[],
): Promise<readonly RunbookInstance[]> {
  if (rows.length === 0) return [];
  const { rows: runs } = await client.query<RunRow>(
    'SELECT * FROM countersign.runs WHERE workspace_id = $1::text AND runbook_id = ANY ($2::text[])',
    [workspaceId, rows.map(({ id }) => id)],
  );
  const found = runs.map(toRun);
  return rows.map((row) => toInstance(row, found));
}

/** As its runs stand now. */
export async function maybeInstance(
  client: Queryable,
  workspaceId: string,
  by: { readonly id: string } | { readonly runId: string },
  lock: '' | 'FOR UPDATE' = '',
): Promise<RunbookInstance | undefined> {
  const { rows } = await client.query<InstanceRow>(
    `SELECT * FROM countersign.runbook_instances
     WHERE workspace_id = $1::text AND ($2::text IS NULL OR id = $2::text) AND ($3::text IS NULL OR run_id = $3::text)
     ${lock}`,
    [workspaceId, 'id' in by ? by.id : null, 'runId' in by ? by.runId : null],
  );
  return (await withRuns(client, workspaceId, rows))[0];
}

/** Newest first; those that are active before those that are not. */
export async function manyInstances(
  client: Queryable,
  workspaceId: string,
  filter: { readonly incidentId?: string; readonly limit: number },
): Promise<readonly RunbookInstance[]> {
  const { rows } = await client.query<InstanceRow>(
    `SELECT * FROM countersign.runbook_instances
     WHERE workspace_id = $1::text AND ($2::text IS NULL OR incident_id = $2::text)
     ORDER BY state <> 'active', started_at DESC LIMIT $3::integer`,
    [workspaceId, filter.incidentId ?? null, filter.limit],
  );
  return withRuns(client, workspaceId, rows);
}

export async function insertInstance(
  client: Queryable,
  workspaceId: string,
  instance: RunbookInstance,
  runId: string | undefined,
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.runbook_instances (workspace_id, id, name, incident_id, state, run_id, definition, data)
     VALUES ($1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::jsonb, $8::jsonb)`,
    [
      workspaceId,
      instance.id,
      instance.runbook.name,
      instance.incidentId ?? null,
      instance.state,
      runId ?? null,
      storableJson(instance.runbook),
      storableJson(dataOf(instance)),
    ],
  );
}

export async function saveInstance(
  client: Queryable,
  workspaceId: string,
  instance: RunbookInstance,
): Promise<void> {
  await client.query(
    `UPDATE countersign.runbook_instances SET state = $3::text, data = $4::jsonb
     WHERE workspace_id = $1::text AND id = $2::text`,
    [workspaceId, instance.id, instance.state, storableJson(dataOf(instance))],
  );
}

function dataOf({
  id: _id,
  runbook: _runbook,
  incidentId: _incident,
  state: _state,
  startedAt: _startedAt,
  ...data
}: RunbookInstance) {
  return data;
}
