import type { Incident, NewIncident } from '../../core/incidents/incident.ts';
import type { Queryable } from '../ledger.ts';
import { storableJson, storableText } from '../storable.ts';

interface IncidentRow {
  id: string;
  title: string;
  severity: Incident['severity'];
  status: Incident['status'];
  origin: Incident['origin'];
  declared_by: string;
  declared_at: Date;
  target: string | null;
  data: IncidentData;
}

/** Times as JSON has them. */
interface IncidentData {
  readonly environment?: string;
  readonly tenants: readonly string[];
  readonly commander?: string;
  readonly update?: { readonly text: string; readonly by: string; readonly at: string };
  readonly resolution?: {
    readonly by: string;
    readonly at: string;
    readonly fix: string;
    readonly override?: string;
  };
  readonly reopenedAt?: string;
  readonly escalatedAt?: string;
  readonly pagedAt?: string;
  readonly postmortem?: { readonly url: string; readonly by: string; readonly at: string };
}

function toIncident(row: IncidentRow): Incident {
  const { update, resolution, postmortem, ...data } = row.data;
  return {
    id: row.id,
    title: row.title,
    severity: row.severity,
    status: row.status,
    origin: row.origin,
    declaredBy: row.declared_by,
    declaredAt: row.declared_at,
    target: row.target ?? undefined,
    environment: data.environment ?? undefined,
    tenants: data.tenants,
    commander: data.commander,
    update: update && { ...update, at: new Date(update.at) },
    resolution: resolution && {
      by: resolution.by,
      at: new Date(resolution.at),
      fix: resolution.fix,
      override: resolution.override,
    },
    reopenedAt: maybeDate(data.reopenedAt),
    escalatedAt: maybeDate(data.escalatedAt),
    pagedAt: maybeDate(data.pagedAt),
    postmortem: postmortem && { ...postmortem, at: new Date(postmortem.at) },
  };
}

function maybeDate(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}

export async function maybeIncident(
  client: Queryable,
  workspaceId: string,
  id: string,
  lock: '' | 'FOR UPDATE' = '',
): Promise<Incident | undefined> {
  const { rows } = await client.query<IncidentRow>(
    `SELECT * FROM countersign.incidents WHERE workspace_id = $1::text AND id = $2::text ${lock}`,
    [workspaceId, id],
  );
  return rows[0] && toIncident(rows[0]);
}

export async function maybeIncidentOfGroup(
  client: Queryable,
  workspaceId: string,
  groupId: string,
): Promise<Incident | undefined> {
  const { rows } = await client.query<IncidentRow>(
    `SELECT incident.* FROM countersign.incident_alerts AS linked
     JOIN countersign.incidents AS incident
       ON incident.workspace_id = linked.workspace_id AND incident.id = linked.incident_id
     WHERE linked.workspace_id = $1::text AND linked.group_id = $2::text`,
    [workspaceId, groupId],
  );
  return rows[0] && toIncident(rows[0]);
}

export async function maybeIncidentOfDeclaration(
  client: Queryable,
  workspaceId: string,
  declaredFrom: string,
): Promise<Incident | undefined> {
  const { rows } = await client.query<IncidentRow>(
    'SELECT * FROM countersign.incidents WHERE workspace_id = $1::text AND declared_from = $2::text',
    [workspaceId, declaredFrom],
  );
  return rows[0] && toIncident(rows[0]);
}

/** The incident whose headline stands there: its thread is the incident's. */
export async function maybeIncidentOfThread(
  client: Queryable,
  workspaceId: string,
  { channelId, threadTs }: { readonly channelId: string; readonly threadTs: string },
): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>({
    name: 'incident-of-thread',
    text: `SELECT split_part(id, ':', 2) AS id FROM countersign.messages
           WHERE workspace_id = $1::text AND channel_id = $2::text AND ts = $3::text
             AND id LIKE 'incident:%:headline'`,
    values: [workspaceId, channelId, threadTs],
  });
  return rows[0]?.id;
}

/** Newest first. */
export async function manyIncidents(
  client: Queryable,
  workspaceId: string,
  filter: {
    readonly since?: Date | undefined;
    readonly isOpen?: boolean | undefined;
    readonly limit: number;
  },
): Promise<{ readonly items: readonly Incident[]; readonly total: number }> {
  const { rows } = await client.query<IncidentRow & { total: string }>(
    `SELECT *, count(*) OVER () AS total FROM countersign.incidents
     WHERE workspace_id = $1::text AND ($2::timestamptz IS NULL OR declared_at >= $2::timestamptz)
       AND ($3::boolean IS NOT TRUE OR status <> 'resolved')
     ORDER BY declared_at DESC, id LIMIT $4::integer`,
    [workspaceId, filter.since ?? null, filter.isOpen ?? null, filter.limit],
  );
  return { items: rows.map(toIncident), total: Number(rows[0]?.total ?? 0) };
}

export async function insertIncident(
  client: Queryable,
  workspaceId: string,
  incident: NewIncident,
  declaredFrom: string | undefined,
): Promise<void> {
  const { environment, tenants, commander } = incident;
  const data: IncidentData = {
    tenants,
    ...(environment === undefined ? {} : { environment }),
    ...(commander === undefined ? {} : { commander }),
  };
  await client.query(
    `INSERT INTO countersign.incidents (workspace_id, id, title, severity, status, origin, declared_by, target, data,
       declared_from)
     VALUES ($1::text, $2::text, $3::text, $4::text, 'investigating', $5::text, $6::text, $7::text, $8::jsonb, $9::text)`,
    [
      workspaceId,
      incident.id,
      storableText(incident.title),
      incident.severity,
      incident.origin,
      incident.declaredBy,
      incident.target ?? null,
      storableJson(data),
      declaredFrom ?? null,
    ],
  );
}

export async function saveIncident(
  client: Queryable,
  workspaceId: string,
  incident: Incident,
): Promise<void> {
  const { id, title, severity, status, target, ...rest } = incident;
  const { declaredBy: _by, declaredAt: _at, origin: _origin, ...data } = rest;
  await client.query(
    `UPDATE countersign.incidents SET title = $3::text, severity = $4::text, status = $5::text, target = $6::text,
       data = $7::jsonb
     WHERE workspace_id = $1::text AND id = $2::text`,
    [workspaceId, id, storableText(title), severity, status, target ?? null, storableJson(data)],
  );
}
