import pg from 'pg';
import { afterAll } from 'vitest';
import { seedPilot } from '../../sandbox/targets/pilot/seed.ts';
import type { AuditVerdict } from '../../src/command.ts';
import type { AuditCheckpoint, AuditCheckpointStore } from '../../src/core/audit-chain/checkpoint.ts';
import { auditConfigSchema } from '../../src/targets/audit-config.ts';
import { type AuditTarget, createAuditTarget } from '../../src/targets/audit-target.ts';
import { testDatabase } from '../support/database.ts';

export interface PilotDatabase {
  /** May write, for making damage. */
  readonly ownerUrl: string;
  /** The login Countersign gets: SELECT and nothing else. */
  readonly readerUrl: string;
  readonly owner: pg.Pool;
  /** The target as Countersign makes it, closed after the file's last test. */
  target(options?: { url?: string; checkpoints?: AuditCheckpointStore; audit?: object }): AuditTarget;
}

/** The sample application's database in this file's own database, with a login that may only SELECT. */
export async function pilotDatabase(options: { umbrellaRecords: number }): Promise<PilotDatabase> {
  const database = await testDatabase({ isEmpty: true });
  await seedPilot({ databaseUrl: database.superuserUrl, ...options });
  const owner = new pg.Pool({ connectionString: database.superuserUrl, application_name: 'the test itself' });
  owner.on('error', () => {});
  const targets: AuditTarget[] = [];
  afterAll(async () => {
    for (const target of targets) await target.close();
    await owner.end();
  });
  const login = new URL(database.appUrl);
  const role = pg.escapeIdentifier(decodeURIComponent(login.username));
  await owner.query(`GRANT SELECT ON "Tenant", "AuditLog" TO ${role}`);
  return {
    ownerUrl: database.superuserUrl,
    readerUrl: database.appUrl,
    owner,
    target({ url = database.appUrl, checkpoints = checkpointsInMemory(), audit = {} } = {}) {
      const target = createAuditTarget({
        name: 'pilot',
        environment: 'production',
        databaseUrl: url,
        audit: auditConfigSchema.parse({ recipe: 'pilot-v1', ...audit }),
        checkpoints,
        now: () => new Date(),
      });
      targets.push(target);
      return target;
    },
  };
}

export interface KeptCheckpoints extends AuditCheckpointStore {
  readonly kept: Map<string, AuditCheckpoint>;
}

export function checkpointsInMemory(): KeptCheckpoints {
  const kept = new Map<string, AuditCheckpoint>();
  return {
    kept,
    load: async (target, tenantId) => kept.get(`${target}/${tenantId}`),
    save: async (target, tenantId, checkpoint) => {
      kept.set(`${target}/${tenantId}`, checkpoint);
    },
  };
}

export async function verify(target: AuditTarget, slug: string, full = false): Promise<AuditVerdict> {
  const tenant = await target.tenants.find(slug);
  if (!tenant) throw new Error(`The sample has no tenant "${slug}"`);
  return target.audit.verify(tenant, { full, signal: new AbortController().signal });
}
