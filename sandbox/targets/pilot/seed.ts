import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { seededRandom } from './random.ts';
import { type SampleTenant, type StoredEntry, sampleAudit } from './sample-audit.ts';

/** Only one process seeds a database at a time; the others find it done. */
const seedLock = 748_210_033;

/** Where the damage is, counted from 0 in the order of appending. */
export const alteredRecord = 57;
export const missingRecord = 88;

export interface SeedOptions {
  /** A login that may create tables. */
  readonly databaseUrl: string;
  /** Default 200,000. Tests use fewer. */
  readonly umbrellaRecords?: number;
}

/** The seven tenants of the sample application; ids are the same at every start. */
export function sampleTenants(umbrellaRecords = 200_000): SampleTenant[] {
  const tenant = (slug: string, name: string, records: number): SampleTenant => ({
    id: seededRandom(`tenant ${slug}`).uuid(),
    slug,
    name,
    records,
  });
  return [
    tenant('acme', 'Acme GmbH', 200),
    tenant('umbrella', 'Umbrella Corporation', umbrellaRecords),
    tenant('initech', 'Initech LLC', 120),
    tenant('globex', 'Globex Corporation', 150),
    tenant('hooli', 'Hooli Inc.', 90),
    tenant('stark', 'Stark Industries', 110),
    tenant('wayne', 'Wayne Enterprises', 0),
  ];
}

/**
 * Creates and fills the pilot's tables in one transaction. A database that was seeded before stays as it is.
 *
 * @example await seedPilot({ databaseUrl: 'postgres://…/pilot', umbrellaRecords: 2_000 })
 */
export async function seedPilot(options: SeedOptions): Promise<void> {
  const client = new pg.Client({ connectionString: options.databaseUrl, application_name: 'pilot seed' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [seedLock]);
    // Two statements at once create no IF NOT EXISTS race inside this lock.
    await client.query(await readFile(new URL('./schema.sql', import.meta.url), 'utf8'));
    const { rows } = await client.query('SELECT 1 FROM "Tenant" LIMIT 1');
    if (rows.length === 0) await fill(client, sampleTenants(options.umbrellaRecords));
    await client.query('COMMIT');
    if (rows.length === 0) await client.query('VACUUM ANALYZE "AuditLog"');
  } finally {
    await client.end();
  }
}

async function fill(client: pg.Client, tenants: readonly SampleTenant[]): Promise<void> {
  for (const { id, slug, name } of tenants) {
    await client.query('INSERT INTO "Tenant" ("id", "slug", "name", "createdAt") VALUES ($1, $2, $3, $4)', [
      id,
      slug,
      name,
      new Date(Date.UTC(2025, 0, 20, 9)),
    ]);
  }
  for (const tenant of tenants) await copyAudit(client, storedAudit(tenant));
  for (const tenant of tenants) await fillCases(client, tenant);
}

/** Stores records as they are, sound or not, as fast as PostgreSQL takes them. */
export async function copyAudit(client: pg.Client, entries: Iterable<StoredEntry>): Promise<void> {
  const into = copyFrom(
    'COPY "AuditLog" ("id", "tenantId", "actorId", "action", "metadata", "prevHash", "hash", "createdAt") FROM STDIN',
  );
  await pipeline(Readable.from(auditLines(entries)), client.query(into));
}

/** COPY text in chunks of some hundred rows: one chunk per row would spend its time in the stream. */
function* auditLines(entries: Iterable<StoredEntry>): Generator<string> {
  let lines = '';
  for (const entry of entries) {
    lines += line(entry);
    if (lines.length < 65_536) continue;
    yield lines;
    lines = '';
  }
  if (lines !== '') yield lines;
}

/** The chain as it lies in the database: appended soundly, then damaged where the tenant's story says so. */
function* storedAudit(tenant: SampleTenant): Generator<StoredEntry> {
  if (tenant.slug === 'hooli') return yield* sampleAudit(tenant, 'fork');
  if (tenant.slug === 'stark') return yield* sampleAudit(tenant, 'skew');
  let index = 0;
  for (const entry of sampleAudit(tenant)) {
    const position = index++;
    if (tenant.slug === 'globex' && position === missingRecord) continue;
    const isAltered = tenant.slug === 'initech' && position === alteredRecord;
    yield isAltered
      ? { ...entry, metadata: { ...(entry.metadata as object), approvedBy: 'finance' } }
      : entry;
  }
}

function line(entry: StoredEntry): string {
  // COPY's text format: a backslash starts an escape, JSON has no raw tabs or newlines.
  const metadata = JSON.stringify(entry.metadata).replaceAll('\\', '\\\\');
  const columns = [entry.id, entry.tenantId, entry.actorId ?? '\\N', entry.action, metadata];
  return `${[...columns, entry.prevHash ?? '\\N', entry.hash, entry.createdAt.toISOString()].join('\t')}\n`;
}

async function fillCases(client: pg.Client, tenant: SampleTenant): Promise<void> {
  const random = seededRandom(`cases ${tenant.slug}`);
  const count = Math.min(40, tenant.records);
  let time = Date.UTC(2025, 1, 4, 9);
  for (let index = 0; index < count; index += 1) {
    const caseId = random.uuid();
    time += 60_000 * (1 + random.below(600));
    const type = random.pick([
      'DEADLINE_REMINDER_SCHEDULED',
      'SUBMISSION_REMINDER_SCHEDULED',
      'REMINDER_BLOCKED_CAP',
    ]);
    await client.query(
      'INSERT INTO "CaseEvent" ("id", "tenantId", "caseId", "type", "payload", "createdAt") VALUES ($1, $2, $3, $4, $5, $6)',
      [
        random.uuid(),
        tenant.id,
        caseId,
        type,
        JSON.stringify({ dueInDays: 1 + random.below(30) }),
        new Date(time),
      ],
    );
    if (type === 'REMINDER_BLOCKED_CAP') continue;
    const status = random.pick(['sent', 'sent', 'sent', 'pending', 'pending_auto', 'failed']);
    await client.query(
      `INSERT INTO "Communication" ("id", "tenantId", "caseId", "channel", "recipient", "status", "createdAt", "sentAt")
       VALUES ($1, $2, $3, 'email', $4, $5, $6, $7)`,
      [
        random.uuid(),
        tenant.id,
        caseId,
        `case-${index + 1}@${tenant.slug}.example`,
        status,
        new Date(time),
        status === 'sent' ? new Date(time + 4_000) : null,
      ],
    );
  }
}
