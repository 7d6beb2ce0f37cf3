import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { request } from 'undici';
import type { SlackWorkspace } from '../../sandbox/slack/server.ts';

/** Debian's package `prometheus-alertmanager` calls it so. */
const program = 'prometheus-alertmanager';

export interface Alertmanager {
  /** As Prometheus posts them. */
  post(alerts: readonly object[]): Promise<void>;
  stop(): Promise<void>;
}

/** Its first line, or undefined where it is not installed. */
export async function alertmanagerVersion(): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, ['--version']);
    return (stdout || stderr).split('\n')[0];
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * A real Alertmanager whose Slack notifier posts to the local Slack with the app's own token: `chat.postMessage` takes what
 * it sends to an incoming webhook.
 *
 * @param grouping lines under `route:` beside `group_by`.
 */
export async function startAlertmanager(options: {
  readonly workspace: SlackWorkspace;
  readonly channel: string;
  readonly folder: string;
  readonly grouping: string;
}): Promise<Alertmanager> {
  const { workspace, folder } = options;
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'alertmanager.yml');
  await writeFile(
    config,
    `
route:
  receiver: slack
  group_by: [alertname, service]
${options.grouping}
receivers:
  - name: slack
    slack_configs:
      - api_url: ${workspace.apiUrl}chat.postMessage
        channel: ${options.channel}
        # Not its default: without it nobody is told that anything is over.
        send_resolved: true
        http_config: { authorization: { credentials: ${workspace.app.botToken} } }
`,
  );
  const port = await freePort();
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // Alone: with no address it looks for no peers.
      '--cluster.listen-address=',
      '--log.level=error',
    ],
    // What was refused and will be tried again would fill the screen; it is counted at the Slack it was refused by.
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  const origin = `http://127.0.0.1:${port}`;
  await served(origin, ended);
  return {
    post: async (alerts) => {
      const answer = await request(`${origin}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`Alertmanager answered ${answer.statusCode}: ${text}`);
    },
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function served(origin: string, ended: Promise<unknown[]>): Promise<void> {
  const gone = ended.then(([code]) => {
    throw new Error(`Alertmanager ended with ${String(code)} before it served`);
  });
  gone.catch(() => undefined);
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const isReady = request(`${origin}/-/ready`).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode === 200;
      },
      () => false,
    );
    if (await Promise.race([isReady, gone])) return;
    await sleep(50);
  }
  throw new Error(`Alertmanager did not serve on ${origin} within 20 s`);
}

/** It takes no port 0 that it would then tell us. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
