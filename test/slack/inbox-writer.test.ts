import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { InboxEntry, Incoming } from '../../src/core/inbox.ts';
import { storeIncoming, voidIncoming } from '../../src/postgres/inbox.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { postgresStore } from '../../src/postgres/store.ts';
import { type InboxWriterOptions, inboxWriter } from '../../src/slack/inbox-writer.ts';
import { testDatabase } from '../support/database.ts';
import { keptLog } from '../support/kept-log.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const database = await testDatabase();
const proxy = await TcpProxy.to(database.appUrl);
const store = postgresStore({
  pool: database.pool,
  workspaceId: 'T0ACME',
  processId: 'p-1',
  now: () => new Date(),
  onWanted: () => undefined,
});
/** As the bot opens it, through something that can be broken. */
const frail = openPool(
  proxy.through(database.appUrl),
  { max: 2, name: 'inbox', query_timeout: 300, connectionTimeoutMillis: 300 },
  keptLog(),
);
afterAll(async () => {
  await proxy.resume();
  await frail.end();
  await proxy.stop();
});
beforeEach(async () => {
  await proxy.resume();
  await database.pool.query('DELETE FROM countersign.inbox; DELETE FROM graphile_worker._private_jobs');
});

let correlations = 0;
function incoming(key: string, changes: Partial<Incoming> = {}): Incoming {
  return {
    workspaceId: 'T0ACME',
    key,
    correlationId: `c-${++correlations}`,
    needsWork: true,
    request: {
      kind: 'invocation',
      command: 'verify-audit',
      input: { tenant: 'acme' },
      requester: 'U0ADA',
      via: 'slash',
      origin: { channelId: 'C0OPS' },
    },
    ...changes,
  };
}

const faults: unknown[] = [];
function writer(options: Partial<InboxWriterOptions> = {}) {
  return inboxWriter({
    write: (batch) => storeIncoming(database.pool, batch, 'p-1'),
    undo: (entry) => voidIncoming(database.pool, entry),
    onActedOnAfterAll: () => undefined,
    onFault: (error) => faults.push(error),
    deadlineMilliseconds: 250,
    undoRetryMilliseconds: 20,
    ...options,
  });
}

/** Requests somebody still has to act on. */
const open = async () =>
  (
    await database.pool.query<{ key: string }>(
      'SELECT key FROM countersign.inbox WHERE handled_at IS NULL AND voided_at IS NULL ORDER BY key',
    )
  ).rows.map(({ key }) => key);
const row = async (key: string) =>
  (
    await database.pool.query<{ voided: boolean; handled: boolean; correlation_id: string }>(
      `SELECT voided_at IS NOT NULL AS voided, handled_at IS NOT NULL AS handled, correlation_id
       FROM countersign.inbox WHERE key = $1`,
      [key],
    )
  ).rows[0];
const isActedOn = async (key: string) => (await store.maybeInboxEntry(key)) !== undefined;

