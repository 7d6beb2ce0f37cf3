import { escapeIdentifier, escapeLiteral } from 'pg';
import type { AuditConfig } from './audit-config.ts';

/** Rows a look-up returns per wanted hash: one shows a link, two a fork; damaged chains may have thousands. */
const rowsPerHash = 4;

/** Every statement sent to an audited database. Names come quoted from configuration, values as parameters. */
export interface AuditSql {
  /** Records of a tenant dated before a time (`$2`): `older`. */
  readonly countOlder: string;
  /** The planner's estimate of a tenant's records, as EXPLAIN's JSON: counting takes a tenth of reading them. */
  readonly estimate: string;
  /** The ordered chain for COPY, which takes no parameters. `since` leaves out records dated before it. */
  copyChain(tenantId: string, since?: string): string;
  readonly byHash: string;
  readonly byPrevHash: string;
  readonly byId: string;
  readonly lastUntil: string;
  readonly firstAfter: string;
  /** For the head's id (`$2`): `boundary_at`, `newer` (records from then on), `anchor`, `head`. */
  readonly boundary: string;
  readonly findTenant: string;
  /** `$1` an ILIKE pattern, `$2` what was typed, `$3` how many. */
  readonly searchTenants: string;
  readonly listTenants: string;
  /** No rows; fails where a table, a column or the right to read it is missing. */
  readonly probeChain: string;
  readonly probeTenants: string;
  /** The audited table as a quoted, qualified name. */
  readonly chainTable: string;
}

export function auditSql(config: AuditConfig): AuditSql {
  const table = `${escapeIdentifier(config.schema)}.${escapeIdentifier(config.table)}`;
  const tenants = `${escapeIdentifier(config.tenants.schema ?? config.schema)}.${escapeIdentifier(config.tenants.table)}`;
  const column = {
    id: escapeIdentifier(config.columns.id),
    tenantId: escapeIdentifier(config.columns.tenantId),
    prevHash: escapeIdentifier(config.columns.prevHash),
    hash: escapeIdentifier(config.columns.hash),
    createdAt: escapeIdentifier(config.columns.createdAt),
    actorId: escapeIdentifier(config.columns.actorId),
    action: escapeIdentifier(config.columns.action),
    metadata: escapeIdentifier(config.columns.metadata),
  };
  // Qualified: a bare name in ORDER BY means the output column, here a text that the index does not know.
  const order = (config.order ?? [config.columns.createdAt, config.columns.id])
    .map((name) => `record.${escapeIdentifier(name)}`)
    .join(', ');
  const tenant = {
    id: escapeIdentifier(config.tenants.columns.id),
    slug: escapeIdentifier(config.tenants.columns.slug),
    name: escapeIdentifier(config.tenants.columns.name),
  };

  // Microseconds since 1970; infinite times have no epoch that fits an integer.
  const at = `${column.createdAt}::timestamptz`;
  const micros = `CASE WHEN isfinite(${at}) THEN (extract(epoch FROM ${at}) * 1000000)::bigint END AS micros, ${at} > 'epoch' AS is_late`;
  const link = `${column.id}::text AS id, ${column.prevHash}::text AS prev_hash, ${column.hash}::text AS hash, ${micros}, ${column.actorId}::text AS actor_id, ${column.action}::text AS action`;
  const linkNames = 'id, prev_hash, hash, micros, is_late, actor_id, action';
  const wanted = (name: string) => `
    SELECT ${linkNames} FROM (
      SELECT ${link}, row_number() OVER (PARTITION BY ${name} ORDER BY ${order}) AS nth
      FROM ${table} AS record WHERE ${column.tenantId} = $1 AND ${name} = ANY($2)
    ) AS found WHERE nth <= ${rowsPerHash}`;
  const tenantColumns = `${tenant.id}::text AS id, ${tenant.slug}::text AS slug, coalesce(${tenant.name}::text, '') AS name`;

  return {
    chainTable: table,
    countOlder: `SELECT count(*) AS older FROM ${table} WHERE ${column.tenantId} = $1 AND ${column.createdAt} < $2`,
    estimate: `EXPLAIN (FORMAT JSON) SELECT 1 FROM ${table} WHERE ${column.tenantId} = $1`,
    copyChain(tenantId, since) {
      const newer = since === undefined ? '' : ` AND ${column.createdAt} >= ${escapeLiteral(since)}`;
      // The payload last: a record too large to be kept still has its id and its links. Cast to text and
      // timestamptz, so that whatever types the columns have, they arrive in one form.
      return `COPY (
        SELECT ${column.id}::text, ${column.prevHash}::text, ${column.hash}::text, ${at}, ${column.actorId}::text, ${column.action}::text, ${column.metadata}::text
        FROM ${table} AS record WHERE ${column.tenantId} = ${escapeLiteral(tenantId)}${newer} ORDER BY ${order}
      ) TO STDOUT (FORMAT binary)`;
    },
    byHash: wanted(column.hash),
    byPrevHash: wanted(column.prevHash),
    byId: `SELECT ${link} FROM ${table} AS record WHERE ${column.tenantId} = $1 AND ${column.id} = ANY($2) ORDER BY ${order}`,
    lastUntil: `SELECT ${link} FROM ${table} AS record WHERE ${column.tenantId} = $1 AND ${column.createdAt} <= $2 ORDER BY record.${column.createdAt} DESC, record.${column.id} DESC LIMIT 1`,
    firstAfter: `SELECT ${link} FROM ${table} AS record WHERE ${column.tenantId} = $1 AND ${column.createdAt} > $2 ORDER BY record.${column.createdAt}, record.${column.id} LIMIT 1`,
    boundary: `
      WITH head AS (SELECT ${column.createdAt} AS at, ${column.hash}::text AS hash FROM ${table} WHERE ${column.tenantId} = $1 AND ${column.id} = $2)
      SELECT
        to_char(head.at::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS boundary_at,
        (SELECT count(*) FROM ${table} AS newer WHERE newer.${column.tenantId} = $1 AND newer.${column.createdAt} >= head.at) AS newer,
        (SELECT first.${column.prevHash}::text FROM ${table} AS first
          WHERE first.${column.tenantId} = $1 AND first.${column.createdAt} = head.at AND NOT EXISTS (
            SELECT 1 FROM ${table} AS parent WHERE parent.${column.tenantId} = $1
              AND parent.${column.createdAt} = head.at AND parent.${column.hash} = first.${column.prevHash})
          LIMIT 1) AS anchor,
        head.hash AS head
      FROM head`,
    findTenant: `SELECT ${tenantColumns} FROM ${tenants} AS record WHERE ${tenant.slug} = $1 OR ${tenant.id}::text = $2 ORDER BY (record.${tenant.slug} = $1) DESC LIMIT 1`,
    searchTenants: `
      SELECT ${tenantColumns} FROM ${tenants} WHERE ${tenant.slug} ILIKE $1 OR ${tenant.name} ILIKE $1
      ORDER BY (lower(${tenant.slug}) = lower($2)) DESC, starts_with(lower(${tenant.slug}), lower($2)) DESC, ${tenant.slug} LIMIT $3`,
    listTenants: `SELECT ${tenantColumns} FROM ${tenants} ORDER BY ${tenant.slug} LIMIT $1`,
    probeChain: `SELECT ${link}, ${column.metadata}::text FROM ${table} AS record ORDER BY ${order} LIMIT 0`,
    probeTenants: `SELECT ${tenantColumns} FROM ${tenants} LIMIT 0`,
  };
}
