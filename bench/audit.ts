import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { appendAudit } from '../sandbox/targets/pilot/append-audit.ts';
import { type SampleTenant, sampleAudit } from '../sandbox/targets/pilot/sample-audit.ts';
import { copyAudit } from '../sandbox/targets/pilot/seed.ts';
import type { AuditVerdict } from '../src/command.ts';
import type { AuditCheckpoint, AuditCheckpointStore } from '../src/core/audit-chain/checkpoint.ts';
import { auditConfigSchema } from '../src/targets/audit-config.ts';
import { createAuditTarget } from '../src/targets/audit-target.ts';
import { bounded, type Figure, median, printFigures, reading } from './figures.ts';

interface VerifyRun {
  readonly milliseconds: number;
  readonly idleMegabytes: number;
  readonly peakMegabytes: number;
  readonly verdict: AuditVerdict['verdict'];
  readonly checked: number;
}

const large: SampleTenant = {
  id: '00000000-0000-4000-8000-000000500000',
  slug: 'bench-large',
  name: 'Bench, large',
  records: 500_000,
};
const small: SampleTenant = {
  id: '00000000-0000-4000-8000-000000100000',
  slug: 'bench-small',
  name: 'Bench, small',
  records: 100_000,
};
const tenants = [large, small];
const memoryRounds = 3;

/**
 * `verify-audit --full` beside draining the same ordered query with COPY on one connection, in the same
 * rounds and the same process, so that both are equally warm; peak memory at two sizes, each verify in a
 * process of its own, so that its peak is its own; and a verify after 1,000 appends.
 *
 * @param options.databaseUrl an empty database the login may create tables in.
 * @param options.rounds medians are taken over these. Default 5.
 */
export async function benchAudit(options: { databaseUrl: string; rounds?: number }): Promise<Figure[]> {
  const { databaseUrl, rounds = 5 } = options;
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await prepare(client);
    const drains: number[] = [];
    const full: VerifyRun[] = [];
    for (let round = 0; round < rounds; round += 1) {
      drains.push(await drain(client, large));
      full.push(await verifyOnce(databaseUrl, large.slug, 0));
    }
    const memoryLarge: VerifyRun[] = [];
    const memorySmall: VerifyRun[] = [];
    for (let round = 0; round < memoryRounds; round += 1) {
      memoryLarge.push(await verifyInChild(databaseUrl, large, 0));
      memorySmall.push(await verifyInChild(databaseUrl, small, 0));
    }
    const appended = await verifyInChild(databaseUrl, large, 1_000);

    const copyRate = (large.records / median(drains)) * 1000;
    const verifyRate = (large.records / median(full.map((run) => run.milliseconds))) * 1000;
    const above = (runs: readonly VerifyRun[]) =>
      median(runs.map((run) => run.peakMegabytes - run.idleMegabytes));
    const ratio = verifyRate / copyRate;
    const difference = Math.abs(above(memoryLarge) - above(memorySmall));
    return [
      reading('COPY … TO STDOUT, drained, 500,000 records', copyRate, 'rows/s'),
      reading('verify-audit --full, 500,000 records', verifyRate, 'rows/s'),
      bounded('verify-audit --full / COPY', ratio, 'ratio', '≥ 0.5', ratio >= 0.5),
      bounded(
        'peak memory above idle, 500,000 records',
        above(memoryLarge),
        'MB',
        '≤ 200',
        above(memoryLarge) <= 200,
      ),
      bounded(
        'peak memory above idle, 100,000 records',
        above(memorySmall),
        'MB',
        '≤ 200',
        above(memorySmall) <= 200,
      ),
      // What a garbage collector leaves to chance; a window that grew with the chain would show as 5 to 1.
      bounded('difference of the two peaks', difference, 'MB', '≤ 30', difference <= 30),
      bounded(
        'verify-audit after 1,000 appends',
        appended.milliseconds,
        'ms',
        '< 2,000',
        appended.milliseconds < 2_000,
      ),
    ];
  } finally {
    await client.end();
  }
}

