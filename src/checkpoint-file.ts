import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault } from './core/errors.ts';
import { type Checkpoint, parseCheckpointLine } from './core/ledger/checkpoint.ts';
import { readLines } from './read-lines.ts';

/** A place outside the database that keeps checkpoints. */
export interface CheckpointSink {
  /** For the sentence that names it, e.g. `the file "/var/lib/countersign/checkpoints.jsonl"`. */
  readonly name: string;
  /** Resolves once the checkpoint would survive a power cut. */
  write(checkpoint: Checkpoint): Promise<void>;
}

/**
 * An append-only file, one JSON line per checkpoint. Before each line it holds the file's furthest checkpoint
 * against the chain and refuses to go on when they disagree: continuing would bury the evidence.
 *
 * Put it where the database's administrator cannot write; `chattr +a` on Linux makes the kernel refuse the rest.
 *
 * @param hashAt hash of an entry of the chain now; undefined when there is no such entry.
 */
export function checkpointFile(
  path: string,
  hashAt: (workspaceId: string, seq: number) => Promise<string | undefined>,
): CheckpointSink {
  /** What stood in the file when it was this long: it is read again only when somebody else has written to it. */
  let known: { readonly size: number; readonly furthest: Checkpoint | undefined } | undefined;
  return {
    name: `the file "${path}"`,
    /** @throws Fault `checkpoint_file_ahead`, `checkpoint_file_disagrees`. */
    async write(checkpoint) {
      await mkdir(dirname(path), { recursive: true });
      // O_APPEND: two processes never write over each other's line.
      await using file = await open(path, 'a+', 0o644);
      const { size } = await file.stat();
      const last =
        known?.size === size && known.furthest?.workspace === checkpoint.workspace
          ? known.furthest
          : await furthestCheckpoint(path, checkpoint.workspace);
      if (last !== undefined) refuseDisagreement(path, last, await hashAt(last.workspace, last.seq));
      const isTorn = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== 0x0a;
      const line = `${isTorn ? '\n' : ''}${JSON.stringify(checkpoint)}\n`;
      await file.appendFile(line);
      await file.sync();
      const furthest = last !== undefined && last.seq > checkpoint.seq ? last : checkpoint;
      const ours = size + Buffer.byteLength(line);
      // Longer by more than our line: somebody else wrote in this very moment.
      known = (await file.stat()).size === ours ? { size: ours, furthest } : undefined;
    },
  };
}

async function furthestCheckpoint(path: string, workspaceId: string): Promise<Checkpoint | undefined> {
  let furthest: Checkpoint | undefined;
  try {
    for await (const line of readLines(createReadStream(path), path)) {
      const checkpoint = parseCheckpointLine(line);
      // A line torn by a power cut is not a checkpoint; verification points it out.
      if (checkpoint === undefined || checkpoint === 'unreadable') continue;
      if (checkpoint.workspace === workspaceId && checkpoint.seq >= (furthest?.seq ?? 0))
        furthest = checkpoint;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return furthest;
}

function refuseDisagreement(path: string, last: Checkpoint, hash: string | undefined): void {
  if (hash === undefined) {
    throw new Fault(
      'checkpoint_file_ahead',
      `"${path}" holds a checkpoint at #${last.seq} of "${last.workspace}", and the ledger does not reach that far: its end was cut, or this is another database. Run: countersign ledger verify --checkpoints "${path}"`,
    );
  }
  if (hash !== last.hash) {
    throw new Fault(
      'checkpoint_file_disagrees',
      `"${path}" holds a checkpoint at #${last.seq} of "${last.workspace}" over another hash than the ledger has there: the ledger was rewritten, or this is another database. Run: countersign ledger verify --checkpoints "${path}"`,
    );
  }
}
