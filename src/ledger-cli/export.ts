import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { Fault } from '../core/errors.ts';
import type { PublicKey } from '../core/ledger/signing-key.ts';
import { type ExportLine, exportEntry, exportFormat } from './export-format.ts';
import { databaseSources, inSnapshot } from './source.ts';

export interface LedgerExport {
  /** A connection of its own: the export reads one snapshot. */
  readonly client: ClientBase;
  readonly output: Writable;
  /** Default: every workspace of the database. */
  readonly workspaceId?: string | undefined;
  /** Leave private texts and their salts out; the commitments stay. */
  readonly isRedacted: boolean;
  /** Exported beside the keys stored with the checkpoints. */
  readonly publicKey?: PublicKey | undefined;
  readonly now: Date;
}

/** Writes ledgers as JSON lines, in memory of one page. The caller ends the stream. */
export async function exportLedger(options: LedgerExport): Promise<{ workspaces: number; entries: number }> {
  const { client, output, workspaceId, isRedacted, publicKey, now } = options;
  let workspaces = 0;
  let entries = 0;
  await inSnapshot(client, async () => {
    for await (const source of databaseSources(client, workspaceId)) {
      workspaces += 1;
      const keys = [...source.keys, ...(publicKey === undefined ? [] : [publicKey])];
      await write(output, [
        {
          type: 'ledger',
          format: exportFormat,
          workspace: source.workspaceId,
          exportedAt: now.toISOString(),
          isRedacted,
          head: source.head ?? null,
          publicKeys: [...new Set(keys.map(({ spki }) => spki.toString('base64')))],
        },
        ...source.checkpoints.map(({ from: _, ...checkpoint }) => ({
          type: 'checkpoint' as const,
          ...checkpoint,
        })),
      ]);
      for await (const page of source.pages) {
        entries += page.length;
        await write(
          output,
          page.map((entry) => exportEntry(entry, isRedacted)),
        );
      }
    }
  });
  return { workspaces, entries };
}

/**
 * `ledger export [--out file] [--redact]`.
 *
 * @param options.out a new file, readable by its owner only since it may hold private texts; default `output`.
 * @returns the exit code: 0, or 2 when there was nothing to export.
 * @throws Fault `export_file_exists`.
 */
export async function runLedgerExport(
  options: LedgerExport & { readonly out?: string | undefined; readonly messages: Writable },
): Promise<0 | 2> {
  const { out, messages } = options;
  const output = out === undefined ? options.output : createWriteStream(out, { flags: 'wx', mode: 0o600 });
  if (out !== undefined) {
    await once(output, 'open').catch((cause: NodeJS.ErrnoException) => {
      throw new Fault(
        'export_file_unwritable',
        `"${out}" cannot be made (${cause.code}). Name a file that does not exist yet, in a folder you may write to.`,
        { cause },
      );
    });
  }
  const { workspaces, entries } = await exportLedger({ ...options, output });
  if (out !== undefined) {
    output.end();
    await finished(output);
  }
  messages.write(
    entries === 0
      ? 'There is no ledger to export.\n'
      : `Exported ${entries} entries of ${workspaces} workspace${workspaces === 1 ? '' : 's'}${options.isRedacted ? ', private texts left out' : ', private texts included'}.\n`,
  );
  return entries === 0 ? 2 : 0;
}

async function write(output: Writable, lines: readonly ExportLine[]): Promise<void> {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  if (!output.write(text)) await once(output, 'drain');
}
