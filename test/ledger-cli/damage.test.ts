import { generateKeyPairSync } from 'node:crypto';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { bodyOf, draftEntry, entryHash, genesisHash, type NewEntry } from '../../src/core/ledger/entry.ts';
import type { LedgerProblemKind } from '../../src/core/ledger/problem.ts';
import { parseReceipt } from '../../src/core/ledger/receipt.ts';
import { signingKey } from '../../src/core/ledger/signing-key.ts';
import type { LedgerVerdict } from '../../src/core/ledger/verify.ts';
import { databaseSource } from '../../src/ledger-cli/source.ts';
import { verifySource } from '../../src/ledger-cli/verify.ts';
import { appendEntries } from '../../src/postgres/ledger.ts';
import { takeCheckpoint } from '../../src/postgres/ledger-checkpoints.ts';
import { erasePerson } from '../../src/postgres/ledger-erase.ts';
import { readEntries } from '../../src/postgres/ledger-read.ts';
import { inTransaction } from '../../src/postgres/transaction.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase();
const { pool } = database;
const superuser = new pg.Client({ connectionString: database.superuserUrl });
const owner = new pg.Client({ connectionString: database.ownerUrl });
await Promise.all([superuser.connect(), owner.connect()]);
afterAll(() => Promise.all([superuser.end(), owner.end()]));

const key = signingKey(generateKeyPairSync('ed25519').privateKey);
const otherKey = signingKey(generateKeyPairSync('ed25519').privateKey);
const now = new Date('2026-11-20T18:15:22.123Z');
const asked = { actor: 'cli:root', via: 'cli', reason: 'demand' };
let workspaces = 0;

/** Ten entries, a checkpoint at #11 that covers them, two more entries; #3 and #12 hold private text. */
async function aLedger(): Promise<string> {
  workspaces += 1;
  const workspaceId = `T${workspaces}`;
  const entry = (n: number): NewEntry => ({
    kind: 'run.requested',
    actor: 'U0ADA',
    via: 'slash',
    facts: { n },
    ...(n === 3 || n === 12 ? { private: { reason: `reason ${n}` } } : {}),
  });
  await inTransaction(pool, (client) =>
    appendEntries(
      client,
      workspaceId,
      Array.from({ length: 10 }, (_, index) => entry(index + 1)),
      now,
    ),
  );
  await inTransaction(pool, (client) => takeCheckpoint(client, workspaceId, key, asked, now));
  await inTransaction(pool, (client) => appendEntries(client, workspaceId, [entry(12), entry(13)], now));
  return workspaceId;
}

/** What a superuser can do and nobody else: every trigger off, then on again as it was. */
async function damage(...statements: readonly (readonly [sql: string, values?: unknown[]])[]): Promise<void> {
  await superuser.query('BEGIN');
  try {
    await superuser.query(`SET LOCAL session_replication_role = 'replica'`);
    const { rows } = await superuser.query<{ table: string; name: string }>(
      `SELECT tgrelid::regclass::text AS table, tgname AS name FROM pg_trigger WHERE tgenabled = 'A'`,
    );
    for (const { table, name } of rows) await superuser.query(`ALTER TABLE ${table} DISABLE TRIGGER ${name}`);
    for (const [sql, values] of statements) await superuser.query(sql, values ?? []);
    for (const { table, name } of rows)
      await superuser.query(`ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${name}`);
    await superuser.query('COMMIT');
  } catch (error) {
    await superuser.query('ROLLBACK');
    throw error;
  }
}

async function verdictOf(workspaceId: string, receipt?: string): Promise<LedgerVerdict> {
  const client = await pool.connect();
  try {
    const source = await databaseSource(client, workspaceId);
    const parsed = receipt === undefined ? undefined : parseReceipt(receipt);
    return await verifySource(source, { keys: [key.publicKey], receipt: parsed });
  } finally {
    client.release();
  }
}

async function entriesOf(workspaceId: string) {
  const entries = [];
  for await (const page of readEntries(pool, workspaceId)) entries.push(...page);
  return entries;
}

/** Rewrites one entry's facts and hashes it and all that follow again, as a superuser who knows the format would. */
async function rewriteFrom(workspaceId: string, seq: number): Promise<void> {
  let previous = genesisHash;
  const statements: [string, unknown[]][] = [];
  for (const entry of await entriesOf(workspaceId)) {
    const body = entry.seq === seq ? entry.body.replace('"facts":{', '"facts":{"forged":true,') : entry.body;
    const hash = entryHash(previous, body);
    if (entry.seq >= seq) {
      statements.push([
        `UPDATE countersign.ledger_entries SET body = $3, prev_hash = decode($4, 'hex'), hash = decode($5, 'hex') WHERE workspace_id = $1 AND seq = $2`,
        [workspaceId, entry.seq, body, previous, hash],
      ]);
    }
    previous = hash;
  }
  await damage(...statements, [
    `UPDATE countersign.ledger_heads SET hash = decode($2, 'hex') WHERE workspace_id = $1`,
    [workspaceId, previous],
  ]);
}

