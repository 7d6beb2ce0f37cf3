import { expect, test } from 'vitest';
import { appendAudit } from '../../sandbox/targets/pilot/append-audit.ts';
import { auditHash } from '../../sandbox/targets/pilot/audit-hash.ts';
import { checkpointsInMemory, pilotDatabase, verify } from './pilot-database.ts';

const pilot = await pilotDatabase({ umbrellaRecords: 100 });

async function chainOf(slug: string, records: number) {
  const { rows } = await pilot.owner.query<{ id: string }>(
    `INSERT INTO "Tenant" VALUES (gen_random_uuid(), $1, $1, now()) RETURNING "id"`,
    [slug],
  );
  const tenantId = rows[0]!.id;
  const append = (changes: object = {}) =>
    appendAudit(pilot.owner as never, { tenantId, action: 'case.created', ...changes });
  const entries = [];
  for (let index = 0; index < records; index += 1) entries.push(await append({ metadata: { index } }));
  const checkpoints = checkpointsInMemory();
  const target = pilot.target({ checkpoints });
  return {
    entries,
    append,
    kept: () => checkpoints.kept.get(`pilot/${tenantId}`),
    verify: (full = false) => verify(target, slug, full),
    remove: (ids: string[]) => pilot.owner.query('DELETE FROM "AuditLog" WHERE "id" = ANY($1)', [ids]),
  };
}

test('a later run reads only what is new, and says so by its counts', async () => {
  const chain = await chainOf('later', 20);
  expect(await chain.verify()).toMatchObject({ verdict: 'intact', checked: 20, since: undefined });
  expect(await chain.verify()).toMatchObject({
    verdict: 'intact',
    records: 20,
    checked: 1,
    since: { records: 20 },
  });
  await chain.append();
  const last = await chain.append();
  expect(await chain.verify()).toMatchObject({ verdict: 'intact', records: 22, checked: 3, head: last.hash });
  expect(chain.kept()).toMatchObject({ records: 22, head: last.hash });
  expect(await chain.verify(true)).toMatchObject({ verdict: 'intact', checked: 22, since: { records: 22 } });
});

test('records appended within the very instant of the checkpoint are read, wherever their ids sort', async () => {
  const chain = await chainOf('instant', 3);
  const createdAt = new Date(chain.entries[2]!.createdAt.getTime() + 1_000);
  const middle = '7fffffff-0000-4000-8000-000000000000';
  let parent = await chain.append({ id: middle, createdAt });
  await chain.verify();
  parent = await chain.append({ id: middle.replace('7', '1'), createdAt, prevHash: parent.hash });
  await chain.append({ id: middle.replace('7', 'f'), createdAt, prevHash: parent.hash });
  expect(await chain.verify()).toMatchObject({ verdict: 'intact', records: 6, checked: 3 });
  expect(await chain.verify()).toMatchObject({ verdict: 'intact', records: 6, checked: 3 });
});

test('a cut tail is found though what is left is sound', async () => {
  const chain = await chainOf('cut', 10);
  await chain.verify();
  await chain.remove(chain.entries.slice(7).map((entry) => entry.id));
  for (const full of [false, true]) {
    const verdict = await chain.verify(full);
    expect(verdict).toMatchObject({ verdict: 'broken', records: 7, problemCount: 1 });
    expect(verdict.problems).toMatchObject([{ kind: 'cut_tail', record: { id: chain.entries[6]!.id } }]);
  }
  expect(chain.kept()).toMatchObject({ records: 10 });
});

test('a cut tail is found when new records were appended on the stump', async () => {
  const chain = await chainOf('regrown', 10);
  await chain.verify();
  await chain.remove(chain.entries.slice(7).map((entry) => entry.id));
  for (let index = 0; index < 5; index += 1) await chain.append();
  const verdict = await chain.verify();
  expect(verdict.problems).toMatchObject([{ kind: 'cut_tail', record: { id: chain.entries[6]!.id } }]);
});

