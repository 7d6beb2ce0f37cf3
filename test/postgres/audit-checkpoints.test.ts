import { expect, test } from 'vitest';
import type { AuditCheckpoint } from '../../src/core/audit-chain/checkpoint.ts';
import { createAuditCheckpoints } from '../../src/postgres/audit-checkpoints.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase();
const store = createAuditCheckpoints({ database: database.pool, workspaceId: 'T1' });

const checkpoint: AuditCheckpoint = {
  records: 10,
  head: 'ab'.repeat(32),
  headId: 'r9',
  boundaryAt: '2026-01-05T08:00:00.123456Z',
  olderRecords: 8,
  anchor: 'cd'.repeat(32),
  verifiedAt: new Date('2026-11-20T12:00:00.000Z'),
};

test('a checkpoint comes back as it was saved, to the microsecond', async () => {
  await store.save('pilot', 'acme', checkpoint);
  expect(await store.load('pilot', 'acme')).toEqual(checkpoint);
  await store.save('pilot', 'first', { ...checkpoint, olderRecords: 0, anchor: undefined });
  expect((await store.load('pilot', 'first'))?.anchor).toBeUndefined();
});

test('each workspace, target and tenant has its own', async () => {
  await store.save('pilot', 'own', checkpoint);
  expect(await store.load('other', 'own')).toBeUndefined();
  expect(await store.load('pilot', 'others')).toBeUndefined();
  const elsewhere = createAuditCheckpoints({ database: database.pool, workspaceId: 'T2' });
  expect(await elsewhere.load('pilot', 'own')).toBeUndefined();
});

test('a checkpoint moves forwards and never back', async () => {
  await store.save('pilot', 'moving', checkpoint);
  const later = { ...checkpoint, records: 12, head: 'ef'.repeat(32) };
  await store.save('pilot', 'moving', later);
  await store.save('pilot', 'moving', { ...checkpoint, records: 11 });
  expect(await store.load('pilot', 'moving')).toEqual(later);
  await store.save('pilot', 'moving', { ...later, verifiedAt: new Date('2026-11-20T11:00:00Z') });
  expect(await store.load('pilot', 'moving')).toEqual(later);
  const again = { ...later, verifiedAt: new Date('2026-11-21T12:00:00Z') };
  await store.save('pilot', 'moving', again);
  expect(await store.load('pilot', 'moving')).toEqual(again);
});
