import pg from 'pg';
import type { AuditChain, TargetKinds } from '../command.ts';
import type { AuditCheckpointStore } from '../core/audit-chain/checkpoint.ts';
import { checkAuditTarget, type TargetCheck } from './audit-check.ts';
import type { AuditConfig } from './audit-config.ts';
import { auditSql } from './audit-sql.ts';
import { createAuditChain } from './audit-verify.ts';
import { createTenantDirectory } from './tenant-directory.ts';

/** Tenant look-ups answer option searches, which Slack waits 3 s for. */
const directoryTimeoutMilliseconds = 5_000;
const directoryConnections = 3;

export interface AuditTargetOptions {
  readonly name: string;
  /** e.g. `production`. */
  readonly environment: string;
  /** A login that may SELECT on the audit and tenant tables needs nothing more. */
  readonly databaseUrl: string;
  readonly audit: AuditConfig;
  readonly checkpoints: AuditCheckpointStore;
  readonly now: () => Date;
}

export type AuditTarget = TargetKinds['audit'] & {
  /** The same target for one request: its readings carry that request's id into the target's own log. */
  forRequest(correlationId: string): TargetKinds['audit'];
  /** What `countersign doctor` prints. Never throws. */
  check(): Promise<TargetCheck[]>;
  /** Lets verifications under way come to their end, then closes the connections. */
  retire(): Promise<void>;
  /** Aborts verifications under way, then closes the connections. */
  close(): Promise<void>;
};

/**
 * An operated system whose PostgreSQL database holds tenants and a hash-chained audit table.
 *
 * @example
 * const pilot = createAuditTarget({
 *   name: 'pilot', environment: 'production', databaseUrl, audit: auditConfigSchema.parse({ recipe: 'pilot-v1' }),
 *   checkpoints, now: () => new Date(),
 * });
 * const verdict = await pilot.audit.verify(await pilot.tenants.find('acme'), { signal });
 */
export function createAuditTarget(options: AuditTargetOptions): AuditTarget {
  const { name, environment, databaseUrl, audit: config, checkpoints, now } = options;
  const sql = auditSql(config);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: directoryConnections,
    connectionTimeoutMillis: directoryTimeoutMilliseconds,
    query_timeout: directoryTimeoutMilliseconds,
    application_name: 'countersign targets',
    // Not holding the process open: the composition root decides when it ends.
    allowExitOnIdle: true,
  });
  // An idle connection that breaks is replaced at the next look-up; unheard it would end the process.
  pool.on('error', () => undefined);

  const chain = createAuditChain({ target: name, databaseUrl, config, checkpoints, now });
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();

  const tenants = createTenantDirectory(name, pool, sql);
  const auditFor = (correlation: { correlationId?: string }): AuditChain => ({
    async verify(tenant, verifyOptions) {
      const signal = AbortSignal.any([verifyOptions.signal, closing.signal]);
      const verifying = chain.verify(tenant, { ...verifyOptions, ...correlation, signal });
      running.add(verifying);
      try {
        return await verifying;
      } finally {
        running.delete(verifying);
      }
    },
  });

  return {
    name,
    environment,
    tenants,
    audit: auditFor({}),
    forRequest: (correlationId) => ({ name, environment, tenants, audit: auditFor({ correlationId }) }),
    check: () => checkAuditTarget({ target: name, pool, sql, now }),
    async retire() {
      await Promise.allSettled(running);
      await Promise.all([chain.close(), pool.end()]);
    },
    async close() {
      closing.abort(new Error(`target "${name}" is closed`));
      await Promise.allSettled(running);
      await Promise.all([chain.close(), pool.end()]);
    },
  };
}
