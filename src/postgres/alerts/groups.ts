import type { GroupKey, MemberKey } from '../../core/alerts/alert-store.ts';
import type { Member, StoredGroup } from '../../core/alerts/group.ts';
import type { Severity } from '../../core/alerts/severity.ts';
import type { Queryable } from '../ledger.ts';
import { storableJson } from '../storable.ts';

export interface GroupRow {
  workspace_id: string;
  id: string;
  source: string;
  key: string;
  is_current: boolean;
  state: StoredGroup['state'];
  severity: Severity;
  channel: string;
  digest_id: number | null;
  silence_id: number | null;
  first_seen_at: Date;
  opened_at: Date;
  last_seen_at: Date;
  resolved_at: Date | null;
  state_data: StateData;
}

/** Times inside are ISO text, as JSON has none. */
type StateData = Omit<
  StoredGroup,
  Exclude<keyof typeof columnOf, never> | 'acknowledgedAt' | 'escalatedAt' | 'wokenAt' | 'pagedAt' | 'flips'
> & {
  readonly acknowledgedAt?: string;
  readonly escalatedAt?: string;
  readonly wokenAt?: string;
  readonly pagedAt?: string;
  readonly flips: readonly string[];
};

/** What stands in a column of its own, to be looked for. */
const columnOf = {
  workspaceId: 'workspace_id',
  id: 'id',
  source: 'source',
  key: 'key',
  isCurrent: 'is_current',
  state: 'state',
  severity: 'severity',
  channel: 'channel',
  digestId: 'digest_id',
  silenceId: 'silence_id',
  firstSeenAt: 'first_seen_at',
  openedAt: 'opened_at',
  lastSeenAt: 'last_seen_at',
  resolvedAt: 'resolved_at',
} as const satisfies Partial<Record<keyof StoredGroup, string>>;

export function groupFromRow(row: GroupRow): StoredGroup {
  const { acknowledgedAt, escalatedAt, wokenAt, pagedAt, flips, ...data } = row.state_data;
  const time = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  return {
    ...absent,
    ...data,
    workspaceId: row.workspace_id,
    id: row.id,
    source: row.source,
    key: row.key,
    isCurrent: row.is_current,
    state: row.state,
    severity: row.severity,
    channel: row.channel,
    digestId: row.digest_id ?? undefined,
    silenceId: row.silence_id ?? undefined,
    firstSeenAt: row.first_seen_at,
    openedAt: row.opened_at,
    lastSeenAt: row.last_seen_at,
    resolvedAt: row.resolved_at ?? undefined,
    acknowledgedAt: time(acknowledgedAt),
    escalatedAt: time(escalatedAt),
    wokenAt: time(wokenAt),
    pagedAt: time(pagedAt),
    flips: flips.map((flip) => new Date(flip)),
  };
}

/** JSON leaves out what is undefined. */
const absent = {
  severitySetBy: undefined,
  summary: undefined,
  service: undefined,
  tenant: undefined,
  environment: undefined,
  resolvedBy: undefined,
  quietMinutes: undefined,
  acknowledgedBy: undefined,
  note: undefined,
  escalatedBecause: undefined,
  incidentId: undefined,
  deliveryId: undefined,
};

function dataOf(group: StoredGroup): object {
  return Object.fromEntries(Object.entries(group).filter(([name]) => !Object.hasOwn(columnOf, name)));
}

export async function manyGroups(
  client: Queryable,
  workspaceId: string,
  keys: readonly GroupKey[],
): Promise<StoredGroup[]> {
  const { rows } = await client.query<GroupRow>({
    name: 'alert-groups-by-key',
    text: `
      SELECT alert_groups.* FROM unnest($2::text[], $3::text[]) AS asked (source, key)
      JOIN countersign.alert_groups USING (source, key) WHERE workspace_id = $1::text AND is_current`,
    values: [workspaceId, keys.map(({ source }) => source), keys.map(({ key }) => key)],
  });
  return rows.map(groupFromRow);
}

export async function maybeGroup(
  client: Queryable,
  workspaceId: string,
  id: string,
): Promise<StoredGroup | undefined> {
  const { rows } = await client.query<GroupRow>({
    name: 'alert-group',
    text: 'SELECT * FROM countersign.alert_groups WHERE workspace_id = $1::text AND id = $2::text',
    values: [workspaceId, id],
  });
  return rows[0] && groupFromRow(rows[0]);
}

export async function manyGroupsOf(
  client: Queryable,
  workspaceId: string,
  what: 'firing' | { readonly silenceId: number },
): Promise<StoredGroup[]> {
  const { rows } = await client.query<GroupRow>(
    `SELECT * FROM countersign.alert_groups WHERE workspace_id = $1::text AND is_current
       AND CASE WHEN $2::integer IS NULL THEN state = 'firing' ELSE silence_id = $2::integer END
     ORDER BY opened_at, id`,
    [workspaceId, what === 'firing' ? null : what.silenceId],
  );
  return rows.map(groupFromRow);
}

