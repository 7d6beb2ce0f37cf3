import { describe, expect, test } from 'vitest';
import { appendAudit } from '../../sandbox/targets/pilot/append-audit.ts';
import { sampleAudit } from '../../sandbox/targets/pilot/sample-audit.ts';
import { alteredRecord, missingRecord, sampleTenants } from '../../sandbox/targets/pilot/seed.ts';
import { auditConfigSchema } from '../../src/targets/audit-config.ts';
import { createAuditChain } from '../../src/targets/audit-verify.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { pilotDatabase, verify } from './pilot-database.ts';

const pilot = await pilotDatabase({ umbrellaRecords: 30_000 });
const target = pilot.target();
const tenants = new Map(sampleTenants(30_000).map((tenant) => [tenant.slug, tenant]));

/** The ids of a tenant's records in the order they were appended. */
function appendedIds(slug: string, damage?: 'fork' | 'skew'): string[] {
  return [...sampleAudit(tenants.get(slug)!, damage)].map((entry) => entry.id);
}

function changedUrl(change: { password?: string; pathname?: string }): string {
  const url = new URL(pilot.readerUrl);
  url.password = change.password ?? url.password;
  url.pathname = change.pathname ?? url.pathname;
  return url.href;
}

async function newTenant(slug: string): Promise<string> {
  const { rows } = await pilot.owner.query<{ id: string }>(
    `INSERT INTO "Tenant" VALUES (gen_random_uuid(), $1, $1, now()) RETURNING "id"`,
    [slug],
  );
  return rows[0]!.id;
}

async function append(tenantId: string, changes: Partial<Parameters<typeof appendAudit>[1]> = {}) {
  return appendAudit(pilot.owner as never, { tenantId, action: 'case.created', ...changes });
}

describe('verifying the sample tenants', () => {
  test('finds acme and umbrella intact', async () => {
    expect(await verify(target, 'acme')).toMatchObject({
      verdict: 'intact',
      records: 200,
      checked: 200,
      problemCount: 0,
    });
    expect(await verify(target, 'umbrella')).toMatchObject({
      verdict: 'intact',
      records: 30_000,
      checked: 30_000,
    });
  });

  test('names the altered record of initech with its neighbours', async () => {
    const ids = appendedIds('initech');
    const verdict = await verify(target, 'initech');
    expect(verdict).toMatchObject({ verdict: 'broken', problemCount: 1 });
    expect(verdict.problems).toMatchObject([
      {
        kind: 'altered',
        record: { id: ids[alteredRecord] },
        before: { id: ids[alteredRecord - 1] },
        after: { id: ids[alteredRecord + 1] },
      },
    ]);
  });

  test('names the gap of globex', async () => {
    const ids = appendedIds('globex');
    expect((await verify(target, 'globex')).problems).toMatchObject([
      { kind: 'missing', record: { id: ids[missingRecord + 1] }, before: { id: ids[missingRecord - 1] } },
    ]);
  });

  test('names the fork of hooli as a race of two appends', async () => {
    const { verdict, problems } = await verify(target, 'hooli');
    const ids = appendedIds('hooli', 'fork');
    expect(verdict).toBe('broken');
    expect(problems).toMatchObject([{ kind: 'fork', record: { id: ids[46] }, before: { id: ids[44] } }]);
    expect(problems[0]?.explanation).toContain(`record ${ids[45]}`);
    expect(problems[0]?.explanation).toContain('two appends ran at once');
  });

  test('calls stark skewed, not broken', async () => {
    const verdict = await verify(target, 'stark');
    expect(verdict.verdict).toBe('skewed');
    expect(new Set(verdict.problems.map((problem) => problem.kind))).toEqual(new Set(['out_of_order']));
    expect(verdict.head).toBeDefined();
  });

  test('calls wayne empty, never intact', async () => {
    expect(await verify(target, 'wayne')).toMatchObject({ verdict: 'empty', records: 0, head: undefined });
  });
});

