import { describe, expect, test } from 'vitest';
import fc from '../../support/properties.ts';
import { firstMicros, hashOf, inWrittenOrder, judge, type Row, soundChain } from './chain-in-memory.ts';

const steady = (length: number): number[] => Array.from({ length }, () => 1_000);
const nowhere = 'f'.repeat(64);

function changed(rows: readonly Row[], index: number, change: Partial<Row>): Row[] {
  return rows.map((row, at) => (at === index ? { ...row, ...change } : row));
}

function appended(parent: Row | undefined, change: Partial<Row>): Row {
  const row: Row = {
    id: 'x',
    prevHash: parent?.hash ?? null,
    hash: null,
    micros: (parent?.micros ?? firstMicros) + 500_000,
    actorId: 'mallory',
    action: 'case.deleted',
    metadata: '{}',
    ...change,
  };
  return { ...row, hash: change.hash === undefined ? hashOf(row) : change.hash };
}

async function found(rows: readonly Row[], windowSize?: number) {
  const judgement = await judge(rows, windowSize);
  return judgement.problems.map(({ kind, record }) => `${kind} ${record?.id}`);
}

describe('a sound chain', () => {
  test('is intact whatever the ties, the ids and the size of the window', async () => {
    const chains = fc.record({
      gaps: fc.array(fc.constantFrom(0, 0, 1, 1_000), { minLength: 1, maxLength: 60 }),
      ids: fc.infiniteStream(fc.uuid()),
      windowSize: fc.constantFrom(1, 2, 7, 2_048),
    });
    await fc.assert(
      fc.asyncProperty(chains, async ({ gaps, ids, windowSize }) => {
        const names = gaps.map((_, index) => `${ids.next().value}-${index}`);
        const rows = soundChain(gaps, (index) => names[index]!);
        const judgement = await judge(rows, windowSize);
        expect(judgement.problems).toEqual([]);
        expect(judgement.problemCount).toBe(0);
        expect(judgement.head?.hash).toBe(rows.at(-1)?.hash);
      }),
    );
  });
});

