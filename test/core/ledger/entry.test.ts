import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/command.ts';
import {
  bodyOf,
  commitment,
  draftEntry,
  entryHash,
  genesisHash,
  type NewEntry,
} from '../../../src/core/ledger/entry.ts';
import { parseBody } from '../../../src/core/ledger/stored-entry.ts';
import fc from '../../support/properties.ts';

const salt = Buffer.alloc(32, 7);
const at = new Date('2026-11-20T18:15:22.123Z');

function bodyFor(entry: Partial<NewEntry>, seq = 12): string {
  const whole: NewEntry = { kind: 'run.requested', actor: 'U0ADA', via: 'slash', facts: {}, ...entry };
  return bodyOf(
    draftEntry('T0ACME', whole, at, () => salt),
    seq,
  );
}

/** JSON as facts may hold it, oddities included: lone surrogates, NUL, keys like __proto__. */
const anyFacts = fc
  .dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }))
  .map((facts) => facts as JsonObject);

describe('the bytes of an entry', () => {
  test('are these, for ever: a change of format needs a new version, not a new expectation', () => {
    const body = bodyFor({
      runId: 'r-7k2m9q4x',
      facts: { target: 'pilot', command: 'verify-audit', ratio: 1e21, 'ä"\n': [null, true, -0] },
      private: { reason: 'Ada saw Grüße 🔑' },
    });
    expect(body).toBe(
      '{"actor":"U0ADA","at":"2026-11-20T18:15:22.123Z","facts":{"command":"verify-audit","ratio":1e+21,"target":"pilot","ä\\"\\n":[null,true,0]},"incident":null,"kind":"run.requested","private":{"reason":"8ea11b3313fc45ddfae946160e0ebebf5a7d416cfb94fb0efcc2b3bfee55f582"},"run":"r-7k2m9q4x","seq":12,"v":1,"via":"slash","workspace":"T0ACME"}',
    );
    expect(entryHash(genesisHash, body)).toBe(
      'c4d59d05583862cbddd4abe319deea9206da6514bf1da2d47bc9b0a0c18b5881',
    );
  });

  test('hash as documented: domain, 32 bytes of link, body', () => {
    const body = bodyFor({});
    const documented = createHash('sha256')
      .update(Buffer.from('countersign.ledger.entry.v1\0'))
      .update(Buffer.alloc(32))
      .update(Buffer.from(body))
      .digest('hex');
    expect(entryHash(genesisHash, body)).toBe(documented);
  });

  test('are the canonical form of the whole, whatever the facts', () => {
    fc.assert(
      fc.property(anyFacts, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (facts, seq) => {
        const body = bodyFor({ facts }, seq);
        expect(canonicalize(JSON.parse(body))).toBe(body);
        expect(parseBody(body)).toMatchObject({ seq, kind: 'run.requested', workspace: 'T0ACME' });
      }),
    );
  });

  test('keep well-formed facts exactly', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (facts) => {
        const body = bodyFor({ facts: facts as JsonObject });
        expect(JSON.parse(body).facts).toEqual(JSON.parse(JSON.stringify(facts)));
      }),
    );
  });

  test('do not depend on the order in which facts were written', () => {
    expect(bodyFor({ facts: { b: 1, a: { d: 2, c: 3 } } })).toBe(
      bodyFor({ facts: { a: { c: 3, d: 2 }, b: 1 } }),
    );
  });

  test('carry U+FFFD where text cannot be stored', () => {
    expect(JSON.parse(bodyFor({ facts: { 'k\0': 'a\0b\ud800c' } })).facts).toEqual({
      'k\ufffd': 'a\ufffdb\ufffdc',
    });
  });

  test('never hold private text', () => {
    const body = bodyFor({
      private: { reason: 'card testing', note: { text: 'ask Bob', about: 'bob@acme.test' } },
    });
    expect(body).not.toMatch(/card testing|ask Bob|bob@/);
    expect(JSON.parse(body).private).toEqual({
      note: commitment(salt, 'ask Bob'),
      reason: commitment(salt, 'card testing'),
    });
  });

  test('are refused past 256 KiB and past 64 levels', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`) as JsonObject;
    expect(() => bodyFor({ facts: deep })).toThrow(
      expect.objectContaining({ code: 'ledger_entry_too_deep' }),
    );
    expect(() => bodyFor({ facts: { text: 'x'.repeat(300_000) } })).toThrow(
      expect.objectContaining({ code: 'ledger_entry_too_large' }),
    );
  });
});

describe('the hash of an entry', () => {
  test('changes with any change of its body or of its link', () => {
    fc.assert(
      fc.property(anyFacts, fc.nat(), fc.nat({ max: 63 }), (facts, position, digit) => {
        const body = bodyFor({ facts });
        const hash = entryHash(genesisHash, body);
        const index = position % body.length;
        const altered = `${body.slice(0, index)}${body[index] === 'x' ? 'y' : 'x'}${body.slice(index + 1)}`;
        expect(entryHash(genesisHash, altered)).not.toBe(hash);
        const link = `${genesisHash.slice(0, digit)}1${genesisHash.slice(digit + 1)}`;
        expect(entryHash(link, body)).not.toBe(hash);
      }),
    );
  });
});

describe('a commitment', () => {
  test('differs for the same text under another salt', () => {
    expect(commitment(Buffer.alloc(32, 1), 'yes')).not.toBe(commitment(Buffer.alloc(32, 2), 'yes'));
  });

  test('gets a fresh 32-byte salt for every text', () => {
    const entry: NewEntry = {
      kind: 'run.requested',
      actor: 'U0ADA',
      via: 'slash',
      facts: {},
      private: { a: 'x', b: 'x' },
    };
    const [first, second] = draftEntry('T0ACME', entry, at).privateTexts;
    expect(first?.salt).toHaveLength(32);
    expect(first?.salt.equals(second?.salt ?? Buffer.alloc(0))).toBe(false);
  });
});

describe('reading a body back', () => {
  test.each([
    ['not JSON', '{'],
    ['JSON that is not canonical', bodyFor({}).replace('{"actor"', '{ "actor"')],
    ['a key twice', bodyFor({}).replace('{"actor":"U0ADA"', '{"actor":"U0EVE","actor":"U0ADA"')],
    ['a field too many', bodyFor({}).replace('"v":1', '"u":1,"v":1')],
    ['an unknown version', bodyFor({}).replace('"v":1', '"v":2')],
    ['JSON deeper than the stack', '['.repeat(200_000) + ']'.repeat(200_000)],
    ['nothing', ''],
  ])('refuses %s', (_, body) => {
    expect(parseBody(body)).toBeUndefined();
  });

  test('accepts kinds it does not know', () => {
    expect(parseBody(bodyFor({}).replace('run.requested', 'moon.landed'))).toMatchObject({
      kind: 'moon.landed',
    });
  });
});
