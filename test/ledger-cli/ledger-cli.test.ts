import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { checkpointFile } from '../../src/checkpoint-file.ts';
import { checkpointLine, parseCheckpointLine } from '../../src/core/ledger/checkpoint.ts';
import { signingKey } from '../../src/core/ledger/signing-key.ts';
import { runLedgerCheckpoint } from '../../src/ledger-cli/checkpoint.ts';
import { runLedgerErase } from '../../src/ledger-cli/erase.ts';
import { runLedgerExport } from '../../src/ledger-cli/export.ts';
import { runLedgerVerify } from '../../src/ledger-cli/verify.ts';
import { appendEntries, entryHashAt } from '../../src/postgres/ledger.ts';
import { testDatabase } from '../support/database.ts';
import { textOutput } from './text-output.ts';

const database = await testDatabase();
const client = new pg.Client({ connectionString: database.appUrl });
const owner = new pg.Client({ connectionString: database.ownerUrl });
await Promise.all([client.connect(), owner.connect()]);
const folder = await mkdtemp(join(tmpdir(), 'countersign-ledger-cli-'));
afterAll(async () => {
  await Promise.all([client.end(), owner.end(), rm(folder, { recursive: true })]);
});

const key = signingKey(generateKeyPairSync('ed25519').privateKey);
const otherKey = signingKey(generateKeyPairSync('ed25519').privateKey);
const publicKey = key.publicKey.spki.toString('base64');
const now = new Date('2026-11-20T18:15:22.123Z');
const workspaceId = 'T0CLI';
const checkpoints = join(folder, 'checkpoints.jsonl');

async function checkpoint(signing = key) {
  const output = textOutput();
  const code = await runLedgerCheckpoint({
    client,
    workspaceId,
    key: signing,
    actor: 'cli:root',
    via: 'cli',
    reason: 'demand',
    sinks: [checkpointFile(checkpoints, (workspace, seq) => entryHashAt(client, workspace, seq))],
    now,
    output,
  });
  return { code, text: output.text() };
}

async function verify(
  check: Omit<Parameters<typeof runLedgerVerify>[0], 'output' | 'from'> & { file?: string },
) {
  const output = textOutput();
  const { file, ...rest } = check;
  const code = await runLedgerVerify({ ...rest, from: file === undefined ? { client } : { file }, output });
  return { code, text: output.text() };
}

let files = 0;
async function exported(isRedacted = false): Promise<string> {
  files += 1;
  const out = join(folder, `export-${files}.jsonl`);
  const code = await runLedgerExport({
    client,
    output: textOutput(),
    messages: textOutput(),
    out,
    isRedacted,
    publicKey: key.publicKey,
    now,
  });
  expect(code).toBe(0);
  return out;
}