const at = `WHERE workspace_id = $1 AND seq`;

describe('a sound ledger', () => {
  test('verifies, says what is anchored and what is not', async () => {
    const verdict = await verdictOf(await aLedger());
    expect(verdict).toMatchObject({
      outcome: 'sound',
      entries: 13,
      problems: [],
      anchor: { seq: 11, keyId: key.publicKey.keyId },
      unanchored: 2,
      privateTexts: { matching: 2, erased: 0, withheld: 0 },
    });
  });

  test('with clocks that step back stays sound and says so', async () => {
    const workspaceId = await aLedger();
    await appendEntries(
      pool,
      workspaceId,
      [{ kind: 'run.failed', actor: 'U0ADA', via: 'slash', facts: {} }],
      new Date(0),
    );
    expect(await verdictOf(workspaceId)).toMatchObject({ outcome: 'sound', clockSteps: 1 });
  });

  test('confirms receipts that were given for it, and only those', async () => {
    const workspaceId = await aLedger();
    const [first] = await entriesOf(workspaceId);
    expect(await verdictOf(workspaceId, `#1 · ${first?.hash.slice(0, 6)}`)).toMatchObject({
      outcome: 'sound',
    });
    for (const receipt of ['#1 · 000000', '#99 · 9f3ab2']) {
      expect((await verdictOf(workspaceId, receipt)).problems[0]?.kind).toBe('receipt_disagrees');
    }
  });

  test('without entries is empty, which is not sound', async () => {
    expect(await verdictOf('T-NOBODY')).toMatchObject({ outcome: 'empty' });
  });
});

