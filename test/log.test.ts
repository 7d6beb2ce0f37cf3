import { describe, expect, it } from 'vitest';
import { createRedactor } from '../src/core/redact.ts';
import { Secret, Secrets } from '../src/core/secret.ts';
import { createLog } from '../src/log.ts';
import fc from './support/properties.ts';

function holding(...values: string[]): Secrets {
  const secrets = new Secrets();
  for (const value of values) secrets.add(value);
  return secrets;
}

function logTo(secrets: Secrets) {
  const lines: string[] = [];
  const log = createLog({
    level: 'trace',
    redactor: createRedactor(secrets),
    destination: { write: (line) => void lines.push(line) },
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown> };
}

describe('the log', () => {
  it('writes one JSON line with level, time, fields and message', () => {
    const { log, last } = logTo(holding());
    log.info({ run: 'r-7k2m9q4x', records: 200 }, 'verified');
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      run: 'r-7k2m9q4x',
      records: 200,
      msg: 'verified',
    });
  });

  it('carries the correlation id on every line of a child and its children', () => {
    const { log, last } = logTo(holding());
    log.child({ correlationId: 'c-1' }).child({ run: 'r-1' }).warn({}, 'slow');
    expect(last()).toMatchObject({ correlationId: 'c-1', run: 'r-1', msg: 'slow' });
  });

  it('redacts by key, also in the bindings of children', () => {
    const { log, last } = logTo(holding());
    const child = log.child({ apiToken: 'first', nested: { password: 'second' } });
    child.setBindings({ cookie: 'third' });
    child.info(
      { headers: { Authorization: 'fourth' }, DATABASE_URL: 'fifth', 'x-api-key': 'sixth', hasToken: true },
      'm',
    );
    expect(last()).toMatchObject({
      apiToken: '[redacted]',
      nested: { password: '[redacted]' },
      cookie: '[redacted]',
      headers: { Authorization: '[redacted]' },
      DATABASE_URL: '[redacted]',
      'x-api-key': '[redacted]',
      hasToken: true,
    });
  });

  it('redacts the held values in messages, values put into messages, stacks, causes and aggregates', () => {
    const { log, lines } = logTo(holding('hunter22'));
    const error = new AggregateError([new Error('inner hunter22')], 'outer hunter22', {
      cause: Object.assign(new Error('cause hunter22'), { code: 'E hunter22', config: { pass: 'hunter22' } }),
    });
    log.error({ err: error }, 'failed with hunter22');
    log.error(error);
    log.error(error, 'could not %s', 'hunter22');
    log.info('plain %s %o', 'hunter22', { deep: ['hunter22'] });
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain('hunter22');
    for (const line of lines.slice(0, 3)) {
      expect(JSON.parse(line).err).toMatchObject({
        type: 'AggregateError',
        message: 'outer [redacted]',
        stack: expect.stringContaining('log.test.ts'),
        cause: { message: 'cause [redacted]', code: 'E [redacted]' },
        errors: [{ message: 'inner [redacted]' }],
      });
    }
    expect(JSON.parse(lines[1] as string).msg).toBe('outer [redacted]');
    expect(JSON.parse(lines[2] as string).msg).toBe('could not [redacted]');
  });

  it('logs what cannot be read as data instead of failing', () => {
    const { log, last } = logTo(holding());
    const circular: Record<string, unknown> = { id: 1 };
    circular.self = circular;
    const thrower = {
      get value() {
        throw new Error('no');
      },
    };
    log.info(
      {
        circular,
        thrower,
        big: 2n ** 70n,
        bytes: Buffer.from('abc'),
        at: new Date(0),
        map: new Map([['token', 'x']]),
      },
      'm',
    );
    expect(last()).toMatchObject({
      circular: { id: 1, self: '[circular]' },
      thrower: '[unreadable]',
      big: '1180591620717411303424',
      bytes: '[3 bytes]',
      at: '1970-01-01T00:00:00.000Z',
      map: [['token', '[redacted]']],
    });
  });

  it('prints the name of a secret, never its value', () => {
    const { log, lines, last } = logTo(holding());
    log.info(
      { database: new Secret('DATABASE_URL', 'unregistered-value') },
      String(new Secret('A', 'other-value')),
    );
    expect(last()).toMatchObject({ database: '[secret DATABASE_URL]', msg: '[secret A]' });
    expect(lines.join('')).not.toMatch(/unregistered-value|other-value/);
  });
});