test('the newest record replaced by another on the same parent is a cut tail, though every count fits', async () => {
  const chain = await chainOf('replaced', 10);
  await chain.verify();
  await chain.remove([chain.entries[9]!.id]);
  await chain.append({ createdAt: new Date(chain.entries[9]!.createdAt.getTime() + 5) });
  const verdict = await chain.verify();
  expect(verdict).toMatchObject({ verdict: 'broken', records: 10, checked: 10 });
  expect(verdict.problems).toMatchObject([{ kind: 'cut_tail', record: { id: chain.entries[8]!.id } }]);
});

test('a tenant whose every record is gone is not empty', async () => {
  const chain = await chainOf('gone', 4);
  await chain.verify();
  await chain.remove(chain.entries.map((entry) => entry.id));
  expect(await chain.verify()).toMatchObject({
    verdict: 'broken',
    records: 0,
    problems: [{ kind: 'cut_tail', record: undefined }],
  });
});

test('a chain rewritten and rehashed throughout is altered', async () => {
  const chain = await chainOf('rewritten', 6);
  await chain.verify();
  let prevHash: string | null = null;
  for (const entry of chain.entries) {
    const rewritten = { ...entry, prevHash, action: 'case.closed' };
    prevHash = auditHash(rewritten);
    await pilot.owner.query(
      'UPDATE "AuditLog" SET "action" = $2, "prevHash" = $3, "hash" = $4 WHERE "id" = $1',
      [entry.id, rewritten.action, rewritten.prevHash, prevHash],
    );
  }
  for (const full of [false, true]) {
    const verdict = await chain.verify(full);
    expect(verdict.problems).toMatchObject([{ kind: 'altered', record: { id: chain.entries[5]!.id } }]);
    expect(verdict.problems[0]?.explanation).toContain('rewritten and rehashed');
  }
});

test('an older record deleted or inserted since changes the kept count, and the whole chain is read', async () => {
  const chain = await chainOf('counted', 12);
  await chain.verify();
  await chain.remove([chain.entries[4]!.id]);
  expect(await chain.verify()).toMatchObject({
    checked: 11,
    problems: [{ kind: 'missing', record: { id: chain.entries[5]!.id } }],
  });

  const other = await chainOf('counted-more', 12);
  await other.verify();
  const at = new Date(other.entries[4]!.createdAt.getTime());
  const twin = await other.append({ createdAt: at, prevHash: other.entries[4]!.hash });
  expect((await other.verify()).problems[0]).toMatchObject({ kind: 'fork' });
  expect((await other.verify()).problems[0]?.explanation).toMatch(
    new RegExp(`${twin.id}|${other.entries[5]!.id}`),
  );
});

test('an older record altered in place is found by a full read only, and the short one says what it read', async () => {
  const chain = await chainOf('in-place', 8);
  await chain.verify();
  await pilot.owner.query(`UPDATE "AuditLog" SET "action" = 'x' WHERE "id" = $1`, [chain.entries[2]!.id]);
  expect(await chain.verify()).toMatchObject({ verdict: 'intact', records: 8, checked: 1 });
  expect((await chain.verify(true)).problems).toMatchObject([
    { kind: 'altered', record: { id: chain.entries[2]!.id } },
  ]);
});

test('the head altered since is found by a short read', async () => {
  const chain = await chainOf('head', 5);
  await chain.verify();
  await pilot.owner.query(`UPDATE "AuditLog" SET "metadata" = '{"index": 5}' WHERE "id" = $1`, [
    chain.entries[4]!.id,
  ]);
  expect((await chain.verify()).problems).toMatchObject([
    { kind: 'altered', record: { id: chain.entries[4]!.id } },
  ]);
});

test('only an intact chain leaves a checkpoint', async () => {
  const target = pilot.target({
    checkpoints: {
      load: async () => undefined,
      save: async (_target, tenantId) => {
        throw new Error(`saved a checkpoint of ${tenantId}`);
      },
    },
  });
  for (const slug of ['initech', 'globex', 'hooli', 'stark', 'wayne']) await verify(target, slug);
  await expect(verify(target, 'acme')).rejects.toThrow('saved a checkpoint');
});
