import type { Incident } from '../../core/alerts/alert-store.ts';
import type { Queryable } from '../ledger.ts';
import { storableText } from '../storable.ts';

interface IncidentRow {
  id: string;
  group_id: string | null;
  title: string;
  started_by: string;
  started_at: Date;
}

function toIncident(row: IncidentRow): Incident {
  return {
    id: row.id,
    groupId: row.group_id ?? undefined,
    title: row.title,
    startedBy: row.started_by,
    startedAt: row.started_at,
  };
}

export async function maybeIncident(
  client: Queryable,
  workspaceId: string,
  by: { readonly id: string } | { readonly groupId: string },
): Promise<Incident | undefined> {
  const { rows } = await client.query<IncidentRow>(
    `SELECT * FROM countersign.incidents
     WHERE workspace_id = $1::text AND ($2::text IS NULL OR id = $2::text) AND ($3::text IS NULL OR group_id = $3::text)`,
    [workspaceId, 'id' in by ? by.id : null, 'groupId' in by ? by.groupId : null],
  );
  return rows[0] && toIncident(rows[0]);
}

export async function insertIncident(
  client: Queryable,
  workspaceId: string,
  { id, groupId, title, startedBy }: Pick<Incident, 'id' | 'groupId' | 'title' | 'startedBy'>,
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.incidents (workspace_id, id, group_id, title, started_by)
     VALUES ($1::text, $2::text, $3::text, $4::text, $5::text)`,
    [workspaceId, id, groupId ?? null, storableText(title), startedBy],
  );
}
