import { z } from 'zod';
import { checkpointSchema } from '../core/ledger/checkpoint.ts';
import type { StoredEntry } from '../core/ledger/stored-entry.ts';

/**
 * An export is JSON lines: for each workspace a `ledger` line, then its checkpoints, then its entries in order.
 * Checkpoints come first so that a reader can hold the entries against them as they pass.
 */
export const exportFormat = 'countersign.ledger.export.v1';

const headerSchema = z.object({
  type: z.literal('ledger'),
  format: z.literal(exportFormat),
  workspace: z.string(),
  exportedAt: z.string(),
  isRedacted: z.boolean(),
  head: z.object({ seq: z.int(), hash: z.string() }).nullable(),
  /** SPKI, base64. */
  publicKeys: z.array(z.string()),
});

const entrySchema = z.object({
  type: z.literal('entry'),
  seq: z.int(),
  at: z.string(),
  actor: z.string(),
  via: z.string(),
  kind: z.string(),
  run: z.string().nullable(),
  incident: z.string().nullable(),
  body: z.string(),
  prevHash: z.string(),
  hash: z.string(),
  private: z.record(z.string(), z.object({ salt: z.string(), text: z.string() })).default({}),
});

export const exportLineSchema = z.discriminatedUnion('type', [
  headerSchema,
  checkpointSchema.extend({ type: z.literal('checkpoint') }),
  entrySchema,
]);
export type ExportLine = z.output<typeof exportLineSchema>;
export type ExportHeader = z.output<typeof headerSchema>;
type ExportEntry = z.output<typeof entrySchema>;

export function exportEntry(entry: StoredEntry, isRedacted: boolean): ExportEntry {
  return {
    type: 'entry',
    seq: entry.seq,
    at: entry.at,
    actor: entry.actor,
    via: entry.via,
    kind: entry.kind,
    run: entry.runId,
    incident: entry.incidentId,
    body: entry.body,
    prevHash: entry.prevHash,
    hash: entry.hash,
    private: isRedacted
      ? {}
      : Object.fromEntries(entry.private.map(({ field, salt, text }) => [field, { salt, text }])),
  };
}

export function importEntry(workspaceId: string, line: ExportEntry): StoredEntry {
  const { run, incident, private: texts, type: _, ...same } = line;
  return {
    ...same,
    workspaceId,
    runId: run,
    incidentId: incident,
    private: Object.entries(texts).map(([field, { salt, text }]) => ({ field, salt, text })),
  };
}
