import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { sampleAudit } from './sample-audit.ts';
import { acmeCommunications, defaultCommunications } from './sample-communications.ts';
import { type Situation, sampleDeployments } from './sample-deployments.ts';
import { sampleNotifications } from './sample-notifications.ts';
import { day, originalQuotas, type SampleTenant, sampleTenants } from './sample-tenants.ts';

/** Only one process seeds a database at a time; the others find it done. */
const seedLock = 748_210_034;

export interface RmsSeedOptions {
  /** A login that may create a schema. */
  readonly databaseUrl: string;
  /** What times of the sample data count back from. Default: the wall clock. */
  readonly now?: () => Date;
  /** Which releases and migrations it has. Default: those it has, `same_schema` at first. */
  readonly situation?: Situation;
}

/**
 * Creates and fills the schema `rms` in one transaction. A database that was seeded before keeps its data; of
 * another situation it takes over the releases, migrations and queues, as by a deployment.
 *
 * @example await seedRms({ databaseUrl: 'postgres://…/rms' })
 */
export async function seedRms(options: RmsSeedOptions): Promise<void> {
  const { now = () => new Date() } = options;
  const client = new pg.Client({ connectionString: options.databaseUrl, application_name: 'rms seed' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [seedLock]);
    await client.query(await readFile(new URL('./schema.sql', import.meta.url), 'utf8'));
    const { rows } = await client.query<{ situation: Situation }>('SELECT situation FROM rms.deployment');
    const stored = rows[0]?.situation;
    const situation = options.situation ?? stored ?? 'same_schema';
    if (stored === undefined) await fill(client, sampleTenants(situation), now());
    if (stored !== situation) await deploy(client, situation, now());
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function fill(client: pg.Client, tenants: readonly SampleTenant[], seededAt: Date): Promise<void> {
  for (const tenant of tenants) await fillTenant(client, tenant, seededAt);
  const acme = tenants.find(({ slug }) => slug === 'acme');
  for (const [tenantId, settings] of [
    [null, defaultCommunications],
    [acme?.id, acmeCommunications],
  ]) {
    await client.query(
      'INSERT INTO rms.communication_settings (tenant_id, settings, updated_at) VALUES ($1, $2, $3)',
      [tenantId, JSON.stringify(settings), seededAt],
    );
  }
  for (const entry of sampleAudit(tenants, seededAt)) {
    const { id, at, actor, action, entity, entityId, section, changed, reason } = entry;
    await client.query(
      `INSERT INTO rms.audit_log (id, at, actor, action, entity, entity_id, section, changed, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [id, at, actor, action, entity, entityId, section, changed, reason],
    );
  }
}

async function fillTenant(client: pg.Client, tenant: SampleTenant, seededAt: Date): Promise<void> {
  const { id, slug, name, activeUsers, suspension, adjustedQuotas = {} } = tenant;
  const inDays = (days: number) => new Date(seededAt.getTime() + days * day);
  await client.query(
    `INSERT INTO rms.tenants (id, slug, name, status, suspension_reason, suspension_effective_at, active_users,
       owner_email)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      id,
      slug,
      name,
      suspension ? 'suspended' : 'active',
      suspension?.reason ?? null,
      suspension ? inDays(-suspension.daysAgo) : null,
      activeUsers,
      `owner@${slug}.example`,
    ],
  );
  for (const [index, { amountCents, currency, dueInDays, isPaid }] of tenant.invoices.entries()) {
    await client.query(
      `INSERT INTO rms.invoices (id, tenant_id, amount_cents, currency, due_at, paid_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        `INV-${slug.toUpperCase()}-${index + 1}`,
        id,
        amountCents,
        currency,
        inDays(dueInDays),
        isPaid ? inDays(dueInDays + 2) : null,
      ],
    );
  }
  for (const [quota, original] of Object.entries(originalQuotas)) {
    await client.query(
      `INSERT INTO rms.quotas (tenant_id, name, current_limit, original_limit, is_counter_paused)
       VALUES ($1, $2, $3, $4, $5)`,
      [id, quota, adjustedQuotas[quota] ?? original, original, suspension !== undefined],
    );
  }
  await client.query(
    `INSERT INTO rms.notifications (id, tenant_id, channel, event, recipient, status, reason, created_at, failed_at,
       on_resend)
     SELECT id, $2, channel, event, recipient, status, reason, "createdAt", "failedAt", "onResend"
     FROM jsonb_to_recordset($1) AS sample (id text, channel text, event text, recipient text, status text,
       reason text, "createdAt" timestamptz, "failedAt" timestamptz, "onResend" text)`,
    [JSON.stringify(sampleNotifications(tenant, seededAt)), id],
  );
}

async function deploy(client: pg.Client, situation: Situation, at: Date): Promise<void> {
  const { migrations, releases, queues } = sampleDeployments[situation];
  for (const table of ['releases', 'migrations', 'queues', 'deployment']) {
    await client.query(`DELETE FROM rms.${table}`);
  }
  for (const { version, deployedHoursAgo, schema, runsOn } of releases) {
    const deployedAt = new Date(at.getTime() - deployedHoursAgo * 3_600_000);
    await client.query(
      `INSERT INTO rms.releases (version, deployed_at, schema, runs_on_oldest, runs_on_newest)
       VALUES ($1, $2, $3, $4, $5)`,
      [version, deployedAt, schema, runsOn?.oldest ?? null, runsOn?.newest ?? null],
    );
  }
  for (const name of migrations) {
    await client.query('INSERT INTO rms.migrations (name, is_applied) VALUES ($1, true)', [name]);
  }
  for (const { name, depth, changePerSecond } of queues) {
    await client.query('INSERT INTO rms.queues (name, depth, change_per_second) VALUES ($1, $2, $3)', [
      name,
      depth,
      changePerSecond,
    ]);
  }
  await client.query('INSERT INTO rms.deployment (situation) VALUES ($1)', [situation]);
}