describe('damage by a superuser is named', () => {
  const cases: readonly [
    label: string,
    kind: LedgerProblemKind,
    seq: number | undefined,
    ...sql: string[],
  ][] = [
    [
      'an altered body',
      'altered',
      5,
      `UPDATE countersign.ledger_entries SET body = replace(body, '"n":5', '"n":6') ${at} = 5`,
    ],
    [
      'an altered last body',
      'altered',
      13,
      `UPDATE countersign.ledger_entries SET body = replace(body, '"n":13', '"n":6') ${at} = 13`,
    ],
    [
      'a body that is no entry any more',
      'altered',
      5,
      `UPDATE countersign.ledger_entries SET body = '{}' ${at} = 5`,
    ],
    [
      'an overwritten hash',
      'wrong_hash',
      5,
      `UPDATE countersign.ledger_entries SET hash = sha256('x') ${at} = 5`,
    ],
    [
      'an overwritten last hash',
      'wrong_hash',
      13,
      `UPDATE countersign.ledger_entries SET hash = sha256('x') ${at} = 13`,
    ],
    [
      'an overwritten link',
      'wrong_prev',
      5,
      `UPDATE countersign.ledger_entries SET prev_hash = sha256('x') ${at} = 5`,
    ],
    [
      'an overwritten first link',
      'wrong_prev',
      1,
      `UPDATE countersign.ledger_entries SET prev_hash = sha256('x') ${at} = 1`,
    ],
    ['a deleted row', 'missing', 5, `DELETE FROM countersign.ledger_entries ${at} = 5`],
    ['deleted rows', 'missing', 5, `DELETE FROM countersign.ledger_entries ${at} BETWEEN 5 AND 8`],
    ['a deleted beginning', 'missing', 1, `DELETE FROM countersign.ledger_entries ${at} < 3`],
    [
      'a deleted row with the rest renumbered',
      'out_of_place',
      5,
      `DELETE FROM countersign.ledger_entries ${at} = 5`,
      `UPDATE countersign.ledger_entries SET seq = seq - 1 ${at} > 5 AND seq = 6`,
    ],
    [
      'swapped rows',
      'out_of_place',
      5,
      `UPDATE countersign.ledger_entries SET seq = 99 ${at} = 5`,
      `UPDATE countersign.ledger_entries SET seq = 5 ${at} = 6`,
      `UPDATE countersign.ledger_entries SET seq = 6 ${at} = 99`,
    ],
    [
      'a column that lies',
      'column_altered',
      5,
      `UPDATE countersign.ledger_entries SET actor = 'U0EVE' ${at} = 5`,
    ],
    [
      'a time that lies',
      'column_altered',
      5,
      `UPDATE countersign.ledger_entries SET at = at + interval '1 hour' ${at} = 5`,
    ],
    [
      'changed private text',
      'private_altered',
      3,
      `UPDATE countersign.ledger_private SET text = 'harmless' ${at} = 3`,
    ],
    [
      'a changed salt',
      'private_altered',
      3,
      `UPDATE countersign.ledger_private SET salt = sha256('x') ${at} = 3`,
    ],
    [
      'added private text',
      'private_added',
      4,
      `INSERT INTO countersign.ledger_private SELECT workspace_id, 4, field, person, salt, text FROM countersign.ledger_private ${at} = 3`,
    ],
    ['a cut tail', 'cut_tail', 13, `DELETE FROM countersign.ledger_entries ${at} = 13`],
    [
      'a rewound head',
      'head_disagrees',
      undefined,
      `UPDATE countersign.ledger_heads SET seq = 9 WHERE workspace_id = $1`,
    ],
    [
      'another hash in the head',
      'head_disagrees',
      undefined,
      `UPDATE countersign.ledger_heads SET hash = sha256('x') WHERE workspace_id = $1`,
    ],
    [
      'a removed head',
      'head_disagrees',
      undefined,
      `DELETE FROM countersign.ledger_heads WHERE workspace_id = $1`,
    ],
    [
      'a ledger emptied below its head',
      'cut_tail',
      1,
      `DELETE FROM countersign.ledger_entries WHERE workspace_id = $1`,
    ],
    [
      'a forged checkpoint',
      'checkpoint_forged',
      12,
      `UPDATE countersign.ledger_checkpoints c SET seq = 12, hash = e.hash FROM countersign.ledger_entries e WHERE e.workspace_id = c.workspace_id AND e.seq = 12 AND c.workspace_id = $1`,
    ],
  ];
  test.each(cases)('%s', async (_, kind, seq, ...sql) => {
    const workspaceId = await aLedger();
    await damage(...sql.map((statement): [string, unknown[]] => [statement, [workspaceId]]));
    const { outcome, problems } = await verdictOf(workspaceId);
    expect(outcome).toBe('bad');
    expect(problems[0]).toMatchObject({ kind, seq });
  });

  test('two entries on one place', async () => {
    const workspaceId = await aLedger();
    const [, second] = await entriesOf(workspaceId);
    const body = bodyOf(
      draftEntry(workspaceId, { kind: 'run.failed', actor: 'U0EVE', via: 'slash', facts: {} }, now),
      2,
    );
    await damage(
      [`ALTER TABLE countersign.ledger_entries DROP CONSTRAINT ledger_entries_pkey`],
      [`ALTER TABLE countersign.ledger_entries DROP CONSTRAINT ledger_entries_workspace_id_prev_hash_key`],
      [
        `INSERT INTO countersign.ledger_entries VALUES ($1, 2, $2, 'U0EVE', 'slash', 'run.failed', null, null, $3, decode($4, 'hex'), decode($5, 'hex'))`,
        [workspaceId, now, body, second?.prevHash, entryHash(second?.prevHash ?? '', body)],
      ],
    );
    expect((await verdictOf(workspaceId)).problems[0]).toMatchObject({ kind: 'fork', seq: 2 });
    await damage(
      [`DELETE FROM countersign.ledger_entries WHERE workspace_id = $1 AND actor = 'U0EVE'`, [workspaceId]],
      [`ALTER TABLE countersign.ledger_entries ADD PRIMARY KEY (workspace_id, seq)`],
      [`ALTER TABLE countersign.ledger_entries ADD UNIQUE (workspace_id, prev_hash)`],
    );
    expect(await verdictOf(workspaceId)).toMatchObject({ outcome: 'sound' });
  });

  test('one entry rewritten and hashed again, by the link of the next', async () => {
    const workspaceId = await aLedger();
    const entry = (await entriesOf(workspaceId))[4];
    const body = entry?.body.replace('"n":5', '"n":6') ?? '';
    await damage([
      `UPDATE countersign.ledger_entries SET body = $2, hash = decode($3, 'hex') ${at} = 5`,
      [workspaceId, body, entryHash(entry?.prevHash ?? '', body)],
    ]);
    const { problems } = await verdictOf(workspaceId);
    expect(problems[0]).toMatchObject({ kind: 'broken_link', seq: 6 });
    expect(problems[0]?.explanation).toContain('#5 was replaced and hashed again');
  });

  test('an entry of another workspace put in place', async () => {
    const [mine, other] = [await aLedger(), await aLedger()];
    await damage([
      `UPDATE countersign.ledger_entries e SET body = o.body, hash = o.hash, prev_hash = o.prev_hash
       FROM countersign.ledger_entries o WHERE e.workspace_id = $1 AND o.workspace_id = $2 AND e.seq = 5 AND o.seq = 5`,
      [mine, other],
    ]);
    expect((await verdictOf(mine)).problems[0]).toMatchObject({ kind: 'other_workspace', seq: 5 });
  });

  test('several times, the first first, and the rest after it', async () => {
    const workspaceId = await aLedger();
    await damage(
      [
        `UPDATE countersign.ledger_entries SET body = replace(body, '"n":9', '"n":6') ${at} = 9`,
        [workspaceId],
      ],
      [`DELETE FROM countersign.ledger_entries ${at} = 5`, [workspaceId]],
    );
    const { problems } = await verdictOf(workspaceId);
    expect(problems.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['missing', 5],
      ['altered', 9],
    ]);
  });
});

