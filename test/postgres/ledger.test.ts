import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { bodyOf, draftEntry, entryHash, genesisHash, type NewEntry } from '../../src/core/ledger/entry.ts';
import { databaseSource } from '../../src/ledger-cli/source.ts';
import { verifySource } from '../../src/ledger-cli/verify.ts';
import { appendEntries, entryHashAt, isLedgerWriteProtected, ledgerHead } from '../../src/postgres/ledger.ts';
import { findEntries, ledgerWorkspaces, readEntries } from '../../src/postgres/ledger-read.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase();
const { pool } = database;
const owner = new pg.Client({ connectionString: database.ownerUrl });
await owner.connect();
afterAll(() => owner.end());

const now = new Date('2026-11-20T18:15:22.123Z');

function entry(facts: NewEntry['facts'] = {}, more: Partial<NewEntry> = {}): NewEntry {
  return { kind: 'run.requested', actor: 'U0ADA', via: 'slash', facts, ...more };
}

async function all(workspaceId: string, pageSize?: number) {
  const pages = [];
  for await (const page of readEntries(pool, workspaceId, pageSize === undefined ? {} : { pageSize }))
    pages.push(...page);
  return pages;
}

async function verdictOf(workspaceId: string) {
  const client = await pool.connect();
  try {
    return await verifySource(await databaseSource(client, workspaceId), { keys: [] });
  } finally {
    client.release();
  }
}

