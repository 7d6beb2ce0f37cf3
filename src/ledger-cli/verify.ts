import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { ClientBase } from 'pg';
import { CountersignError, UserMistake } from '../core/errors.ts';
import { parseCheckpointLine } from '../core/ledger/checkpoint.ts';
import { parseReceipt, type Receipt } from '../core/ledger/receipt.ts';
import { type PublicKey, parsePublicKey } from '../core/ledger/signing-key.ts';
import { type LedgerVerdict, verifyLedger } from '../core/ledger/verify.ts';
import type { FoundCheckpoint } from '../core/ledger/verify-checkpoints.ts';
import { readLines } from '../read-lines.ts';
import { exportFileSources } from './export-file.ts';
import { databaseSources, inSnapshot, type LedgerSource } from './source.ts';
import { verdictLines } from './verdict-lines.ts';

export interface LedgerCheck {
  /** The database, or an exported file that needs none. A client of its own: verification reads one snapshot. */
  readonly from: { readonly client: ClientBase } | { readonly file: string };
  readonly output: Writable;
  /** Public keys to trust: PEM, base64, or the path of a file that holds one. */
  readonly publicKeys?: readonly string[];
  /** Trusted when `publicKeys` is empty: the public half of this installation's own signing key. */
  readonly ownKey?: PublicKey | undefined;
  /** Files of JSON lines from the file sink, or of lines pasted from Slack. */
  readonly checkpointFiles?: readonly string[];
  readonly receipt?: string | undefined;
  /** Default: every workspace there is. */
  readonly workspaceId?: string | undefined;
}

/** 0 sound · 1 bad · 2 could not be checked, which includes "there was nothing to check". */
export type VerifyExitCode = 0 | 1 | 2;

/** `ledger verify`: prints a verdict for each ledger. Never throws for what a person gave it: that is code 2. */
export async function runLedgerVerify(check: LedgerCheck): Promise<VerifyExitCode> {
  try {
    const { from } = check;
    if ('file' in from) return await checkAll(check, exportFileSources(from.file));
    return await inSnapshot(from.client, () =>
      checkAll(check, databaseSources(from.client, check.workspaceId)),
    );
  } catch (error) {
    if (!(error instanceof CountersignError) && !isFileError(error)) throw error;
    check.output.write(`Could not check: ${error.message}\n`);
    return 2;
  }
}

/** Verifies one ledger, from wherever it is read. */
export async function verifySource(
  source: LedgerSource,
  given: {
    readonly keys: readonly PublicKey[];
    readonly checkpoints?: readonly FoundCheckpoint[];
    readonly receipt?: Receipt | undefined;
  },
): Promise<LedgerVerdict> {
  const { workspaceId, isRedacted } = source;
  const verification = verifyLedger({
    workspaceId,
    isRedacted,
    keys: given.keys,
    checkpoints: [
      ...source.checkpoints,
      ...(given.checkpoints ?? []).filter(({ workspace }) => workspace === workspaceId),
    ],
    receipt: given.receipt,
  });
  for await (const page of source.pages) for (const entry of page) verification.add(entry);
  return verification.finish(source.head);
}

