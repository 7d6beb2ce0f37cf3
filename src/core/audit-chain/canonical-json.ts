import { readJsonNumber } from './json-number.ts';
import { jsonTokens } from './json-tokens.ts';

/**
 * Canonical JSON of stored JSON text as the original JavaScript writer made it: keys sorted by UTF-16 code
 * units at every depth, no white space, numbers as doubles print, strings as well-formed `JSON.stringify`
 * writes them (a lone surrogate stays an escape). Keys that look like integers are sorted like all others.
 *
 * Reads the text itself instead of `JSON.parse`: digits beyond a double and repeated keys would be lost, and
 * `JSON.stringify` runs out of stack on deep nesting. Depth is bounded only by memory here.
 */
export type CanonicalJson =
  | {
      readonly text: string;
      /** What a JavaScript program cannot have written, or undefined. Never quotes the payload. */
      readonly oddity: string | undefined;
    }
  | { readonly unreadable: string };

/** Half a million open brackets take about 100 MB; PostgreSQL itself refuses jsonb long before that. */
const maximumDepth = 500_000;

interface OpenContainer {
  /** Object members by key; the last of repeated keys wins, as in `JSON.parse`. Undefined in an array. */
  readonly members: Map<string, string> | undefined;
  /** Array items joined so far: a rope, so that closing 100,000 levels does not copy each of them. */
  items: string;
  key: string;
}

/** What may come next. */
type Expected = 'value' | 'first item' | 'key' | 'first key' | 'colon' | 'after value';

export function canonicalJson(source: string): CanonicalJson {
  const tokens = jsonTokens(source);
  const open: OpenContainer[] = [];
  let expected: Expected = 'value';
  let oddity: string | undefined;
  let finished: string | undefined;

  const place = (text: string): void => {
    const inside = open.at(-1);
    if (!inside) finished = text;
    else if (inside.members) inside.members.set(inside.key, text);
    else inside.items = inside.items === '' ? text : `${inside.items},${text}`;
    expected = 'after value';
  };

  const isPlaced = (): boolean => {
    const token = tokens.next();
    if (token === 'end' || token === 'malformed') return false;
    const inside = open.at(-1);
    const isValueExpected = expected === 'value' || expected === 'first item';
    switch (token.kind) {
      case '{':
      case '[':
        if (!isValueExpected) return false;
        if (open.length === maximumDepth) return false;
        open.push({ members: token.kind === '{' ? new Map() : undefined, items: '', key: '' });
        expected = token.kind === '{' ? 'first key' : 'first item';
        return true;
      case '}':
        if (!inside?.members || (expected !== 'first key' && expected !== 'after value')) return false;
        open.pop();
        place(sortedObject(inside.members));
        return true;
      case ']':
        if (!inside || inside.members || (expected !== 'first item' && expected !== 'after value'))
          return false;
        open.pop();
        place(`[${inside.items}]`);
        return true;
      case ',':
        if (!inside || expected !== 'after value') return false;
        expected = inside.members ? 'key' : 'value';
        return true;
      case ':':
        if (expected !== 'colon') return false;
        expected = 'value';
        return true;
      case 'string':
        if (inside?.members && (expected === 'key' || expected === 'first key')) {
          if (inside.members.has(token.value))
            oddity ??= 'its payload repeats a key, which no JavaScript object does';
          inside.key = token.value;
          expected = 'colon';
          return true;
        }
        if (!isValueExpected) return false;
        place(JSON.stringify(token.value));
        return true;
      case 'number': {
        if (!isValueExpected) return false;
        const number = readJsonNumber(token.text);
        if (!number.isDouble)
          oddity ??= 'its payload holds a number with digits no JavaScript program writes';
        place(number.rendered);
        return true;
      }
      case 'literal':
        if (!isValueExpected) return false;
        place(token.text);
        return true;
    }
  };

  while (finished === undefined) {
    const at = tokens.position;
    if (!isPlaced()) return { unreadable: `its payload is not JSON (from character ${at} on)` };
  }
  const at = tokens.position;
  if (tokens.next() !== 'end') return { unreadable: `its payload is not JSON (from character ${at} on)` };
  return { text: finished, oddity };
}

function sortedObject(members: Map<string, string>): string {
  // The default sort compares UTF-16 code units, as the writer's `Object.keys(value).sort()` did.
  const keys = [...members.keys()].sort();
  let text = '{';
  for (const key of keys)
    text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${members.get(key) ?? 'null'}`;
  return `${text}}`;
}
