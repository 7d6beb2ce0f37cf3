import { z } from 'zod';
import type { JsonObject } from '../../command.ts';
import { canonical, type EntryBody } from './entry.ts';

/** A ledger row as it is found, which is not yet to say that it is sound. */
export interface StoredEntry {
  readonly workspaceId: string;
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly via: string;
  readonly kind: string;
  readonly runId: string | null;
  readonly incidentId: string | null;
  /** The exact canonical text that was hashed. */
  readonly body: string;
  /** Lower-case hex, like `hash`. */
  readonly prevHash: string;
  readonly hash: string;
  /** What is still kept beside the entry. A commitment without its text was erased. */
  readonly private: readonly StoredPrivateText[];
}

export interface StoredPrivateText {
  readonly field: string;
  /** Hex. */
  readonly salt: string;
  readonly text: string;
}

const bodySchema: z.ZodType<EntryBody> = z.strictObject({
  actor: z.string(),
  at: z.iso.datetime({ precision: 3 }),
  facts: z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>,
  incident: z.string().nullable(),
  kind: z.string(),
  private: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
  run: z.string().nullable(),
  seq: z.int().min(1),
  v: z.literal(1),
  via: z.string(),
  workspace: z.string(),
});

/**
 * Reads canonical bytes back. Never throws: a chain that someone has damaged may hold anything.
 * Text that parses but is not canonical is refused too, because two parsers could read it differently.
 */
export function parseBody(body: string): EntryBody | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return canonical(value) === body ? bodySchema.safeParse(value).data : undefined;
  } catch {
    // Not JSON, or nested deeper than the stack.
    return undefined;
  }
}
