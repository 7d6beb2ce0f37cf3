/**
 * The fast path for what nearly every audit payload is: canonical JSON straight from the stored bytes, with
 * no string made and nothing parsed. It declines (returns -1) wherever the canonical form could differ from
 * the stored characters, and canonical-json.ts decides.
 */
const maximumDepth = 16; // Real payloads nest two or three levels; deeper ones take the slow path.
const maximumMembers = 128; // Open at once. Insertion sort is the fastest for a handful of keys.

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;

export interface JsonBytes {
  /**
   * Writes canonical JSON of `source[start, end)` to `out` from `at` on; `out` must have room for as many bytes.
   * @returns the end in `out`, or -1 when this payload needs the slow path.
   */
  write(source: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number;
}

export function createJsonBytes(): JsonBytes {
  let bytes: Uint8Array = new Uint8Array(0);
  let out: Uint8Array = bytes;
  let position = 0;
  let end = 0;
  let written = 0;
  let members = 0;
  let scratch = new Uint8Array(4096);
  // One entry per open member, in `out`: where its key starts (after the quote), ends, and where it ends.
  const keyStarts = new Int32Array(maximumMembers);
  const keyEnds = new Int32Array(maximumMembers);
  const memberEnds = new Int32Array(maximumMembers);
  const order = new Int32Array(maximumMembers);

  const skipSpace = (): void => {
    while (position < end) {
      const byte = bytes[position]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      position += 1;
    }
  };

  const writeValue = (depth: number): boolean => {
    const byte = position < end ? bytes[position]! : 0;
    if (byte === quote) return writeString(false);
    if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) return writeNumber();
    if (byte === 0x7b) return depth < maximumDepth && writeObject(depth + 1);
    if (byte === 0x5b) return depth < maximumDepth && writeArray(depth + 1);
    if (byte === 0x74) return writeWord(0x72, 0x75, 0x65, 4);
    if (byte === 0x6e) return writeWord(0x75, 0x6c, 0x6c, 4);
    if (byte === 0x66) return bytes[position + 4] === 0x65 && writeWord(0x61, 0x6c, 0x73, 5);
    return false;
  };

  const writeWord = (second: number, third: number, fourth: number, length: number): boolean => {
    if (position + length > end) return false;
    if (bytes[position + 1] !== second || bytes[position + 2] !== third || bytes[position + 3] !== fourth)
      return false;
    for (let index = 0; index < length; index += 1) out[written++] = bytes[position++]!;
    return true;
  };

  const writeString = (isKey: boolean): boolean => {
    out[written++] = quote;
    position += 1;
    while (position < end) {
      const byte = bytes[position++]!;
      // UTF-8 and UTF-16 order keys differently beyond the Basic Multilingual Plane.
      if (byte < 0x20 || (isKey && (byte >= 0x80 || byte === backslash))) return false;
      out[written++] = byte;
      if (byte === quote) return true;
      if (byte === backslash) {
        if (position >= end) return false;
        const escaped = bytes[position++]!;
        // \" \\ \b \f \n \r \t are already as JSON.stringify writes them; \/ and \u are not always.
        const isCanonical =
          escaped === quote ||
          escaped === backslash ||
          escaped === 0x6e ||
          escaped === 0x74 ||
          escaped === 0x72 ||
          escaped === 0x62 ||
          escaped === 0x66;
        if (!isCanonical) return false;
        out[written++] = escaped;
      }
    }
    return false;
  };

  /** Only what a double certainly prints the same: at most 15 digits, no exponent, no superfluous zero. */
  const writeNumber = (): boolean => {
    const start = position;
    if (bytes[position] === 0x2d) position += 1;
    const digitsStart = position;
    while (position < end && bytes[position]! >= 0x30 && bytes[position]! <= 0x39) position += 1;
    const wholeDigits = position - digitsStart;
    if (wholeDigits === 0) return false;
    const isZero = bytes[digitsStart] === 0x30;
    if (isZero && wholeDigits > 1) return false;
    let digits = wholeDigits;
    if (position < end && bytes[position] === 0x2e) {
      position += 1;
      const fractionStart = position;
      while (position < end && bytes[position]! >= 0x30 && bytes[position]! <= 0x39) position += 1;
      digits += position - fractionStart;
      if (position === fractionStart || bytes[position - 1] === 0x30) return false;
      if (isZero && bytes[fractionStart] === 0x30) return false; // 0.0000001 prints as 1e-7
    } else if (isZero && digitsStart !== start) return false; // -0 prints as 0
    if (digits > 15) return false;
    if (position < end && (bytes[position] === 0x65 || bytes[position] === 0x45)) return false;
    for (let index = start; index < position; index += 1) out[written++] = bytes[index]!;
    return true;
  };

