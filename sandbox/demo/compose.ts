import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Pacing } from '../../src/core/pacing.ts';
import { type RunningCountersign, startCountersign } from '../../src/main.ts';
import { dropEmbeddedPostgres, startEmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { findSigningKey, migrateFor, prepare } from '../../src/start.ts';
import { bundlePage } from '../page/bundle.ts';
import type { ScriptAlerts } from '../say/stage.ts';
import { type SlackWorkspace, startSlackWorkspace } from '../slack/server.ts';
import type { GitHub } from '../targets/github/server.ts';
import type { PagerDuty } from '../targets/pagerduty/server.ts';
import { seedPilot } from '../targets/pilot/seed.ts';
import type { Rms } from '../targets/rms/server.ts';
import { startMonitoring } from './monitoring.ts';
import { startSampleGitHub } from './sample-github.ts';
import { startSampleRms } from './sample-rms.ts';
import { scriptAlerts } from './script-alerts.ts';

const connectDeadlineMilliseconds = 10_000;
const projectRoot = resolve(import.meta.dirname, '../..');

export interface DemoOptions {
  /** Where the database, the workspace's messages and the keys live. */
  readonly dataDir: string;
  /** Drops what an earlier start left. Default false. */
  readonly isReset?: boolean;
  /** The page's port. Default 0: a free one. */
  readonly port?: number;
  /** How the bot is reached. Default Socket Mode, as most first installations are. */
  readonly mode?: 'socket' | 'http';
  /** Whether the page is bundled and served. Default true. */
  readonly hasPage?: boolean;
  /** Records of the tenant `umbrella`. Default 200,000. */
  readonly umbrellaRecords?: number;
  readonly logLevel?: string;
  readonly onStage?: (what: string) => void;
  /** Where the bot's log goes. Default: nowhere. */
  readonly log?: { write(line: string): void };
  readonly pacing?: Pacing;
}

export interface Demo {
  readonly workspace: SlackWorkspace;
  readonly countersign: RunningCountersign;
  readonly databaseUrl: string;
  /** The sample system in production, with its effect log and its faults. */
  readonly rms: Rms;
  /** Where pages go, with the incidents they open. */
  readonly pagerDuty: PagerDuty;
  /** Where workflows run. */
  readonly github: GitHub;
  /** What `alert …` lines of a script send. */
  readonly alerts: ScriptAlerts;
  stop(): Promise<void>;
}

/** Everything on this machine: PostgreSQL, the sample systems, monitoring, the local Slack workspace, and the bot against it. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { dataDir, mode = 'socket', onStage = () => undefined } = options;
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    onStage('Starting PostgreSQL');
    const place = { dataDir: join(dataDir, 'postgres'), log: onStage };
    if (options.isReset === true) await dropEmbeddedPostgres(place);
    const postgres = await startEmbeddedPostgres(place);
    undo.push(postgres.stop);
    const pilot = await postgres.createDatabase('pilot');
    onStage('Seeding the sample target "pilot"');
    await seedPilot({
      databaseUrl: pilot.url,
      ...(options.umbrellaRecords === undefined ? {} : { umbrellaRecords: options.umbrellaRecords }),
    });

    onStage('Starting the sample target "rms" in three environments');
    const rms = await startSampleRms((name) => postgres.createDatabase(name), undo);

    onStage('Starting a local GitHub with workflows');
    const { github, variables: githubVariables } = await startSampleGitHub(undo);

    onStage('Starting monitoring and a local PagerDuty');
    const monitoring = await startMonitoring(undo);

    onStage('Starting the local Slack workspace');
    const manifest: unknown = parse(await readFile(join(projectRoot, 'manifest.yml'), 'utf8'));
    const stateFile = join(dataDir, 'workspace.json');
    if (options.isReset === true) await rm(stateFile, { force: true });
    const workspace = await startSlackWorkspace({
      manifest,
      port: options.port ?? 0,
      stateFile,
      monitoring: monitoring.page,
      ...(options.hasPage === false ? {} : { page: await bundlePage() }),
    });
    undo.push(() => workspace.close());

    onStage('Starting Countersign');
    const { app } = workspace;
    const prepared = await prepare({
      folder: import.meta.dirname,
      needs: ['slack', 'database'],
      variables: {
        SLACK_BOT_TOKEN: app.botToken,
        SLACK_API_URL: workspace.apiUrl,
        ...(mode === 'socket'
          ? { SLACK_APP_TOKEN: app.appToken }
          : { SLACK_SIGNING_SECRET: app.signingSecret }),
        DATABASE_URL: postgres.appUrl,
        DATABASE_OWNER_URL: postgres.ownerUrl,
        PILOT_DATABASE_URL: pilot.url,
        ...rms.variables,
        ...monitoring.variables,
        ...githubVariables,
        COUNTERSIGN_CONFIG: 'settings.yaml',
        PORT: '0',
        LOG_LEVEL: options.logLevel ?? 'info',
      },
      destination: options.log ?? { write: () => undefined },
    });
    await migrateFor(prepared.environment, prepared.log);
    const countersign = await startCountersign({
      ...prepared,
      signingKey: await findSigningKey(undefined, dataDir),
      ...(options.pacing === undefined ? {} : { pacing: options.pacing }),
    });
    undo.push(() => countersign.stop());
    if (mode === 'http') workspace.deliverByHttp(`http://127.0.0.1:${countersign.port}/slack/events`);
    else await connected(workspace);
    await monitoring.begin(`http://127.0.0.1:${countersign.port}`);
    return {
      workspace,
      countersign,
      databaseUrl: postgres.appUrl,
      rms: rms.production,
      pagerDuty: monitoring.pagerDuty,
      github,
      alerts: scriptAlerts(monitoring.alerts, workspace),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Socket Mode connects in the background, so that the bot starts while Slack is down. */
async function connected(workspace: SlackWorkspace): Promise<void> {
  const deadline = performance.now() + connectDeadlineMilliseconds;
  while (workspace.socketMode.connectionCount === 0) {
    if (performance.now() > deadline)
      throw new Error('The bot did not connect to the local Slack workspace.');
    await setTimeout(20);
  }
}
