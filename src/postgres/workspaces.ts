import type { Pool } from 'pg';
import type { Identity, IdentityMemory } from '../core/identity-memory.ts';

/** {@link IdentityMemory} on PostgreSQL. */
export function identityMemory(pool: Pool): IdentityMemory {
  return {
    remember: async (tokenHash, identity) => {
      await pool.query(
        `INSERT INTO countersign.workspaces (token_hash, workspace_id, bot_user_id, bot_id, url)
         VALUES ($1::text, $2::text, $3::text, $4::text, $5::text)
         ON CONFLICT (token_hash) DO UPDATE SET workspace_id = excluded.workspace_id,
           bot_user_id = excluded.bot_user_id, bot_id = excluded.bot_id, url = excluded.url,
           seen_at = clock_timestamp()`,
        [tokenHash, identity.workspaceId, identity.botUserId, identity.botId, identity.url],
      );
    },
    recall: async (tokenHash) => {
      const { rows } = await pool.query<Identity>(
        `SELECT workspace_id AS "workspaceId", bot_user_id AS "botUserId", bot_id AS "botId", url
         FROM countersign.workspaces WHERE token_hash = $1::text`,
        [tokenHash],
      );
      return rows[0];
    },
  };
}

/** Every workspace this database has been connected to. */
export async function manyWorkspaces(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ workspace_id: string }>(
    'SELECT DISTINCT workspace_id FROM countersign.workspaces ORDER BY 1',
  );
  return rows.map((row) => row.workspace_id);
}
