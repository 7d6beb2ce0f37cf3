import { describe, expect, it } from 'vitest';
import { deepestNesting, readJson } from '../../src/webhooks/json-body.ts';
import fc from '../support/properties.ts';

const read = (text: string) => readJson(Buffer.from(text));
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('reading a body as JSON', () => {
  it.each([
    ['', 'it ends too early, line 1, column 1 (byte 1)'],
    ['{"a":nope}', 'line 1, column 6 (byte 6)'],
    ['{"a":1,}', 'line 1, column 8 (byte 8)'],
    ['{"a":1}x', 'line 1, column 8 (byte 8)'],
    ['{"é":01}', 'line 1, column 7 (byte 8)'],
    ['[1,2', 'it ends too early, line 1, column 5 (byte 5)'],
    ['{\n  "a": "x\ty"\n}', 'line 2, column 8 (byte 10)'],
    ['{"a" "b"}', 'line 1, column 6 (byte 6)'],
    ['[1}', 'line 1, column 3 (byte 3)'],
    ['{"a":"open', 'line 1, column 6 (byte 6)'],
    ['\ufeff{}', 'line 1, column 1 (byte 1)'],
  ])('says where %j stops being JSON', (text, where) => {
    expect(read(text)).toEqual({ problem: 'not_json', where });
  });

  it('finds a place in every text that JSON.parse refuses, and takes every other', () => {
    const nearlyJson = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '{', ':', '1', '\\', 'x', '\n'))
      .map(([json, at, inserted]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + inserted + json.slice(place + (at % 2));
      })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(nearlyJson, (text) => {
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          const reading = read(text);
          expect(reading).toMatchObject({ problem: 'not_json' });
          const byte = Number(/byte (\d+)/.exec('where' in reading ? reading.where : '')?.[1]);
          expect(byte).toBeGreaterThan(0);
          expect(byte).toBeLessThanOrEqual(Buffer.byteLength(text) + 1);
          return;
        }
        expect(read(text)).toEqual({ json: parsed });
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes a hundred levels and refuses one more, brackets inside strings not counted', () => {
    expect(read(nested(deepestNesting))).toHaveProperty('json');
    expect(read(nested(deepestNesting + 1))).toEqual({ problem: 'too_deep' });
    expect(read(JSON.stringify({ '[[\\"[[': '['.repeat(1_000) }))).toHaveProperty('json');
  });

  it('refuses ten megabytes of brackets, closed or not, and bytes that are no UTF-8', () => {
    expect(read('['.repeat(10_000_000))).toEqual({ problem: 'too_deep' });
    expect(read('{"a":'.repeat(2_000_000))).toEqual({ problem: 'too_deep' });
    expect(readJson(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ problem: 'not_utf8' });
    expect(readJson(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toEqual({ problem: 'not_utf8' });
  });
});