describe('a single change to a sound chain', () => {
  const lengthAndIndex = fc
    .integer({ min: 3, max: 40 })
    .chain((length) =>
      fc.record({ length: fc.constant(length), index: fc.integer({ min: 0, max: length - 1 }) }),
    );
  const windows = fc.constantFrom(1, 3, 2_048);

  const fieldChanges: Record<string, (row: Row) => Partial<Row>> = {
    payload: () => ({ metadata: '{"n":-1}' }),
    actor: () => ({ actorId: 'mallory' }),
    action: () => ({ action: 'case.deleted' }),
    time: (row) => ({ micros: row.micros + 1_000 }),
    'time, far away': (row) => ({ micros: row.micros + 3_600_000_000 }),
    'time, long ago': (row) => ({ micros: row.micros - 3_600_000_000 }),
    'stored hash': () => ({ hash: nowhere }),
    'stored hash, gone': () => ({ hash: null }),
    'stored hash, empty': () => ({ hash: '' }),
    'stored hash, cut short': (row) => ({ hash: row.hash!.slice(0, 40) }),
    'stored hash, upper case': (row) => ({
      hash: `${row.hash}`.toUpperCase().replace(/^/, 'A').slice(0, 64),
    }),
  };
  for (const [name, change] of Object.entries(fieldChanges)) {
    test(`names the record whose ${name} was changed as altered`, async () => {
      await fc.assert(
        fc.asyncProperty(lengthAndIndex, windows, async ({ length, index }, windowSize) => {
          const rows = soundChain(steady(length));
          const damaged = changed(rows, index, change(rows[index]!));
          expect(await found(damaged, windowSize)).toEqual([`altered r${index}`]);
        }),
      );
    });
  }

  test('names the record whose prevHash was changed, in the middle as altered, as the newest also as inserted', async () => {
    await fc.assert(
      fc.asyncProperty(lengthAndIndex, fc.nat(), windows, async ({ length, index }, other, windowSize) => {
        const rows = soundChain(steady(length));
        const candidates = [nowhere, null, '', 'x', ...rows.map((row) => row.hash)];
        const prevHash = candidates[other % candidates.length]!;
        fc.pre((prevHash || null) !== rows[index]!.prevHash);
        const [first, ...more] = await found(changed(rows, index, { prevHash }), windowSize);
        const expected =
          index === length - 1 ? [`altered r${index}`, `inserted r${index}`] : [`altered r${index}`];
        expect(expected).toContain(first);
        expect(more).toEqual([]);
      }),
    );
  });

  test('names the record after a deleted one as missing its parent, with the record before the gap', async () => {
    await fc.assert(
      fc.asyncProperty(lengthAndIndex, windows, async ({ length, index }, windowSize) => {
        fc.pre(index < length - 1);
        const rows = soundChain(steady(length)).toSpliced(index, 1);
        const { problems } = await judge(rows, windowSize);
        expect(problems).toMatchObject([{ kind: 'missing', record: { id: `r${index + 1}` } }]);
        expect(problems[0]?.before?.id).toBe(index === 0 ? undefined : `r${index - 1}`);
        expect(problems[0]?.after?.id).toBe(index + 2 < length ? `r${index + 2}` : undefined);
      }),
    );
  });

  test('names the record after a rewritten and rehashed one, since that one is sound in itself', async () => {
    const rows = soundChain(steady(6));
    const rewritten = { ...rows[2]!, metadata: '{"n":99}' };
    const { problems } = await judge(changed(rows, 2, { ...rewritten, hash: hashOf(rewritten) }));
    expect(problems).toMatchObject([{ kind: 'missing', record: { id: 'r3' }, before: { id: 'r2' } }]);
    expect(problems[0]?.explanation).toContain('rewritten and rehashed');
  });

  test('names an unsound record put between two others as inserted', async () => {
    await fc.assert(
      fc.asyncProperty(
        lengthAndIndex,
        fc.boolean(),
        windows,
        async ({ length, index }, hasParent, windowSize) => {
          fc.pre(index < length - 1);
          const rows = soundChain(steady(length));
          const forged = appended(rows[index], {
            hash: nowhere,
            ...(hasParent ? {} : { prevHash: 'e'.repeat(64) }),
          });
          expect(await found([...rows, forged], windowSize)).toEqual(['inserted x']);
        },
      ),
    );
  });

  test('names the later of two sound records on one parent as a fork', async () => {
    await fc.assert(
      fc.asyncProperty(
        lengthAndIndex,
        fc.boolean(),
        windows,
        async ({ length, index }, isLater, windowSize) => {
          fc.pre(index < length - 1);
          const rows = soundChain(steady(length));
          const twin = appended(rows[index], {
            micros: rows[index]!.micros + (isLater ? 1_500_000 : 500_000),
          });
          expect(await found([...rows, twin], windowSize)).toEqual([
            `fork ${isLater ? 'x' : `r${index + 1}`}`,
          ]);
        },
      ),
    );
  });

  test('names both when the payloads, times or hashes of two records are swapped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(19), { minLength: 2, maxLength: 2 }),
        fc.constantFrom('metadata', 'hash', 'micros'),
        windows,
        async (pair, column, windowSize) => {
          const [low, high] = pair.toSorted((left, right) => left - right) as [number, number];
          const rows = soundChain(steady(20));
          const swapped = changed(changed(rows, low, { [column]: rows[high]![column] }), high, {
            [column]: rows[low]![column],
          });
          expect((await found(swapped, windowSize)).toSorted()).toEqual(
            [`altered r${low}`, `altered r${high}`].toSorted(),
          );
        },
      ),
    );
  });
});

describe('clock skew', () => {
  test('is told apart from tampering: links sound, a child dated before its parent', async () => {
    const rows = soundChain([0, 1_000, 1_000, -500, 2_000, 1_000]);
    const judgement = await judge(rows);
    expect(judgement.isOnlySkewed).toBe(true);
    expect(judgement.head?.id).toBe('r5');
    expect(judgement.problems).toMatchObject([
      { kind: 'out_of_order', record: { id: 'r3' }, before: { id: 'r2' }, after: { id: 'r4' } },
    ]);
    expect(judgement.problems[0]?.explanation).toContain('nothing was altered');
  });

  test('is the only finding when times are random, whatever the window', async () => {
    const gaps = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 2, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.constantFrom(1, 3, 2_048), async (times, windowSize) => {
        const judgement = await judge(soundChain(times), windowSize);
        const early = times.slice(1).filter((gap) => gap < 0).length;
        expect(judgement.problemCount).toBe(early);
        expect(judgement.isOnlySkewed).toBe(early > 0);
      }),
    );
  });

  test('does not hide an altered record', async () => {
    const rows = soundChain([0, 1_000, 1_000, -500, 2_000, 1_000]);
    const judgement = await judge(changed(rows, 5, { actorId: 'mallory' }));
    expect(judgement.isOnlySkewed).toBe(false);
    expect(judgement.problems.map((problem) => problem.kind)).toEqual(['out_of_order', 'altered']);
  });

  test('holds in memory that does not grow when every link falls outside the window', async () => {
    // Times descend: the whole chain arrives backwards, twice as many records as are looked up at once.
    const rows = soundChain(Array.from({ length: 12_000 }, () => -1));
    const judgement = await judge(rows, 1);
    expect(judgement.problemCount).toBe(11_999);
    expect(judgement.isOnlySkewed).toBe(true);
    expect(judgement.problems).toHaveLength(100);
  }, 60_000);
});

