import pg from 'pg';
import type { EmbeddedPostgres } from '../../src/postgres/embedded.ts';
import { bounded, type Figure, median, percentile, reading } from '../figures.ts';
import { startBot } from './bot.ts';
import { clickOneByOne } from './clicks.ts';
import { crowd } from './crowd.ts';
import { nothingLost } from './nothing-lost.ts';
import { openOffice, peopleOfEachKind } from './office.ts';
import { plainTransactions } from './peer.ts';
import { people } from './people.ts';
import { quiet } from './quiet.ts';

/** The first runs compile the bot's code and fill its caches. */
const warmUpClicks = 25;
const transactionsPerRun = 5;

/**
 * Guarded runs end to end: from the deciding click to the target, one at a time; then many people at once, with
 * nothing lost, beside plain transactions of the same database.
 *
 * @param options.runs of each round. Default 1,000.
 * @param options.clicks measured one by one. Default 120.
 */
export async function benchGuarded(options: {
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  readonly rounds: number;
  readonly runs?: number;
  readonly clicks?: number;
}): Promise<Figure[]> {
  const { postgres, rounds, runs = 1_000, clicks = 120 } = options;
  const total = warmUpClicks + clicks + rounds * runs;
  const tenants = Array.from({ length: total }, (_, index) => `bench-${String(index).padStart(5, '0')}`);
  const next = (count: number) => tenants.splice(0, count);
  const office = await openOffice({ postgres, dataDir: options.dataDir, tenants });
  const plain = await postgres.createDatabase('guarded_peer');
  const bot = await startBot(office);
  const pool = new pg.Pool({ connectionString: office.appUrl, max: 1 });
  const colleagues = people(office.workspace);
  try {
    await clickOneByOne(office, colleagues, pool, next(warmUpClicks));
    const latencies = await clickOneByOne(office, colleagues, pool, next(clicks));
    const rates: number[] = [];
    const drained: number[] = [];
    const plainRates: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const begun = performance.now();
      rates.push(runs / (await crowd(colleagues, next(runs))));
      await quiet(pool);
      drained.push(runs / ((performance.now() - begun) / 1000));
      plainRates.push(await plainTransactions(plain.url, runs * transactionsPerRun));
    }
    const first = latencies.map(({ firstRequestMilliseconds }) => firstRequestMilliseconds);
    const effect = latencies.map(({ effectMilliseconds }) => effectMilliseconds);
    const within = (name: string, value: number, most: number) =>
      bounded(name, value, 'ms', `≤ ${most}`, value <= most);
    return [
      within('p50, deciding click to the first request at rms', percentile(first, 0.5), 60),
      within('p99, deciding click to the first request at rms', percentile(first, 0.99), 300),
      reading('p50, deciding click to the change itself', percentile(effect, 0.5), 'ms'),
      reading('p99, deciding click to the change itself', percentile(effect, 0.99), 'ms'),
      reading(`guarded runs, ${peopleOfEachKind} + ${peopleOfEachKind} people`, median(rates), '/s'),
      reading('the same until every message shows it', median(drained), '/s'),
      reading('plain transactions, 20 clients', median(plainRates), '/s'),
      reading('plain transactions in the time of one run', median(plainRates) / median(rates), ''),
      ...(await nothingLost(office, pool, total)),
    ];
  } finally {
    colleagues.leave();
    await pool.end();
    await bot.stop();
    await office.close();
  }
}
