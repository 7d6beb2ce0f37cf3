import { createHash } from 'node:crypto';
import type { Queryable } from '../ledger.ts';

/** Whether these words of this message are in the record already, or others of it. */
export async function addNote(
  client: Queryable,
  workspaceId: string,
  incidentId: string,
  { channelId, ts, text }: { readonly channelId: string; readonly ts: string; readonly text: string },
): Promise<'new' | 'edited' | 'known'> {
  const hash = createHash('sha256').update(text, 'utf8').digest();
  const { rows } = await client.query<{ inserted: boolean; others: boolean }>(
    `WITH added AS (
       INSERT INTO countersign.incident_notes (workspace_id, incident_id, channel_id, ts, text_hash)
       VALUES ($1::text, $2::text, $3::text, $4::text, $5::bytea) ON CONFLICT DO NOTHING RETURNING 1
     )
     SELECT EXISTS (SELECT FROM added) AS inserted, EXISTS (
       SELECT FROM countersign.incident_notes WHERE workspace_id = $1::text AND incident_id = $2::text
         AND channel_id = $3::text AND ts = $4::text AND text_hash <> $5::bytea) AS others`,
    [workspaceId, incidentId, channelId, ts, hash],
  );
  if (rows[0]?.inserted !== true) return 'known';
  return rows[0].others ? 'edited' : 'new';
}
