import { describe, expect, it } from 'vitest';
import { digestView } from '../../../src/postgres/alerts/digests.ts';
import { testDatabase } from '../../support/database.ts';
import { type AlertWorld, alertWorld, type TestSignal } from './alert-world.ts';

const database = await testDatabase();
const group = (number: number, changes: TestSignal = {}): TestSignal => ({
  groupKey: `group ${number}`,
  title: `Group ${number}`,
  service: number % 3 === 0 ? 'search' : 'pay',
  ...changes,
});
const many = (from: number, count: number, changes: TestSignal = {}) =>
  Array.from({ length: count }, (_, index) => group(from + index, changes));
const shown = async (world: AlertWorld) => {
  const groups = await world.groups();
  return {
    cards: groups.filter(({ hasCard }) => hasCard).length,
    digested: groups.filter(({ digestId }) => digestId !== undefined).length,
    digests: (await world.messages()).filter(({ id }) => id.startsWith('digest:')).length,
  };
};
const digestOf = async (world: AlertWorld) => {
  const found = (await world.groups()).find(({ digestId }) => digestId !== undefined);
  return digestView(database.pool, world.workspaceId, found!.digestId!);
};

describe('past ten new groups a minute', () => {
  it.each([1, 11])('the eleventh that is not critical joins a digest (%i deliveries)', async (deliveries) => {
    const world = alertWorld(database.pool);
    const all = many(1, 12);
    const each = Math.ceil(all.length / deliveries);
    for (let from = 0; from < all.length; from += each)
      await world.hear({ signals: all.slice(from, from + each) });
    expect(await shown(world)).toEqual({ cards: 10, digested: 2, digests: 1 });
  });

  it('criticals have cards of their own and call people', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [...many(1, 11), ...many(20, 3, { severity: 'critical' })] });
    expect(await shown(world)).toEqual({ cards: 13, digested: 1, digests: 1 });
    expect((await world.ledger()).filter(({ kind }) => kind === 'alert.woke')).toHaveLength(3);
  });

  it('what becomes critical leaves the digest for a card of its own', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: many(1, 12) });
    await world.hear({ signals: [group(12, { severity: 'high' })] });
    expect(await world.replies('g-0012')).toEqual([]);
    await world.hear({ signals: [group(12, { severity: 'critical' })] });
    expect(await shown(world)).toEqual({ cards: 11, digested: 1, digests: 1 });
    expect(await digestOf(world)).toMatchObject({ firingGroups: 1 });
    expect(await world.pages('g-0012')).toEqual(['trigger']);
  });

  it('each channel is counted for itself', async () => {
    const world = alertWorld(database.pool, {
      settings: { routes: [{ match: { service: ['search'] }, channel: 'C0SEARCH' }] },
    });
    await world.hear({ signals: many(1, 15) });
    expect(await shown(world)).toEqual({ cards: 15, digested: 0, digests: 0 });
  });

  it('what nobody saw does not count: hidden, muted, or over before it was known', async () => {
    const world = alertWorld(database.pool, {
      settings: { routes: [{ match: { title: ['muted*'] }, silence: true }] },
    });
    await world.silence({ match: { title: ['quiet*'] } });
    for (let from = 0; from < 3; from += 1) {
      await world.hear({
        signals: [
          ...many(100 + from * 10, 4, { title: 'quiet one' }),
          ...many(200 + from * 10, 4, { title: 'muted one' }),
          ...many(300 + from * 10, 4, { status: 'resolved', startMinutes: -5 }),
        ],
      });
    }
    await world.hear({ signals: many(1, 10) });
    expect(await shown(world)).toEqual({ cards: 10, digested: 0, digests: 0 });
  });

  it('a minute later they have cards again', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: many(1, 11) });
    await world.pass(0.5);
    await world.hear({ signals: many(20, 1) });
    expect(await shown(world)).toMatchObject({ digested: 2 });
    await world.pass(1.1);
    await world.hear({ signals: many(30, 1) });
    expect(await shown(world)).toEqual({ cards: 11, digested: 2, digests: 1 });
  });

  it('a new group is not put into an old digest that is only brought up to date beside it', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: many(1, 11) });
    await world.pass(5);
    await world.hear({ signals: [group(11, { status: 'resolved' }), group(12)] });
    expect(await world.group()).toMatchObject({ hasCard: true, digestId: undefined });
  });

  it('what comes back once the digest is old has a card of its own', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: many(1, 12) });
    await world.hear({ signals: [group(11, { status: 'resolved' }), group(12, { status: 'resolved' })] });
    await world.hear({ signals: [group(11)] });
    expect(await shown(world)).toEqual({ cards: 10, digested: 2, digests: 1 });
    await world.pass(5);
    await world.hear({ signals: [group(12)] });
    expect(await world.group()).toMatchObject({ id: 'g-0012', hasCard: true, digestId: undefined });
    expect(await digestOf(world)).toMatchObject({ firingGroups: 1, resolvedGroups: 0 });
  });
});

describe('a digest', () => {
  it('counts its groups by service as they are now', async () => {
    const world = alertWorld(database.pool, { settings: { digest: { moreThan: 0, withinSeconds: 60 } } });
    await world.hear({ signals: many(1, 6), source: 'alertmanager' });
    await world.hear({ signals: [group(1, { status: 'resolved' }), group(3, { severity: 'high' })] });
    await world.hear({ source: 'kuma', signals: [{ groupKey: 'site' }] });
    expect(await digestOf(world)).toMatchObject({
      channel: 'C0ALERTS',
      firingGroups: 6,
      resolvedGroups: 1,
      services: [
        { service: 'pay', firing: 3, resolved: 1, worst: 'warning' },
        { service: 'search', firing: 2, resolved: 0, worst: 'high' },
        { service: 'kuma', firing: 1, resolved: 0, worst: 'warning' },
      ],
      moreServices: 0,
    });
  });

  it('names the six services with the most and counts the others', async () => {
    const world = alertWorld(database.pool, { settings: { digest: { moreThan: 0, withinSeconds: 60 } } });
    await world.hear({
      signals: Array.from({ length: 8 }, (_, index) => group(index, { service: `service ${index}` })),
    });
    const view = await digestOf(world);
    expect(view?.services.map(({ service }) => service)).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => `service ${n}`),
    );
    expect(view).toMatchObject({ firingGroups: 8, moreServices: 2 });
    expect(await digestView(database.pool, world.workspaceId, 999_999)).toBeUndefined();
  });
});