describe('appending', () => {
  test('writes the documented bytes, linked from 32 zero bytes on, and gives receipts', async () => {
    const appended = await inTransaction(pool, (client) =>
      appendEntries(
        client,
        'T-FIRST',
        [entry({ n: 1 }, { runId: 'r-1' }), entry({ 'ä\0': '"\\ \u2028' }, { incidentId: 'i-1' })],
        now,
      ),
    );
    const [first, second] = await all('T-FIRST');
    const expected = bodyOf(draftEntry('T-FIRST', entry({ n: 1 }, { runId: 'r-1' }), now), 1);
    expect(first).toEqual({
      workspaceId: 'T-FIRST',
      seq: 1,
      at: '2026-11-20T18:15:22.123Z',
      actor: 'U0ADA',
      via: 'slash',
      kind: 'run.requested',
      runId: 'r-1',
      incidentId: null,
      body: expected,
      prevHash: genesisHash,
      hash: entryHash(genesisHash, expected),
      private: [],
    });
    expect(second).toMatchObject({ seq: 2, prevHash: first?.hash, incidentId: 'i-1', runId: null });
    expect(appended.map(({ seq, hash }) => ({ seq, hash }))).toEqual([
      { seq: 1, hash: first?.hash },
      { seq: 2, hash: second?.hash },
    ]);
    expect(appended[0]?.receipt).toBe(`#1 · ${first?.hash.slice(0, 6)}`);
    expect(await ledgerHead(pool, 'T-FIRST')).toEqual({ seq: 2, hash: second?.hash });
    expect(await entryHashAt(pool, 'T-FIRST', 1)).toBe(first?.hash);
    expect(await verdictOf('T-FIRST')).toMatchObject({ outcome: 'sound', entries: 2 });
  });

  test('keeps private text beside the entry it belongs to', async () => {
    await inTransaction(pool, (client) =>
      appendEntries(
        client,
        'T-PRIVATE',
        [
          entry(),
          entry({}, { private: { reason: 'card testing', note: { text: 'x\0y', about: 'bob@acme.test' } } }),
        ],
        now,
      ),
    );
    const [first, second] = await all('T-PRIVATE');
    expect(first?.private).toEqual([]);
    expect(second?.private.map(({ field, text }) => [field, text])).toEqual([
      ['note', 'x\ufffdy'],
      ['reason', 'card testing'],
    ]);
    expect(await verdictOf('T-PRIVATE')).toMatchObject({
      outcome: 'sound',
      privateTexts: { matching: 2, erased: 0 },
    });
  });

  test('leaves nothing behind when the transaction rolls back', async () => {
    const failure = new Error('after the append');
    await expect(
      inTransaction(pool, async (client) => {
        await appendEntries(client, 'T-ROLLBACK', [entry({}, { private: { reason: 'x' } })], now);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await all('T-ROLLBACK')).toEqual([]);
    expect(await ledgerHead(pool, 'T-ROLLBACK')).toBeUndefined();
  });

  test('takes one statement, also for several entries', async () => {
    const statements: string[] = [];
    await inTransaction(pool, (client) => {
      const counted = {
        query: (...args: [string, unknown[]]) => {
          statements.push(args[0]);
          return client.query(...args);
        },
      };
      return appendEntries(counted as typeof client, 'T-ONE', [entry(), entry(), entry()], now);
    });
    expect(statements).toHaveLength(1);
    expect(await appendEntries(pool, 'T-ONE', [], now)).toEqual([]);
  });

  test('by 20 clients at once makes no gap and no fork', async () => {
    const crowd = new pg.Pool({ connectionString: database.appUrl, max: 20 });
    try {
      const receipts = await Promise.all(
        Array.from({ length: 20 }, async (_, client) => {
          const mine = [];
          for (let n = 0; n < 10; n += 1) {
            mine.push(
              ...(await inTransaction(crowd, (connection) =>
                appendEntries(
                  connection,
                  'T-CROWD',
                  [entry({ client, n }), entry({ client, n, second: true })],
                  now,
                ),
              )),
            );
          }
          return mine;
        }),
      );
      const seqs = receipts.flat().map(({ seq }) => seq);
      expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1));
      expect(await verdictOf('T-CROWD')).toMatchObject({ outcome: 'sound', entries: 400 });
    } finally {
      await crowd.end();
    }
  });

  test('by 20 clients at once to ledgers that do not exist yet makes each exactly once', async () => {
    const crowd = new pg.Pool({ connectionString: database.appUrl, max: 20 });
    try {
      for (let round = 0; round < 15; round += 1) {
        const workspaceId = `T-NEW-${round}`;
        await Promise.all(
          Array.from({ length: 20 }, () =>
            inTransaction(crowd, (connection) => appendEntries(connection, workspaceId, [entry()], now)),
          ),
        );
        expect(await verdictOf(workspaceId)).toMatchObject({ outcome: 'sound', entries: 20 });
      }
    } finally {
      await crowd.end();
    }
  });

  test('keeps one chain per workspace', async () => {
    await appendEntries(pool, 'T-A', [entry(), entry()], now);
    await appendEntries(pool, 'T-B', [entry()], now);
    expect((await ledgerHead(pool, 'T-A'))?.seq).toBe(2);
    expect((await ledgerHead(pool, 'T-B'))?.seq).toBe(1);
    expect(await ledgerWorkspaces(pool)).toEqual(expect.arrayContaining(['T-A', 'T-B']));
  });
});

