import { fieldCount, type StoredBytes } from '../core/audit-chain/chain-record.ts';
import { Fault } from '../core/errors.ts';

/**
 * Decodes `COPY … TO STDOUT (FORMAT binary)` of the columns of `AuditSql.copyChain`, chunk by chunk.
 * Binary, because lengths come first: nothing is searched for delimiters or unescaped, and times are integers.
 * https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4.6
 */
const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const headerBytes = signature.length + 8; // flags and the length of a header extension, which no server sends

const columns = 7;
const timeColumn = 3;
const microsToPostgresEpoch = 946_684_800_000_000; // 2000-01-01 in microseconds since 1970

/** A larger payload is not buffered: memory stays bounded whatever the operated system stored. */
const largestFieldBytes = 16 * 1024 * 1024;

export interface CopyDecoder {
  /** Calls `onRow` for each complete row. The bytes it gets are valid only during the call. */
  push(chunk: Buffer): void;
}

export function createCopyDecoder(onRow: (row: StoredBytes) => void): CopyDecoder {
  let buffer = Buffer.allocUnsafe(256 * 1024);
  let filled = 0;
  let cursor = 0;
  let rowStart = 0;
  /** Next column of the row, -1 before its column count, -2 before the stream's header. */
  let column = -2;
  /** Bytes still to be thrown away of a field that is too large. */
  let skipped = 0;
  const row = {
    bytes: buffer,
    starts: new Int32Array(fieldCount),
    ends: new Int32Array(fieldCount),
    micros: Number.NaN,
    isCut: false,
  };

  const append = (chunk: Buffer): void => {
    if (rowStart > 0) {
      buffer.copyWithin(0, rowStart, filled);
      for (let field = 0; field < fieldCount; field += 1) {
        if (row.starts[field]! < 0) continue; // NULL
        row.starts[field]! -= rowStart;
        row.ends[field]! -= rowStart;
      }
      filled -= rowStart;
      cursor -= rowStart;
      rowStart = 0;
    }
    if (filled + chunk.length > buffer.length) {
      const larger = Buffer.allocUnsafe((filled + chunk.length) * 2);
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
    }
    chunk.copy(buffer, filled);
    filled += chunk.length;
  };

  const setField = (start: number, end: number): void => {
    const field = column < timeColumn ? column : column - 1;
    row.starts[field] = start;
    row.ends[field] = end;
  };

  const readTime = (): void => {
    const high = buffer.readInt32BE(cursor);
    const low = buffer.readUInt32BE(cursor + 4);
    if (high === 0x7fffffff && low === 0xffffffff) row.micros = Number.POSITIVE_INFINITY;
    else if (high === -0x80000000 && low === 0) row.micros = Number.NEGATIVE_INFINITY;
    else row.micros = high * 0x1_0000_0000 + low + microsToPostgresEpoch;
  };

  /** @returns false when more bytes are needed. */
  const readField = (): boolean => {
    if (filled - cursor < 4) return false;
    const length = buffer.readInt32BE(cursor);
    if (length > largestFieldBytes) {
      cursor += 4;
      row.isCut = true;
      setField(-1, -1);
      const here = Math.min(length, filled - cursor);
      // What is here of it makes room for what follows it.
      buffer.copyWithin(cursor, cursor + here, filled);
      filled -= here;
      skipped = length - here;
    } else {
      if (length > 0 && filled - cursor - 4 < length) return false;
      cursor += 4;
      if (column === timeColumn) {
        if (length === 8) readTime();
        else row.micros = Number.NaN;
      } else setField(length < 0 ? -1 : cursor, length < 0 ? -1 : cursor + length);
      if (length > 0) cursor += length;
    }
    column += 1;
    return true;
  };

  /** @returns false when more bytes are needed. */
  const readOn = (): boolean => {
    if (column === -2) {
      if (filled < headerBytes) return false;
      if (buffer.compare(signature, 0, signature.length, 0, signature.length) !== 0) {
        throw new Fault(
          'target_unreadable',
          'the target answered COPY with something that is not its binary format',
        );
      }
      cursor = headerBytes + buffer.readUInt32BE(headerBytes - 4);
      rowStart = cursor;
      column = -1;
    }
    if (column === -1) {
      if (filled - cursor < 2) return false;
      const count = buffer.readInt16BE(cursor);
      cursor += 2;
      if (count === -1) return false;
      if (count !== columns)
        throw new Fault('target_unreadable', `the target answered ${count} columns, not ${columns}`);
      column = 0;
      row.isCut = false;
    }
    while (column < columns) {
      if (skipped > 0 || !readField()) return false;
    }
    if (skipped > 0) return false;
    row.bytes = buffer;
    onRow(row);
    column = -1;
    rowStart = cursor;
    return true;
  };

  return {
    push(chunk) {
      const dropped = Math.min(skipped, chunk.length);
      skipped -= dropped;
      if (skipped > 0) return;
      append(dropped === 0 ? chunk : chunk.subarray(dropped));
      while (readOn());
    },
  };
}
