import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { appendAudit } from '../../../../sandbox/targets/pilot/append-audit.ts';
import { auditHash, canonicalJson } from '../../../../sandbox/targets/pilot/audit-hash.ts';
import { alteredRecord, sampleTenants, seedPilot } from '../../../../sandbox/targets/pilot/seed.ts';
import { testDatabase } from '../../../support/database.ts';

const database = await testDatabase({ isEmpty: true });
const databaseUrl = database.superuserUrl;
await seedPilot({ databaseUrl, umbrellaRecords: 500 });
const pool = new pg.Pool({ connectionString: databaseUrl });
afterAll(() => pool.end());

async function contents(): Promise<string> {
  const { rows } = await pool.query(
    `SELECT md5(string_agg(t::text, '' ORDER BY t::text)) AS sum FROM (
       SELECT to_jsonb("Tenant") FROM "Tenant" UNION ALL SELECT to_jsonb("AuditLog") FROM "AuditLog"
       UNION ALL SELECT to_jsonb("CaseEvent") FROM "CaseEvent" UNION ALL SELECT to_jsonb("Communication") FROM "Communication"
     ) AS everything (t)`,
  );
  return rows[0].sum;
}

test('the seven tenants have the records their stories tell', async () => {
  const { rows } = await pool.query<{ slug: string; records: number }>(
    `SELECT "slug", count("AuditLog"."id")::int AS records FROM "Tenant"
     LEFT JOIN "AuditLog" ON "tenantId" = "Tenant"."id" GROUP BY 1`,
  );
  expect(Object.fromEntries(rows.map(({ slug, records }) => [slug, records]))).toEqual({
    acme: 200,
    umbrella: 500,
    initech: 120,
    globex: 149,
    hooli: 90,
    stark: 110,
    wayne: 0,
  });
  expect(sampleTenants().find(({ slug }) => slug === 'umbrella')?.records).toBe(200_000);
});

test('exactly one stored record does not hash to what is stored: the altered one of initech', async () => {
  const { rows } = await pool.query('SELECT * FROM "AuditLog" ORDER BY "createdAt", "id"');
  const unsound = rows.filter((row) => auditHash(row) !== row.hash);
  const initech = sampleTenants().find(({ slug }) => slug === 'initech');
  expect(unsound.map((row) => row.tenantId)).toEqual([initech?.id]);
  const ofInitech = rows.filter((row) => row.tenantId === initech?.id);
  expect(ofInitech.indexOf(unsound[0])).toBe(alteredRecord);
});

test('a second start keeps the data, also what was added, and two at once seed once', async () => {
  const tenant = sampleTenants()[0]!;
  await appendAudit(pool as never, { tenantId: tenant.id, action: 'case.created', metadata: { n: 1 } });
  const before = await contents();
  await Promise.all([seedPilot({ databaseUrl, umbrellaRecords: 500 }), seedPilot({ databaseUrl })]);
  expect(await contents()).toBe(before);
});

test('the application canonicalises as its recipe says', () => {
  expect(canonicalJson({ b: [1, undefined, { d: null, c: 'é' }], a: undefined })).toBe(
    '{"a":null,"b":[1,null,{"c":"é","d":null}]}',
  );
});
