/** One workspace's rows in the database, as Slack, graphile-worker and the clock would leave them. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { shortDigest } from '../../../src/core/change/run-digest.ts';
import type { DecisionRequest, InboxRequest, InvocationRequest } from '../../../src/core/inbox.ts';
import type { LedgerVerdict } from '../../../src/core/ledger/verify.ts';
import type { Approval, Run, Step } from '../../../src/core/run.ts';
import { databaseSource, inSnapshot } from '../../../src/ledger-cli/source.ts';
import { verifySource } from '../../../src/ledger-cli/verify.ts';
import { manyApprovals } from '../../../src/postgres/approvals.ts';
import { storeIncoming } from '../../../src/postgres/inbox.ts';
import { type RunRow, toRun } from '../../../src/postgres/run-rows.ts';
import { maybeRun } from '../../../src/postgres/runs.ts';
import { manySteps } from '../../../src/postgres/steps.ts';
import type { Job } from './guarded-process.ts';

export interface ShownMessage {
  readonly id: string;
  readonly place: { readonly kind: string; readonly channelId?: string; readonly userId?: string };
  readonly wanted: number;
  readonly content: {
    readonly line?: unknown;
    readonly notice?: string;
    readonly by?: string;
    readonly text?: string;
  } | null;
}

export interface Entry {
  readonly seq: number;
  readonly kind: string;
  readonly actor: string;
  readonly runId: string | undefined;
  readonly facts: Record<string, unknown>;
}

export function guardedWorkspace(pool: pg.Pool) {
  const workspaceId = `T${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`;
  const rows = async <Row extends object>(text: string, ...values: unknown[]) =>
    (await pool.query<Row>(text, [workspaceId, ...values])).rows;

  return {
    workspaceId,
    rows,
    run: async (id: string): Promise<Run> => {
      const run = await maybeRun(pool, workspaceId, id);
      if (run === undefined) throw new Error(`There is no run ${id}`);
      return run;
    },
    runs: async (): Promise<Run[]> =>
      (
        await rows<RunRow>('SELECT * FROM countersign.runs WHERE workspace_id = $1 ORDER BY created_at, id')
      ).map(toRun),
    steps: (id: string): Promise<Step[]> => manySteps(pool, workspaceId, id),
    approvals: (id: string): Promise<Approval[]> => manyApprovals(pool, workspaceId, id),
    /** Stores a request as the door does. @returns its key. */
    store: async (request: InboxRequest, processId: string, key = `key:${randomUUID()}`): Promise<string> => {
      const entry = { workspaceId, key, correlationId: `c-${key}`, needsWork: true, request };
      await storeIncoming(pool, [entry], processId);
      return key;
    },
    /** What Slack would answer to every message it is owed: a place of its own, and the hash of what it shows. */
    post: async (): Promise<void> => {
      await rows(
        `UPDATE countersign.messages SET sent = wanted, ts = 'ts-' || id,
           channel_id = coalesce(place->>'channelId', 'D' || (place->>'userId')),
           shown_hash = sha256(convert_to(id || wanted::text, 'UTF8'))
         WHERE workspace_id = $1 AND place->>'kind' IN ('channel', 'dm', 'view') AND sent < wanted`,
      );
    },
    messages: (): Promise<ShownMessage[]> =>
      rows('SELECT id, place, wanted, content FROM countersign.messages WHERE workspace_id = $1 ORDER BY id'),
    /** What the one who came with `key` was answered, as plain text; undefined: nothing. */
    answer: async (key: string): Promise<string | undefined> => {
      const found = await rows<{ content: { line?: unknown; text?: string } }>(
        `SELECT content FROM countersign.messages WHERE workspace_id = $1 AND id = 'inbox:' || $2 || ':answer'`,
        key,
      );
      const content = found[0]?.content;
      return content === undefined ? undefined : wordsOf(content.line ?? content.text);
    },
    ledger: async (): Promise<Entry[]> =>
      (
        await rows<{
          seq: number;
          kind: string;
          actor: string;
          run_id: string | null;
          body: Buffer | string;
        }>(
          'SELECT seq, kind, actor, run_id, body FROM countersign.ledger_entries WHERE workspace_id = $1 ORDER BY seq',
        )
      ).map(({ seq, kind, actor, run_id, body }) => ({
        seq,
        kind,
        actor,
        runId: run_id ?? undefined,
        facts: (JSON.parse(String(body)) as { facts: Record<string, unknown> }).facts,
      })),
    /** Takes every job whose time has come, as workers do. */
    takeJobs: async (): Promise<Job[]> => {
      const taken = await rows<{ identifier: string; payload: Job['payload'] }>(
        `DELETE FROM graphile_worker._private_jobs AS job USING graphile_worker._private_tasks AS task
         WHERE task.id = job.task_id AND job.payload->>'workspaceId' = $1 AND job.run_at <= clock_timestamp()
         RETURNING task.identifier, job.payload`,
      );
      return taken.map(({ identifier, payload }) => ({ task: identifier.split(':')[0]!, payload }));
    },
    /** Names of the tasks that wait for a run, due or not. */
    waitingJobs: async (id: string): Promise<string[]> => {
      const found = await rows<{ task: string }>(
        `SELECT split_part(task.identifier, ':', 1) AS task
         FROM graphile_worker._private_jobs AS job JOIN graphile_worker._private_tasks AS task ON task.id = job.task_id
         WHERE job.payload->>'workspaceId' = $1 AND job.payload->>'runId' = $2 ORDER BY 1`,
        id,
      );
      return found.map(({ task }) => task);
    },
    /** A worker that failed, or died with it, gives a job back. */
    giveBack: async ({ task, payload }: Job): Promise<void> => {
      await rows(
        `SELECT graphile_worker.add_job($2 || ':' || $1, $3::json)`,
        task,
        JSON.stringify({ ...payload, workspaceId }),
      );
    },
    /** Every job of a run becomes due, whatever its time. */
    hurry: async (id: string): Promise<void> => {
      await rows(
        `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE payload->>'workspaceId' = $1 AND payload->>'runId' = $2`,
        id,
      );
    },
    /** The run's time is over by the database's clock. */
    outlive: async (id: string): Promise<void> => {
      await rows(
        `UPDATE countersign.runs SET expires_at = clock_timestamp() - interval '1 second'
         WHERE workspace_id = $1 AND id = $2 AND expires_at IS NOT NULL`,
        id,
      );
    },
    verdict: async (): Promise<LedgerVerdict> => {
      const client = await pool.connect();
      try {
        return await inSnapshot(client, async () =>
          verifySource(await databaseSource(client, workspaceId), { keys: [] }),
        );
      } finally {
        client.release();
      }
    },
  };
}

