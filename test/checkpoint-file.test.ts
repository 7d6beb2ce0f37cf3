import { generateKeyPairSync } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkpointFile } from '../src/checkpoint-file.ts';
import { type Checkpoint, parseCheckpointLine, signCheckpoint } from '../src/core/ledger/checkpoint.ts';
import { signingKey } from '../src/core/ledger/signing-key.ts';

const folder = await mkdtemp(join(tmpdir(), 'countersign-checkpoint-file-'));
afterAll(() => rm(folder, { recursive: true }));
const key = signingKey(generateKeyPairSync('ed25519').privateKey);

function at(seq: number, workspace = 'T1'): Checkpoint {
  return signCheckpoint({ workspace, seq, hash: hashOf(seq), at: new Date('2026-11-20T18:15:22.123Z') }, key);
}

function hashOf(seq: number): string {
  return seq.toString(16).padStart(64, '0');
}

/** A chain of `length` entries. */
function chain(length: number) {
  return async (_workspaceId: string, seq: number) => (seq <= length ? hashOf(seq) : undefined);
}

async function linesOf(path: string) {
  return (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map(parseCheckpointLine);
}

describe('the checkpoint file', () => {
  test('gets one line per checkpoint, in a folder it makes', async () => {
    const path = join(folder, 'new', 'checkpoints.jsonl');
    const sink = checkpointFile(path, chain(10));
    await sink.write(at(5));
    await sink.write(at(9));
    await sink.write(at(2, 'T2'));
    expect(await linesOf(path)).toEqual([at(5), at(9), at(2, 'T2')]);
  });

  test('is not continued when the chain no longer reaches it', async () => {
    const path = join(folder, 'ahead.jsonl');
    await checkpointFile(path, chain(10)).write(at(10));
    await expect(checkpointFile(path, chain(8)).write(at(8))).rejects.toMatchObject({
      code: 'checkpoint_file_ahead',
    });
    expect(await linesOf(path)).toEqual([at(10)]);
  });

  test('is not continued when the chain has another hash there', async () => {
    const path = join(folder, 'rewritten.jsonl');
    await checkpointFile(path, chain(10)).write(at(10));
    const rewritten = async () => 'ab'.repeat(32);
    await expect(checkpointFile(path, rewritten).write(at(12))).rejects.toMatchObject({
      code: 'checkpoint_file_disagrees',
    });
    expect(await linesOf(path)).toEqual([at(10)]);
  });

  test('takes an older checkpoint that another process was slower to write', async () => {
    const path = join(folder, 'race.jsonl');
    const sink = checkpointFile(path, chain(20));
    await sink.write(at(12));
    await sink.write(at(10));
    expect(await linesOf(path)).toEqual([at(12), at(10)]);
  });

  test('starts a line of its own after one torn by a power cut', async () => {
    const path = join(folder, 'torn.jsonl');
    const sink = checkpointFile(path, chain(20));
    await sink.write(at(5));
    await appendFile(path, '{"workspace":"T1","se');
    await sink.write(at(9));
    expect(await linesOf(path)).toEqual([at(5), 'unreadable', at(9)]);
  });

  test('says so when it cannot be written', async () => {
    const sink = checkpointFile(join(folder, 'new', 'checkpoints.jsonl', 'below-a-file'), chain(20));
    await expect(sink.write(at(5))).rejects.toMatchObject({ code: expect.stringMatching(/EEXIST|ENOTDIR/) });
  });
});