  const writeArray = (depth: number): boolean => {
    out[written++] = 0x5b;
    position += 1;
    skipSpace();
    if (bytes[position] === 0x5d && position < end) {
      position += 1;
      out[written++] = 0x5d;
      return true;
    }
    while (true) {
      skipSpace();
      if (!writeValue(depth)) return false;
      skipSpace();
      const byte = position < end ? bytes[position++]! : 0;
      out[written++] = byte;
      if (byte === 0x5d) return true;
      if (byte !== comma) return false;
    }
  };

  const writeObject = (depth: number): boolean => {
    const bodyStart = written + 1;
    const firstMember = members;
    let isSorted = true;
    out[written++] = 0x7b;
    position += 1;
    skipSpace();
    if (bytes[position] === 0x7d && position < end) {
      position += 1;
      out[written++] = 0x7d;
      return true;
    }
    while (true) {
      skipSpace();
      if (members === maximumMembers || position >= end || bytes[position] !== quote) return false;
      const member = members++;
      keyStarts[member] = written + 1;
      if (!writeString(true)) return false;
      keyEnds[member] = written - 1;
      skipSpace();
      if (position >= end || bytes[position++] !== colon) return false;
      out[written++] = colon;
      skipSpace();
      if (!writeValue(depth)) return false;
      memberEnds[member] = written;
      if (member > firstMember && isSorted) isSorted = compareKeys(member - 1, member) < 0;
      skipSpace();
      const byte = position < end ? bytes[position++]! : 0;
      out[written++] = byte;
      if (byte === 0x7d) break;
      if (byte !== comma) return false;
    }
    const isUnique = isSorted || sortMembers(bodyStart, firstMember);
    members = firstMember;
    return isUnique;
  };

  const compareKeys = (left: number, right: number): number => {
    let leftAt = keyStarts[left]!;
    let rightAt = keyStarts[right]!;
    const leftEnd = keyEnds[left]!;
    const rightEnd = keyEnds[right]!;
    while (leftAt < leftEnd && rightAt < rightEnd) {
      const difference = out[leftAt++]! - out[rightAt++]!;
      if (difference !== 0) return difference;
    }
    return leftEnd - leftAt - (rightEnd - rightAt);
  };

  /** Rearranges the members written from `bodyStart` on. False for a repeated key. */
  const sortMembers = (bodyStart: number, firstMember: number): boolean => {
    for (let member = firstMember; member < members; member += 1) {
      let slot = member;
      while (slot > firstMember) {
        const difference = compareKeys(order[slot - 1]!, member);
        if (difference === 0) return false;
        if (difference < 0) break;
        order[slot] = order[slot - 1]!;
        slot -= 1;
      }
      order[slot] = member;
    }
    const length = written - bodyStart;
    if (scratch.length < length) scratch = new Uint8Array(length * 2);
    let copied = 0;
    for (let slot = firstMember; slot < members; slot += 1) {
      const member = order[slot]!;
      const memberEnd = memberEnds[member]!;
      for (let index = keyStarts[member]! - 1; index < memberEnd; index += 1) scratch[copied++] = out[index]!;
      scratch[copied++] = slot === members - 1 ? 0x7d : comma;
    }
    for (let index = 0; index < length; index += 1) out[bodyStart + index] = scratch[index]!;
    return true;
  };

  return {
    write(source, start, sourceEnd, target, at) {
      bytes = source;
      out = target;
      position = start;
      end = sourceEnd;
      written = at;
      members = 0;
      skipSpace();
      if (!writeValue(0)) return -1;
      skipSpace();
      return position === end ? written : -1;
    },
  };
}
