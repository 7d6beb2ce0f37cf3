import { generateKeyPairSync } from 'node:crypto';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { parseSigningKey } from '../src/core/ledger/signing-key.ts';
import { checkpointIfDue, ledgerServices } from '../src/ledger-services.ts';
import { appendEntries } from '../src/postgres/ledger.ts';
import { inTransaction } from '../src/postgres/transaction.ts';
import { testDatabase } from './support/database.ts';

const database = await testDatabase();
const { privateKey } = generateKeyPairSync('ed25519');
const key = parseSigningKey(String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
let clock = new Date('2026-11-20T18:00:00Z');
const wanted: string[] = [];
const context: Parameters<typeof checkpointIfDue>[0] = {
  pool: database.pool,
  workspaceId: 'T0ACME',
  processId: 'p-1',
  key,
  channel: () => 'C0LEDGER',
  now: () => clock,
  onWanted: (ids: readonly string[]) => void wanted.push(...ids),
} as never;
const append = () =>
  inTransaction(database.pool, (client) =>
    appendEntries(
      client,
      'T0ACME',
      [{ kind: 'run.requested', actor: 'U0ADA', via: 'slash', facts: { command: 'x' } }],
      clock,
    ),
  );

describe('the ledger’s services', () => {
  it('verify nothing where there is nothing', async () => {
    expect(await ledgerServices(context).status({ verify: true })).toMatchObject({
      entries: 0,
      problem: undefined,
    });
    expect(await checkpointIfDue(context, 24)).toBe(false);
  });

  it('take a checkpoint for the file and the channel, when one is due', async () => {
    await append();
    expect(await checkpointIfDue(context, 24)).toBe(true);
    const { rows } = await database.pool.query(
      "SELECT id, place, content->>'text' AS text FROM countersign.messages WHERE id LIKE 'ledger:checkpoint:%'",
    );
    expect(rows).toMatchObject([
      {
        place: { kind: 'channel', channelId: 'C0LEDGER' },
        text: expect.stringContaining(key.publicKey.keyId),
      },
    ]);
    const jobs = await database.pool.query(
      "SELECT payload FROM graphile_worker._private_jobs WHERE payload->'checkpoint' IS NOT NULL",
    );
    expect(jobs.rows).toHaveLength(1);
  });

  it('take the next one only when it is old enough and something happened since', async () => {
    const before = await ledgerServices(context).status({ verify: true });
    expect(before).toMatchObject({ problem: undefined, unanchored: expect.any(Number) });
    clock = new Date('2026-11-21T17:59:00Z');
    await append();
    expect(await checkpointIfDue(context, 24)).toBe(false);
    clock = new Date('2026-11-21T18:01:00Z');
    expect(await checkpointIfDue(context, 24)).toBe(true);
    expect(await checkpointIfDue(context, 24)).toBe(false);
  });

  it('name the first bad entry when somebody rewrote the database', async () => {
    const owner = new pg.Client({ connectionString: database.superuserUrl });
    await owner.connect();
    try {
      await owner.query('ALTER TABLE countersign.ledger_entries DISABLE TRIGGER ALL');
      await owner.query(
        "UPDATE countersign.ledger_entries SET body = replace(body, 'U0ADA', 'U0EVE') WHERE seq = 1",
      );
    } finally {
      await owner.end();
    }
    const { problem } = await ledgerServices(context).status({ verify: true });
    expect(problem).toContain('Entry #1');
  });
});
