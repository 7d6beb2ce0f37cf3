import { describe, expect, test } from 'vitest';
import { parseReceipt, receiptOf } from '../../../src/core/ledger/receipt.ts';
import fc from '../../support/properties.ts';

const hexDigits = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 });

describe('a receipt', () => {
  test('reads back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), hexDigits, (seq, hash) => {
        expect(parseReceipt(receiptOf(seq, hash))).toEqual({ seq, hashPrefix: hash.slice(0, 6) });
      }),
    );
  });

  test.each([
    '#1234 · 9f3ab2',
    '1234 · 9f3ab2',
    '#1234·9f3ab2',
    '#1234 - 9F3AB2',
    '#1234 — 9f3ab2',
    '#1234-9f3ab2',
    '#1234 9f3ab2',
    ' # 1234 . 9f3ab2 ',
    '`#1234 · 9f3ab2`',
    '“#1234 · 9f3ab2”',
    '#1234\u00a0·\u00a09f3ab2',
  ])('is read from %j', (typed) => {
    expect(parseReceipt(typed)).toEqual({ seq: 1234, hashPrefix: '9f3ab2' });
  });

  test('may carry more of the hash', () => {
    expect(parseReceipt(`#1 · ${'ab'.repeat(32)}`)?.hashPrefix).toHaveLength(64);
  });

  test.each([
    '',
    '#1234',
    '9f3ab2',
    '#12349f3ab2',
    '#0 · 9f3ab2',
    '#12 · 9f3ab',
    '#12 · 9f3abg',
    `#1 · ${'a'.repeat(65)}`,
    '#-1 · 9f3ab2',
    '#1 · 9f3ab2 and more',
  ])('is not %j', (typed) => {
    expect(parseReceipt(typed)).toBeUndefined();
  });
});
