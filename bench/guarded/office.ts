import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { parse } from 'yaml';
import { defaultSeed } from '../../sandbox/slack/default-seed.ts';
import type { Seed } from '../../sandbox/slack/seed.ts';
import { type SlackWorkspace, startSlackWorkspace } from '../../sandbox/slack/server.ts';
import { type Rms, startRms } from '../../sandbox/targets/rms/server.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { botDatabase } from '../bot-database.ts';

export const peopleOfEachKind = 20;
export const requesters = ids('UREQ');
export const approvers = ids('UAPP');
export const opsChannel = 'C0OPS';

/** Everything round the bot, of this bench's own: other measurements must not have filled its tables. */
export interface Office {
  readonly workspace: SlackWorkspace;
  readonly rms: Rms;
  /** The bot's database, as its login sees it. */
  readonly appUrl: string;
  /** Where the bot keeps its key and its checkpoints. */
  readonly folder: string;
  /** What the bot's process needs to know. */
  readonly variables: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const projectRoot = resolve(import.meta.dirname, '../..');

/** Twenty people who may ask, twenty who may sign, and a target with a tenant for each run. */
export async function openOffice(options: {
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  readonly tenants: readonly string[];
}): Promise<Office> {
  const { postgres, tenants } = options;
  const folder = join(options.dataDir, 'guarded');
  await mkdir(folder, { recursive: true });
  const { appUrl, ownerUrl } = await botDatabase(postgres, 'guarded_bench');
  const rmsDatabase = await postgres.createDatabase('guarded_rms');
  const rms = await startRms({ databaseUrl: rmsDatabase.url, token: randomBytes(24).toString('hex') });
  await addTenants(rmsDatabase.url, tenants);
  const manifest: unknown = parse(await readFile(join(projectRoot, 'manifest.yml'), 'utf8'));
  const workspace = await startSlackWorkspace({
    manifest,
    seed: peopled(defaultSeed()),
    rateLimits: { isOn: false },
  });
  await writeFile(join(folder, 'settings.yaml'), settings);
  return {
    workspace,
    rms,
    appUrl,
    folder,
    variables: {
      SLACK_BOT_TOKEN: workspace.app.botToken,
      SLACK_SIGNING_SECRET: workspace.app.signingSecret,
      SLACK_API_URL: workspace.apiUrl,
      DATABASE_URL: appUrl,
      DATABASE_OWNER_URL: ownerUrl,
      RMS_URL: rms.url,
      RMS_TOKEN: rms.token,
      COUNTERSIGN_CONFIG: join(folder, 'settings.yaml'),
      PORT: '0',
      LOG_LEVEL: 'error',
    },
    close: async () => {
      await workspace.close();
      await rms.close();
    },
  };
}

/** No `limit`, and time enough to sign: what is measured is the way, not the waiting. */
const settings = `
channels: { ops: ${opsChannel}, incidents: C0INC, alerts: C0ALERTS, ledger: "#ledger" }
roles:
  responder: { users: [${requesters.join(', ')}] }
  approver: { users: [${approvers.join(', ')}] }
policy:
  - { risk: read, run: [responder] }
  - { risk: dangerous, run: [responder], approve: [approver], approvals: 1, expiresMinutes: 240 }
targets:
  rms:
    environment: production
    http:
      baseUrl: env:RMS_URL
      auth: { bearer: env:RMS_TOKEN }
      honoursIdempotencyKey: [suspend]
    tenants: {}
    tenancy: {}
`;

function ids(prefix: string): readonly string[] {
  return Array.from({ length: peopleOfEachKind }, (_, index) => `${prefix}${10 + index}`);
}

function peopled(seed: Seed): Seed {
  for (const id of [...requesters, ...approvers]) {
    const name = id.toLowerCase();
    seed.users.push({ id, name, realName: `Colleague ${name}`, tz: 'Europe/Vienna', tzOffset: 3_600 });
    for (const channel of seed.channels) if (channel.id === opsChannel) channel.memberIds.push(id);
  }
  return seed;
}

/** Active ones with quotas and an unpaid invoice each, as the sample tenants have. */
async function addTenants(databaseUrl: string, slugs: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `WITH added AS (
         INSERT INTO rms.tenants (id, slug, name, status, active_users, owner_email)
         SELECT gen_random_uuid(), slug, 'Tenant ' || slug, 'active', 12, 'owner@' || slug || '.example'
         FROM unnest($1::text[]) AS slug
         RETURNING id, slug
       ), quotas AS (
         INSERT INTO rms.quotas (tenant_id, name, current_limit, original_limit, is_counter_paused)
         SELECT id, quota, 1000, 1000, false FROM added, unnest(ARRAY['documents', 'api_calls']) AS quota
       )
       INSERT INTO rms.invoices (id, tenant_id, amount_cents, currency, due_at)
       SELECT 'INV-' || slug, id, 129900, 'EUR', now() + interval '6 days' FROM added`,
      [slugs],
    );
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}
