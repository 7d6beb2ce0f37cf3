/** Keeps messages over restarts: whole file, written beside and renamed, so that a crash leaves the old one. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { StoredMessage } from './messages.ts';

/** Long enough to gather a burst, short enough to lose little to a kill. */
const debounceMilliseconds = 200;

const fields = z.looseObject({
  channel: z.string(),
  ts: z.string(),
  userId: z.string(),
  text: z.string(),
  blocks: z.array(z.looseObject({ type: z.string(), block_id: z.string() })),
});
const schema = z.object({
  version: z.literal(1),
  sequence: z.int().nonnegative(),
  lastTs: z.string(),
  messages: z.array(fields),
});

export interface SavedState {
  sequence: number;
  lastTs: string;
  messages: StoredMessage[];
}

/** Undefined when there is no file yet. @throws Error naming the file when it is not one of ours */
export function loadState(path: string): SavedState | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { sequence, lastTs, messages } = schema.parse(JSON.parse(text));
    return { sequence, lastTs, messages: messages as unknown as StoredMessage[] };
  } catch (cause) {
    throw new Error(`"${path}" does not hold this workspace's messages; delete it to start empty`, { cause });
  }
}

export class StateFile {
  private readonly path: string;
  private readonly read: () => SavedState;
  private timer: NodeJS.Timeout | undefined;

  constructor(path: string, read: () => SavedState) {
    this.path = path;
    this.read = read;
  }

  changed(): void {
    this.timer ??= setTimeout(() => this.flush(), debounceMilliseconds);
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    mkdirSync(dirname(this.path), { recursive: true });
    const beside = `${this.path}.${process.pid}.part`;
    writeFileSync(beside, JSON.stringify({ version: 1, ...this.read() }), { mode: 0o600 });
    renameSync(beside, this.path);
  }
}