describe('only a checkpoint catches', () => {
  test('a suffix rewritten and hashed again from before it', async () => {
    const workspaceId = await aLedger();
    await rewriteFrom(workspaceId, 5);
    const { problems, anchor, unanchored } = await verdictOf(workspaceId);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ kind: 'rewritten', seq: 11 });
    expect(problems[0]?.explanation).toContain('#1 to #11 was rewritten');
    expect({ anchor, unanchored }).toEqual({ anchor: undefined, unanchored: 13 });
  });

  test('a tail cut with its head rewound', async () => {
    const workspaceId = await aLedger();
    const ninth = (await entriesOf(workspaceId))[8];
    await damage(
      [`DELETE FROM countersign.ledger_entries ${at} > 9`, [workspaceId]],
      [
        `UPDATE countersign.ledger_heads SET seq = 9, hash = decode($2, 'hex') WHERE workspace_id = $1`,
        [workspaceId, ninth?.hash],
      ],
    );
    expect((await verdictOf(workspaceId)).problems).toEqual([
      expect.objectContaining({ kind: 'cut_tail', seq: 10 }),
    ]);
  });

  test('nothing after it: what was rewritten past it is what the verdict calls unanchored', async () => {
    const workspaceId = await aLedger();
    await rewriteFrom(workspaceId, 12);
    expect(await verdictOf(workspaceId)).toMatchObject({
      outcome: 'sound',
      anchor: { seq: 11 },
      unanchored: 2,
    });
  });

  test('and one signed again with another key does not pass for ours', async () => {
    const workspaceId = await aLedger();
    await rewriteFrom(workspaceId, 5);
    await damage([`DELETE FROM countersign.ledger_checkpoints WHERE workspace_id = $1`, [workspaceId]]);
    await inTransaction(pool, (client) => takeCheckpoint(client, workspaceId, otherKey, asked, now));
    const { problems, anchor } = await verdictOf(workspaceId);
    expect(problems[0]).toMatchObject({ kind: 'checkpoint_other_key' });
    expect(anchor).toBeUndefined();
  });
});

describe('erasing a person', () => {
  test('keeps the chain verifying and says so, without naming the person in it', async () => {
    const workspaceId = await aLedger();
    const erased = await erasePerson(owner, workspaceId, 'U0ADA', { actor: 'U0LINUS', via: 'cli' }, now);
    expect(erased).toMatchObject({ texts: 2, recorded: [{ seq: 14 }] });
    expect(await verdictOf(workspaceId)).toMatchObject({
      outcome: 'sound',
      entries: 14,
      privateTexts: { matching: 0, erased: 2 },
      unrecordedErasures: 0,
    });
    const record = (await entriesOf(workspaceId)).at(-1);
    expect(JSON.parse(record?.body ?? '')).toMatchObject({
      kind: 'ledger.erased',
      facts: { entries: [3, 12], texts: 2 },
    });
    expect(record?.body).not.toContain('U0ADA');
    const { rows } = await superuser.query('SELECT FROM countersign.ledger_private WHERE workspace_id = $1', [
      workspaceId,
    ]);
    expect(rows).toEqual([]);
  });

  test('records nothing when there was nothing', async () => {
    const workspaceId = await aLedger();
    expect(await erasePerson(owner, workspaceId, 'U0NOBODY', { actor: 'U0LINUS', via: 'cli' }, now)).toEqual({
      texts: 0,
      recorded: [],
    });
  });

  test('is denied to the bot’s own login', async () => {
    await expect(erasePerson(pool, 'T1', 'U0ADA', asked, now)).rejects.toMatchObject({ code: '42501' });
  });

  test('by hand is seen to have no record', async () => {
    const workspaceId = await aLedger();
    await owner.query(`DELETE FROM countersign.ledger_private ${at} = 3`, [workspaceId]);
    expect(await verdictOf(workspaceId)).toMatchObject({
      outcome: 'sound',
      privateTexts: { matching: 1, erased: 1 },
      unrecordedErasures: 1,
    });
  });
});