export type GuardedWorkspace = ReturnType<typeof guardedWorkspace>;

/** Text of a line as stored: spans by what they show, people by their id. */
export function wordsOf(line: unknown): string {
  if (typeof line === 'string') return line;
  if (Array.isArray(line)) return line.map(wordsOf).join('');
  if (typeof line === 'object' && line !== null) return Object.values(line).map(wordsOf).join('');
  return String(line ?? '');
}

export function invocation(
  requester: string,
  command: string,
  changes: Partial<InvocationRequest> = {},
): InvocationRequest {
  return {
    kind: 'invocation',
    command,
    input: { tenant: 'acme' },
    requester,
    via: 'slash',
    origin: { channelId: 'C0OPS' },
    ...changes,
  };
}

/** A click on the run's card where it stands in the channel. */
export function click(
  who: string,
  action: DecisionRequest['action'],
  run: Pick<Run, 'id' | 'digest'>,
  changes: Partial<DecisionRequest> = {},
): DecisionRequest {
  return {
    kind: 'decision',
    action,
    runId: run.id,
    ...(run.digest === undefined ? {} : { digest: shortDigest(run.digest) }),
    requester: who,
    via: 'button',
    origin: { channelId: 'C0OPS' },
    shownOn: { channelId: 'C0OPS', ts: `ts-run:${run.id}:card` },
    ...changes,
  };
}
