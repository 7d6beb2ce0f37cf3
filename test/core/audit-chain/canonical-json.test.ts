import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../../src/core/audit-chain/canonical-json.ts';
import { createJsonBytes } from '../../../src/core/audit-chain/json-bytes.ts';
import fc from '../../support/properties.ts';

/** What the application does with the value it has in memory. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${written(member)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

function text(source: string): string {
  const canonical = canonicalJson(source);
  if ('unreadable' in canonical) throw new Error(canonical.unreadable);
  return canonical.text;
}

function oddity(source: string): string | undefined {
  const canonical = canonicalJson(source);
  return 'unreadable' in canonical ? canonical.unreadable : canonical.oddity;
}

function bytes(source: string): string | undefined {
  const stored = Buffer.from(source);
  const out = Buffer.alloc(stored.length + 8);
  const end = createJsonBytes().write(stored, 0, stored.length, out, 0);
  return end < 0 ? undefined : out.toString('utf8', 0, end);
}

const values = fc.jsonValue({ depthSize: 'medium', stringUnit: 'binary' });

describe('canonical JSON', () => {
  test('is what the application hashed, for any value and any layout', () => {
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        expect(text(JSON.stringify(value, null, indent))).toBe(written(value));
      }),
    );
  });

  test('is the same on the fast path wherever that one does not decline', () => {
    let taken = 0;
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1), (value, indent) => {
        const source = JSON.stringify(value, null, indent);
        const fast = bytes(source);
        if (fast === undefined) return;
        taken += 1;
        expect(fast).toBe(written(value));
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  test('never lets the fast path accept what the slow path calls odd or unreadable', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '"b"',
      '1',
      '0',
      '-',
      '.5',
      'e9',
      '\\',
      'u00',
      'true',
      'nul',
      'l',
      ' ',
      '9'.repeat(16),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 9 }), (parts) => {
        const source = parts.join('');
        const fast = bytes(source);
        if (fast === undefined) return;
        expect(canonicalJson(source)).toEqual({ text: fast, oddity: undefined });
      }),
      { numRuns: 5_000 },
    );
  });

  test('takes the fast path for an ordinary payload as jsonb prints it', () => {
    expect(bytes('{"to": "open", "from": null, "changes": {"b": 2, "aa": [1, -2.5, true]}}')).toBe(
      '{"changes":{"aa":[1,-2.5,true],"b":2},"from":null,"to":"open"}',
    );
  });

  test('prints numbers as the double they were', () => {
    expect(text('[1.0, 1.50, 1000000000000000000000, 0.0000001, -0, 1e2, 12345678901234567000]')).toBe(
      '[1,1.5,1e+21,1e-7,0,100,12345678901234567000]',
    );
    expect(
      oddity('[1.0, 1.50, 1000000000000000000000, 12345678901234567000, 9007199254740992]'),
    ).toBeUndefined();
  });

  test('says so when digits were stored that no JavaScript program writes', () => {
    for (const number of [
      '9007199254740993',
      '0.1000000000000000000001',
      '1e400',
      '1e-400',
      '-9007199254740993',
    ]) {
      expect(oddity(`{"n": ${number}}`), number).toContain('no JavaScript program writes');
    }
  });

  test('keeps a lone surrogate as the escape JSON.stringify writes', () => {
    expect(text('"\\ud800 \\u00e9 \\/ \\u0000"')).toBe('"\\ud800 é / \\u0000"');
    expect(bytes('"\\ud800"')).toBeUndefined();
  });

  test('says so when a key is repeated, and takes the last one as JSON.parse does', () => {
    expect(text('{"a":1,"a":2}')).toBe('{"a":2}');
    expect(oddity('{"a":1,"a":2}')).toContain('repeats a key');
    expect(bytes('{"a":1,"a":2}')).toBeUndefined();
  });

  test('reads 100,000 levels without running out of stack, and declines a million', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const objects = `${'{"b":1,"a":'.repeat(100_000)}0${'}'.repeat(100_000)}`;
    expect(Buffer.byteLength(text(nested(100_000)))).toBe(200_000);
    expect(Buffer.byteLength(text(objects))).toBe(objects.length);
    expect(bytes(nested(100_000))).toBeUndefined();
    expect(canonicalJson(nested(1_000_000))).toHaveProperty('unreadable');
  });

  test('calls what is not JSON unreadable and never quotes it', () => {
    for (const source of [
      '',
      ' ',
      '{',
      '[1,]',
      '{"a" 1}',
      '"secret',
      'nul',
      '1 2',
      '{"a":1}x',
      '[1}',
      '{1:2}',
      '01',
      '\u00a01',
    ]) {
      expect(canonicalJson(source), source).toHaveProperty('unreadable');
    }
    expect(oddity('"secret')).not.toContain('secret');
  });
});
