import { describe, expect, it } from 'vitest';
import { deliveryWriter } from '../../src/webhooks/delivery-writer.ts';
import type { StoredDelivery } from '../../src/webhooks/hooks.ts';
import { rawDelivery } from './deliver.ts';

const delivery = (name: string, { source = 'kuma', bytes = 1 } = {}): StoredDelivery => ({
  source,
  kind: 'generic',
  deliveryId: name,
  bodyHash: Buffer.alloc(32),
  delivery: rawDelivery({}, { body: Buffer.alloc(bytes) }),
});

/** A writer whose commits end when the test says so. */
function writing({ mostWaiting = 1_000, waiting = 0 } = {}) {
  const commits: { ids: (string | undefined)[]; end: (fresh?: boolean[]) => void; fail: () => void }[] = [];
  const seen: string[] = [];
  const shed: string[] = [];
  const writer = deliveryWriter({
    write: (batch) =>
      new Promise((resolve, reject) => {
        commits.push({
          ids: batch.map(({ deliveryId }) => deliveryId),
          end: (fresh = batch.map(() => true)) => resolve(fresh),
          fail: () => reject(new Error('the database is away')),
        });
      }),
    waiting: () => waiting,
    mostWaiting: () => mostWaiting,
    onStored: (source, isNew) => seen.push(`${source} ${isNew ? 'new' : 'known'}`),
    onShed: (source) => shed.push(source),
  });
  return { writer, commits, seen, shed };
}
const names = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `d${from + index}`);

describe('deliveries on their way into the database', () => {
  it('share the next commit while one is under way', async () => {
    const { writer, commits, seen } = writing();
    const all = names(5).map((name) => writer.store(delivery(name)));
    expect(commits.map(({ ids }) => ids)).toEqual([['d0']]);
    commits[0]!.end();
    expect(await all[0]).toBe('stored');
    expect(commits.map(({ ids }) => ids)).toEqual([['d0'], ['d1', 'd2', 'd3', 'd4']]);
    commits[1]!.end([true, false, true, true]);
    expect(await Promise.all(all)).toEqual(['stored', 'stored', 'known', 'stored', 'stored']);
    expect(seen).toEqual(['kuma new', 'kuma new', 'kuma known', 'kuma new', 'kuma new']);
  });

  it('are at most 64 and some 16 MB together, and always at least one', async () => {
    const { writer, commits } = writing();
    const all = [delivery('first'), ...names(70).map((name) => delivery(name))].map(writer.store);
    all.push(...['big', 'bigger'].map((name) => writer.store(delivery(name, { bytes: 10_000_000 }))));
    all.push(writer.store(delivery('huge', { bytes: 20_000_000 })));
    for (const index of [0, 1, 2, 3, 4]) {
      commits[index]!.end();
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(commits.map(({ ids }) => ids.length)).toEqual([1, 64, 7, 1, 1]);
    expect(new Set(await Promise.all(all))).toEqual(new Set(['stored']));
  });

  it('are all refused with the commit that fails, and the next go on', async () => {
    const { writer, commits, seen } = writing();
    const first = writer.store(delivery('d0'));
    const together = names(3, 1).map((name) => writer.store(delivery(name)));
    commits[0]!.end();
    await first;
    const outcomes = Promise.allSettled(together);
    const next = writer.store(delivery('d4'));
    commits[1]!.fail();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(together[0]).rejects.toThrow('the database is away');
    commits[2]!.end();
    expect(await next).toBe('stored');
    expect(seen).toHaveLength(2);
  });

  it('are shed once too many of their source wait, and nobody else’s', async () => {
    const { writer, commits, shed } = writing({ mostWaiting: 3, waiting: 1 });
    const taken = names(2).map((name) => writer.store(delivery(name)));
    expect(await writer.store(delivery('d2'))).toBe('shed');
    const others = writer.store(delivery('d3', { source: 'alertmanager' }));
    expect(shed).toEqual(['kuma']);
    commits[0]!.end();
    await taken[0];
    commits[1]!.fail();
    await expect(taken[1]).rejects.toThrow();
    await expect(others).rejects.toThrow();
    const again = writer.store(delivery('d4'));
    commits[2]!.end();
    expect(await again).toBe('stored');
  });
});
