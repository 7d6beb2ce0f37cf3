/**
 * Times as PostgreSQL keeps them: microseconds since 1970-01-01 UTC, a double (exact until the year 2255,
 * far finer than a millisecond until the end of JavaScript's calendar). `infinity` is Infinity.
 */
const millisecondsPerDay = 86_400_000;
const furthestMilliseconds = 8.64e15; // the end of JavaScript's calendar

export function millisecondsOf(micros: number): number {
  return Math.floor(micros / 1000);
}

/** Undefined where JavaScript has no such date (infinity, or the year 300,000). */
export function dateOf(micros: number): Date | undefined {
  const milliseconds = millisecondsOf(micros);
  return Math.abs(milliseconds) <= furthestMilliseconds ? new Date(milliseconds) : undefined;
}

export interface InstantBytes {
  /** Writes `toISOString()` of the time, its microseconds cut off as JavaScript does. @returns the end, or -1. */
  write(micros: number, out: Uint8Array, at: number): number;
}

/** Remembers the last day's text: audit records of one day follow one another. */
export function createInstantBytes(): InstantBytes {
  let knownDay = Number.NaN;
  let dayText = new Uint8Array(0);

  return {
    write(micros, out, at) {
      const milliseconds = millisecondsOf(micros);
      const day = Math.floor(milliseconds / millisecondsPerDay);
      if (day !== knownDay) {
        const date = dateOf(micros);
        if (!date) return -1;
        const iso = date.toISOString();
        dayText = Buffer.from(iso.slice(0, iso.indexOf('T') + 1), 'latin1');
        knownDay = day;
      }
      let end = at;
      for (let index = 0; index < dayText.length; index += 1) out[end++] = dayText[index]!;
      const inDay = milliseconds - day * millisecondsPerDay;
      end = writeTwoDigits(Math.floor(inDay / 3_600_000), out, end);
      out[end++] = 0x3a;
      end = writeTwoDigits(Math.floor(inDay / 60_000) % 60, out, end);
      out[end++] = 0x3a;
      end = writeTwoDigits(Math.floor(inDay / 1000) % 60, out, end);
      out[end++] = 0x2e;
      const thousandths = inDay % 1000;
      out[end++] = 0x30 + Math.floor(thousandths / 100);
      end = writeTwoDigits(thousandths % 100, out, end);
      out[end++] = 0x5a;
      return end;
    },
  };
}

function writeTwoDigits(value: number, out: Uint8Array, at: number): number {
  out[at] = 0x30 + Math.floor(value / 10);
  out[at + 1] = 0x30 + (value % 10);
  return at + 2;
}
