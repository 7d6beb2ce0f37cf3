import type { ClientBase, Pool } from 'pg';
import { storableText } from './storable.ts';

/** What has to be looked at the day after a glass was broken. */
export interface StoredReview {
  readonly reason: string;
  readonly brokenAt: Date;
  readonly reviewedBy: string | undefined;
}

export async function insertReview(
  client: ClientBase,
  workspaceId: string,
  review: {
    readonly runId: string;
    readonly brokenBy: string;
    readonly reason: string;
    readonly dueAt: Date;
  },
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.reviews (workspace_id, run_id, broken_by, reason, due_at)
     VALUES ($1::text, $2::text, $3::text, $4::text, $5::timestamptz) ON CONFLICT DO NOTHING`,
    [workspaceId, review.runId, review.brokenBy, storableText(review.reason), review.dueAt],
  );
}

/** False when there is no such review, or it was reviewed before. */
export async function settleReview(
  client: ClientBase,
  workspaceId: string,
  runId: string,
  by: string,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE countersign.reviews SET reviewed_by = $3::text, reviewed_at = clock_timestamp()
     WHERE workspace_id = $1::text AND run_id = $2::text AND reviewed_by IS NULL`,
    [workspaceId, runId, by],
  );
  return rowCount === 1;
}

export async function maybeReview(
  pool: Pool,
  workspaceId: string,
  runId: string,
): Promise<StoredReview | undefined> {
  const { rows } = await pool.query<{ reason: string; broken_at: Date; reviewed_by: string | null }>(
    `SELECT reason, broken_at, reviewed_by FROM countersign.reviews
     WHERE workspace_id = $1::text AND run_id = $2::text`,
    [workspaceId, runId],
  );
  const row = rows[0];
  return row && { reason: row.reason, brokenAt: row.broken_at, reviewedBy: row.reviewed_by ?? undefined };
}
