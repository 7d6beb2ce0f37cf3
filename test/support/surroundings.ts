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
  await writeFile(join(folder, 'settings.yaml'), settings(targets));
  const { app } = workspace;
  return {
    mode,
    workspace,
    database,
    pilot,
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
      COUNTERSIGN_CONFIG: 'settings.yaml',
      PORT: '0',
      LOG_LEVEL: 'info',
    },
  };
}

/** Accounts that must never act are in the role on purpose: only what they are keeps them out. */
function settings(targets: readonly string[]): string {
  return `
channels: { ops: C0OPS, incidents: C0INC, alerts: C0ALERTS, ledger: "#ledger" }
roles:
  responder: { users: [U0ADA, U0ADAALT, U0GUEST, U0GONE, U0FOREIGN, U0ROBOT], usergroups: [S0ONCALL] }
  approver: { users: [U0GRACE] }
  admin: { users: [U0LINUS] }
identities:
  - [U0ADA, U0ADAALT]
policy:
  - { risk: read, run: [responder, approver, admin] }
  - { risk: change, run: [responder] }
  - { risk: dangerous, run: [responder], approve: [approver, admin], approvals: 1, expiresMinutes: 15 }
targets:
${targets.map(target).join('\n')}
`;
}

function target(name: string): string {
  return `  ${name}:
    environment: production
    databaseUrl: env:PILOT_DATABASE_URL
    audit: { recipe: pilot-v1 }`;
}

function same(url: string): string {
  return url;
}
