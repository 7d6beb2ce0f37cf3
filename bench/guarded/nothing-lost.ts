import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { bounded, type Figure } from '../figures.ts';
import type { Office } from './office.ts';

const cli = resolve(import.meta.dirname, '../../src/cli.ts');

/** Every decision of a run that went well, in the words of the ledger; each exactly once. */
const decisions = ['run.requested', 'approval.requested', 'approval.granted', 'run.started', 'run.succeeded'];

/** Holds what the target says happened against what the bot says it did, and the ledger against itself. */
export async function nothingLost(office: Office, pool: pg.Pool, runs: number): Promise<Figure[]> {
  const effects = await office.rms.effects();
  const perTenant = Map.groupBy(effects, ({ entityId }) => entityId);
  const { rows } = await pool.query<{ succeeded: number; on_record: number }>(
    `SELECT
       (SELECT count(*)::integer FROM countersign.runs WHERE state = 'succeeded') AS succeeded,
       (SELECT count(*)::integer FROM countersign.runs AS run
        WHERE ARRAY(SELECT entry.kind FROM countersign.ledger_entries AS entry
                    WHERE entry.workspace_id = run.workspace_id AND entry.run_id = run.id ORDER BY entry.seq) = $1
       ) AS on_record`,
    [decisions],
  );
  const { succeeded, on_record: onRecord } = rows[0]!;
  const exitCode = await verifyLedger(office);
  const all = (name: string, value: number) => bounded(name, value, '', `${runs}`, value === runs);
  return [
    all('effects in the log of rms', effects.length),
    all('tenants they are on', perTenant.size),
    all('runs succeeded', succeeded),
    all('runs with each decision on record once', onRecord),
    bounded('exit code of ledger verify', exitCode, '', '0', exitCode === 0),
  ];
}

/** `countersign ledger verify`, as a person would run it. @returns its exit code: 0 is sound. */
async function verifyLedger({ folder, variables }: Office): Promise<number> {
  const env = { PATH: process.env.PATH, ...variables };
  try {
    await promisify(execFile)(process.execPath, [cli, 'ledger', 'verify'], { cwd: folder, env });
    return 0;
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string };
    console.error(stdout ?? error);
    return typeof code === 'number' ? code : Number.NaN;
  }
}
