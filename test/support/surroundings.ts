import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { parse } from 'yaml';
import { defaultSeed } from '../../sandbox/slack/default-seed.ts';
import type { Seed } from '../../sandbox/slack/seed.ts';
import {
  type SlackWorkspace,
  type SlackWorkspaceOptions,
  startSlackWorkspace,
} from '../../sandbox/slack/server.ts';
import { seedPilot } from '../../sandbox/targets/pilot/seed.ts';
import { type Rms, startRms } from '../../sandbox/targets/rms/server.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { keepSlackRecord } from './slack-record.ts';

export type Mode = 'http' | 'socket';

export interface SurroundingsOptions {
  readonly mode: Mode;
  /** Records of the tenant `umbrella`. Default 1,500: enough for several reading windows. */
  readonly umbrellaRecords?: number;
  /** Changes the workspace before it starts. */
  readonly seed?: (seed: Seed) => void;
  readonly workspace?: Partial<SlackWorkspaceOptions>;
  /** Also the sample system `rms` (production), started in this process. Default: not. */
  readonly hasRms?: boolean;
  /** Lines of YAML under `policy:`, in place of the usual rules. */
  readonly policy?: string;
  /** Further lines of YAML at the top level of the settings. */
  readonly settings?: string;
  /** What those refer to, beside what the bot itself needs. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Puts something between the bot and rms. */
  readonly rmsUrl?: (url: string) => string | Promise<string>;
  /** Names of the targets, each on the same pilot database. Default `pilot` alone. */
  readonly targets?: readonly string[];
  /** Puts something between the bot and its database, or the target's. */
  readonly databaseUrl?: (url: string) => string | Promise<string>;
  readonly pilotUrl?: (url: string) => string | Promise<string>;
  readonly redisUrl?: string;
}

/** Everything round the bot, real and of this file's own: its database, a seeded target, Slack, its settings. */
export interface Surroundings {
  readonly mode: Mode;
  readonly workspace: SlackWorkspace;
  readonly database: TestDatabase;
  readonly pilot: TestDatabase;
  /** With `hasRms`: its faults, its effect log. */
  readonly rms: Rms | undefined;
  /** Holds `settings.yaml` and the signing key. */
  readonly folder: string;
  /** What `readEnvironment` reads; any port. */
  readonly variables: Readonly<Record<string, string>>;
}

const projectRoot = resolve(import.meta.dirname, '../..');

/** Call it while the file or its `describe` is collected: it goes with the last test there. */
export async function startSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const { mode, targets = ['pilot'] } = options;
  const database = await testDatabase();
  const pilot = await testDatabase({ isEmpty: true });
  await seedPilot({ databaseUrl: pilot.superuserUrl, umbrellaRecords: options.umbrellaRecords ?? 1_500 });

  const rms = options.hasRms === true ? await startTestRms() : undefined;
  const seed = defaultSeed();
  options.seed?.(seed);
  const manifest: unknown = parse(await readFile(join(projectRoot, 'manifest.yml'), 'utf8'));
  const workspace = await startSlackWorkspace({
    manifest,
    seed,
    rateLimits: { isOn: false },
    ...options.workspace,
  });
  afterAll(async () => {
    await keepSlackRecord(workspace);
    await workspace.close();
  });

  const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'settings.yaml'), settings(targets, options));
  const { app } = workspace;
  return {
    mode,
    workspace,
    database,
    pilot,
    rms,
    folder,
    variables: {
      SLACK_BOT_TOKEN: app.botToken,
      SLACK_API_URL: workspace.apiUrl,
      ...(mode === 'socket'
        ? { SLACK_APP_TOKEN: app.appToken }
        : { SLACK_SIGNING_SECRET: app.signingSecret }),
      DATABASE_URL: await (options.databaseUrl ?? same)(database.appUrl),
      ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
      PILOT_DATABASE_URL: await (options.pilotUrl ?? same)(pilot.superuserUrl),
      ...(rms === undefined
        ? {}
        : {
            RMS_URL: await (options.rmsUrl ?? same)(rms.url),
            RMS_WORKER_URL: rms.workerUrl,
            RMS_TOKEN: rms.token,
          }),
      ...options.variables,
      COUNTERSIGN_CONFIG: 'settings.yaml',
      PORT: '0',
      LOG_LEVEL: 'info',
    },
  };
}

async function startTestRms(): Promise<Rms> {
  const database = await testDatabase({ isEmpty: true });
  const rms = await startRms({
    databaseUrl: database.superuserUrl,
    token: randomBytes(24).toString('hex'),
  });
  afterAll(() => rms.close());
  return rms;
}

const usualPolicy = `
  - { risk: read, run: [responder, approver, admin] }
  - { risk: change, run: [responder] }
  - { risk: dangerous, run: [responder], approve: [approver, admin], approvals: 1, expiresMinutes: 15 }`;

/** Accounts that must never act are in the role on purpose: only what they are keeps them out. */
function settings(
  targets: readonly string[],
  { policy = usualPolicy, settings: further = '', hasRms = false }: SurroundingsOptions,
): string {
  return `
channels: { ops: C0OPS, incidents: C0INC, alerts: C0ALERTS, ledger: "#ledger" }
roles:
  responder: { users: [U0ADA, U0ADAALT, U0GUEST, U0GONE, U0FOREIGN, U0ROBOT], usergroups: [S0ONCALL] }
  approver: { users: [U0GRACE] }
  admin: { users: [U0LINUS] }
identities:
  - [U0ADA, U0ADAALT]
policy:${policy}
${further}
targets:
${targets.map(target).join('\n')}
${hasRms ? rmsTarget : ''}
`;
}

function target(name: string): string {
  return `  ${name}:
    environment: production
    databaseUrl: env:PILOT_DATABASE_URL
    audit: { recipe: pilot-v1 }`;
}

const rmsTarget = `  rms:
    environment: production
    http:
      baseUrl: env:RMS_URL
      auth: { bearer: env:RMS_TOKEN }
      honoursIdempotencyKey: [suspend, activate, test-email]
    tenants: {}
    tenancy: {}
    notifications: {}
    communications: {}
    releases: {}
    health:
      services:
        api: { liveness: /health, readiness: /ready }
        worker: { baseUrl: env:RMS_WORKER_URL, liveness: /health, readiness: /ready }
    operations:
      test-email:
        risk: change
        method: POST
        path: /api/test-email
        body: { to: "{{to}}" }
        parameters: { to: {} }
      maintenance:
        risk: dangerous
        method: PATCH
        path: /api/tenants/{{tenant}}/maintenance
        body: { enabled: "{{enabled}}" }
        parameters: { tenant: {}, enabled: { type: boolean } }`;

function same(url: string): string {
  return url;
}
