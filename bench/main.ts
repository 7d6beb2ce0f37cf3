import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../src/postgres/embedded.ts';
import { benchAck } from './ack/bench-ack.ts';
import { benchAlerts } from './alerts/bench-alerts.ts';
import { benchAudit } from './audit.ts';
import { printFigures } from './figures.ts';
import { benchGuarded } from './guarded/bench-guarded.ts';

/**
 * `npm run bench [-- ack|guarded|alerts|audit] [--rounds N]`: each figure beside its peer, medians of several rounds.
 * To try out `guarded` with less: `--runs N` in a round, `--clicks N` measured one by one. `alerts`: `--batches N` in a
 * round, `--no-peers` without the minutes that Alertmanager waits.
 */
const args = process.argv.slice(2);
const numberOf = (option: string, otherwise: number) => {
  const at = args.indexOf(option);
  return at < 0 ? otherwise : Number(args[at + 1]);
};
const rounds = numberOf('--rounds', 3);
const runs = numberOf('--runs', 1_000);
const clicks = numberOf('--clicks', 120);
const batches = numberOf('--batches', 600);
const named = ['ack', 'guarded', 'alerts', 'audit'].filter((name) => args.includes(name));
const isWanted = (name: string) => named.length === 0 || named.includes(name);

const dataDir = await mkdtemp(join(tmpdir(), 'countersign-bench-'));
// Durable, as in production: a commit that need not reach the disk would flatter everyone.
const postgres = await startEmbeddedPostgres({ dataDir, log: () => undefined });
try {
  if (isWanted('ack')) {
    printFigures('Acknowledging /ops', await benchAck({ postgres, dataDir, rounds }));
  }
  if (isWanted('guarded')) {
    printFigures('Guarded runs', await benchGuarded({ postgres, dataDir, rounds, runs, clicks }));
  }
  if (isWanted('alerts')) {
    await benchAlerts({ postgres, dataDir, rounds, batches, hasPeers: !args.includes('--no-peers') });
  }
  if (isWanted('audit')) {
    const { url } = await postgres.createDatabase('audit_bench');
    printFigures('verify-audit', await benchAudit({ databaseUrl: url, rounds }));
  }
} finally {
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}
