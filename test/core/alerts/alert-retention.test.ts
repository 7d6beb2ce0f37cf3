import { expect, it } from 'vitest';
import { pruneAlerts } from '../../../src/postgres/alerts/prune.ts';
import { testDatabase } from '../../support/database.ts';
import { type AlertWorld, alertWorld } from './alert-world.ts';

const database = await testDatabase();
const day = 24 * 60;
const retention = { alerts: 90, raw: 14 };
const tables = [
  'deliveries',
  'alert_groups',
  'alerts',
  'alert_samples',
  'alert_digests',
  'silences',
  'silenced_groups',
  'pages',
  'alert_source_events',
];

const rowsOf = async (world: AlertWorld) => {
  const found: Record<string, number> = {};
  for (const table of tables) {
    const [row] = await world.rows<{ count: string }>(
      `SELECT count(*) FROM countersign.${table} WHERE workspace_id = $1`,
    );
    found[table] = Number(row!.count);
  }
  return found;
};
const prune = (world: AlertWorld) => pruneAlerts(database.pool, world.workspaceId, retention);

async function lived(): Promise<AlertWorld> {
  const world = alertWorld(database.pool, { settings: { digest: { moreThan: 0, withinSeconds: 60 } } });
  const threshold = { count: 3, withinMinutes: 5 };
  await world.hear({
    signals: [{}, { groupKey: 'rate', threshold }, { groupKey: 'page', severity: 'critical' }],
  });
  await world.silence({ match: { title: ['hidden'] }, minutes: 60 });
  await world.hear({ signals: [{ groupKey: 'hidden', title: 'hidden' }] });
  const all = ['checkout', 'page', 'hidden'].map((groupKey) => ({ groupKey, status: 'resolved' as const }));
  await world.hear({ signals: all });
  await world.rows('UPDATE countersign.pages SET sent_at = clock_timestamp() WHERE workspace_id = $1');
  return world;
}

it('keeps everything that is not old enough', async () => {
  const world = await lived();
  const before = await rowsOf(world);
  expect(Math.min(...Object.values(before))).toBeGreaterThan(0);
  await world.pass(13.9 * day);
  expect(await prune(world)).toEqual({ deliveries: 0, groups: 0 });
  expect(await rowsOf(world)).toEqual(before);
});

it('forgets bodies first, and the rest when its time has come', async () => {
  const world = await lived();
  const before = await rowsOf(world);
  await world.pass(14.1 * day);
  expect(await prune(world)).toEqual({ deliveries: 3, groups: 0 });
  expect(await rowsOf(world)).toEqual({ ...before, deliveries: 0 });
  await world.pass(76 * day);
  await world.rows(
    `UPDATE countersign.alert_source_events SET hour = hour - interval '90 days' WHERE workspace_id = $1`,
  );
  expect(await prune(world)).toEqual({ deliveries: 0, groups: 3 });
  expect(await rowsOf(world)).toEqual(Object.fromEntries(tables.map((table) => [table, 0])));
  expect(await world.verdict()).toMatchObject({ outcome: 'sound' });
});

it('never forgets what still fires, waits to be understood, or was not paged', async () => {
  const world = alertWorld(database.pool, { settings: { digest: { moreThan: 0, withinSeconds: 60 } } });
  await world.hear({ signals: [{ severity: 'critical' }, { groupKey: 'digested' }] });
  await world.deliver({ signals: [{}] });
  await world.pass(400 * day);
  expect(await prune(world)).toEqual({ deliveries: 1, groups: 0 });
  expect(await rowsOf(world)).toMatchObject({
    deliveries: 1,
    alert_groups: 2,
    alerts: 2,
    alert_digests: 1,
    pages: 1,
  });
});

it('touches no other workspace', async () => {
  const [world, other] = [await lived(), await lived()];
  await world.pass(400 * day);
  await other.pass(400 * day);
  const before = await rowsOf(other);
  await prune(world);
  expect(await rowsOf(other)).toEqual(before);
});
