import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { freePort } from './servers/free-port.ts';
import { type StartedProgram, startProgram } from './servers/start-program.ts';
import { testServer } from './test-server.ts';
import { until } from './until.ts';

/** An alert as Prometheus posts it (`/api/v2/alerts`). It fires until `endsAt`, or `resolve_timeout` from now. */
export interface PostedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: Date;
  readonly endsAt?: Date;
  readonly generatorURL?: string;
}

export interface Alertmanager {
  /** `0.25.0` */
  readonly version: string;
  post(...alerts: readonly PostedAlert[]): Promise<void>;
  /** Hides, on its side, what has all of these labels. @returns the silence's id */
  silence(labels: Readonly<Record<string, string>>): Promise<string>;
  endSilence(id: string): Promise<void>;
  /** What it knows: each alert's labels, and whether it is `active` or `suppressed`. */
  alerts(): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly state: string }[]>;
  /** A counter or gauge of its own, summed over all labels that match. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** SIGTERM: it writes its silences and what it notified of to disk. */
  stop(): Promise<void>;
  /** SIGKILL: of what it notified it has forgotten everything since the last snapshot. */
  kill(): Promise<void>;
  /** With the data and the address it had. It keeps no alerts: Prometheus posts them again. */
  start(): Promise<void>;
}

/**
 * A real Alertmanager of this file's own, stopped after its last test. Call it while the file or its `describe` is
 * collected.
 *
 * @param config YAML. Files named in it are looked for beside it.
 * @param files written beside it, such as a token for `credentials_file`.
 */
export async function testAlertmanager(
  config: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Alertmanager> {
  const { path } = await testServer('alertmanager');
  const folder = await mkdtemp(join(tmpdir(), 'countersign-alertmanager-'));
  for (const [name, text] of Object.entries({ ...files, 'alertmanager.yml': config })) {
    await writeFile(join(folder, name), text);
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let running: StartedProgram | undefined;

  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) {
      throw new Error(
        `Alertmanager answered ${response.status} to ${method} ${path}: ${await response.text()}`,
      );
    }
    return response;
  };
  const start = async () => {
    const program = startProgram(path, [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.external-url=https://alertmanager.example.com',
      // One alone: it would look for peers and wait for them.
      '--cluster.listen-address=',
    ]);
    running = program;
    await until(
      async () => {
        if (program.hasEnded()) throw new Error(`Alertmanager ended at once:\n${program.output()}`);
        return await fetch(`${url}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
      },
      { deadlineMilliseconds: 10_000, waitingFor: 'Alertmanager to be ready' },
    );
  };
  afterAll(async () => {
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await start();
  const status = (await (await call('GET', '/api/v2/status')).json()) as { versionInfo: { version: string } };
  return {
    version: status.versionInfo.version,
    start,
    stop: async () => running?.stop(),
    kill: async () => running?.kill(),
    post: async (...alerts) => {
      await call('POST', '/api/v2/alerts', alerts);
    },
    silence: async (labels) => {
      const response = await call('POST', '/api/v2/silences', {
        matchers: Object.entries(labels).map(([name, value]) => ({
          name,
          value,
          isRegex: false,
          isEqual: true,
        })),
        startsAt: new Date(),
        endsAt: new Date(Date.now() + 3_600_000),
        createdBy: 'a test',
        comment: 'maintenance',
      });
      return ((await response.json()) as { silenceID: string }).silenceID;
    },
    endSilence: async (id) => {
      await call('DELETE', `/api/v2/silence/${id}`);
    },
    alerts: async () => {
      const known = (await (await call('GET', '/api/v2/alerts')).json()) as {
        labels: Record<string, string>;
        status: { state: string };
      }[];
      return known.map(({ labels, status: { state } }) => ({ labels, state }));
    },
    metric: async (name, labels = {}) => {
      const text = await (await call('GET', '/metrics')).text();
      const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      return text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => wanted.every((pair) => line.includes(pair)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
  };
}