/** A promise settled from outside. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

describe('storing requests', () => {
  it('stores a redelivered key once', async () => {
    const inbox = writer();
    expect(await inbox.store(incoming('event:E1'))).toBe('stored');
    expect(await inbox.store(incoming('event:E1'))).toBe('duplicate');
    expect(await open()).toEqual(['event:E1']);
  });

  it('stores one of two deliveries of a key that arrive together', async () => {
    const first = gate();
    const batches: string[][] = [];
    const inbox = writer({
      write: async (batch) => {
        batches.push(batch.map(({ key }) => key));
        if (batches.length === 1) await first.opened;
        return storeIncoming(database.pool, batch, 'p-1');
      },
    });
    const before = inbox.store(incoming('event:before'));
    const both = [inbox.store(incoming('event:E2')), inbox.store(incoming('event:E2'))];
    first.open();
    expect([await before, ...(await Promise.all(both))]).toEqual(['stored', 'stored', 'duplicate']);
    expect(batches).toEqual([['event:before'], ['event:E2', 'event:E2']]);
    expect(await open()).toEqual(['event:E2', 'event:before']);
  });

  it('leaves nothing to do for what is only noted', async () => {
    const noted = incoming('event:noted', {
      needsWork: false,
      request: { kind: 'noted', what: 'reaction_added' },
    });
    expect(await writer().store(noted)).toBe('stored');
    expect(await open()).toEqual([]);
    expect(await row('event:noted')).toMatchObject({ handled: true });
  });

  it('stores requests with characters PostgreSQL cannot hold, and those that share their batch', async () => {
    const odd = incoming('event:\0odd', {
      request: {
        kind: 'invocation',
        command: 'x',
        input: { a: 'nul \0 and half \ud800', 'k\0': 1 },
        requester: 'U0ADA',
        via: 'slash',
        origin: {},
      },
    });
    const inbox = writer();
    expect(await Promise.all([inbox.store(odd), inbox.store(incoming('event:even'))])).toEqual([
      'stored',
      'stored',
    ]);
    expect(await inbox.store(odd)).toBe('duplicate');
    const entry = await store.maybeInboxEntry('event:\uFFFDodd');
    expect(entry?.request).toMatchObject({ input: { a: 'nul \uFFFD and half \uFFFD', 'k\uFFFD': 1 } });
  });
});

describe('a write that is not confirmed in time', () => {
  it('fails, and its tombstone keeps a late write from being acted on', async () => {
    const late = gate();
    const written: Promise<Set<string>>[] = [];
    const inbox = writer({
      write: async (batch) => {
        await late.opened;
        written.push(storeIncoming(database.pool, batch, 'p-1'));
        return written[0]!;
      },
    });
    expect(await inbox.store(incoming('command:late'))).toBe('failed');
    await until(async () => (await row('command:late'))?.voided);
    late.open();
    expect(await until(() => written[0])).toEqual(new Set());
    expect(await open()).toEqual([]);
    expect(await isActedOn('command:late')).toBe(false);
  });

  it('fails while the database is a black hole, and is not acted on when it is back', async () => {
    await frail.query('SELECT 1');
    proxy.blackhole();
    const inbox = writer({
      write: (batch) => storeIncoming(frail, batch, 'p-1'),
      undo: (entry) => voidIncoming(frail, entry),
    });
    expect(await inbox.store(incoming('command:blackhole'))).toBe('failed');
    expect(await row('command:blackhole')).toBeUndefined();
    await proxy.resume();
    await until(async () => (await row('command:blackhole'))?.voided);
    expect(await isActedOn('command:blackhole')).toBe(false);
  });

  it('is voided when the row is there and nobody has acted on it', async () => {
    const inbox = writer({
      write: async (batch) => {
        await storeIncoming(database.pool, batch, 'p-1');
        return new Promise(() => {});
      },
    });
    expect(await inbox.store(incoming('command:stored'))).toBe('failed');
    await until(async () => (await row('command:stored'))?.voided);
    expect(await isActedOn('command:stored')).toBe(false);
  });

  it('is corrected towards the person when it was acted on after all', async () => {
    const corrected: InboxEntry[] = [];
    const entry = incoming('command:acted');
    const inbox = writer({
      write: async (batch) => {
        await storeIncoming(database.pool, batch, 'p-1');
        await store.transaction(async (transaction) => transaction.takeInboxEntry('command:acted'));
        return new Promise(() => {});
      },
      onActedOnAfterAll: (one) => corrected.push(one),
    });
    expect(await inbox.store(entry)).toBe('failed');
    await until(() => corrected.length > 0);
    expect(corrected).toEqual([entry]);
    expect(await row('command:acted')).toMatchObject({ voided: false, handled: true });
  });

  it('leaves alone what an earlier delivery of the same request had confirmed', async () => {
    expect(await writer().store(incoming('event:twice'))).toBe('stored');
    const corrected: InboxEntry[] = [];
    const undone: boolean[] = [];
    const inbox = writer({
      write: () => new Promise(() => {}),
      undo: async (entry) => {
        undone.push(await voidIncoming(database.pool, entry));
        return undone[0]!;
      },
      onActedOnAfterAll: (one) => corrected.push(one),
    });
    expect(await inbox.store(incoming('event:twice'))).toBe('failed');
    await until(() => undone.length > 0);
    expect(undone).toEqual([false]);
    expect(corrected).toEqual([]);
    expect(await isActedOn('event:twice')).toBe(true);
  });

  it('is not written any more by a batch that goes later', async () => {
    const first = gate();
    const batches: string[][] = [];
    const inbox = writer({
      write: async (batch) => {
        batches.push(batch.map(({ key }) => key));
        if (batches.length === 1) await first.opened;
        return storeIncoming(database.pool, batch, 'p-1');
      },
    });
    const stuck = [inbox.store(incoming('command:one')), inbox.store(incoming('command:two'))];
    expect(await Promise.all(stuck)).toEqual(['failed', 'failed']);
    first.open();
    await until(async () => (await row('command:two'))?.voided);
    expect(await inbox.store(incoming('command:three'))).toBe('stored');
    expect(batches).toEqual([['command:one'], ['command:three']]);
  });

  it('is not made to happen by a redelivery that comes before it is undone', async () => {
    const undo = gate();
    let writes = 0;
    const inbox = writer({
      write: async (batch) => {
        writes += 1;
        if (writes === 1) throw new Error('the connection was lost');
        return storeIncoming(database.pool, batch, 'p-1');
      },
      undo: async (entry) => {
        await undo.opened;
        return voidIncoming(database.pool, entry);
      },
    });
    expect(await inbox.store(incoming('event:again'))).toBe('failed');
    expect(await inbox.store(incoming('event:again'))).toBe('duplicate');
    undo.open();
    await until(async () => (await row('event:again'))?.voided);
    expect(await isActedOn('event:again')).toBe(false);
  });

  it('is undone as soon as the database is back', async () => {
    const attempts: string[] = [];
    const inbox = writer({
      write: async () => Promise.reject(new Error('no database')),
      undo: async (entry) => {
        attempts.push(entry.key);
        if (attempts.length < 3) throw new Error('no database');
        return voidIncoming(database.pool, entry);
      },
    });
    expect(await inbox.store(incoming('command:outage'))).toBe('failed');
    await until(async () => (await row('command:outage'))?.voided);
    expect(attempts).toHaveLength(3);
  });
});
