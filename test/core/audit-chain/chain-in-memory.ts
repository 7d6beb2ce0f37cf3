import { createHash } from 'node:crypto';
import { createRecordReader, fieldCount } from '../../../src/core/audit-chain/chain-record.ts';
import { createChainJudge, type Judgement } from '../../../src/core/audit-chain/judge.ts';
import type { ChainLookups, StoredLink } from '../../../src/core/audit-chain/lookups.ts';
import { pilotV1 } from '../../../src/core/audit-chain/recipe.ts';

/** A row as it lies in a table. */
export interface Row {
  id: string;
  prevHash: string | null;
  hash: string | null;
  /** Microseconds since 1970; NaN for NULL. */
  micros: number;
  actorId: string | null;
  action: string;
  /** The stored JSON text. */
  metadata: string | null;
}

/** The recipe written out once more, by hand, for payloads that are already canonical. */
export function hashOf(row: Row): string {
  const at = new Date(Math.floor(row.micros / 1000)).toISOString();
  const text = `${row.prevHash ?? ''}${row.metadata ?? 'null'}${at}${row.actorId ?? ''}${row.action}`;
  return createHash('sha256').update(text).digest('hex');
}

export const firstMicros = Date.UTC(2026, 0, 5, 8) * 1000;

/** `gaps[i]` milliseconds lie between record i and the one before it. */
export function soundChain(gaps: readonly number[], idOf = (index: number): string => `r${index}`): Row[] {
  const rows: Row[] = [];
  let micros = firstMicros;
  for (const [index, gap] of gaps.entries()) {
    micros += gap * 1000;
    const row: Row = {
      id: idOf(index),
      prevHash: rows.at(-1)?.hash ?? null,
      hash: null,
      micros,
      actorId: index % 3 === 0 ? null : `u${index % 4}`,
      action: 'case.updated',
      metadata: `{"n":${index}}`,
    };
    row.hash = hashOf(row);
    rows.push(row);
  }
  return rows;
}

/** As the database returns them: by time, then by id. NULL times come last. */
export function inWrittenOrder(rows: readonly Row[]): Row[] {
  const order = (micros: number): number => (Number.isNaN(micros) ? Number.POSITIVE_INFINITY : micros);
  return rows.toSorted((left, right) =>
    order(left.micros) === order(right.micros)
      ? left.id < right.id
        ? -1
        : 1
      : order(left.micros) - order(right.micros),
  );
}

export async function judge(rows: readonly Row[], windowSize?: number): Promise<Judgement> {
  const ordered = inWrittenOrder(rows);
  const reader = createRecordReader(pilotV1);
  const chain = createChainJudge(windowSize === undefined ? {} : { windowSize });
  const lookups = lookupsOver(ordered);
  for (const row of ordered) {
    chain.add(reader.read(storedBytes(row)));
    if (chain.isWaitingForLookups) await chain.settle(lookups);
  }
  return chain.finish(lookups);
}

export function storedBytes(row: Row) {
  const fields = [row.id, row.prevHash, row.hash, row.actorId, row.action, row.metadata];
  const starts = new Int32Array(fieldCount);
  const ends = new Int32Array(fieldCount);
  const parts: Buffer[] = [];
  let at = 0;
  for (const [index, field] of fields.entries()) {
    const bytes = Buffer.from(field ?? '');
    starts[index] = field === null ? -1 : at;
    at += bytes.length;
    ends[index] = field === null ? -1 : at;
    parts.push(bytes);
  }
  return { bytes: Buffer.concat(parts), starts, ends, micros: row.micros, isCut: false };
}

function lookupsOver(rows: readonly Row[]): ChainLookups {
  const text = (value: string | null): string | undefined =>
    value === null || value === '' ? undefined : value;
  const link = (row: Row): StoredLink => ({
    id: row.id,
    prevHash: text(row.prevHash),
    hash: text(row.hash),
    micros: row.micros,
    actorId: row.actorId,
    action: row.action,
  });
  const where = (matches: (row: Row) => boolean): StoredLink[] => rows.filter(matches).map(link);
  return {
    byHash: async (hashes) => where((row) => row.hash !== null && hashes.includes(row.hash)),
    byPrevHash: async (hashes) => where((row) => row.prevHash !== null && hashes.includes(row.prevHash)),
    byId: async (ids) => where((row) => ids.includes(row.id)),
    around: async (time) => {
      const micros = new Date(time).getTime() * 1000;
      return {
        before: where((row) => row.micros <= micros).at(-1),
        after: where((row) => row.micros > micros)[0],
      };
    },
  };
}
