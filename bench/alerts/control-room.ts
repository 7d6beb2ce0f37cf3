import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { type SlackWorkspace, startSlackWorkspace } from '../../sandbox/slack/server.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { botDatabase } from '../bot-database.ts';

const projectRoot = resolve(import.meta.dirname, '../..');
const program = join(import.meta.dirname, 'countersign.ts');

/** A bot with one Alertmanager as its source, everything of its own. */
export interface ControlRoom {
  readonly workspace: SlackWorkspace;
  /** The bot's database, as its login sees it. */
  readonly appUrl: string;
  /** Where alerts go, and what proves them. */
  readonly hookUrl: string;
  readonly token: string;
  /** By the bot's process, since it began: the most memory it held, and processor time. */
  used(): Promise<{ readonly peakBytes: number; readonly cpuSeconds: number }>;
  close(): Promise<void>;
}

export async function openControlRoom(options: {
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  /** Of its database and its folder. */
  readonly name: string;
  /** Slack's limits, as documented. */
  readonly isLimited: boolean;
  /** Further lines of YAML under `alerts:` and under the source's `limits:`. */
  readonly alerts?: string;
  readonly limits?: string;
}): Promise<ControlRoom> {
  const { postgres, name, alerts = '', limits = '{}' } = options;
  const folder = join(options.dataDir, name);
  await mkdir(folder, { recursive: true });
  const { appUrl, ownerUrl } = await botDatabase(postgres, name);
  const workspace = await startWorkspace(options.isLimited);
  const token = randomBytes(24).toString('hex');
  await writeFile(join(folder, 'settings.yaml'), settings(limits, alerts));
  const child = fork(program, [folder], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      SLACK_BOT_TOKEN: workspace.app.botToken,
      SLACK_SIGNING_SECRET: workspace.app.signingSecret,
      SLACK_API_URL: workspace.apiUrl,
      DATABASE_URL: appUrl,
      DATABASE_OWNER_URL: ownerUrl,
      ALERTS_TOKEN: token,
      COUNTERSIGN_CONFIG: join(folder, 'settings.yaml'),
      PORT: '0',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { port } = await answerOf<{ port: number }>(child);
  const origin = `http://127.0.0.1:${port}`;
  workspace.deliverByHttp(`${origin}/slack/events`);
  return {
    workspace,
    appUrl,
    token,
    hookUrl: `${origin}/hooks/prometheus`,
    used: () => {
      child.send('used');
      return answerOf(child);
    },
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      await workspace.close();
    },
  };
}

/** The local Slack with the app's own manifest. */
export async function startWorkspace(isLimited: boolean): Promise<SlackWorkspace> {
  const manifest: unknown = parse(await readFile(join(projectRoot, 'manifest.yml'), 'utf8'));
  return startSlackWorkspace({ manifest, rateLimits: { isOn: isLimited } });
}

function settings(limits: string, alerts: string): string {
  return `
channels: { ops: C0OPS, incidents: C0INC, alerts: C0ALERTS, ledger: "#ledger" }
roles:
  responder: { users: [U0ADA] }
policy:
  - { risk: read, run: [responder] }
alerts:
  sources:
    prometheus: { kind: alertmanager, secrets: env:ALERTS_TOKEN, limits: ${limits} }
  ${alerts}
`;
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((done, fail) => {
    const ended = (code: number | null) => fail(new Error(`The bot ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (answer) => {
      child.off('exit', ended);
      done(answer as Answer);
    });
  });
}