async function changed(path: string, change: (lines: string[]) => readonly string[]): Promise<string> {
  files += 1;
  const out = join(folder, `changed-${files}.jsonl`);
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  await writeFile(
    out,
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return out;
}

// Before the ledger below, which is laid down while the tests are collected.
const nothingExported = textOutput();
const codeOfNothing = await runLedgerExport({
  client,
  output: textOutput(),
  messages: nothingExported,
  isRedacted: false,
  now,
});
const nothingVerified = await verify({});

test('an empty database is nothing to export and no pass', () => {
  expect(codeOfNothing).toBe(2);
  expect(nothingExported.text()).toBe('There is no ledger to export.\n');
  expect(nothingVerified).toEqual({ code: 2, text: 'Could not check: there is no ledger here.\n' });
});

describe('with a ledger', async () => {
  await appendEntries(
    client,
    workspaceId,
    Array.from({ length: 4 }, (_, n) => ({
      kind: 'run.requested' as const,
      actor: n === 3 ? 'U0BOB' : 'U0ADA',
      via: 'slash',
      facts: { n },
      private: { reason: `reason ${n}` },
    })),
    now,
  );
  const taken = await checkpoint();
  await appendEntries(
    client,
    workspaceId,
    [{ kind: 'run.succeeded', actor: 'U0ADA', via: 'slash', facts: {} }],
    now,
  );
  const whole = await exported();
  const [first] = (await readFile(whole, 'utf8')).split('\n').filter((line) => line.includes('"seq":1,'));
  const receipt = `#1 · ${(JSON.parse(first ?? '{}') as { hash: string }).hash.slice(0, 6)}`;

  test('a checkpoint prints its line for Slack and is kept in the file', async () => {
    expect(taken.code).toBe(0);
    expect(taken.text).toContain(`Kept in the file "${checkpoints}".`);
    const kept = parseCheckpointLine((await readFile(checkpoints, 'utf8')).trim());
    expect(kept).toEqual(parseCheckpointLine(taken.text.split('\n')[0] ?? ''));
    expect(kept).toMatchObject({ workspace: workspaceId, seq: 5, keyId: key.publicKey.keyId });
  });

  test('verification of the database and of its export say the same', async () => {
    const given = { publicKeys: [publicKey], checkpointFiles: [checkpoints], receipt };
    const online = await verify(given);
    expect(online).toEqual(await verify({ ...given, file: whole }));
    expect(online.code).toBe(0);
    expect(online.text).toContain('Ledger of T0CLI: SOUND\n');
    expect(online.text).toContain('  entries     6, head #6 · ');
    expect(online.text).toContain(
      `  anchored    up to #5 by the checkpoint of ${now.toISOString()}, key ${key.publicKey.keyId}\n`,
    );
    expect(online.text).toContain('  unanchored  1\n');
    expect(online.text).toContain('  private     4 match\n');
    expect(online.text).toContain(`  receipt     ${receipt} agrees\n`);
  });

  test('the export file is readable by its owner only and is never overwritten', async () => {
    expect((await stat(whole)).mode & 0o777).toBe(0o600);
    await expect(
      runLedgerExport({
        client,
        output: textOutput(),
        messages: textOutput(),
        out: whole,
        isRedacted: false,
        now,
      }),
    ).rejects.toMatchObject({ code: 'export_file_unwritable' });
  });

  test('a redacted export holds no private text nor salt, and verifies', async () => {
    const path = await exported(true);
    expect(await readFile(path, 'utf8')).not.toMatch(/reason \d|"salt"/);
    const { code, text } = await verify({ file: path, publicKeys: [publicKey] });
    expect(code).toBe(0);
    expect(text).toContain('4 withheld by the export');
  });

  test('a key that came with the ledger is not passed off as trusted', async () => {
    expect((await verify({ file: whole })).text).toContain('that key came with the ledger itself');
    expect((await verify({ file: whole, ownKey: key.publicKey })).text).not.toContain('that key came with');
  });

  test('another public key makes the checkpoints worthless', async () => {
    const { code, text } = await verify({
      file: whole,
      publicKeys: [otherKey.publicKey.spki.toString('base64')],
    });
    expect(code).toBe(1);
    expect(text).toContain('checkpoint other key.');
    expect(text).toContain('anchored    nothing');
  });

  test('checkpoints pasted from Slack do as well as the file', async () => {
    const pasted = join(folder, 'pasted.txt');
    const line = taken.text.split('\n')[0] ?? '';
    await writeFile(pasted, `Countersign\n  APP  6:15 PM\n${line}\n\n`);
    const bare = await changed(whole, (lines) =>
      lines.filter((text) => !text.includes('"type":"checkpoint"')),
    );
    expect((await verify({ file: bare, publicKeys: [publicKey] })).text).toContain(
      'anchored    nothing: no checkpoint was given',
    );
    const { code, text } = await verify({ file: bare, publicKeys: [publicKey], checkpointFiles: [pasted] });
    expect(code).toBe(0);
    expect(text).toContain('anchored    up to #5');
  });

  test.each<[label: string, says: string, change: (lines: string[]) => readonly string[]]>([
    ['an altered body', '#3 · ', (lines) => lines.map((line) => line.replace('\\"n\\":2', '\\"n\\":9'))],
    [
      'a body that is not JSON',
      'altered.',
      (lines) => lines.map((line) => line.replace('"body":"{', '"body":"')),
    ],
    [
      'a missing entry',
      '#3 is missing: #2 is followed by #4.',
      (lines) => lines.filter((line) => !line.includes('"entry","seq":3,')),
    ],
    [
      'an entry twice',
      'Two entries claim #3',
      (lines) => lines.flatMap((line) => (line.includes('"entry","seq":3,') ? [line, line] : [line])),
    ],
    [
      'entries out of order',
      '#3 to #5 are missing',
      (lines) => [...lines.slice(0, 4), ...lines.slice(4).toReversed()],
    ],
    ['a cut tail', 'the ledger ends at #5: #6 to #6 were removed', (lines) => lines.slice(0, -1)],
    [
      'changed private text',
      'private altered.',
      (lines) => lines.map((line) => line.replace('reason 2', 'reason 9')),
    ],
    [
      'a hash of the wrong length',
      'unreadable.',
      (lines) =>
        lines.map((line) =>
          line.includes('"entry","seq":3,') ? line.replace(/"hash":"../, '"hash":"') : line,
        ),
    ],
    [
      'a forged checkpoint',
      'checkpoint forged.',
      (lines) =>
        lines.map((line) =>
          line.includes('"type":"checkpoint"') ? line.replace('"seq":5', '"seq":4') : line,
        ),
    ],
  ])('offline, %s is named and fails', async (_, says, change) => {
    const { code, text } = await verify({ file: await changed(whole, change), publicKeys: [publicKey] });
    expect(text).toContain('Ledger of T0CLI: NOT SOUND\n  first bad   ');
    expect(text).toContain(says);
    expect(code).toBe(1);
  });

  test('a ledger that checkpoints speak of and that is gone is bad, not empty', async () => {
    const emptied = await changed(whole, () => []);
    const { code, text } = await verify({
      file: emptied,
      publicKeys: [publicKey],
      checkpointFiles: [checkpoints],
    });
    expect(code).toBe(1);
    expect(text).toContain('it now ends at #0: #1 to #5 were removed');
  });

  test.each<[label: string, says: string, check: () => Promise<Parameters<typeof verify>[0]>]>([
    ['a file that is not there', 'ENOENT', async () => ({ file: join(folder, 'none.jsonl') })],
    ['an empty file', 'there is no ledger here', async () => ({ file: await changed(whole, () => []) })],
    [
      'a file cut in the middle of a line',
      'Line 8 of',
      async () => ({
        file: await changed(whole, (lines) => [...lines.slice(0, -1), lines.at(-1)?.slice(0, 50) ?? '']),
      }),
    ],
    [
      'a file of something else',
      'Line 1 of',
      async () => ({ file: await changed(whole, () => ['{"hello":"world"}']) }),
    ],
    [
      'entries without a ledger line',
      'outside any ledger',
      async () => ({ file: await changed(whole, (lines) => lines.slice(1)) }),
    ],
    [
      'a ledger with no entries',
      'EMPTY',
      async () => ({
        file: await changed(whole, ([header]) => [header?.replace(/"head":\{[^}]*\}/, '"head":null') ?? '']),
      }),
    ],
    ['another workspace', 'no ledger of "T0OTHER"', async () => ({ file: whole, workspaceId: 'T0OTHER' })],
    ['a receipt that is none', '"#12" is not a receipt', async () => ({ file: whole, receipt: '#12' })],
    [
      'a key that is none',
      'must be an Ed25519 public key',
      async () => ({ file: whole, publicKeys: ['hunter2'] }),
    ],
    [
      'a checkpoint file without checkpoints',
      'holds no checkpoint',
      async () => ({ file: whole, checkpointFiles: [await changed(whole, () => ['hello'])] }),
    ],
    [
      'a checkpoint file that is not there',
      'ENOENT',
      async () => ({ file: whole, checkpointFiles: [join(folder, 'none.jsonl')] }),
    ],
  ])('%s could not be checked, which is no pass', async (_, says, check) => {
    const { code, text } = await verify(await check());
    expect(text).toContain(says);
    expect(code).toBe(2);
  });

  test('a receipt of another history is bad', async () => {
    const { code, text } = await verify({ receipt: '#1 · 000000', publicKeys: [publicKey] });
    expect(code).toBe(1);
    expect(text).toContain('The receipt says "#1 · 000000"');
  });

  test('a checkpoint file that is ahead of the chain is not continued, and says why', async () => {
    const before = await readFile(checkpoints, 'utf8');
    const kept = parseCheckpointLine(before.trim());
    if (kept === undefined || kept === 'unreadable') throw new Error('the file holds a checkpoint');
    await writeFile(checkpoints, `${checkpointLine({ ...kept, seq: 500 })}\n`);
    try {
      const { code, text } = await checkpoint();
      expect(code).toBe(1);
      expect(text).toContain('the ledger does not reach that far');
    } finally {
      await writeFile(checkpoints, before);
    }
  });

  test('erasing says what it did, and verification says erased', async () => {
    const erase = async (person: string) => {
      const output = textOutput();
      const code = await runLedgerErase({
        owner,
        workspaceId,
        person,
        actor: 'cli:root',
        via: 'cli',
        now,
        output,
      });
      return { code, text: output.text() };
    };
    expect(await erase('U0BOB')).toEqual({
      code: 0,
      text: expect.stringMatching(/^Erased 1 private text about "U0BOB", recorded as #\d+ · [0-9a-f]{6}\./),
    });
    expect(await erase('U0BOB')).toMatchObject({ code: 2 });
    const { code, text } = await verify({ publicKeys: [publicKey] });
    expect(code).toBe(0);
    expect(text).toContain('  private     3 match, 1 erased\n');
    expect(text).not.toContain('without a record');
  });

  test('several ledgers each get a verdict, the worst decides', async () => {
    await appendEntries(
      client,
      'T0SECOND',
      [{ kind: 'run.requested', actor: 'U0ADA', via: 'slash', facts: {} }],
      now,
    );
    const both = await exported();
    expect(await verify({ file: both, publicKeys: [publicKey] })).toMatchObject({
      code: 0,
      text: expect.stringMatching(/T0CLI: SOUND[\s\S]*T0SECOND: SOUND/),
    });
    expect((await verify({ file: both, workspaceId: 'T0SECOND' })).text).not.toContain('T0CLI');
    expect(await verify({ file: both, receipt })).toMatchObject({ code: 2 });
    expect(await verify({ file: both, receipt, workspaceId })).toMatchObject({ code: 0 });
    const damaged = await changed(both, (lines) =>
      lines.map((line) => line.replace('\\"n\\":2', '\\"n\\":9')),
    );
    expect(await verify({ file: damaged, publicKeys: [publicKey] })).toMatchObject({ code: 1 });
  });
});