describe('redacting text', () => {
  const { text } = createRedactor(holding());
  it.each([
    ['a bot token', 'using xoxb-123-456-abcDEF now', 'using [redacted] now'],
    ['a refresh token', 'xoxe.xoxp-1-Mi0yLTk4', '[redacted]'],
    ['an app token', 'xapp-1-A0123-456-abcdef', '[redacted]'],
    ['a bearer header', 'authorization: Bearer abc.DEF-123_x=', 'authorization: Bearer [redacted]'],
    ['a database password', 'postgres://bot:pa%40ss@db.local/cs', 'postgres://bot:[redacted]@db.local/cs'],
    ['a password holding @', 'redis://:p@ss:w@localhost:6379', 'redis://:[redacted]@localhost:6379'],
    [
      'a response_url',
      'POST https://hooks.slack.com/commands/T0/1/abc failed',
      'POST https://hooks.slack.com/[redacted] failed',
    ],
    [
      'a private key',
      'key -----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY----- end',
      'key [redacted] end',
    ],
    ['the start of a private key', '-----BEGIN EC PRIVATE KEY-----\nMC4CAQ', '[redacted]'],
    ['hex after secret=', 'secret=0123456789abcdef0123 x', 'secret=[redacted] x'],
    ['hex in JSON', '"signingSecret":"0123456789abcdef"', '"signingSecret":"[redacted]"'],
    [
      'nothing in ordinary words',
      'verified 200 records of acme, head 9f3ab2c1 at 18:15',
      'verified 200 records of acme, head 9f3ab2c1 at 18:15',
    ],
  ])('removes %s', (_, before, after) => {
    expect(text(before)).toBe(after);
  });

  it('finds a value in the forms it takes on the way', () => {
    const secret = 'p"ss wörd\\1';
    const { text } = createRedactor(holding(secret));
    for (const form of [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret),
      Buffer.from(secret).toString('base64'),
    ]) {
      expect(text(`<${form}>`)).toMatch(/^<"?\[redacted\]"?>$/);
    }
  });

  it('learns values that are added later, and passwords inside URLs', () => {
    const secrets = holding();
    const redactor = createRedactor(secrets);
    expect(redactor.text('user hunter@22')).toBe('user hunter@22');
    secrets.add('postgres://bot:hunter%4022@db/x');
    expect(redactor.text('user hunter@22')).toBe('user [redacted]');
  });

  it('removes the whole of a value that begins with another', () => {
    expect(createRedactor(holding('hunter', 'hunter22')).text('is hunter22!')).toBe('is [redacted]!');
  });

  it('leaves values too short to be told from words', () => {
    expect(createRedactor(holding('acme')).text('tenant acme')).toBe('tenant acme');
  });

  it('keeps its promise when the mask itself spells a secret', () => {
    const { text } = createRedactor(holding('redacted', '[redac', 'x[reda', 'hunter22'));
    const result = text('xhunter22 redacted');
    expect(result).not.toMatch(/redacted|\[redac|x\[reda|hunter22/);
  });

  it('takes linear time on long hostile text', () => {
    const began = performance.now();
    for (const unit of ['a.', 'a://a:', 'Bearer ', '-----BEGIN PRIVATE KEY', 'secret=', 'xoxb-'])
      text(unit.repeat(100_000));
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('any secret in any nesting', () => {
  const aSecret = fc
    .string({ minLength: 6, maxLength: 20, unit: 'grapheme' })
    .filter((value) => value.trim().length >= 6);

  it('never reaches a log line', () => {
    const wrap = fc.constantFrom<(inner: unknown) => unknown>(
      (inner) => [inner, 1],
      (inner) => ({ inner }),
      (inner) => new Map([['key', inner]]),
      (inner) => new Set([inner]),
      (inner) => new Error(`because ${typeof inner === 'string' ? inner : ''}`, { cause: inner }),
      (inner) => Object.assign(new Error('with fields'), { inner }),
      (inner) => ({ toJSON: () => inner }),
      (inner) => (typeof inner === 'string' ? { [inner]: true } : inner),
      (inner) => (typeof inner === 'string' ? `before ${inner} after` : inner),
    );
    fc.assert(
      fc.property(
        aSecret,
        fc.array(wrap, { maxLength: 20 }),
        fc.array(aSecret, { maxLength: 3 }),
        (secret, wraps, others) => {
          const { log, lines } = logTo(holding(secret, ...others));
          const value = wraps.reduce<unknown>((inner, one) => one(inner), secret);
          log.child({ value }).info({ value }, `said ${secret}`);
          log.error({ err: value }, 'failed: %s', secret);
          // What a reader of the parsed line sees in keys and strings, and the raw line where JSON escapes nothing.
          for (const line of lines) {
            for (const text of stringsIn(JSON.parse(line))) expect(text).not.toContain(secret);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never stays in a text', () => {
    fc.assert(
      fc.property(
        fc.array(aSecret, { minLength: 1, maxLength: 5 }),
        fc.array(fc.string()),
        (values, between) => {
          const { text } = createRedactor(holding(...values));
          const result = text(values.map((value, index) => value + (between[index] ?? '')).join(''));
          for (const value of values) expect(result).not.toContain(value);
        },
      ),
    );
  });
});

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [key, ...stringsIn(child)]);
}