describe('the bot’s own login', () => {
  test.each([
    `UPDATE countersign.ledger_entries SET actor = 'U0EVE'`,
    'DELETE FROM countersign.ledger_entries',
    'TRUNCATE countersign.ledger_entries',
    'ALTER TABLE countersign.ledger_entries DISABLE TRIGGER ALL',
    'DROP TABLE countersign.ledger_entries',
    `SET session_replication_role = 'replica'`,
    `INSERT INTO countersign.ledger_entries (workspace_id, seq, body, prev_hash, hash) SELECT workspace_id, 99, body, hash, hash FROM countersign.ledger_entries`,
    'UPDATE countersign.ledger_heads SET seq = 0',
    'DELETE FROM countersign.ledger_heads',
    `UPDATE countersign.ledger_private SET text = 'x'`,
    'DELETE FROM countersign.ledger_private',
    `INSERT INTO countersign.ledger_private SELECT 'T', 1, 'f', 'p', decode(repeat('00', 32), 'hex'), 'x'`,
    'DELETE FROM countersign.ledger_checkpoints',
    'UPDATE countersign.ledger_checkpoints SET seq = 1',
    `CREATE OR REPLACE FUNCTION countersign.refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
    'DROP SCHEMA countersign CASCADE',
  ])('is denied: %s', async (sql) => {
    await expect(pool.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  test('cannot leave private text for entries to come', async () => {
    await expect(
      pool.query(
        `SELECT countersign.append_ledger_entries('T-PLANT', '{}', '{}', '{7}', '{reason}', '{U0ADA}', ARRAY[decode(repeat('00', 32), 'hex')], '{x}')`,
      ),
    ).rejects.toMatchObject({ code: '23001' });
  });

  test('is seen to be unable to rewrite the ledger, and the owner to be able', async () => {
    expect(await isLedgerWriteProtected(pool)).toBe(true);
    expect(await isLedgerWriteProtected(owner)).toBe(false);
  });
});

describe('the owner', () => {
  test.each([
    `UPDATE countersign.ledger_entries SET actor = 'U0EVE'`,
    'DELETE FROM countersign.ledger_entries WHERE false',
    'TRUNCATE countersign.ledger_entries',
    'DELETE FROM countersign.ledger_heads',
    'TRUNCATE countersign.ledger_heads',
    'UPDATE countersign.ledger_heads SET seq = seq - 1 WHERE seq > 1',
    'UPDATE countersign.ledger_heads SET seq = seq + 1',
    `UPDATE countersign.ledger_heads SET hash = decode(repeat('00', 32), 'hex')`,
    `INSERT INTO countersign.ledger_heads VALUES ('T-AHEAD', 0, decode(repeat('ab', 32), 'hex'))`,
    `INSERT INTO countersign.ledger_heads VALUES ('T-AHEAD', 5, decode(repeat('ab', 32), 'hex'))`,
    `UPDATE countersign.ledger_private SET text = 'x'`,
    'TRUNCATE countersign.ledger_private',
    'TRUNCATE countersign.ledger_checkpoints',
    'DELETE FROM countersign.ledger_checkpoints',
  ])('is refused by a trigger: %s', async (sql) => {
    await appendEntries(pool, 'T-OWNER', [entry(), entry()], now);
    await expect(owner.query(sql)).rejects.toMatchObject({ code: '23001' });
  });

  test.each([
    ['a seq ahead', { seq: 4 }],
    ['a seq that exists', { seq: 2 }],
    ['another link', { prevHash: 'ab'.repeat(32) }],
    ['another hash', { hash: 'ab'.repeat(32) }],
    ['the body of another place', { bodySeq: 7 }],
    ['another workspace’s body', { bodyWorkspace: 'T-OTHER' }],
  ])('cannot insert an entry with %s', async (label, change: Partial<Record<string, string | number>>) => {
    const workspaceId = `T-INSERT ${label}`;
    await appendEntries(pool, workspaceId, [entry(), entry()], now);
    const head = await ledgerHead(pool, workspaceId);
    const prevHash = String(change.prevHash ?? head?.hash);
    const draft = draftEntry(String(change.bodyWorkspace ?? workspaceId), entry(), now);
    const body = bodyOf(draft, Number(change.bodySeq ?? change.seq ?? 3));
    const insert = (hash: string, seq: number) =>
      owner.query(
        `INSERT INTO countersign.ledger_entries (workspace_id, seq, body, prev_hash, hash)
         VALUES ($1, $2, $3, decode($4, 'hex'), decode($5, 'hex'))`,
        [workspaceId, seq, body, prevHash, hash],
      );
    await expect(
      insert(String(change.hash ?? entryHash(prevHash, body)), Number(change.seq ?? 3)),
    ).rejects.toMatchObject({
      code: '23001',
    });
  });

  test('who inserts the true next entry moves the head with it, columns taken from the body', async () => {
    await appendEntries(pool, 'T-NEXT', [entry()], now);
    const head = await ledgerHead(pool, 'T-NEXT');
    const body = bodyOf(draftEntry('T-NEXT', entry(), now), 2);
    const hash = entryHash(head?.hash ?? '', body);
    await owner.query(
      `INSERT INTO countersign.ledger_entries (workspace_id, seq, body, prev_hash, hash, actor)
       VALUES ('T-NEXT', 2, $1, decode($2, 'hex'), decode($3, 'hex'), 'U0EVE')`,
      [body, head?.hash, hash],
    );
    expect(await ledgerHead(pool, 'T-NEXT')).toEqual({ seq: 2, hash });
    expect((await all('T-NEXT'))[1]?.actor).toBe('U0ADA');
  });
});

describe('reading', () => {
  test('streams in pages of any size, oldest first', async () => {
    await appendEntries(
      pool,
      'T-PAGES',
      Array.from({ length: 7 }, (_, n) => entry({ n })),
      now,
    );
    for (const pageSize of [1, 3, 7, 100]) {
      expect((await all('T-PAGES', pageSize)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    }
  });

  test('finds entries by every word given, newest first', async () => {
    await appendEntries(
      pool,
      'T-FIND',
      [
        entry({ command: 'verify-audit', args: { tenant: 'acme' }, target: 'pilot' }, { runId: 'r-1' }),
        entry(
          { command: 'verify-audit', args: { tenant: 'hooli' }, headline: 'Fork at 17, see “below”' },
          { actor: 'U0GRACE' },
        ),
        entry({ command: 'help' }, { kind: 'run.refused', private: { reason: 'acme' } }),
        entry({ command: 'verify-audit', args: { tenant: 'Acme GmbH' } }, { incidentId: 'i-1' }),
      ],
      now,
    );
    const find = async (...words: string[]) =>
      (await findEntries(pool, 'T-FIND', { words, limit: 10 })).entries.map(({ seq }) => seq);
    expect(await find()).toEqual([4, 3, 2, 1]);
    expect(await find('acme')).toEqual([4, 1]);
    expect(await find('ACME', 'verify-audit', 'pilot')).toEqual([1]);
    expect(await find('acme verify-audit')).toEqual([4, 1]);
    expect(await find('u0grace')).toEqual([2]);
    expect(await find('refused')).toEqual([3]);
    expect(await find('run.refused')).toEqual([3]);
    expect(await find('17')).toEqual([2]);
    expect(await find('r-1')).toEqual([1]);
    expect(await find('T-FIND')).toEqual([]);
    expect(await find('nobody')).toEqual([]);
    expect(await find(`' OR 1=1 --`)).toEqual([]);
    expect((await findEntries(pool, 'T-FIND', { actor: 'U0GRACE', limit: 5 })).entries).toHaveLength(1);
    expect((await findEntries(pool, 'T-FIND', { kind: 'run.refused', limit: 5 })).entries).toHaveLength(1);
    expect((await findEntries(pool, 'T-FIND', { runId: 'r-1', limit: 5 })).entries).toHaveLength(1);
    expect((await findEntries(pool, 'T-FIND', { incidentId: 'i-1', limit: 5 })).entries).toHaveLength(1);
  });

  test('pages history without repeating or skipping, and ends', async () => {
    await appendEntries(
      pool,
      'T-HISTORY',
      Array.from({ length: 5 }, (_, n) => entry({ n })),
      now,
    );
    const seqs: number[][] = [];
    let before: number | undefined;
    do {
      const page = await findEntries(pool, 'T-HISTORY', { words: ['u0ada'], before, limit: 2 });
      seqs.push(page.entries.map(({ seq }) => seq));
      before = page.olderThan;
    } while (before !== undefined);
    expect(seqs).toEqual([[5, 4], [3, 2], [1]]);
  });
});
