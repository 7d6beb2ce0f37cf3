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

/** Longer than the longest call to PagerDuty, 5 s: who holds a page past this is gone. */
const claimSeconds = 8;

/** The oldest that waits: PagerDuty drops an acknowledgement that comes before its trigger. */
export async function maybeNextPage(
  client: Queryable,
  workspaceId: string,
  groupId: string,
): Promise<Page | { readonly freeInMilliseconds: number } | undefined> {
  const { rows } = await client.query<{
    id: string;
    action: Page['action'];
    attempts: number | null;
    free_in_milliseconds: number | null;
  }>(
    `WITH oldest AS (
       SELECT id, action, claimed_until FROM countersign.pages
       WHERE workspace_id = $1::text AND group_id = $2::text AND sent_at IS NULL AND problem IS NULL
       ORDER BY id LIMIT 1
     ), claimed AS (
       UPDATE countersign.pages AS page
       SET attempts = attempts + 1, claimed_until = clock_timestamp() + make_interval(secs => $3::double precision)
       FROM oldest
       WHERE page.workspace_id = $1::text AND page.id = oldest.id AND page.sent_at IS NULL AND page.problem IS NULL
         AND (page.claimed_until IS NULL OR page.claimed_until < clock_timestamp())
       RETURNING page.id, page.attempts
     )
     SELECT oldest.id, action, attempts,
       ceil(extract(epoch FROM claimed_until - clock_timestamp()) * 1000)::double precision AS free_in_milliseconds
     FROM oldest LEFT JOIN claimed USING (id)`,
    [workspaceId, groupId, claimSeconds],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  // Taken by another between the look and the claim: its time is not known.
  if (row.attempts === null)
    return { freeInMilliseconds: Math.max(250, row.free_in_milliseconds ?? claimSeconds * 1000) };
  return { id: Number(row.id), groupId, action: row.action, attempts: row.attempts };
}

export async function pagePutOff(client: Queryable, workspaceId: string, id: number): Promise<void> {
  await client.query(
    'UPDATE countersign.pages SET claimed_until = NULL WHERE workspace_id = $1::text AND id = $2::bigint',
    [workspaceId, id],
  );
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
