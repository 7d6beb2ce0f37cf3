import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/command.ts';
import { conditionMistake, decideCondition } from '../../../src/core/policy/condition.ts';
import fc from '../../support/properties.ts';

const args: JsonObject = { tenant: { id: 't-1', slug: 'acme' }, channel: 'email', notify: true, limit: 100 };
const data: JsonObject = {
  count: 501,
  share: 0.5,
  none: null,
  ids: ['a', 'b'],
  items: [
    { size: 3, tags: ['x'] },
    { size: 4, tags: ['y', 'z'] },
  ],
};
const decide = (text: string, facts = { args, data }) => decideCondition(text, facts);

describe('a condition', () => {
  it.each([
    ['data.count > 500', 'holds'],
    ['data.count > 501', 'fails'],
    ['data.count == 501', 'holds'],
    ['data.count == 501.0', 'holds'],
    ['data.count >= 500.5', 'holds'],
    ['500 < data.count', 'holds'],
    ['data.share == 0.5', 'holds'],
    ['data.share < 1', 'holds'],
    ['data.share + 1 > 1.4', 'holds'],
    ['data.count * 1.5 > 751', 'holds'],
    ['double(data.count) / data.count == 1', 'holds'],
    ['data.count in [1, 501]', 'holds'],
    ['data.none == null', 'holds'],
    ['has(data.missing)', 'fails'],
    ['has(data.missing) && data.missing > 5', 'fails'],
    ['args.tenant.slug == "acme" && args.notify', 'holds'],
    ['args.channel in ["sms", "push"]', 'fails'],
    ['data.ids.size() == 2 && "a" in data.ids', 'holds'],
    ['data.items.exists(item, item.tags.exists(tag, tag == "z"))', 'holds'],
    ['data.items.filter(item, item.size > 3).size() == 1', 'holds'],
    ['type(data.count) == int', 'holds'],
  ])('%s: %s', (text, verdict) => {
    expect(conditionMistake(text)).toBeUndefined();
    expect(decide(text)).toBe(verdict);
  });

  it.each([
    ['a missing key', 'data.missing > 5', 'No such key: missing'],
    ['a null', 'data.none > 5', 'no such overload: dyn<null> > int'],
    ['text compared with a number', 'data.count == "501"', 'it compares a string with a int'],
    ['an object compared with its name', 'args.tenant == "acme"', 'it compares a string with a map'],
    ['the same said the other way', 'args.tenant != "acme"', 'it compares a string with a map'],
    ['an index past the end', 'data.ids[7] == "a"', /out of bounds/],
    ['no boolean at the end', 'data.count', 'it gives neither true nor false'],
    ['what is no CEL at all', 'data.count >', /^it is not a CEL expression/],
  ])('has no answer for %s', (_, text, problem) => {
    expect(decide(text)).toEqual({
      problem: typeof problem === 'string' ? problem : expect.stringMatching(problem),
    });
  });

  it('is open while what it needs is unknown, and decided where the rest is enough', () => {
    const planning = { args };
    expect(decideCondition('data.count > 500', planning)).toBe('open');
    expect(decideCondition('args.channel == "sms" && data.count > 500', planning)).toBe('fails');
    expect(decideCondition('args.channel == "email" || data.count > 500', planning)).toBe('holds');
    expect(decideCondition('args.notify', {})).toBe('open');
    expect(decideCondition('args.notify', planning)).toBe('holds');
    expect(decideCondition('args.missing', planning)).toEqual({ problem: 'No such key: missing' });
  });

  it.each([
    [
      'count > 500',
      'names "count", but a condition knows only "args" and "data"; did you mean "data.count"?',
    ],
    [
      'data.count >',
      'is not a CEL expression such as "data.count > 500": Unexpected token: EOF at character 13',
    ],
    [
      'data.count = 5',
      'is not a CEL expression such as "data.count > 500": Unexpected character: = at character 12',
    ],
    ['size(data.ids)', 'gives int, and must give true or false'],
    ['1 < 2', 'mentions neither "args" nor "data", so it would always be the same'],
    ['data.id.matches("(a+)+$")', /^uses the function "matches", which a condition may not/],
    [
      'data.ids.exist(id, id == "a")',
      'uses the function "exist", which a condition may not; did you mean "exists"?',
    ],
    ['data.ids.map(id, data.ids) == []', /^uses the function "map"/],
    ['cel.bind(x, data.ids, true)', /^uses the function "bind"/],
    ['data.done / data.all > 0.5', /^divides whole numbers/],
    ['data.count == 1u', /^uses a kind of literal that no plan holds/],
    ['data.ids.all(a, data.ids.exists(b, a == b))', /^loops over the whole plan inside a loop/],
    ['data.ids.all(data, data == "a")', /^gives a loop's variable the name "data"/],
    [`data.x == "${'a'.repeat(1_000)}"`, 'is longer than 1000 characters'],
    [`${'!'.repeat(300)}data.x`, /^is not a CEL expression/],
  ])('is refused when the settings are read: %s', (text, mistake) => {
    const found = conditionMistake(text);
    if (typeof mistake === 'string') expect(found).toBe(mistake);
    else expect(found).toMatch(mistake);
    expect(decide(text)).toHaveProperty('problem');
  });

  it('looks through ten thousand values in a loop and refuses more', () => {
    const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);
    const text = 'data.ids.all(id, id in data.ids)';
    expect(decideCondition(text, { data: { ids: ids(9_000) } })).toBe('holds');
    expect(decideCondition(text, { data: { ids: ids(10_001) } })).toEqual({
      problem: 'the plan holds more values than a condition may look through',
    });
    expect(decideCondition('data.ids.size() > 5', { data: { ids: ids(50_000) } })).toBe('holds');
  });

  it('has no answer for a plan nested without end in sight', () => {
    let nested: JsonObject = {};
    for (let depth = 0; depth < 5_000; depth++) nested = { nested };
    expect(decideCondition('has(data.nested)', { data: nested })).toEqual({
      problem: 'the plan is nested too deeply for a condition',
    });
  });

  it('takes keys from outside for what they are', () => {
    const odd = JSON.parse('{"constructor": "x", "__proto__": {"isAdmin": true}, "get": 1}') as JsonObject;
    expect(decide('data.constructor == "x" && data.get == 1', { args, data: odd })).toBe('holds');
    expect(decide('has(data.isAdmin)', { args, data: odd })).toBe('fails');
    expect(decide('has(data.toString)', { args, data: {} })).toBe('fails');
  });

  it('answers whatever is asked about whatever plan, and throws never', () => {
    const piece = fc.constantFrom(
      ...[
        'data',
        '.count',
        '.ids',
        '["a"]',
        ' > ',
        ' == ',
        ' && ',
        '!',
        '(',
        ')',
        '500',
        '"a"',
        'null',
        '[',
        ']',
      ],
      ...['args', '.exists(i, ', 'i', 'has(', 'size(', ' + ', '{', '}', ':', ',', ' ? ', 'int(', '\n', "'"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.object(), (pieces, plan) => {
        const facts = JSON.parse(JSON.stringify({ args: {}, data: plan }));
        const verdict = decideCondition(pieces.join(''), facts);
        expect(['holds', 'fails', 'object']).toContain(typeof verdict === 'object' ? 'object' : verdict);
        if (conditionMistake(pieces.join('')) !== undefined) expect(verdict).toHaveProperty('problem');
      }),
      { numRuns: 2_000 },
    );
  });

  it('that was decided without the plan is decided the same with any plan', () => {
    const atom = fc.constantFrom(
      ...[
        'args.a',
        '!args.b',
        'data.x > 1',
        'data.ok',
        'has(data.x)',
        'data.l.exists(i, i)',
        'args.c',
        'data.l.all(i, i)',
      ],
    );
    const tree = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        atom,
        fc
          .tuple(tie('node'), fc.constantFrom('&&', '||'), tie('node'))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        fc.tuple(tie('node'), tie('node'), tie('node')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      ),
    })).node;
    const plan = fc.record(
      { x: fc.integer({ min: 0, max: 3 }), ok: fc.boolean(), l: fc.array(fc.boolean(), { maxLength: 2 }) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(tree, fc.record({ a: fc.boolean(), b: fc.boolean() }), plan, (text, given, later) => {
        const early = decideCondition(text, { args: given });
        fc.pre(early === 'holds' || early === 'fails');
        expect(decideCondition(text, { args: given, data: later as JsonObject })).toBe(early);
      }),
      { numRuns: 2_000 },
    );
  });
});
