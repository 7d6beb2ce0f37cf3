import type { LinkedGroup } from '../../core/incidents/incident-store.ts';
import type { Queryable } from '../ledger.ts';

/** @throws when the group belongs to an incident already. */
export async function linkGroup(
  client: Queryable,
  workspaceId: string,
  incidentId: string,
  groupId: string,
  by: string,
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.incident_alerts (workspace_id, group_id, incident_id, linked_by)
     VALUES ($1::text, $2::text, $3::text, $4::text)`,
    [workspaceId, groupId, incidentId, by],
  );
}

/** In the order they were linked. What was pruned is left out. */
export async function manyLinkedGroups(
  client: Queryable,
  workspaceId: string,
  incidentId: string,
): Promise<readonly LinkedGroup[]> {
  const { rows } = await client.query<{
    id: string;
    source: string;
    severity: LinkedGroup['severity'];
    state: LinkedGroup['state'];
    state_data: { title: string; firing: number; escalatedAt?: string; acknowledgedBy?: string };
  }>(
    `SELECT stood.id, stood.source, stood.severity, stood.state, stood.state_data
     FROM countersign.incident_alerts AS linked
     JOIN countersign.alert_groups AS stood ON stood.workspace_id = linked.workspace_id AND stood.id = linked.group_id
     WHERE linked.workspace_id = $1::text AND linked.incident_id = $2::text
     ORDER BY linked.linked_at, stood.id`,
    [workspaceId, incidentId],
  );
  return rows.map(({ id, source, severity, state, state_data: data }) => ({
    id,
    source,
    severity,
    state,
    title: data.title,
    firing: data.firing,
    escalatedAt: data.escalatedAt == null ? undefined : new Date(data.escalatedAt),
    acknowledgedBy: data.acknowledgedBy ?? undefined,
  }));
}
