import { describe, expect, it } from 'vitest';
import type { Effect, JsonObject } from '../../../src/command.ts';
import { signedDifference } from '../../../src/core/change/signed-difference.ts';
import fc from '../../support/properties.ts';

const effect = (step: string, call: JsonObject = { path: `/${step}` }): Effect => ({
  step,
  summary: `PATCH /${step} on rms`,
  call,
});
const plan = (data: JsonObject, effects: readonly Effect[] = []) => ({ data, effects });

describe('a plan made again', () => {
  it('is the same when nothing changed, however its keys are ordered', () => {
    expect(
      signedDifference(plan({ a: 1, b: [1, 2] }, [effect('x')]), plan({ b: [1, 2], a: 1 }, [effect('x')])),
    ).toEqual({ kind: 'same', changes: [] });
  });

  it('has shrunk when a list lost items, and the number that counts it with them', () => {
    const signed = plan(
      { tenant: 't', ids: ['1', '2', '3'], count: 3 },
      ['1', '2', '3'].map((id) => effect(id)),
    );
    const now = plan(
      { tenant: 't', ids: ['1', '3'], count: 2 },
      ['1', '3'].map((id) => effect(id)),
    );
    expect(signedDifference(signed, now)).toEqual({ kind: 'shrunk', changes: [] });
  });

  it('has shrunk when nothing of the list is left', () => {
    expect(signedDifference(plan({ ids: ['1'], count: 1 }), plan({ ids: [], count: 0 })).kind).toBe('shrunk');
  });

  it('is different when a list has an item that was not signed, though it is no longer', () => {
    const difference = signedDifference(plan({ ids: ['1', '2'] }), plan({ ids: ['1', '9'] }));
    expect(difference).toEqual({ kind: 'different', changes: ['ids: 1 more than signed, such as "9"'] });
  });

  it('is different when an item comes twice that was signed once', () => {
    expect(signedDifference(plan({ ids: ['1', '2'] }), plan({ ids: ['1', '1'] })).kind).toBe('different');
  });

  it('is different when a value changed, and says from what to what', () => {
    const difference = signedDifference(plan({ status: 'active' }), plan({ status: 'suspended' }));
    expect(difference.kind).toBe('different');
    expect(difference.changes).toEqual(['status: "active" → "suspended"']);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['a number that counts no list falls', { amount: 5 }, { amount: 4 }],
    [
      'a number changes beside a list it does not count',
      { ids: ['1', '2'], limit: 5 },
      { ids: ['1'], limit: 4 },
    ],
    ['a count falls further than its list', { ids: ['1', '2'], count: 2 }, { ids: ['1'], count: 0 }],
    ['a key comes', { a: 1 }, { a: 1, b: 2 }],
    ['a key goes', { a: 1, b: 2 }, { a: 1 }],
    ['a list becomes a text', { ids: ['1'] }, { ids: '1' }],
    ['a list becomes nothing', { ids: ['1'] }, { ids: null }],
    ['something deep changes', { a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }],
    ['an object loses a key', { a: { b: 1, c: 2 } }, { a: { b: 1 } }],
  ])('is different when %s', (_, signed, now) => {
    expect(signedDifference(plan(signed), plan(now)).kind).toBe('different');
  });

  it('is different with one more call, and names it', () => {
    const difference = signedDifference(plan({}, [effect('x')]), plan({}, [effect('x'), effect('y')]));
    expect(difference).toEqual({
      kind: 'different',
      changes: ['one more call than signed: PATCH /y on rms'],
    });
  });

  it('is different with another call under the same name', () => {
    const difference = signedDifference(
      plan({}, [effect('x')]),
      plan({}, [effect('x', { path: '/x', body: { force: true } })]),
    );
    expect(difference.changes).toEqual(['another call than signed: PATCH /x on rms']);
  });

  it('has shrunk when a call goes away, or carries a shorter list', () => {
    expect(signedDifference(plan({}, [effect('x'), effect('y')]), plan({}, [effect('y')])).kind).toBe(
      'shrunk',
    );
    const call = (ids: string[]) => effect('x', { path: '/x', body: { ids } });
    expect(
      signedDifference(plan({ ids: ['1', '2'] }, [call(['1', '2'])]), plan({ ids: ['1'] }, [call(['1'])])),
    ).toEqual({ kind: 'shrunk', changes: [] });
    expect(signedDifference(plan({}, [call(['1', '2'])]), plan({}, [call(['1', '3'])])).kind).toBe(
      'different',
    );
  });

  it('says no more than eight differences, the last of which counts the rest', () => {
    const numbers = Array.from({ length: 12 }, (_, index) => `k${index}`);
    const all = (value: number) => Object.fromEntries(numbers.map((name) => [name, value]));
    const { changes } = signedDifference(plan(all(1)), plan(all(2)));
    expect(changes).toHaveLength(8);
    expect(changes.at(-1)).toBe('… and 5 more');
  });

  it('shows long values cut short', () => {
    const [change] = signedDifference(plan({ a: 'x'.repeat(500) }), plan({ a: 'y' })).changes;
    expect(change!.length).toBeLessThan(90);
  });

  const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<never>;
  const object = fc.dictionary(fc.string({ maxLength: 4 }), json, { maxKeys: 4 }) as fc.Arbitrary<JsonObject>;

  it('is the same as itself, whatever it holds', () => {
    fc.assert(
      fc.property(object, (data) => {
        expect(signedDifference(plan(data), plan(data))).toEqual({ kind: 'same', changes: [] });
      }),
    );
  });

  it('is never the same as another, and different either way round or less one way only', () => {
    fc.assert(
      fc.property(object, object, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other) && !equalJson(one, other));
        const there = signedDifference(plan(one), plan(other)).kind;
        const back = signedDifference(plan(other), plan(one)).kind;
        expect(there).not.toBe('same');
        if (there === 'shrunk') expect(back).toBe('different');
      }),
    );
  });

  it('lets any part of a signed list run, and nothing beside it', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string(), { minLength: 1 }),
        fc.array(fc.boolean()),
        fc.string(),
        (ids, kept, other) => {
          const left = ids.filter((_, index) => kept[index] !== false);
          const signed = plan(
            { ids, count: ids.length },
            ids.map((id) => effect(`s${id}`)),
          );
          const now = (some: readonly string[]) =>
            plan(
              { ids: [...some], count: some.length },
              some.map((id) => effect(`s${id}`)),
            );
          expect(signedDifference(signed, now(left)).kind).toBe(
            left.length === ids.length ? 'same' : 'shrunk',
          );
          if (!ids.includes(other))
            expect(signedDifference(signed, now([...left, other])).kind).toBe('different');
        },
      ),
    );
  });
});

/** -0 and 0 are one number in JSON. */
function equalJson(one: JsonObject, other: JsonObject): boolean {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
    return Object.fromEntries(
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, sorted(inner)]),
    );
  };
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}
