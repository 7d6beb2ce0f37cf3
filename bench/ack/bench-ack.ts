import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { parse } from 'yaml';
import { startSlackWorkspace } from '../../sandbox/slack/server.ts';
import { seedPilot } from '../../sandbox/targets/pilot/seed.ts';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { bounded, type Figure, median, percentile, reading } from '../figures.ts';
import { flood, steady, type Target } from './load.ts';

const projectRoot = resolve(import.meta.dirname, '../..');
const signingSecret = 'bench0signing0secret0bench0signing';
/** A real command whose run reads the sample target, writes two ledger entries and posts a card. */
const command = 'verify-audit acme';
const floodCount = 600;
const floodConnections = 20;
const steadySeconds = 6;
const steadyPerSecond = 100;

interface Server extends Target {
  readonly child: ChildProcess;
  readonly startMilliseconds: number;
}

/** (a) acknowledging `/ops` over HTTP beside Bolt apps, and (c) start and idle memory. */
export async function benchAck(options: {
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  readonly rounds: number;
}): Promise<Figure[]> {
  const { postgres, dataDir, rounds } = options;
  const pilot = await postgres.createDatabase('pilot');
  await seedPilot({ databaseUrl: pilot.url, umbrellaRecords: 1_000 });
  const peerDatabase = await postgres.createDatabase('peer');
  const manifest: unknown = parse(await readFile(join(projectRoot, 'manifest.yml'), 'utf8'));
  const slack = await startSlackWorkspace({ manifest, rateLimits: { isOn: false } });
  const ours = () =>
    begin('countersign.ts', [dataDir], {
      SLACK_BOT_TOKEN: slack.app.botToken,
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_API_URL: slack.apiUrl,
      DATABASE_URL: postgres.appUrl,
      DATABASE_OWNER_URL: postgres.ownerUrl,
      PILOT_DATABASE_URL: pilot.url,
      COUNTERSIGN_CONFIG: join(projectRoot, 'bench/ack/settings.yaml'),
      PORT: '0',
      LOG_LEVEL: 'error',
    });
  const observer = new pg.Pool({ connectionString: postgres.appUrl, max: 1 });
  try {
    // The first start migrates; the figure is for an existing database.
    await end(await ours());
    const countersign = await ours();
    await sleep(1_000);
    const idleBytes = await memoryOf(countersign);
    const insert = await begin('peer.ts', ['insert', peerDatabase.url, signingSecret]);
    const bare = await begin('peer.ts', ['ack-only', peerDatabase.url, signingSecret]);

    const throughput = {
      ours: [] as number[],
      insert: [] as number[],
      bare: [] as number[],
      drain: [] as number[],
    };
    const latency = { ours: [] as number[], insert: [] as number[], bare: [] as number[] };
    for (let round = -1; round < rounds; round += 1) {
      const isWarmUp = round < 0;
      const ack = await flood(countersign, command, floodCount, floodConnections);
      const drainSeconds = await drained(observer);
      const peer = await flood(insert, command, floodCount, floodConnections);
      const floor = await flood(bare, command, floodCount, floodConnections);
      if (isWarmUp) continue;
      throughput.ours.push(ack);
      throughput.insert.push(peer);
      throughput.bare.push(floor);
      throughput.drain.push(floodCount / drainSeconds);
      latency.ours.push(...(await steady(countersign, command, steadyPerSecond, steadySeconds)));
      await drained(observer);
      latency.insert.push(...(await steady(insert, command, steadyPerSecond, steadySeconds)));
      latency.bare.push(...(await steady(bare, command, steadyPerSecond, steadySeconds)));
    }
    const unfinished = await unfinishedRuns(observer);
    for (const server of [countersign, insert, bare]) await end(server);

    const at = (fraction: number) => ({
      ours: percentile(latency.ours, fraction),
      insert: percentile(latency.insert, fraction),
      bare: percentile(latency.bare, fraction),
    });
    const [p50, p99] = [at(0.5), at(0.99)];
    const ratio = median(throughput.ours) / median(throughput.insert);
    return [
      reading('Bolt, ack only, 20 connections', median(throughput.bare), '/s'),
      reading('Bolt, INSERT then ack, 20 connections', median(throughput.insert), '/s'),
      reading('Countersign, every run executed, 20 connections', median(throughput.ours), '/s'),
      bounded('Countersign / Bolt with INSERT', ratio, '×', '≥ 0.6', ratio >= 0.6),
      reading('runs drained after the flood', median(throughput.drain), '/s'),
      bounded('runs left unfinished', unfinished, '', '0', unfinished === 0),
      reading('p50 at 100/s, Bolt ack only', p50.bare, 'ms'),
      reading('p50 at 100/s, Bolt with INSERT', p50.insert, 'ms'),
      reading('p50 at 100/s, Countersign', p50.ours, 'ms'),
      bounded('p50 ratio', p50.ours / p50.insert, '×', '≤ 1.5', p50.ours / p50.insert <= 1.5),
      reading('p99 at 100/s, Bolt ack only', p99.bare, 'ms'),
      reading('p99 at 100/s, Bolt with INSERT', p99.insert, 'ms'),
      reading('p99 at 100/s, Countersign', p99.ours, 'ms'),
      bounded('p99 ratio', p99.ours / p99.insert, '×', '≤ 1.5', p99.ours / p99.insert <= 1.5),
      bounded(
        'start to ready, existing database',
        countersign.startMilliseconds,
        'ms',
        '< 3000',
        countersign.startMilliseconds < 3_000,
      ),
      reading('idle memory', idleBytes / 1e6, 'MB'),
    ];
  } finally {
    await observer.end();
    await slack.close();
  }
}

async function begin(
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Server> {
  const child = fork(join(import.meta.dirname, script), args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const begun = performance.now();
  const { port } = await answerOf<{ port: number }>(child);
  return {
    child,
    origin: `http://127.0.0.1:${port}`,
    signingSecret,
    startMilliseconds: performance.now() - begun,
  };
}

async function memoryOf({ child }: Server): Promise<number> {
  child.send('memory');
  return (await answerOf<{ rssBytes: number }>(child)).rssBytes;
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((done, fail) => {
    child.once('message', (answer) => done(answer as Answer));
    child.once('exit', (code) => fail(new Error(`the process ended with ${code}`)));
  });
}

async function end({ child }: Server): Promise<void> {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
}

/** Waits until every run is settled and every card is posted. @returns seconds waited. */
async function drained(pool: pg.Pool): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const { rows } = await pool.query<{ pending: number }>(
      `SELECT (SELECT count(*) FROM countersign.inbox WHERE handled_at IS NULL AND voided_at IS NULL)
        + (SELECT count(*) FROM countersign.runs WHERE (state = 'executing' OR state = 'planned' AND plan IS NULL))
        + (SELECT count(*) FROM countersign.messages WHERE sent < wanted AND given_up_at IS NULL) AS pending`,
    );
    if (Number(rows[0]!.pending) === 0) return (performance.now() - begun) / 1000;
    await sleep(50);
  }
}

async function unfinishedRuns(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ runs: number }>(
    `SELECT count(*)::integer AS runs FROM countersign.runs WHERE state <> 'succeeded'`,
  );
  return rows[0]!.runs;
}
