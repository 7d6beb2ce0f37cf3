import type pg from 'pg';
import type { AuditSql } from './audit-sql.ts';
import { targetFault } from './target-fault.ts';

/** One line of what `countersign doctor` prints about a target. */
export interface TargetCheck {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do; undefined when nothing is wrong. */
  readonly fix: string | undefined;
}

/** More than this between the two clocks makes "n minutes ago" wrong on the card. */
const largestSkewMilliseconds = 5_000;

/** Looks at everything verify-audit needs of an audited database. Never throws: each failure is a line. */
export async function checkAuditTarget(options: {
  readonly target: string;
  readonly pool: pg.Pool;
  readonly sql: AuditSql;
  readonly now: () => Date;
}): Promise<TargetCheck[]> {
  const { target, pool, sql, now } = options;
  const checks: TargetCheck[] = [];
  const attempt = async (name: string, fix: string, look: () => Promise<TargetCheck>): Promise<boolean> => {
    try {
      checks.push(await look());
      return true;
    } catch (error) {
      checks.push({ name, status: 'failed', detail: targetFault(target, error).message, fix });
      return false;
    }
  };

  const isReachable = await attempt(
    'database',
    `set ${target}'s databaseUrl to a database this host can reach`,
    async () => {
      const askedAt = now().getTime();
      const answer = await pool.query<{ at: Date }>('SELECT clock_timestamp() AS at');
      const skew = (answer.rows[0]?.at.getTime() ?? askedAt) - (askedAt + now().getTime()) / 2;
      const isSkewed = Math.abs(skew) > largestSkewMilliseconds;
      return {
        name: 'database',
        status: isSkewed ? 'warning' : 'ok',
        detail: isSkewed ? `answers; its clock differs by ${Math.round(skew / 1000)} s` : 'answers',
        fix: isSkewed ? 'synchronise the clocks of both hosts (NTP)' : undefined,
      };
    },
  );
  if (!isReachable) return checks;

  const grant = (table: string) =>
    `correct the names under targets.${target}.audit, or GRANT SELECT ON ${table} to its login`;
  const isReadable = await attempt('audit records', grant(sql.chainTable), async () => {
    await pool.query(sql.probeChain);
    return { name: 'audit records', status: 'ok', detail: `${sql.chainTable} is readable`, fix: undefined };
  });
  await attempt('tenants', grant('the tenant table'), async () => {
    await pool.query(sql.probeTenants);
    return { name: 'tenants', status: 'ok', detail: 'readable', fix: undefined };
  });
  if (!isReadable) return checks;
  await attempt('login', 'use a login that may only SELECT', async () => {
    const answer = await pool.query<{ may_write: boolean }>(
      `SELECT has_table_privilege($1, 'INSERT') OR has_table_privilege($1, 'UPDATE') OR has_table_privilege($1, 'DELETE') AS may_write`,
      [sql.chainTable],
    );
    const mayWrite = answer.rows[0]?.may_write === true;
    return {
      name: 'login',
      status: mayWrite ? 'warning' : 'ok',
      detail: mayWrite ? `may change ${sql.chainTable}, which verifying never does` : 'may only read',
      fix: mayWrite ? 'give it a login that may only SELECT' : undefined,
    };
  });
  return checks;
}
