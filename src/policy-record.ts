import type { Pool } from 'pg';
import { policyChanges, policyDigest } from './core/policy/policy-digest.ts';
import type { PolicySettings } from './core/policy/rule.ts';
import { appendEntries } from './postgres/ledger.ts';
import { inTransaction } from './postgres/transaction.ts';

/**
 * Records the policy in force and what changed since the one before, when it is another than the last recorded.
 * @returns true when it was new.
 */
export async function recordPolicy(options: {
  readonly pool: Pool;
  readonly workspaceId: string;
  readonly policy: PolicySettings;
  readonly now: () => Date;
}): Promise<boolean> {
  const { pool, workspaceId, now } = options;
  const { roles, identities, policy } = options.policy;
  const current: PolicySettings = { roles, identities, policy };
  const digest = policyDigest(current);
  return inTransaction(pool, async (client) => {
    // One at a time: replicas that start together record a change once.
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('countersign policy ' || $1::text))`, [
      workspaceId,
    ]);
    const { rows } = await client.query<{ digest: string; policy: PolicySettings }>(
      `SELECT digest, policy FROM countersign.policies WHERE workspace_id = $1::text ORDER BY loaded_at DESC LIMIT 1`,
      [workspaceId],
    );
    const before = rows[0];
    if (before?.digest === digest) return false;
    await client.query(
      `INSERT INTO countersign.policies (workspace_id, digest, policy) VALUES ($1::text, $2::text, $3::jsonb)
       ON CONFLICT (workspace_id, digest) DO UPDATE SET loaded_at = clock_timestamp()`,
      [workspaceId, digest, JSON.stringify(current)],
    );
    const changes = policyChanges(before?.policy ?? { roles: {}, identities: [], policy: [] }, current);
    await appendEntries(
      client,
      workspaceId,
      [
        {
          kind: 'policy.loaded',
          actor: 'countersign',
          via: 'settings',
          facts: { digest, changes, ...(before === undefined ? {} : { before: before.digest }) },
        },
      ],
      now(),
    );
    return true;
  });
}
