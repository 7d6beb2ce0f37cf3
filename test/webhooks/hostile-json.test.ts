import { describe, expect, test } from 'vitest';
import { cleanParsed } from '../../src/core/alerts/clean-signal.ts';
import type { ParsedDelivery } from '../../src/core/alerts/signal.ts';
import { type RawDelivery, type SourceKind, UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import { loadSourceKinds } from '../../src/webhooks/source-kinds.ts';
import { hostileText } from '../slack/views/hostile-text.ts';
import fc from '../support/properties.ts';
import { sampleSources } from './sample-sources.ts';
import { bodiesIn, readSample } from './samples.ts';

interface Case {
  readonly name: string;
  readonly kind: SourceKind;
  readonly options: unknown;
  readonly delivery: RawDelivery;
  readonly json: unknown;
}

const cases: readonly Case[] = Object.entries(sampleSources).flatMap(([folder, source]) => {
  const kind = loadSourceKinds().get(source.kind)!;
  return bodiesIn(folder)
    .filter((file) => !source.besides?.includes(file))
    .map((file) => {
      const sample = readSample(folder, file.replace(/\.[^.]+$/, ''));
      const { delivery, json, name } = sample;
      const options = kind.options.parse(source.options?.(sample) ?? {});
      return { name: `${folder}/${name}`, kind, options, delivery, json };
    });
});

/** Undefined: the delivery is refused with a sentence. Whatever else is thrown fails the test. */
function read({ kind, options, delivery }: Case, json: unknown): ParsedDelivery | undefined {
  try {
    const came = { ...delivery, body: Buffer.from(JSON.stringify(json) ?? 'null') };
    return cleanParsed(kind.parse(json, came, { name: 'tested', secrets: [], options }));
  } catch (error) {
    if (!(error instanceof UnreadableDelivery)) throw error;
    expect(error.message.length).toBeGreaterThan(10);
    return undefined;
  }
}

/** Named, and made when it is used: fast-check would overflow its own stack printing the deep ones. */
const made = {
  'a long text': () => 'x'.repeat(300_000),
  'deep lists': () => deep((inner) => [inner]),
  'deep objects': () => deep((inner) => ({ a: inner })),
  'a prototype': () => JSON.parse('{"__proto__":{"status":"resolved"},"constructor":"x"}') as unknown,
};

function deep(wrap: (inner: unknown) => unknown): unknown {
  return Array.from({ length: 3000 }).reduce((inner: unknown) => wrap(inner), 'x');
}

type Junk = { readonly value: unknown } | { readonly made: keyof typeof made };

const junk: fc.Arbitrary<Junk> = fc.oneof(
  fc.constantFrom(...(Object.keys(made) as (keyof typeof made)[])).map((name) => ({ made: name })),
  fc
    .oneof(
      fc.constantFrom(null, true, 0, -1, 1e300, '', '0001-01-01T00:00:00Z', '2026-03-02T09:14:23Z', [], {}),
      hostileText,
      fc.jsonValue({ maxDepth: 3 }),
    )
    .map((value) => ({ value })),
);

function madeOf(given: Junk): unknown {
  return 'made' in given ? made[given.made]() : structuredClone(given.value);
}

/** What becomes of one place of a body, chosen by a number. */
interface Mutation {
  readonly place: number;
  readonly becomes: Junk | 'nothing';
}
const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({ place: fc.nat(), becomes: fc.oneof(fc.constant('nothing' as const), junk) }),
  { minLength: 1, maxLength: 6 },
);

function mutated(json: unknown, changes: readonly Mutation[]): unknown {
  const root: Record<string, unknown> = { body: structuredClone(json) };
  for (const { place, becomes } of changes) {
    const places = placesIn(root);
    const chosen = places[place % places.length];
    if (chosen === undefined) break;
    if (becomes === 'nothing') delete chosen.parent[chosen.key];
    else chosen.parent[chosen.key] = madeOf(becomes);
  }
  return root.body;
}

/** Not those far inside what has been put there. */
function placesIn(value: unknown, depth = 0): { parent: Record<string, unknown>; key: string }[] {
  if (typeof value !== 'object' || value === null || depth > 12) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesIn(parent[key], depth + 1)]);
}

test('there are samples to go by', () => {
  expect(cases.length).toBeGreaterThan(10);
});

describe.each(cases.map((one) => [one.name, one] as const))('%s', (_name, sample) => {
  const whole = read(sample, sample.json);
  const isFiring =
    whole?.signals.some(({ status }) => status === 'firing') === true &&
    !whole.signals.some(({ status }) => status === 'resolved');

  test('damaged, is understood or refused with a sentence', () => {
    fc.assert(
      fc.property(mutations, (changes) => {
        const parsed = read(sample, mutated(sample.json, changes));
        if (!isFiring) return;
        // A resolve is never guessed.
        expect(parsed?.signals.filter(({ status }) => status === 'resolved') ?? []).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('replaced by any JSON, is understood or refused with a sentence', () => {
    fc.assert(
      fc.property(junk, (given) => {
        const parsed = read(sample, madeOf(given));
        expect(parsed?.signals.filter(({ status }) => status === 'resolved') ?? []).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