describe('what a database can hold', () => {
  test('is read as the application hashed it', async () => {
    const tenantId = await newTenant('odd-values');
    const payloads = [
      undefined,
      {},
      [],
      null,
      'text',
      { n: 1e21, small: 1e-7, big: Number.MAX_SAFE_INTEGER + 2, half: 0.5, zero: -0 },
      { 'b-longer': 1, a: 2, ä: 3, '😀': 4, '\uffee': 5, '10': 6, '9': 7 },
      { nested: { z: [{ y: 1, x: [] }], a: {} }, 'quote"\\': 'tab\tnewline\n\u0001\u007f\u2028' },
      { long: 'x'.repeat(300_000) },
    ];
    for (const metadata of payloads) await append(tenantId, { metadata });
    await append(tenantId, { createdAt: new Date('+010001-01-01T00:00:00.007Z') });
    expect(await verify(target, 'odd-values')).toMatchObject({
      verdict: 'intact',
      records: payloads.length + 1,
    });
  });

  test('gets a verdict when no application can have written it', async () => {
    const tenantId = await newTenant('odd-rows');
    const first = await append(tenantId, { metadata: { n: 9007199254740992 } });
    await append(tenantId);
    await pilot.owner.query(`UPDATE "AuditLog" SET "metadata" = '{"n": 9007199254740993}' WHERE "id" = $1`, [
      first.id,
    ]);
    const { problems } = await verify(target, 'odd-rows');
    expect(problems).toMatchObject([{ kind: 'altered', record: { id: first.id } }]);
    expect(problems[0]?.explanation).toContain('no JavaScript program writes');

    await pilot.owner.query(`UPDATE "AuditLog" SET "createdAt" = 'infinity' WHERE "id" = $1`, [first.id]);
    expect((await verify(target, 'odd-rows')).problems).toMatchObject([
      { kind: 'unreadable', record: { at: undefined } },
    ]);
    await pilot.owner.query(`UPDATE "AuditLog" SET "createdAt" = '0044-03-15 BC' WHERE "id" = $1`, [
      first.id,
    ]);
    expect((await verify(target, 'odd-rows')).problems).toMatchObject([{ kind: 'altered' }]);
  });

  test('may be a text column with broken, deep or lone-surrogate JSON, under other names', async () => {
    await pilot.owner.query(`
      CREATE SCHEMA "odd ""schema"; GRANT USAGE ON SCHEMA "odd ""schema" TO PUBLIC;
      CREATE TABLE "odd ""schema"."log; DROP TABLE x" (key bigserial, tenant text, parent varchar(64), sum char(64), at timestamp(3), who text, what text, details text);
      CREATE TABLE "odd ""schema"."Tenant" (id text, slug text, name text);
      INSERT INTO "odd ""schema"."Tenant" VALUES ('t-1', 'odd', NULL);
      GRANT SELECT ON ALL TABLES IN SCHEMA "odd ""schema" TO PUBLIC`);
    const odd = pilot.target({
      audit: {
        recipe: { parts: ['action', 'prevHash', 'metadata'], separator: '|', algorithm: 'sha256' },
        schema: 'odd "schema',
        table: 'log; DROP TABLE x',
        columns: {
          id: 'key',
          tenantId: 'tenant',
          prevHash: 'parent',
          hash: 'sum',
          createdAt: 'at',
          actorId: 'who',
          action: 'what',
          metadata: 'details',
        },
        order: ['key'],
      },
    });
    const insert = `INSERT INTO "odd ""schema"."log; DROP TABLE x" (tenant, parent, sum, at, what, details)
      VALUES ('t-1', $1::text, encode(sha256(convert_to('did|' || coalesce($1::text, '') || '|' || $2::text, 'UTF8')), 'hex'), now(), 'did', $3::text)
      RETURNING sum`;
    const stored = [
      ['{"a":"\\ud800"}', '{ "a" : "\\uD800" }'],
      ['['.repeat(100_000) + ']'.repeat(100_000), '['.repeat(100_000) + ']'.repeat(100_000)],
      ['null', null],
    ];
    let parent: string | null = null;
    for (const [hashed, details] of stored) {
      const inserted: { rows: { sum: string }[] } = await pilot.owner.query(insert, [
        parent,
        hashed,
        details,
      ]);
      parent = inserted.rows[0]!.sum;
    }
    expect(await verify(odd, 'odd')).toMatchObject({ verdict: 'intact', records: 3 });
    await pilot.owner.query(insert, [parent, '{', '{']);
    expect((await verify(odd, 'odd')).problems).toMatchObject([{ kind: 'unreadable', record: { id: '4' } }]);
  });

  test('is not buffered when one payload is enormous', async () => {
    const tenantId = await newTenant('enormous');
    await append(tenantId);
    const big = await append(tenantId, { metadata: { text: 'x'.repeat(17 * 1024 * 1024) } });
    const last = await append(tenantId);
    const { problems, records } = await verify(target, 'enormous');
    expect(records).toBe(3);
    expect(problems).toMatchObject([{ kind: 'unreadable', record: { id: big.id }, after: { id: last.id } }]);
  });
});

