/** The short name of an entry, as people read it aloud: seq and the first 6 hex digits of its hash. */
export interface Receipt {
  readonly seq: number;
  /** 6 to 64 lower-case hex digits: the beginning of the entry's hash. */
  readonly hashPrefix: string;
}

/** @example receiptOf(1234, '9f3ab2c4…') // '#1234 · 9f3ab2' */
export function receiptOf(seq: number, hash: string): string {
  return `#${seq} · ${hash.slice(0, 6)}`;
}

/**
 * Reads a receipt as people type or paste it: any of `·`, `.`, `-`, dashes or spaces between the two, `#` or not,
 * either case, quotes or backticks around it, more of the hash than 6 digits. Undefined when it is not one.
 *
 * @example parseReceipt('1234-9F3AB2') // { seq: 1234, hashPrefix: '9f3ab2' }
 */
export function parseReceipt(typed: string): Receipt | undefined {
  const match =
    /^[\s"'`*“”‘’]*#?\s*(\d{1,10})(?:\s*[·•∙⋅.:\-‐‑‒–—]+\s*|\s+)([0-9a-f]{6,64})[\s"'`*“”‘’]*$/iu.exec(typed);
  const seq = Number(match?.[1]);
  if (match?.[2] === undefined || seq < 1) return undefined;
  return { seq, hashPrefix: match[2].toLowerCase() };
}
