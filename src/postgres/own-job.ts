import type { ClientBase, Pool } from 'pg';
import { type Incoming, storeIncoming } from './inbox.ts';
import { inTransaction } from './transaction.ts';

/**
 * Stores a request whose job this process keeps for itself: nobody else takes it while the process lives, and
 * it is handed back like any other when the process is gone.
 */
export async function storeWithOwnJob(pool: Pool, workerId: string, incoming: Incoming): Promise<void> {
  await inTransaction(pool, async (client) => {
    await storeIncoming(client, [incoming]);
    await client.query(
      `UPDATE graphile_worker._private_jobs SET locked_by = $1::text, locked_at = now()
       WHERE payload->>'workspaceId' = $2::text AND payload->>'key' = $3::text`,
      [workerId, incoming.workspaceId, incoming.key],
    );
  });
}

/** The job is done. In one transaction, so that nobody takes it up between the two. */
export async function finishOwnJob(pool: Pool, workerId: string): Promise<void> {
  await inTransaction(pool, async (client: ClientBase) => {
    const { rows } = await client.query<{ id: string }>(
      'SELECT id FROM graphile_worker._private_jobs WHERE locked_by = $1::text',
      [workerId],
    );
    await client.query('SELECT graphile_worker.force_unlock_workers($1::text[])', [[workerId]]);
    await client.query('SELECT graphile_worker.complete_jobs($1::bigint[])', [rows.map(({ id }) => id)]);
  });
}