async function prepare(client: pg.Client): Promise<void> {
  await client.query(await readFile(new URL('../sandbox/targets/pilot/schema.sql', import.meta.url), 'utf8'));
  for (const tenant of tenants) {
    const { rows } = await client.query('SELECT 1 FROM "Tenant" WHERE "id" = $1', [tenant.id]);
    if (rows.length > 0) continue;
    await client.query(
      'INSERT INTO "Tenant" ("id", "slug", "name", "createdAt") VALUES ($1, $2, $3, now())',
      [tenant.id, tenant.slug, tenant.name],
    );
    await copyAudit(client, sampleAudit(tenant));
  }
  await client.query('VACUUM ANALYZE "AuditLog"');
}

/** Milliseconds to receive and drop every row: nothing that verifies can be faster on one connection. */
async function drain(client: pg.Client, tenant: SampleTenant): Promise<number> {
  const startedAt = performance.now();
  const stream = client.query(
    copyTo(
      `COPY (SELECT "id", "prevHash", "hash", "createdAt", "actorId", "action", "metadata" FROM "AuditLog"
             WHERE "tenantId" = '${tenant.id}' ORDER BY "createdAt", "id") TO STDOUT`,
    ),
  );
  let bytes = 0;
  for await (const chunk of stream) bytes += (chunk as Buffer).length;
  if (bytes === 0) throw new Error('COPY drained nothing: there is no peer to compare with');
  return performance.now() - startedAt;
}

async function verifyInChild(databaseUrl: string, tenant: SampleTenant, appends: number): Promise<VerifyRun> {
  const script = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, 'verify', tenant.slug, String(appends)],
    {
      env: { ...process.env, AUDIT_BENCH_URL: databaseUrl },
    },
  );
  const run = JSON.parse(stdout) as VerifyRun;
  const expected = appends === 0 ? tenant.records : appends + 1;
  if (run.verdict !== 'intact' || run.checked < expected) {
    throw new Error(`The verify measured was not a whole one: ${stdout}`);
  }
  return run;
}

/** In the child: one verify; with `appends`, a first one for the checkpoint, the appends, and then the one measured. */
async function verifyOnce(databaseUrl: string, slug: string, appends: number): Promise<VerifyRun> {
  const target = createAuditTarget({
    name: 'bench',
    environment: 'bench',
    databaseUrl,
    audit: auditConfigSchema.parse({ recipe: 'pilot-v1' }),
    checkpoints: keptInMemory(),
    now: () => new Date(),
  });
  const tenant = await target.tenants.find(slug);
  if (!tenant) throw new Error(`There is no tenant "${slug}" in the bench database`);
  const { signal } = new AbortController();
  if (appends > 0) {
    await target.audit.verify(tenant, { signal });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    // Removed by name afterwards, so that the next bench finds the same chain.
    for (let index = 0; index < appends; index += 1) {
      await appendAudit(client, { tenantId: tenant.id, action: 'bench.appended', metadata: { index } });
    }
    await client.end();
  }
  const idle = process.memoryUsage.rss();
  const startedAt = performance.now();
  const verdict = await target.audit.verify(tenant, { signal, full: appends === 0 });
  const milliseconds = performance.now() - startedAt;
  await target.close();
  if (appends > 0) await removeAppended(databaseUrl);
  const megabyte = 1024 * 1024;
  return {
    milliseconds,
    idleMegabytes: idle / megabyte,
    // The kernel's own high-water mark, in kilobytes: no sampling can miss it.
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    verdict: verdict.verdict,
    checked: verdict.checked,
  };
}

async function removeAppended(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`DELETE FROM "AuditLog" WHERE "action" = 'bench.appended'`);
  await client.end();
}

function keptInMemory(): AuditCheckpointStore {
  let kept: AuditCheckpoint | undefined;
  return {
    load: async () => kept,
    save: async (_target, _tenantId, checkpoint) => {
      kept = checkpoint;
    },
  };
}

if (import.meta.main) {
  const databaseUrl = process.env.AUDIT_BENCH_URL;
  if (!databaseUrl) {
    console.error('Set AUDIT_BENCH_URL to an empty PostgreSQL database, then: node bench/audit.ts');
    process.exitCode = 1;
  } else if (process.argv[2] === 'verify') {
    console.log(
      JSON.stringify(await verifyOnce(databaseUrl, process.argv[3] ?? '', Number(process.argv[4] ?? '0'))),
    );
  } else {
    const figures = await benchAudit({ databaseUrl });
    printFigures('verify-audit', figures);
    if (figures.some((figure) => figure.isWithinBound === false)) process.exitCode = 1;
  }
}
