import type { Queryable } from '../ledger.ts';

export interface Page {
  readonly id: number;
  readonly groupId: string;
  readonly action: 'trigger' | 'acknowledge' | 'resolve';
  readonly attempts: number;
}

export async function insertPage(
  client: Queryable,
  workspaceId: string,
  groupId: string,
  action: Page['action'],
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.pages (workspace_id, group_id, action) VALUES ($1::text, $2::text, $3::text)`,
    [workspaceId, groupId, action],
  );
}

/** The oldest that waits: PagerDuty drops an acknowledgement that comes before its trigger. */
export async function maybeNextPage(
  client: Queryable,
  workspaceId: string,
  groupId: string,
): Promise<Page | undefined> {
  const { rows } = await client.query<{ id: string; action: Page['action']; attempts: number }>(
    `UPDATE countersign.pages SET attempts = attempts + 1
     WHERE workspace_id = $1::text AND id = (
       SELECT min(id) FROM countersign.pages
       WHERE workspace_id = $1::text AND group_id = $2::text AND sent_at IS NULL AND problem IS NULL)
     RETURNING id, action, attempts`,
    [workspaceId, groupId],
  );
  const row = rows[0];
  return row && { id: Number(row.id), groupId, action: row.action, attempts: row.attempts };
}

/** @param problem why it was refused for good. */
export async function pageSent(
  client: Queryable,
  workspaceId: string,
  id: number,
  problem?: string,
): Promise<void> {
  await client.query(
    `UPDATE countersign.pages SET sent_at = CASE WHEN $3::text IS NULL THEN clock_timestamp() END, problem = $3::text
     WHERE workspace_id = $1::text AND id = $2::bigint`,
    [workspaceId, id, problem ?? null],
  );
}
