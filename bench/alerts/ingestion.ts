import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { bounded, type Figure, median, percentile, reading } from '../figures.ts';
import { alertsPerBatch, freshBatch, notificationBody } from './batches.ts';
import { openControlRoom } from './control-room.ts';
import { openInsertPeer } from './insert-peer.ts';
import { flood, steady } from './post.ts';

/** What is asked of it. */
const wantedPerSecond = 5_000;
const connections = 8;
const steadySeconds = 10;
/** The first ones compile the bot's code. */
const warmUpBatches = 100;

/** (a) Alertmanager batches of a hundred, committed before the 2xx, beside one connection that inserts the same alerts. */
export async function benchIngestion(options: {
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  readonly rounds: number;
  /** In each round. */
  readonly batches: number;
}): Promise<Figure[]> {
  const { postgres, rounds, batches } = options;
  const room = await openControlRoom({
    ...options,
    name: 'alerts_ingestion',
    isLimited: true,
    // One source alone never sends as much; what is measured is the way, not the limit.
    limits: '{ perMinute: 1000000, waiting: 1000000 }',
  });
  const peerDatabase = await postgres.createDatabase('alerts_peer');
  const peer = await openInsertPeer(peerDatabase.url);
  const pool = new pg.Pool({ connectionString: room.appUrl, max: 1 });
  let made = 0;
  let refusals = 0;
  const fresh = (count: number) => Array.from({ length: count }, () => freshBatch(made++));
  const bodiesOf = (all: ReturnType<typeof fresh>) => all.map(notificationBody);
  try {
    await peer.insert(fresh(warmUpBatches));
    await flood(room, bodiesOf(fresh(warmUpBatches)), connections);
    await drained(pool);
    const rates = { ours: [] as number[], folded: [] as number[], peer: [] as number[] };
    const drains: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const all = fresh(batches);
      const bodies = bodiesOf(all);
      const { seconds, refusals: some } = await flood(room, bodies, connections);
      refusals += some;
      const drainSeconds = await drained(pool);
      rates.ours.push((batches * alertsPerBatch) / seconds);
      rates.folded.push((batches * alertsPerBatch) / (seconds + drainSeconds));
      drains.push(drainSeconds);
      rates.peer.push(await peer.insert(all));
    }
    const steadily = async (alertsPerSecond: number) => {
      const perSecond = alertsPerSecond / alertsPerBatch;
      const latencies: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const bodies = bodiesOf(fresh(Math.ceil(perSecond * steadySeconds)));
        const { milliseconds, refusals: some } = await steady(room, bodies, perSecond);
        latencies.push(...milliseconds);
        refusals += some;
        await drained(pool);
      }
      return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
    };
    const wanted = await steadily(wantedPerSecond / 2);
    const rate = median(rates.ours);
    const most = await steadily(rate / 2);
    const sent = made - warmUpBatches;
    const lost = sent * alertsPerBatch - (await alertsKnown(pool));
    const ratio = rate / median(rates.peer);
    return [
      reading('one connection, INSERT 100, commit', median(rates.peer), '/s'),
      bounded('alerts committed before the 2xx', rate, '/s', '≥ 5,000', rate >= wantedPerSecond),
      bounded('Countersign / one connection', ratio, '×', '≥ 0.3', ratio >= 0.3),
      reading('alerts folded, from the first POST to the last', median(rates.folded), '/s'),
      reading('backlog when the last was answered, folded in', median(drains), 's'),
      reading(`p50 of a POST at ${wantedPerSecond / 2}/s`, wanted.p50, 'ms'),
      bounded(`p99 of a POST at ${wantedPerSecond / 2}/s`, wanted.p99, 'ms', '< 100', wanted.p99 < 100),
      reading('p50 of a POST at half of what it commits', most.p50, 'ms'),
      reading('p99 of a POST at half of what it commits', most.p99, 'ms'),
      reading('of all POSTs answered 503, and sent again', refusals, ''),
      bounded('alerts lost', lost, '', '0', lost === 0),
      reading('peak memory of the bot', (await room.used()).peakBytes / 1e6, 'MB'),
    ];
  } finally {
    await pool.end();
    await peer.close();
    await room.close();
  }
}

/** Waits until everything stored is folded. @returns seconds waited. */
export async function drained(pool: pg.Pool): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const { rows } = await pool.query<{ waiting: number }>(
      'SELECT count(*)::integer AS waiting FROM countersign.deliveries WHERE processed_at IS NULL',
    );
    if (rows[0]!.waiting === 0) return (performance.now() - begun) / 1000;
    await sleep(20);
  }
}

async function alertsKnown(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ known: number }>(
    'SELECT count(*)::integer AS known FROM countersign.alerts',
  );
  return rows[0]!.known;
}