describe('reading', () => {
  test('finds links however far apart times tear them, on a second connection of the same snapshot', async () => {
    const umbrella = tenants.get('umbrella')!;
    const tenantId = await newTenant('shuffled');
    // The same links, every time replaced by one that says nothing about the order, and hashed again by nobody.
    await pilot.owner.query(
      `INSERT INTO "AuditLog" SELECT gen_random_uuid(), $2, "actorId", "action", "metadata", "prevHash", "hash",
              "createdAt" + (hashtext("hash") || ' ms')::interval
       FROM "AuditLog" WHERE "tenantId" = $1`,
      [umbrella.id, tenantId],
    );
    const verdict = await verify(target, 'shuffled');
    // Times are hashed, so each of them is altered; none is missing, inserted or forked.
    expect(verdict).toMatchObject({ verdict: 'broken', records: 30_000, problemCount: 30_000 });
    expect(new Set(verdict.problems.map((problem) => problem.kind))).toEqual(new Set(['altered']));
    expect(verdict.problems).toHaveLength(100);
  });

  test('tells progress and about how many records there are', async () => {
    let time = Date.parse('2026-11-20T12:00:00Z');
    const told: number[][] = [];
    const chain = createAuditChain({
      target: 'pilot',
      databaseUrl: pilot.readerUrl,
      config: auditConfigSchema.parse({ recipe: 'pilot-v1' }),
      checkpoints: { load: async () => undefined, save: async () => {} },
      now: () => {
        time += 100;
        return new Date(time);
      },
    });
    const tenant = (await target.tenants.find('umbrella'))!;
    await chain.verify(tenant, {
      signal: new AbortController().signal,
      onProgress: (read, total) => told.push([read, total]),
    });
    await chain.close();
    expect(told.length).toBeGreaterThan(2);
    expect(told.map(([read]) => read)).toEqual(
      told.map(([read]) => read!).toSorted((left, right) => left - right),
    );
    // The planner's estimate: other tests' rows may raise it, and it is never behind what was read.
    for (const [read, total] of told) {
      expect(total).toBeGreaterThanOrEqual(Math.max(read!, 20_000));
      expect(total).toBeLessThan(120_000);
    }
  });

  test('stops at once when aborted, and leaves nothing running on the server', async () => {
    const tenant = (await target.tenants.find('umbrella'))!;
    const controller = new AbortController();
    const verifying = target.audit.verify(tenant, {
      full: true,
      signal: controller.signal,
      onProgress: () => undefined,
    });
    controller.abort(new Error('cancelled by ada'));
    await expect(verifying).rejects.toThrow('cancelled by ada');
    await until(async () => {
      const { rows } = await pilot.owner.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'countersign verify-audit' AND state <> 'idle'`,
      );
      return rows.length === 0;
    });
  });

  test('cancels a statement the server is still working on', async () => {
    const locker = await pilot.owner.connect();
    try {
      await locker.query('BEGIN; LOCK TABLE "AuditLog" IN ACCESS EXCLUSIVE MODE');
      const tenant = (await target.tenants.find('acme'))!;
      const controller = new AbortController();
      const verifying = target.audit
        .verify(tenant, { signal: controller.signal })
        .catch((error: unknown) => error);
      const isWaiting = async () => {
        const { rows } = await pilot.owner.query(
          `SELECT 1 FROM pg_stat_activity WHERE application_name = 'countersign verify-audit' AND wait_event_type = 'Lock'`,
        );
        return rows.length === 1;
      };
      await until(isWaiting);
      controller.abort(new Error('no longer wanted'));
      expect(await verifying).toMatchObject({ message: 'no longer wanted' });
      await until(async () => !(await isWaiting()));
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
  });

  test('says that the database cannot be reached: refused, cut half-way, wrong login, no such database', async () => {
    const proxy = await TcpProxy.to(pilot.readerUrl);
    const through = pilot.target({ url: proxy.through(pilot.readerUrl) });
    const tenant = (await through.tenants.find('umbrella'))!;
    const { signal } = new AbortController();
    const unreachable = {
      code: 'target_unreachable',
      message: expect.stringContaining("cannot reach pilot's database"),
    };

    const verifying = through.audit.verify(tenant, { signal, full: true }).catch((error: unknown) => error);
    await until(async () => proxy.connectionCount >= 2);
    proxy.cut();
    expect(await verifying).toMatchObject(unreachable);

    await proxy.stop();
    await expect(through.audit.verify(tenant, { signal })).rejects.toMatchObject(unreachable);
    await expect(through.tenants.find('acme')).rejects.toMatchObject(unreachable);

    for (const change of [{ password: 'wrong' }, { pathname: '/nowhere' }]) {
      const wrong = pilot.target({ url: changedUrl(change) });
      await expect(wrong.audit.verify(tenant, { signal })).rejects.toMatchObject(unreachable);
    }
  });

  test('says which right or name is wrong when the table cannot be read', async () => {
    const renamed = pilot.target({ audit: { table: 'NoSuchTable' } });
    const tenant = (await renamed.tenants.find('acme'))!;
    const { signal } = new AbortController();
    await expect(renamed.audit.verify(tenant, { signal })).rejects.toMatchObject({
      code: 'target_unreadable',
    });
    const checks = await renamed.check();
    expect(checks.find((check) => check.name === 'audit records')).toMatchObject({ status: 'failed' });
    expect((await target.check()).map(({ name, status }) => `${name} ${status}`)).toEqual([
      'database ok',
      'audit records ok',
      'tenants ok',
      'login ok',
    ]);
  });
});

describe('finding a tenant', () => {
  test('takes a slug or an id, exactly', async () => {
    const acme = await target.tenants.find('acme');
    expect(acme).toEqual({ id: tenants.get('acme')!.id, slug: 'acme', name: 'Acme GmbH' });
    expect(await target.tenants.find(acme!.id.toUpperCase())).toEqual(acme);
    for (const typed of ['Acme', 'acm', '', "acme' OR true --", 'a\0', '%']) {
      expect(await target.tenants.find(typed), typed).toBeUndefined();
    }
  });

  test('offers what contains the text, then what is a typo away', async () => {
    const slugs = async (text: string, limit = 3) =>
      (await target.tenants.search(text, limit)).map(({ slug }) => slug);
    expect(await slugs('amce')).toEqual(['acme']);
    expect(await slugs('UMBR')).toEqual(['umbrella']);
    expect(await slugs('industries')).toEqual(['stark']);
    expect(await slugs('gloobex')).toEqual(['globex']);
    expect(await slugs('%')).toEqual([]);
    expect(await slugs('', 2)).toHaveLength(2);
  });
});