async function checkAll(check: LedgerCheck, sources: AsyncIterable<LedgerSource>): Promise<VerifyExitCode> {
  const { output, workspaceId } = check;
  const trusted = await trustedKeys(check);
  const checkpoints = await givenCheckpoints(check);
  const receipt = givenReceipt(check.receipt);
  const verdicts: LedgerVerdict[] = [];
  const seen = new Set<string>();

  async function judge(source: LedgerSource): Promise<void> {
    seen.add(source.workspaceId);
    const keys = trusted.length > 0 ? trusted : source.keys;
    if (keys.length === 0 && checkpoints.length > 0) {
      throw new UserMistake(
        'public_key_needed',
        'Checkpoints were given and no public key to check them with. Pass --public-key.',
      );
    }
    const verdict = await verifySource(source, { keys, checkpoints, receipt });
    verdicts.push(verdict);
    output.write(`${verdictLines(verdict).join('\n')}\n`);
    if (verdict.anchor !== undefined && trusted.length === 0) {
      output.write(
        '  note        that key came with the ledger itself: compare its id with one you trust, or pass --public-key\n',
      );
    }
  }

  for await (const source of sources) {
    if (workspaceId !== undefined && source.workspaceId !== workspaceId) {
      for await (const _ of source.pages);
    } else await judge(source);
  }
  // A ledger that checkpoints speak of and that is not there at all has lost every entry.
  const spokenOf = checkpoints.map(({ workspace }) => workspace);
  const absent = new Set(spokenOf.filter((id) => !seen.has(id) && (workspaceId ?? id) === id));
  for (const id of absent) await judge(nothingOf(id));
  return exitCode(check, verdicts, checkpoints);
}

function exitCode(
  { output, workspaceId, receipt, checkpointFiles = [] }: LedgerCheck,
  verdicts: readonly LedgerVerdict[],
  checkpoints: readonly FoundCheckpoint[],
): VerifyExitCode {
  if (verdicts.length === 0) {
    output.write(
      `Could not check: there is no ledger${workspaceId === undefined ? '' : ` of "${workspaceId}"`} here.\n`,
    );
    return 2;
  }
  if (receipt !== undefined && verdicts.length > 1) {
    output.write('Could not check the receipt: there are several ledgers here. Pass --workspace.\n');
    return 2;
  }
  if (verdicts.some(({ outcome }) => outcome === 'bad')) return 1;
  if (verdicts.some(({ outcome }) => outcome === 'empty')) return 2;
  const isAnyUsed = checkpoints.some(({ workspace }) =>
    verdicts.some((verdict) => verdict.workspaceId === workspace),
  );
  if (checkpointFiles.length > 0 && !isAnyUsed) {
    output.write(`Could not check: no checkpoint given is of "${workspaceId}".\n`);
    return 2;
  }
  if (receipt !== undefined) output.write(`  receipt     ${receipt.trim()} agrees\n`);
  return 0;
}

async function trustedKeys({ publicKeys = [], ownKey }: LedgerCheck): Promise<readonly PublicKey[]> {
  if (publicKeys.length === 0) return ownKey === undefined ? [] : [ownKey];
  return Promise.all(
    publicKeys.map(async (given) => {
      const text = await readFile(given, 'utf8').catch(() => given);
      return parsePublicKey(text);
    }),
  );
}

async function givenCheckpoints({
  checkpointFiles = [],
  output,
}: LedgerCheck): Promise<readonly FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = [];
  for (const path of checkpointFiles) {
    let number = 0;
    const before = found.length;
    for await (const line of readLines(createReadStream(path), path)) {
      number += 1;
      const checkpoint = parseCheckpointLine(line);
      if (checkpoint === 'unreadable') {
        output.write(`Line ${number} of "${path}" is not a whole checkpoint and was not used.\n`);
      } else if (checkpoint !== undefined) found.push({ ...checkpoint, from: `"${path}" line ${number}` });
    }
    if (found.length === before) {
      throw new UserMistake(
        'no_checkpoints',
        `"${path}" holds no checkpoint. Give a file of the checkpoint sink, or lines copied from Slack.`,
      );
    }
  }
  return found;
}

function givenReceipt(typed: string | undefined): Receipt | undefined {
  if (typed === undefined) return undefined;
  const receipt = parseReceipt(typed);
  if (receipt === undefined) {
    throw new UserMistake('not_a_receipt', `"${typed}" is not a receipt. It looks like: #1234 · 9f3ab2`);
  }
  return receipt;
}

function nothingOf(workspaceId: string): LedgerSource {
  return { workspaceId, head: undefined, checkpoints: [], keys: [], isRedacted: false, pages: noPages() };
}

async function* noPages(): AsyncGenerator<never> {}

/** A path that cannot be read is the person's to mend, not a crash. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}
