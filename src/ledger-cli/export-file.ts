import { createReadStream } from 'node:fs';
import { Fault } from '../core/errors.ts';
import { parsePublicKey } from '../core/ledger/signing-key.ts';
import type { StoredEntry } from '../core/ledger/stored-entry.ts';
import type { FoundCheckpoint } from '../core/ledger/verify-checkpoints.ts';
import { readLines } from '../read-lines.ts';
import { type ExportHeader, type ExportLine, exportLineSchema, importEntry } from './export-format.ts';
import type { LedgerSource } from './source.ts';

/** How many entries pass at a time; enough that the hand-over costs nothing. */
const pageSize = 500;

/**
 * The ledgers of an exported file, one after another, without any database.
 *
 * @throws Fault `export_unreadable` naming the line; the codes of the file system when it cannot be opened.
 */
export async function* exportFileSources(path: string): AsyncGenerator<LedgerSource> {
  const lines = numberedLines(path);
  let next = await lines.next();
  while (next.done !== true) {
    const { value: header, number } = next.value;
    if (header.type !== 'ledger')
      throw unreadable(path, number, `is a "${header.type}" line outside any ledger`);
    const checkpoints: FoundCheckpoint[] = [];
    for (
      next = await lines.next();
      next.done !== true && next.value.value.type === 'checkpoint';
      next = await lines.next()
    ) {
      const { type: _, ...checkpoint } = next.value.value;
      checkpoints.push({ ...checkpoint, from: `"${path}" line ${next.value.number}` });
    }
    async function* pages(): AsyncGenerator<readonly StoredEntry[]> {
      let page: StoredEntry[] = [];
      for (; next.done !== true && next.value.value.type === 'entry'; next = await lines.next()) {
        page.push(importEntry(workspaceOf(header), next.value.value));
        if (page.length === pageSize) {
          yield page;
          page = [];
        }
      }
      if (page.length > 0) yield page;
    }
    yield {
      workspaceId: header.workspace,
      head: header.head ?? undefined,
      checkpoints,
      keys: keysOf(header, path, number),
      isRedacted: header.isRedacted,
      pages: pages(),
    };
  }
}

async function* numberedLines(path: string): AsyncGenerator<{ value: ExportLine; number: number }> {
  let number = 0;
  for await (const line of readLines(createReadStream(path), path)) {
    number += 1;
    if (line.trim() === '') continue;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw unreadable(path, number, 'is not JSON; the file may have been cut short');
    }
    const parsed = exportLineSchema.safeParse(json);
    if (!parsed.success) {
      throw unreadable(
        path,
        number,
        `is not a line of a ledger export (${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message})`,
      );
    }
    yield { value: parsed.data, number };
  }
}

function workspaceOf(header: ExportLine): string {
  return header.type === 'ledger' ? header.workspace : '';
}

function keysOf(header: ExportHeader, path: string, number: number): LedgerSource['keys'] {
  try {
    return header.publicKeys.map(parsePublicKey);
  } catch (cause) {
    throw unreadable(path, number, 'holds a public key that is none', cause);
  }
}

function unreadable(path: string, number: number, problem: string, cause?: unknown): Fault {
  return new Fault('export_unreadable', `Line ${number} of "${path}" ${problem}. Export it again.`, {
    cause,
  });
}
