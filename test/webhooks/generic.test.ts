import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generic } from '../../src/webhooks/generic.ts';
import { UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import fc from '../support/properties.ts';
import { oneSignal, parseAs, rawDelivery, verifyAs } from './deliver.ts';

const least = {
  key: '{/id}',
  title: '{/name}',
  status: { from: '/state', firing: ['bad'], resolved: ['good'] },
};

/** What one alert becomes under a mapping. */
function signal(mapping: object, json: unknown) {
  return oneSignal(generic, json, { options: { mapping: { ...least, ...mapping } } });
}

function parse(mapping: object, json: unknown) {
  return parseAs(generic, json, { options: { mapping: { ...least, ...mapping } } });
}

function mistakes(mapping: object): string[] {
  const parsed = generic.options.safeParse({ mapping: { ...least, ...mapping } });
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('a mapping', () => {
  it('makes a signal of a body nobody wrote code for', () => {
    const options = {
      mapping: {
        each: '/alerts',
        event: '{^/type}',
        deliveryId: '{/id}',
        sentAt: { from: '/at', format: 'epoch-s' },
        key: '{^/group}:{/monitor/id}',
        fingerprint: '{/monitor/id}/{/region}',
        status: { from: '/heartbeat/status', firing: [0], resolved: [1], noted: [2, 3] },
        severity: { from: '/level', values: { Bad: 'critical' }, default: 'info', atMost: 'high' },
        title: '{/monitor/name} is down in {{{/region}}}',
        summary: '{/text}',
        service: '{/tags/[name=service]/value}',
        tenant: '{/tags/[name=tenant]/value}',
        environment: ['{/env}', '{^/env}'],
        startsAt: '/since',
        order: '/seq',
        labels: { region: '{/region}', empty: '{/nothing}' },
        labelsFrom: ['/tags', '^/common'],
        links: [
          { label: 'Dashboard', url: '{/url}' },
          { label: 'Rule', url: '{/nothing}' },
        ],
        quietMinutes: 60,
      },
    };
    const alert = {
      monitor: { id: 7, name: 'Shop' },
      heartbeat: { status: 0 },
      level: 'BAD',
      region: 'eu',
      text: '502',
      tags: [{ name: 'service', value: 'checkout' }, { name: 'bare' }, { key: 'team', value: 'shop' }],
      since: '2026-03-02T09:16:40+03:00',
      seq: '12',
      url: 'https://example.com/7',
    };
    const parsed = parseAs(
      generic,
      {
        id: 'd-1',
        type: 'beat',
        at: '1772443000',
        group: 'web',
        env: 'prod',
        common: { dc: 'a' },
        alerts: [alert],
      },
      { options },
    );
    expect(parsed).toEqual({
      event: 'beat',
      isKnown: true,
      deliveryId: 'd-1',
      sentAt: new Date('2026-03-02T09:16:40Z'),
      truncated: undefined,
      signals: [
        {
          status: 'firing',
          groupKey: 'web:7',
          fingerprint: '7/eu',
          severity: 'high',
          title: 'Shop is down in {eu}',
          summary: '502',
          service: 'checkout',
          tenant: undefined,
          environment: 'prod',
          labels: { service: 'checkout', team: 'shop', dc: 'a', region: 'eu' },
          links: [{ label: 'Dashboard', url: 'https://example.com/7' }],
          startsAt: new Date('2026-03-02T06:16:40Z'),
          endsAt: undefined,
          order: 12,
          quietMinutes: 60,
          note: undefined,
        },
      ],
    });
  });

  it('takes the first text of several whose values are all there, else the last with those that are', () => {
    const title = ['{/a}-{/b}', '{/c}', '{/a} alone {/b}'];
    const titled = (more: object) => signal({ title }, { id: 1, state: 'bad', ...more }).title;
    expect(titled({ a: 'x', b: 'y', c: 'z' })).toBe('x-y');
    expect(titled({ a: 'x', c: 'z' })).toBe('z');
    expect(titled({ a: 'x' })).toBe('x alone');
    expect(titled({})).toBe('1');
  });

  it('counts nothing, an empty text, an unreplaced variable and what the mapping names as missing', () => {
    const summaryOf = (text: unknown) =>
      signal({ summary: '{/text}', missing: ['n/a'] }, { id: 1, state: 'bad', text }).summary;
    for (const text of ['', '  ', '$HOSTNAME', '$TAGS[env]', 'n/a', null, {}, []]) {
      expect([text, summaryOf(text)]).toEqual([text, undefined]);
    }
    for (const text of ['$5 lost', 'a $HOST', 'N/A', 0, false]) expect(summaryOf(text)).toBe(String(text));
  });

  it('never makes half an identity', () => {
    const mapping = { key: '{/a}:{/b}', deliveryId: '{/a}:{/b}', fingerprint: ['{/a}:{/c}', '{/c}'] };
    expect(() => parse(mapping, { a: 1, state: 'bad' })).toThrow(UnreadableDelivery);
    const parsed = parse({ ...mapping, key: '{/a}' }, { a: 1, state: 'bad' });
    expect(parsed).toMatchObject({ deliveryId: undefined, signals: [{ groupKey: '1', fingerprint: '1' }] });
  });

  it('keeps two ids apart that are one number to JavaScript', () => {
    const body = (id: string) => Buffer.from(`{"id":${id},"state":"bad","name":"x"}`);
    const keyOf = (id: string) => {
      const delivery = rawDelivery({}, { body: body(id) });
      const options = generic.options.parse({ mapping: least });
      const source = { name: 'tested', secrets: [], options };
      return generic.parse(JSON.parse(delivery.body.toString()), delivery, source).signals[0]?.groupKey;
    };
    expect(keyOf('7716548234011234567')).toBe('7716548234011234567');
    expect(keyOf('7716548234011234568')).toBe('7716548234011234568');
    expect(keyOf('12')).toBe('12');
  });

  it('takes out a beginning and an end', () => {
    const title = { text: '{/name}', withoutPrefix: '[*] ', until: ' in ' };
    const titled = (name: string) => signal({ title }, { id: 1, state: 'bad', name }).title;
    expect(titled('[Triggered on {host:a}] Disk full in 3 days')).toBe('Disk full');
    expect(titled('Disk [a] full')).toBe('Disk [a] full');
  });

  it.each([
    ['iso', '2026-03-02T09:16:40.118123456Z', '2026-03-02T09:16:40.118Z'],
    ['iso', '2026-03-02 09:16:40', undefined],
    ['iso', '0001-01-01T00:00:00Z', undefined],
    ['iso-utc-without-zone', '2026-03-02 09:16:40.118', '2026-03-02T09:16:40.118Z'],
    ['iso-utc-without-zone', '2026-03-02T09:16:40+03:00', undefined],
    ['epoch-ms', '1772443500000', '2026-03-02T09:25:00.000Z'],
    ['epoch-s', 1772443500.5, '2026-03-02T09:25:00.500Z'],
    ['epoch-s', '-5', undefined],
    ['epoch-ms', 1e300, undefined],
    ['epoch-ms', 'soon', undefined],
  ])('reads a time written as %s: %j', (format, at, expected) => {
    const { startsAt } = signal({ startsAt: { from: '/at', format } }, { id: 1, state: 'bad', at });
    expect(startsAt?.toISOString()).toBe(expected);
  });

  it('orders by a number or by a time, and by nothing that is neither', () => {
    const ordered = (order: unknown, at: unknown) => signal({ order }, { id: 1, state: 'bad', at }).order;
    expect(ordered('/at', '17')).toBe(17);
    expect(ordered({ from: '/at', format: 'iso' }, '2026-03-02T09:25:00Z')).toBe(1_772_443_500_000);
    for (const at of ['x', '1.5', 1e300, '99999999999999999999']) expect(ordered('/at', at)).toBeUndefined();
  });

  it('reads labels from tags in any of their forms', () => {
    const labelled = (tags: unknown) => signal({ labelsFrom: '/tags' }, { id: 1, state: 'bad', tags }).labels;
    const expected = { env: 'prod', host: 'web:1' };
    expect(labelled('env:prod, host = web:1,bare,:x')).toEqual(expected);
    expect(labelled(['env:prod', 'host=web:1', 7])).toEqual(expected);
    expect(labelled({ env: 'prod', host: 'web:1', nested: {} })).toEqual(expected);
    expect(labelled(7)).toEqual({});
    expect(labelled(JSON.parse('{"__proto__":"x","env":"prod","host":"web:1"}'))).toEqual(expected);
  });

  it('reads long tags without a colon in no time', () => {
    const began = performance.now();
    signal({ labelsFrom: '/tags' }, { id: 1, state: 'bad', tags: `${' '.repeat(900_000)}x` });
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('the status', () => {
  const statusOf = (state: unknown, status: object = {}) =>
    parse({ status: { ...least.status, noted: ['meh'], ...status } }, { id: 1, name: 'x', state });

  it('is what the lists say, in any case, as text, number or truth value', () => {
    expect(statusOf(' BAD ').signals[0]?.status).toBe('firing');
    expect(statusOf('good').signals[0]?.status).toBe('resolved');
    expect(statusOf('meh').signals[0]?.status).toBe('noted');
    expect(statusOf('1', { resolved: [1] }).signals[0]?.status).toBe('resolved');
    expect(statusOf(true, { resolved: true }).signals[0]?.status).toBe('resolved');
  });

  it.each(['goodish', '', null, undefined, {}, ['good'], { state: 'good' }, 'go od'])(
    'is never a resolve for %j, and shown only where the mapping says so',
    (state) => {
      expect(statusOf(state)).toMatchObject({ isKnown: false, event: 'unknown', signals: [] });
      expect(statusOf(state, { default: 'firing' })).toMatchObject({ signals: [{ status: 'firing' }] });
      expect(statusOf(state, { default: 'noted' })).toMatchObject({ signals: [{ status: 'noted' }] });
    },
  );

  it('may be the same always', () => {
    expect(signal({ status: 'firing' }, { id: 1 }).status).toBe('firing');
  });
});

describe('a case', () => {
  const cases = [
    { when: { '/kind': 'test*' }, event: 'test', ignore: true },
    {
      when: { '/kind': ['cert', null], '/monitor': null },
      status: 'firing',
      severity: 'info',
      quietMinutes: 5,
    },
  ];
  const severity = { from: '/level', default: 'critical' };

  it('replaces what it gives and leaves the rest', () => {
    const cert = { id: 1, name: 'x', kind: 'cert', state: 'whatever' };
    expect(signal({ cases, severity }, cert)).toMatchObject({
      status: 'firing',
      severity: 'info',
      quietMinutes: 5,
      title: 'x',
    });
    expect(signal({ cases, severity }, { ...cert, kind: undefined })).toMatchObject({ quietMinutes: 5 });
    expect(signal({ cases, severity }, { ...cert, monitor: {}, state: 'bad' })).toMatchObject({
      severity: 'critical',
      quietMinutes: undefined,
    });
  });

  it('may be known and nothing else', () => {
    expect(parse({ cases }, { kind: 'Testing' })).toMatchObject({
      event: 'test',
      isKnown: true,
      signals: [],
    });
  });
});

describe('a list of alerts', () => {
  const each = '/alerts';
  const alert = (id: unknown, state: string) => ({ id, state, name: 'x' });

  it('is one signal each, and counts those without a key as left out', () => {
    const parsed = parse({ each }, { alerts: [alert(1, 'good'), null, alert(null, 'bad'), alert(2, 'bad')] });
    expect(parsed).toMatchObject({
      event: 'firing',
      isKnown: true,
      truncated: 1,
      signals: [{ groupKey: '1' }, { groupKey: '2' }],
    });
  });

  it('may be empty, but must be there', () => {
    expect(parse({ each }, { alerts: [] })).toMatchObject({ event: 'empty', isKnown: true, signals: [] });
    for (const json of [{}, { alerts: {} }, [], 'x', null]) {
      expect(() => parse({ each }, json)).toThrow(UnreadableDelivery);
    }
    expect(parse({ each: '' }, [alert(1, 'bad')]).signals).toHaveLength(1);
  });
});

describe('what is stored of a body', () => {
  const options = (mapping: object) => generic.options.parse({ mapping: { ...least, ...mapping } });
  const keep = (mapping: object, json: unknown) =>
    generic.keep?.(json, rawDelivery(json), { name: 'tested', secrets: [], options: options(mapping) });

  it('is all of it, or what the mapping reads', () => {
    const json = { id: 1, name: 'x', state: 'bad', password: 'p', nested: { password: 'p' } };
    expect(keep({}, json)).toBe(json);
    expect(keep({ keep: 'mapped' }, json)).toEqual({ id: 1, name: 'x', state: 'bad' });
  });

  it('keeps lists in place, whole labels, and no object where a text is read', () => {
    const mapping = {
      keep: 'mapped',
      each: '/alerts',
      deliveryId: '{/delivery}',
      labelsFrom: '/tags',
      summary: '{/lines/1}',
      service: '{/meta/[name=service]/value}',
      cases: [{ when: { '^/kind': 'x' }, tenant: '{^/org/name}' }],
    };
    const json = {
      delivery: 'd',
      kind: 'x',
      org: { name: 'o', token: 't' },
      token: 't',
      alerts: [
        {
          id: { secret: 1 },
          tags: { any: 'thing' },
          lines: ['secret', 'second'],
          meta: [{ name: 'service', value: 'shop', token: 't' }],
          token: 't',
        },
        'secret',
      ],
    };
    expect(keep(mapping, json)).toEqual({
      delivery: 'd',
      kind: 'x',
      org: { name: 'o' },
      alerts: [
        {
          id: {},
          tags: { any: 'thing' },
          lines: [null, 'second'],
          meta: [{ name: 'service', value: 'shop' }],
        },
        null,
      ],
    });
  });

  const bodies = fc.dictionary(
    fc.constantFrom('id', 'name', 'state', 'list', 'tags', 'n'),
    fc.oneof(
      fc.constantFrom('bad', 'good', '', '$ID', null, 7716548234011234, true),
      fc.jsonValue({ maxDepth: 3 }),
      fc.array(
        fc.dictionary(
          fc.constantFrom('id', 'state', 'name', 'value'),
          fc.constantFrom('a', 'bad', 'good', 1),
        ),
      ),
    ),
  );
  const mappings = fc.record({
    keep: fc.constant('mapped'),
    each: fc.constantFrom(undefined, '/list', ''),
    key: fc.constantFrom('{/id}', '{/list/0/id}', '{^/id}', '{/list/[id=a]/value}{/name}'),
    summary: fc.constantFrom('{/list/1/name}', '{/n}'),
    labelsFrom: fc.constantFrom(undefined, ['/tags', '/list']),
    cases: fc.constantFrom([], [{ when: { '/n': null }, status: 'noted' }]),
  });

  it('reads the same as the whole', () => {
    fc.assert(
      fc.property(bodies, mappings, (body, mapping) => {
        const json = JSON.parse(JSON.stringify(body)) as unknown;
        expect(outcome(mapping, keep(mapping, json))).toEqual(outcome(mapping, json));
      }),
      { numRuns: 1_000 },
    );
  });
});

function outcome(mapping: object, json: unknown): unknown {
  try {
    return parse(mapping, json);
  } catch (error) {
    if (!(error instanceof UnreadableDelivery)) throw error;
    return error.message;
  }
}

describe('any JSON at all', () => {
  const each = fc.constantFrom(undefined, '/alerts', '', '/a/b');
  const resolves = fc.constantFrom('good', 'good', 'Good ', 'goo', 'bad', '', 1, null, true, ['good']);
  const json = fc.oneof(
    fc.jsonValue(),
    fc.record({ id: fc.jsonValue(), state: resolves, alerts: fc.array(fc.jsonValue()) }),
    fc.record({ alerts: fc.array(fc.record({ id: fc.jsonValue(), state: resolves })) }),
  );

  it('is read or refused with a sentence, and resolves only by the very word', () => {
    fc.assert(
      fc.property(json, each, fc.constantFrom('firing', 'noted', 'unknown'), (body, list, unknown) => {
        const status = { ...least.status, default: unknown };
        const parsed = outcome({ each: list, status }, body);
        if (typeof parsed === 'string') {
          expect(parsed.length).toBeGreaterThan(20);
          return;
        }
        const { signals } = parsed as ReturnType<typeof parse>;
        const resolved = signals.filter(({ status: is }) => is === 'resolved').length;
        const alerts =
          list === undefined ? [body] : list === '' ? body : (body as { alerts?: unknown }).alerts;
        const said = ((alerts ?? []) as { state?: unknown }[]).filter((alert) => {
          const state = alert?.state;
          return typeof state === 'string' && state.trim().toLowerCase() === 'good';
        });
        expect(resolved).toBeLessThanOrEqual(said.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a mistake in a mapping', () => {
  it.each([
    [{ title: '{monitor/name} is down' }, 'title.0: "monitor/name" is not a JSON pointer: begin it with "/"'],
    [{ title: '{/name' }, 'title.0: "{/name" has a lone "{"'],
    [{ title: 5 }, 'title.0: must be text, with {/pointer} where a value belongs'],
    [{ title: { text: '{x}', until: ' ' } }, 'title.text.0: "x" is not a JSON pointer'],
    [{ each: 'alerts' }, 'each: "alerts" is not a JSON pointer'],
    [{ labels: { a: '{/b~2}' } }, 'labels.a.0: "/b~2" is not a JSON pointer: write "~" as "~0"'],
    [{ cases: [{ when: { id: 1 } }] }, 'cases.0.when.id: "id" is not a JSON pointer'],
    [{ cases: [{ when: {}, ignore: true }] }, 'cases.0.when: is empty'],
    [{ status: 'gone' }, 'status: must be firing, resolved or noted'],
    [{ status: { from: '/a', firing: [1], resolved: ['1'] } }, 'status: lists "1" twice'],
    [
      { severity: { from: '/a', values: { x: 'worst' } } },
      'severity.values.x: must be critical, high, warning, info',
    ],
    [{ startsAt: { from: '/a', format: 'unix' } }, 'startsAt.format: must be one of iso,'],
    [{ colour: 'red' }, ': Unrecognized key: "colour"'],
    [{ key: undefined }, 'key.0: must be text'],
  ])('names the key of %j', (mapping, message) => {
    const found = mistakes(mapping);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message.replace(/^: /, 'mapping: ').replace(/^(?!mapping)/, 'mapping.'));
  });
});

describe('the proof of a generic source', () => {
  const mapping = least;
  const secrets = ['first-for-tests', 'second-for-tests'];
  const body = Buffer.from('{"é":1}');
  const sign = (algorithm: string, encoding: 'hex' | 'base64', secret = secrets[1]!) =>
    createHmac(algorithm, secret).update(body).digest(encoding);
  const verify = (headers: Record<string, string>, options: object, given: readonly string[] = secrets) =>
    verifyAs(generic, rawDelivery({}, { body, headers }), {
      secrets: given,
      options: { mapping, ...options },
    });

  it('is a bearer token, a password or a header, as the settings say', () => {
    const basic = `Basic ${Buffer.from('me:second-for-tests').toString('base64')}`;
    expect(verify({ authorization: 'Bearer first-for-tests' }, {})).toBe('proven');
    expect(verify({ authorization: basic }, { username: 'me' })).toBe('proven');
    expect(verify({ authorization: basic }, { username: 'you' })).toBe('refused');
    expect(verify({ 'x-token': 'second-for-tests' }, { header: 'X-Token' })).toBe('proven');
    expect(verify({ 'x-token': 'second-for-test' }, { header: 'X-Token' })).toBe('refused');
    expect(verify({}, { header: 'X-Token' })).toBe('refused');
    expect(verify({}, {})).toBe('refused');
  });

  it.each([
    ['sha256', 'hex'],
    ['sha1', 'base64'],
    ['sha512', 'base64'],
  ] as const)('is a signature by %s in %s', (algorithm, encoding) => {
    const options = { signature: { header: 'X-Sig', prefix: 'v=', algorithm, encoding } };
    expect(verify({ 'x-sig': `v=${sign(algorithm, encoding)}` }, options)).toBe('proven');
    expect(verify({ 'x-sig': sign(algorithm, encoding) }, options)).toBe('refused');
    expect(verify({ 'x-sig': 'v=' }, options)).toBe('refused');
    expect(verify({ 'x-sig': `v=${sign(algorithm, encoding, 'another')}` }, options)).toBe('refused');
    expect(verify({ 'x-sig': `v=${sign(algorithm, encoding).slice(2)}` }, options)).toBe('refused');
    expect(verify({ 'x-sig': `v=${sign(algorithm, encoding, '')}` }, options, [''])).toBe('refused');
  });

  it('is none without a secret, so that the URL has to hold one', () => {
    expect(verify({ authorization: 'Bearer x' }, {}, [])).toBe('unsigned');
  });

  it('is one of them, not two', () => {
    const parsed = generic.options.safeParse({ mapping, header: 'X-Token', username: 'me' });
    expect(parsed.error?.issues[0]?.message).toContain('keep the one');
  });
});
