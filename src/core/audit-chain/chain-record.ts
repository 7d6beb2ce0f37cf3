import { hash as digest } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { createInstantBytes } from './instant.ts';
import { createJsonBytes } from './json-bytes.ts';
import { type AuditRecipe, hashDigits } from './recipe.ts';

/** One stored record, read and re-hashed. Its payload is gone: it may hold personal data. */
export interface ChainRecord {
  readonly id: string;
  /** Undefined for NULL and for the empty string: both are hashed alike and both mean "no parent". */
  readonly prevHash: string | undefined;
  readonly hash: string | undefined;
  /** Microseconds since 1970; NaN for NULL. */
  readonly micros: number;
  /** The recomputed hash is the stored one. */
  readonly isSound: boolean;
  /** Undefined when the record could not be hashed at all. */
  readonly recomputed: string | undefined;
  /** Why an unsound record is unsound where the two hashes alone do not say it. */
  readonly complaint: string | undefined;
}

/** Where a record's columns stand in the bytes they arrived in; see {@link fieldIndex}. */
export const fieldIndex = { id: 0, prevHash: 1, hash: 2, actorId: 3, action: 4, metadata: 5 } as const;
export const fieldCount = 6;

export interface StoredBytes {
  readonly bytes: Buffer;
  /** Start of each field in `bytes`, in {@link fieldIndex} order; -1 for NULL. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Microseconds since 1970; NaN for NULL. */
  micros: number;
  /** Set when the record was too large to be kept whole. */
  isCut: boolean;
}

export interface RecordReader {
  /** Reads and re-hashes one record. Never throws on what a database can hold. */
  read(stored: StoredBytes): ChainRecord;
}

export function createRecordReader(recipe: AuditRecipe): RecordReader {
  const jsonBytes = createJsonBytes();
  const instantBytes = createInstantBytes();
  const separator = Buffer.from(recipe.separator);
  const digits = hashDigits(recipe);
  let input = Buffer.allocUnsafe(16_384);
  let lastHash: string | undefined;

  const makeRoom = (length: number, kept: number): void => {
    if (input.length >= length) return;
    const larger = Buffer.allocUnsafe(length * 2);
    input.copy(larger, 0, 0, kept);
    input = larger;
  };

  const writeBytes = (source: Uint8Array, start: number, end: number, at: number): number => {
    let written = at;
    for (let index = start; index < end; index += 1) input[written++] = source[index]!;
    return written;
  };

  return {
    read(stored) {
      const { bytes, starts, ends, micros } = stored;
      const text = (field: number): string | undefined => {
        const start = starts[field]!;
        const end = ends[field]!;
        return start < 0 || start === end ? undefined : bytes.toString('utf8', start, end);
      };
      const record = (isSound: boolean, recomputed: string | undefined, complaint: string | undefined) => {
        const prevStart = starts[fieldIndex.prevHash]!;
        // Most records name the one just read: the same string again is no garbage.
        const isLast =
          lastHash !== undefined && isText(bytes, prevStart, ends[fieldIndex.prevHash]!, lastHash);
        const prevHash = isLast ? lastHash : text(fieldIndex.prevHash);
        lastHash = isSound ? recomputed : text(fieldIndex.hash);
        return {
          id: text(fieldIndex.id) ?? '',
          prevHash,
          hash: lastHash,
          micros,
          isSound,
          recomputed,
          complaint,
        };
      };

      if (stored.isCut) return record(false, undefined, 'it is too large to be read');
      let needed = separator.length * recipe.parts.length + 64;
      for (let field = 0; field < fieldCount; field += 1) needed += ends[field]! - starts[field]!;
      makeRoom(needed, 0);

      let end = 0;
      let oddity: string | undefined;
      for (let index = 0; index < recipe.parts.length; index += 1) {
        const part = recipe.parts[index]!;
        if (index > 0) end = writeBytes(separator, 0, separator.length, end);
        if (part === 'createdAt') {
          const instantEnd = instantBytes.write(micros, input, end);
          if (instantEnd < 0) return record(false, undefined, 'its time is missing or no date');
          end = instantEnd;
          continue;
        }
        const field = fieldIndex[part];
        const start = starts[field]!;
        if (part !== 'metadata') {
          if (start >= 0) end = writeBytes(bytes, start, ends[field]!, end);
          continue;
        }
        if (start < 0) {
          // A writer that stored SQL NULL canonicalised `null` or `undefined`; both become `null`.
          end += input.write('null', end, 'latin1');
          continue;
        }
        const jsonEnd = jsonBytes.write(bytes, start, ends[field]!, input, end);
        if (jsonEnd >= 0) {
          end = jsonEnd;
          continue;
        }
        const canonical = canonicalJson(bytes.toString('utf8', start, ends[field]!));
        if ('unreadable' in canonical) return record(false, undefined, canonical.unreadable);
        oddity = canonical.oddity;
        // Canonical text can be longer than the stored one: 1e20 is written out.
        makeRoom(needed + Buffer.byteLength(canonical.text), end);
        end += input.write(canonical.text, end, 'utf8');
      }

      const recomputed = digest(recipe.algorithm, input.subarray(0, end), 'hex');
      const isSame = isText(bytes, starts[fieldIndex.hash]!, ends[fieldIndex.hash]!, recomputed);
      if (isSame && oddity === undefined) return record(true, recomputed, undefined);
      if (isSame) return record(false, recomputed, `its hash fits, but ${oddity}`);
      const length = Math.max(0, ends[fieldIndex.hash]! - starts[fieldIndex.hash]!);
      if (starts[fieldIndex.hash]! < 0) return record(false, recomputed, 'it has no stored hash');
      if (length !== digits) {
        return record(false, recomputed, `its stored hash has ${length} characters instead of ${digits}`);
      }
      return record(false, recomputed, oddity);
    },
  };
}

function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length || start < 0) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
