import type { ClientBase, Pool } from 'pg';
import type { Lockdown } from '../core/store.ts';

/** The one that lasts, or with an `id` that one, lifted or not. */
export async function maybeLockdown(
  client: Pool | ClientBase,
  workspaceId: string,
  id?: number,
): Promise<Lockdown | undefined> {
  const { rows } = await client.query<{
    id: number;
    begun_by: string;
    reason: string | null;
    begun_at: Date;
    lifts: string[];
  }>({
    name: 'lockdown',
    text: `
      SELECT id, begun_by, reason, begun_at, ARRAY(
        SELECT person FROM countersign.lockdown_lifts AS lift
        WHERE lift.workspace_id = lockdown.workspace_id AND lift.lockdown_id = lockdown.id ORDER BY lifted_at
      ) AS lifts
      FROM countersign.lockdowns AS lockdown
      WHERE workspace_id = $1::text AND CASE WHEN $2::integer IS NULL THEN lifted_at IS NULL ELSE id = $2::integer END`,
    values: [workspaceId, id ?? null],
  });
  const row = rows[0];
  return (
    row && {
      id: row.id,
      begunBy: row.begun_by,
      reason: row.reason ?? undefined,
      begunAt: row.begun_at,
      lifts: row.lifts,
    }
  );
}

/** The one that lasts, held until the commit; who agreed is read after those before us have committed. */
export async function holdLockdown(client: ClientBase, workspaceId: string): Promise<Lockdown | undefined> {
  await client.query(
    'SELECT FROM countersign.lockdowns WHERE workspace_id = $1::text AND lifted_at IS NULL FOR UPDATE',
    [workspaceId],
  );
  return maybeLockdown(client, workspaceId);
}

/** Undefined when one lasts already. */
export async function beginLockdown(
  client: ClientBase,
  workspaceId: string,
  by: string,
  reason: string | undefined,
): Promise<number | undefined> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO countersign.lockdowns (workspace_id, begun_by, reason) VALUES ($1::text, $2::text, $3::text)
     ON CONFLICT DO NOTHING RETURNING id`,
    [workspaceId, by, reason ?? null],
  );
  return rows[0]?.id;
}

/** One person's word that it may end; a second of the same person changes nothing. */
export async function signLift(
  client: ClientBase,
  workspaceId: string,
  lockdownId: number,
  person: string,
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.lockdown_lifts (workspace_id, lockdown_id, person)
     VALUES ($1::text, $2::integer, $3::text) ON CONFLICT DO NOTHING`,
    [workspaceId, lockdownId, person],
  );
}

/** Fails the transaction when it was lifted meanwhile. */
export async function liftLockdown(
  client: ClientBase,
  workspaceId: string,
  lockdownId: number,
): Promise<void> {
  await client.query(
    `WITH lifted AS (
       UPDATE countersign.lockdowns SET lifted_at = clock_timestamp()
       WHERE workspace_id = $1::text AND id = $2::integer AND lifted_at IS NULL RETURNING 1
     )
     SELECT countersign.expect_one(count(*)) FROM lifted`,
    [workspaceId, lockdownId],
  );
}