describe('shapes no application writes', () => {
  test('two first records are a fork of the beginning', async () => {
    const rows = soundChain(steady(4));
    const second = appended(undefined, { prevHash: null, micros: rows[2]!.micros + 1 });
    const { problems } = await judge([...rows, second]);
    expect(problems).toMatchObject([{ kind: 'fork', record: { id: 'x' } }]);
    expect(problems[0]?.explanation).toContain('begins the chain');
  });

  test('a cycle, a self-parent and many records on one missing parent get a verdict', async () => {
    const rows = soundChain(steady(5));
    const cycle = changed(changed(rows, 1, { prevHash: rows[3]!.hash }), 0, { prevHash: rows[4]!.hash });
    expect(await found(cycle)).toEqual(['altered r0', 'altered r1']);
    expect(await found(changed(rows, 2, { prevHash: rows[2]!.hash }))).toEqual(['altered r2']);
    const crowd = rows.map((row) => ({ ...row, prevHash: nowhere }));
    expect((await judge(crowd)).problemCount).toBe(5);
  });

  test('an exact copy is named a copy', async () => {
    const rows = soundChain(steady(4));
    const { problems } = await judge([...rows, { ...rows[2]!, id: 'r2-again' }]);
    expect(problems).toMatchObject([{ kind: 'fork', record: { id: 'r2-again' } }]);
    expect(problems[0]?.explanation).toContain('exact copy of record r2');
  });

  test('records that cannot be read are unreadable, and their children are not blamed', async () => {
    const rows = soundChain(steady(5));
    expect(await found(changed(rows, 2, { metadata: '{"n":' }))).toEqual(['unreadable r2']);
    expect(await found(changed(rows, 4, { micros: Number.NaN }))).toEqual(['unreadable r4']);
    expect(await found(changed(rows, 4, { micros: Number.POSITIVE_INFINITY }))).toEqual(['unreadable r4']);
  });

  test('arbitrary rows always get a verdict, and never an intact one', async () => {
    const hashes = fc.constantFrom(null, '', 'a', 'b', nowhere, 'f'.repeat(63), '😀');
    const rows = fc.array(
      fc.record({
        prevHash: hashes,
        hash: hashes,
        micros: fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30),
        actorId: fc.option(fc.string()),
        action: fc.string({ unit: 'binary' }),
        metadata: fc.option(fc.oneof(fc.json(), fc.string())),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(1, 2_048), async (given, windowSize) => {
        const judgement = await judge(
          given.map((row, index) => ({ ...row, id: `r${index}` })),
          windowSize,
        );
        expect(judgement.problemCount).toBeGreaterThanOrEqual(given.length);
      }),
    );
  });

  test('no records are no finding and no head', async () => {
    expect(await judge([])).toMatchObject({ records: 0, problemCount: 0, head: undefined });
  });

  test('the earliest of several problems comes first', async () => {
    const rows = soundChain(steady(10));
    const damaged = inWrittenOrder(changed(rows, 7, { metadata: '[]' })).toSpliced(3, 1);
    expect(await found(damaged)).toEqual(['missing r4', 'altered r7']);
  });

  test('no explanation quotes a payload', async () => {
    const secret = '{"email":"ada@example.com","broken":';
    const rows = changed(soundChain(steady(3)), 1, { metadata: secret });
    expect(JSON.stringify(await judge(rows))).not.toContain('example.com');
  });
});
