import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/postgres/embedded.ts';
import { benchAck } from './ack/bench-ack.ts';
import { benchAudit } from './audit.ts';
import { printFigures } from './figures.ts';

/** `npm run bench [-- ack|audit] [--rounds N]`: each figure beside its peer, medians of several rounds. */
const args = process.argv.slice(2);
const roundsAt = args.indexOf('--rounds');
const rounds = roundsAt < 0 ? 3 : Number(args[roundsAt + 1]);
const isWanted = (name: string) =>
  !args.includes('ack') && !args.includes('audit') ? true : args.includes(name);

const dataDir = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
// Durable, as in production: a commit that need not reach the disk would flatter everyone.
const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
try {
  if (isWanted('ack')) {
    printFigures('Acknowledging /ops', await benchAck({ postgres, dataDir, rounds }));
  }
  if (isWanted('audit')) {
    const { url } = await postgres.createDatabase('audit_bench');
    printFigures('verify-audit', await benchAudit({ databaseUrl: url, rounds }));
  }
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
