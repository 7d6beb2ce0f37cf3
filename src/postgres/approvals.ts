import type { ClientBase, Pool } from 'pg';
import type { Approval } from '../core/run.ts';

/** The decisions people took about a run, oldest first. */
export async function manyApprovals(
  client: Pool | ClientBase,
  workspaceId: string,
  runId: string,
): Promise<Approval[]> {
  const { rows } = await client.query<{
    signer: string;
    decision: Approval['decision'];
    digest: string;
    decided_at: Date;
  }>({
    name: 'approvals-of-run',
    text: `SELECT signer, decision, encode(digest, 'hex') AS digest, decided_at FROM countersign.approvals
           WHERE workspace_id = $1::text AND run_id = $2::text ORDER BY decided_at`,
    values: [workspaceId, runId],
  });
  return rows.map(({ signer, decision, digest, decided_at }) => ({
    signer,
    decision,
    digest,
    decidedAt: decided_at,
  }));
}

/** A person decides once about each digest: an earlier decision on an older plan gives way. */
export async function insertApproval(
  client: ClientBase,
  workspaceId: string,
  runId: string,
  approval: Omit<Approval, 'decidedAt'> & { readonly shownHash: string },
): Promise<void> {
  await client.query({
    name: 'insert-approval',
    text: `
      INSERT INTO countersign.approvals (workspace_id, run_id, signer, decision, digest, shown_hash)
      VALUES ($1::text, $2::text, $3::text, $4::text, decode($5::text, 'hex'), decode($6::text, 'hex'))
      ON CONFLICT (workspace_id, run_id, signer) DO UPDATE
        SET decision = excluded.decision, digest = excluded.digest, shown_hash = excluded.shown_hash,
          decided_at = clock_timestamp()`,
    values: [workspaceId, runId, approval.signer, approval.decision, approval.digest, approval.shownHash],
  });
}
