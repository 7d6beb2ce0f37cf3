import { isUtf8 } from 'node:buffer';
import { jsonTokens } from '../core/audit-chain/json-tokens.ts';

/** Real deliveries nest a dozen levels; what reads them afterwards recurses, and a stack has an end. */
export const deepestNesting = 100;

/** Never quotes the body: it may hold secrets. */
export type JsonReading =
  | { readonly json: unknown }
  | { readonly problem: 'not_json'; readonly where: string }
  | { readonly problem: 'not_utf8' }
  | { readonly problem: 'too_deep' };

/** A body as JSON, or what is wrong with it and where. Deep nesting is found before anything is built of it. */
export function readJson(body: Buffer): JsonReading {
  if (!isUtf8(body)) return { problem: 'not_utf8' };
  if (nestsDeeperThan(deepestNesting, body)) return { problem: 'too_deep' };
  const text = body.toString();
  try {
    return { json: JSON.parse(text) };
  } catch {
    return { problem: 'not_json', where: placeOf(text, badTokenAt(text)) };
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets outside strings; in text that is not JSON it counts what there is. */
function nestsDeeperThan(levels: number, body: Buffer): boolean {
  let depth = 0;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at]!;
    if (byte === quote) {
      at += 1;
      while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
    } else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      if (depth > levels) return true;
    } else if (byte === 0x5d || byte === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

type Expected = 'value' | 'first item' | 'key' | 'first key' | 'colon' | 'after value';

/**
 * Where the first token begins that cannot stand there. V8 says it for some mistakes only, and quotes the body for the
 * others.
 */
function badTokenAt(text: string): number {
  const tokens = jsonTokens(text);
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  while (true) {
    const start = afterWhiteSpace(text, tokens.position);
    const token = tokens.next();
    if (token === 'end' || token === 'malformed') return start;
    const next = following(token.kind, expected, open);
    if (next === undefined) return start;
    expected = next;
  }
}

/** What is expected after a token, or undefined where it may not stand. */
function following(kind: string, expected: Expected, open: ('{' | '[')[]): Expected | undefined {
  const isValueExpected = expected === 'value' || expected === 'first item';
  switch (kind) {
    case '{':
    case '[':
      if (!isValueExpected) return undefined;
      open.push(kind);
      return kind === '{' ? 'first key' : 'first item';
    case '}':
    case ']': {
      const isEmpty = expected === (kind === '}' ? 'first key' : 'first item');
      const opener = kind === '}' ? '{' : '[';
      if ((!isEmpty && expected !== 'after value') || open.at(-1) !== opener) return undefined;
      open.pop();
      return 'after value';
    }
    case ',':
      if (expected !== 'after value' || open.length === 0) return undefined;
      return open.at(-1) === '{' ? 'key' : 'value';
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    case 'string':
      if (expected === 'key' || expected === 'first key') return 'colon';
      return isValueExpected ? 'after value' : undefined;
    default:
      return isValueExpected ? 'after value' : undefined;
  }
}

function afterWhiteSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \n\r\t'.includes(text[at]!)) at += 1;
  return at;
}

/** Lines and columns as an editor counts them, and the byte for what has one line only. */
function placeOf(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const byte = Buffer.byteLength(before) + 1;
  return `${at >= text.length ? 'it ends too early, ' : ''}line ${line}, column ${column} (byte ${byte})`;
}
