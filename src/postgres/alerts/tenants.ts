import type { Queryable } from '../ledger.ts';
import { storableText } from '../storable.ts';

/** What people call these tenants, where a target has said so. */
export async function tenantNames(
  client: Queryable,
  workspaceId: string,
  tenants: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (tenants.length === 0) return new Map();
  const { rows } = await client.query<{ tenant: string; name: string }>({
    name: 'alert-tenant-names',
    text: `SELECT tenant, name FROM countersign.alert_tenants
      WHERE workspace_id = $1::text AND tenant = ANY ($2::text[]) AND name IS NOT NULL`,
    values: [workspaceId, tenants],
  });
  return new Map(rows.map(({ tenant, name }) => [tenant, name]));
}

/** Whether it was looked up within the last hours, also where nobody knew it. */
export async function isTenantKnown(
  client: Queryable,
  workspaceId: string,
  tenant: string,
  withinHours: number,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM countersign.alert_tenants WHERE workspace_id = $1::text AND tenant = $2::text
       AND read_at > clock_timestamp() - make_interval(secs => $3::double precision * 3600)`,
    [workspaceId, tenant, withinHours],
  );
  return (rowCount ?? 0) > 0;
}

export async function saveTenantName(
  client: Queryable,
  workspaceId: string,
  tenant: string,
  name: string | undefined,
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.alert_tenants (workspace_id, tenant, name) VALUES ($1::text, $2::text, $3::text)
     ON CONFLICT (workspace_id, tenant) DO UPDATE SET name = excluded.name, read_at = clock_timestamp()`,
    [workspaceId, tenant, name === undefined ? null : storableText(name)],
  );
}