/** Whole rows; a group that was retired comes before the one that takes its place. */
export async function saveGroups(client: Queryable, groups: readonly StoredGroup[]): Promise<void> {
  if (groups.length === 0) return;
  const ordered = [...groups].sort((one, other) => Number(one.isCurrent) - Number(other.isCurrent));
  const column = <Name extends keyof StoredGroup>(name: Name) => ordered.map((group) => group[name] ?? null);
  await client.query({
    name: 'save-alert-groups',
    text: `
      INSERT INTO countersign.alert_groups
        (workspace_id, id, source, key, is_current, state, severity, channel, digest_id, silence_id,
         first_seen_at, opened_at, last_seen_at, resolved_at, state_data)
      SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[],
        $8::text[], $9::integer[], $10::integer[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
        $14::timestamptz[], $15::jsonb[])
      ON CONFLICT (workspace_id, id) DO UPDATE SET is_current = excluded.is_current, state = excluded.state,
        severity = excluded.severity, channel = excluded.channel, digest_id = excluded.digest_id,
        silence_id = excluded.silence_id, opened_at = excluded.opened_at, last_seen_at = excluded.last_seen_at,
        resolved_at = excluded.resolved_at, state_data = excluded.state_data`,
    values: [
      ...(Object.keys(columnOf) as (keyof typeof columnOf)[]).map(column),
      ordered.map((group) => storableJson(dataOf(group))),
    ],
  });
}

interface MemberRow {
  group_id: string;
  fingerprint: string;
  state: Member['state'];
  severity: Severity;
  labels: Record<string, string>;
  summary: string | null;
  starts_at: Date | null;
  first_seen_at: Date;
  last_seen_at: Date;
  resolved_at: Date | null;
  source_order: number | null;
  count: number;
}

function toMember(row: MemberRow): Member & { readonly groupId: string } {
  return {
    groupId: row.group_id,
    fingerprint: row.fingerprint,
    state: row.state,
    severity: row.severity,
    labels: row.labels,
    summary: row.summary ?? undefined,
    startsAt: row.starts_at ?? undefined,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    resolvedAt: row.resolved_at ?? undefined,
    order: row.source_order ?? undefined,
    count: row.count,
  };
}

export async function manyMembers(
  client: Queryable,
  workspaceId: string,
  keys: readonly MemberKey[],
): Promise<(Member & { readonly groupId: string })[]> {
  const { rows } = await client.query<MemberRow>({
    name: 'alerts-by-fingerprint',
    text: `
      SELECT alerts.* FROM unnest($2::text[], $3::text[]) AS asked (group_id, fingerprint)
      JOIN countersign.alerts USING (group_id, fingerprint) WHERE workspace_id = $1::text`,
    values: [workspaceId, keys.map(({ groupId }) => groupId), keys.map(({ fingerprint }) => fingerprint)],
  });
  return rows.map(toMember);
}

/** Those of a group to be told apart on its card, what fires first, the newest of each first. */
export async function newestMembers(
  client: Queryable,
  workspaceId: string,
  groupId: string,
  limit: number,
): Promise<Member[]> {
  const { rows } = await client.query<MemberRow>({
    name: 'newest-alerts',
    text: `SELECT * FROM countersign.alerts WHERE workspace_id = $1::text AND group_id = $2::text
      ORDER BY state, last_seen_at DESC, fingerprint LIMIT $3::integer`,
    values: [workspaceId, groupId, limit],
  });
  return rows.map(toMember);
}

export async function saveMembers(
  client: Queryable,
  workspaceId: string,
  members: readonly (Member & { readonly groupId: string })[],
): Promise<void> {
  if (members.length === 0) return;
  await client.query({
    name: 'save-alerts',
    text: `
      INSERT INTO countersign.alerts
        (workspace_id, group_id, fingerprint, state, severity, labels, summary, starts_at, first_seen_at, last_seen_at,
         resolved_at, source_order, count)
      SELECT $1::text, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[],
        $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::double precision[],
        $13::integer[])
      ON CONFLICT (workspace_id, group_id, fingerprint) DO UPDATE SET state = excluded.state,
        severity = excluded.severity, labels = excluded.labels, summary = excluded.summary,
        starts_at = excluded.starts_at, last_seen_at = excluded.last_seen_at, resolved_at = excluded.resolved_at,
        source_order = excluded.source_order, count = excluded.count`,
    values: [
      workspaceId,
      members.map(({ groupId }) => groupId),
      members.map(({ fingerprint }) => fingerprint),
      members.map(({ state }) => state),
      members.map(({ severity }) => severity),
      members.map(({ labels }) => storableJson(labels)),
      members.map(({ summary }) => summary ?? null),
      members.map(({ startsAt }) => startsAt ?? null),
      members.map(({ firstSeenAt }) => firstSeenAt),
      members.map(({ lastSeenAt }) => lastSeenAt),
      members.map(({ resolvedAt }) => resolvedAt ?? null),
      members.map(({ order }) => order ?? null),
      members.map(({ count }) => count),
    ],
  });
}

export async function resolveMembers(
  client: Queryable,
  workspaceId: string,
  groupId: string,
  at: Date,
): Promise<void> {
  await client.query(
    `UPDATE countersign.alerts SET state = 'resolved', resolved_at = $3::timestamptz
     WHERE workspace_id = $1::text AND group_id = $2::text AND state = 'firing'`,
    [workspaceId, groupId, at],
  );
}

/** Adds one time and keeps the newest. */
export async function addSample(
  client: Queryable,
  workspaceId: string,
  { source, key }: GroupKey,
  fingerprint: string,
  at: Date,
  keep: number,
): Promise<Date[]> {
  const { rows } = await client.query<{ times: Date[] }>({
    name: 'add-alert-sample',
    text: `
      INSERT INTO countersign.alert_samples AS sample (workspace_id, source, key, fingerprint, times)
      VALUES ($1::text, $2::text, $3::text, $4::text, ARRAY[$5::timestamptz])
      ON CONFLICT (workspace_id, source, key, fingerprint) DO UPDATE
        SET times = (sample.times || excluded.times)[greatest(1, cardinality(sample.times) + 2 - $6::integer):]
      RETURNING times`,
    values: [workspaceId, source, key, fingerprint, at, keep],
  });
  return rows[0]?.times ?? [];
}
