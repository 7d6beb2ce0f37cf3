import { describe, expect, it } from 'vitest';
import { UnknownOutcome, UserMistake } from '../../../src/core/errors.ts';
import { pathSegment } from '../../../src/targets/http/path.ts';
import { pointedAt } from '../../../src/targets/http/pointed-at.ts';
import fc from '../../support/properties.ts';
import { answeringServer, json, reply } from './answering-server.ts';
import { neverAborted } from './open-client.ts';
import { openRms } from './open-rms.ts';

const blocks = `operations:
  test-email:
    summary: Send a test email
    method: POST
    path: /api/tenants/{{tenant}}/test-email?via={{via}}
    body:
      to: "{{to}}"
      subject: "Test for {{tenant}}"
      copies: "{{copies}}"
      urgent: "{{urgent}}"
      smtp: { pass: env:SMTP_PASS }
      tags: [ops, "{{tag}}"]
    parameters:
      to: { pattern: "[^@ ]+@example[.]com" }
      copies: { type: integer, default: 1 }
      urgent: { type: boolean, required: false }
      tag: { required: false }
      via: { enum: [smtp, api], required: false }
    risk: change
    observe: { path: "/api/outbox/{{tenant}}", expect: { last.to: "{{to}}", /count: 1 } }
  queue-size:
    method: GET
    path: /api/queues/{{queue}}
    risk: read
  ping: { method: HEAD, path: /ping, risk: read }
  purge: { method: DELETE, path: "/api/cache/{{key}}", risk: dangerous }`;

const step = { idempotencyKey: 'k-1', signal: neverAborted() };

function mistakeOf(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(UserMistake);
    const { code, message } = error as UserMistake;
    return { code, message };
  }
  throw new Error('It was accepted.');
}

describe('declared operations', () => {
  it('are listed with what they take', () => {
    const { operations } = openRms('http://127.0.0.1:1', blocks).client('operations', 'rms');
    expect(operations.list()[0]).toEqual({
      name: 'test-email',
      summary: 'Send a test email',
      risk: 'change',
      request: 'POST /api/tenants/{{tenant}}/test-email?via={{via}}',
      parameters: [
        { name: 'to', isRequired: true },
        { name: 'copies', isRequired: false },
        { name: 'urgent', isRequired: false },
        { name: 'tag', isRequired: false },
        { name: 'via', isRequired: false },
        { name: 'tenant', isRequired: true },
      ],
    });
    expect(operations.list().map(({ name, summary }) => [name, summary])).toContainEqual([
      'ping',
      'HEAD /ping',
    ]);
    expect(operations.find('queue-size', { queue: 'email' }).risk).toBe('read');
  });

  it('fill path, query and body, each value where it stands and as its type', async () => {
    const server = await answeringServer(json(202, { queued: true }));
    const { operations } = openRms(server.url, blocks).client('operations', 'rms');
    const prepared = operations.prepare('test-email', {
      tenant: 'a/b c',
      to: 'ada@example.com',
      copies: '3',
      urgent: 'true',
      via: 'smtp',
    });
    expect(prepared.call).toEqual({
      method: 'POST',
      path: '/api/tenants/a%2Fb%20c/test-email?via=smtp',
      body: {
        to: 'ada@example.com',
        subject: 'Test for a/b c',
        copies: 3,
        urgent: true,
        smtp: { pass: 'env:SMTP_PASS' },
        tags: ['ops'],
      },
    });
    expect(prepared.summary).toBe('POST /api/tenants/a%2Fb%20c/test-email on rms (production)');
    expect(await prepared.send(step)).toEqual({ queued: true });
    expect(server.received[0]?.url).toBe('/api/tenants/a%2Fb%20c/test-email?via=smtp');
    expect(JSON.parse(server.received[0]?.body ?? '')).toEqual({
      ...(prepared.call.body as object),
      smtp: { pass: 'smtp-s3cret-9' },
    });
  });

  it('leave out what is optional and was not given', () => {
    const { operations } = openRms('http://127.0.0.1:1', blocks).client('operations', 'rms');
    const { call } = operations.prepare('test-email', { tenant: 'acme', to: 'ada@example.com' });
    expect(call.path).toBe('/api/tenants/acme/test-email');
    expect(call.body).toEqual({
      to: 'ada@example.com',
      subject: 'Test for acme',
      copies: 1,
      smtp: { pass: 'env:SMTP_PASS' },
      tags: ['ops'],
    });
  });

  it('never tell a secret, also when the target echoes it', async () => {
    const server = await answeringServer(({ body }, response) =>
      response.end(JSON.stringify({ echo: body })),
    );
    const { operations } = openRms(server.url, blocks).client('operations', 'rms');
    const sent = await operations.prepare('test-email', { tenant: 'acme', to: 'ada@example.com' }).send(step);
    expect(server.received[0]?.body).toContain('smtp-s3cret-9');
    expect(JSON.stringify(sent)).toContain('••••');
    expect(JSON.stringify(sent)).not.toContain('s3cret');
  });

  it('answer null where the target says nothing, and are unknown after a 500', async () => {
    const server = await answeringServer((_, response) => response.writeHead(204).end());
    const { operations } = openRms(server.url, blocks).client('operations', 'rms');
    expect(await operations.prepare('purge', { key: 'x' }).send(step)).toBeNull();
    expect(server.received[0]).toMatchObject({ method: 'DELETE', body: '' });
    server.answer(json(500, {}));
    await expect(operations.prepare('purge', { key: 'x' }).send(step)).rejects.toThrow(UnknownOutcome);
  });

  it('read with GET and HEAD, and read and change are not mixed up', async () => {
    const server = await answeringServer(({ method }, response) => {
      if (method === 'HEAD') response.end();
      else reply(response, 200, { depth: 4 });
    });
    const { operations } = openRms(server.url, blocks).client('operations', 'rms');
    expect(await operations.read('queue-size', { queue: 'email' })).toEqual({
      answer: { depth: 4 },
      findings: [],
    });
    expect(await operations.read('ping', {})).toEqual({ answer: null, findings: [] });
    await expect(operations.read('purge', { key: 'x' })).rejects.toThrow('changes something');
    expect(() => operations.prepare('queue-size', { queue: 'email' })).toThrow('only reads');
    expect(server.received.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
  });

  it('are repeatable where the target declares it', () => {
    const { operations } = openRms(
      'http://127.0.0.1:1',
      blocks,
      'honoursIdempotencyKey: [test-email]',
    ).client('operations', 'rms');
    expect(operations.prepare('test-email', { tenant: 'acme', to: 'a@example.com' }).isRepeatable).toBe(true);
    expect(operations.prepare('purge', { key: 'x' }).isRepeatable).toBe(false);
  });

  it.each([
    ['test-emial', {}, 'unknown_operation', 'Did you mean "test-email"?'],
    ['constructor', {}, 'unknown_operation', 'There are test-email, queue-size, ping, purge.'],
    ['test-email', { tenat: 'acme' }, 'unknown_parameter', 'no parameter "tenat". Did you mean "tenant"?'],
    ['ping', { x: '1' }, 'unknown_parameter', 'It takes none.'],
    ['test-email', { to: 'ada@example.com' }, 'missing_parameter', 'needs "tenant"'],
    ['test-email', { tenant: 'a', to: 'x@evil.org' }, 'unusable_parameter', 'must match'],
    ['test-email', { tenant: 'a', to: 'x@example.com\nbcc: y' }, 'unusable_parameter', 'must match'],
    [
      'test-email',
      { tenant: 'a', to: 'a@example.com', copies: '2.5' },
      'unusable_parameter',
      'must be a whole number',
    ],
    [
      'test-email',
      { tenant: 'a', to: 'a@example.com', urgent: 'yes' },
      'unusable_parameter',
      'must be true or false',
    ],
    [
      'test-email',
      { tenant: 'a', to: 'a@example.com', via: 'fax' },
      'unusable_parameter',
      'must be one of smtp, api',
    ],
    ['queue-size', { queue: '..' }, 'unusable_parameter', 'stands in a path'],
    ['queue-size', { queue: '../../admin' }, 'unusable_parameter', 'stands in a path'],
    ['queue-size', { queue: '%2e%2e%2fadmin' }, 'unusable_parameter', 'stands in a path'],
    ['queue-size', { queue: 'x'.repeat(5_000) }, 'unusable_parameter', 'at most 4000 characters'],
  ])('say what is wrong with %s %j', (name, parameters, code, message) => {
    const { operations } = openRms('http://127.0.0.1:1', blocks).client('operations', 'rms');
    const mistake = mistakeOf(() => operations.find(name, parameters as Record<string, string>));
    expect(mistake.code).toBe(code);
    expect(mistake.message).toContain(message);
    if (code === 'unknown_operation') return;
    expect(() =>
      name === 'test-email'
        ? operations.prepare(name, parameters as Record<string, string>)
        : operations.find(name, parameters as Record<string, string>),
    ).toThrow(UserMistake);
  });

  it('are observed', async () => {
    const server = await answeringServer(json(200, { last: { to: 'ada@example.com' }, count: 0 }));
    const { operations } = openRms(server.url, blocks).client('operations', 'rms');
    const parameters = { tenant: 'acme', to: 'ada@example.com' };
    expect(await operations.observe('test-email', parameters)).toEqual({
      isSeen: false,
      sentence: '/count is 0',
    });
    expect(server.received[0]?.url).toBe('/api/outbox/acme');
    server.answer(json(200, { last: { to: 'ada@example.com' }, count: 1 }));
    expect(await operations.observe('test-email', parameters)).toEqual({
      isSeen: true,
      sentence: 'last.to is "ada@example.com"',
    });
    server.answer(json(404, { error: 'no outbox' }));
    expect(await operations.observe('test-email', parameters)).toEqual({
      isSeen: false,
      sentence: 'rms answered 404: no outbox',
    });
    server.answer(json(200, {}));
    expect(await operations.observe('test-email', parameters)).toEqual({
      isSeen: false,
      sentence: 'last.to is not there',
    });
    expect(await operations.observe('purge', { key: 'x' })).toBeUndefined();
  });
});

describe('a value in a path', () => {
  it('stays one segment below the path it stands in, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[./\\%2eEfF5cC?#;]{1,12}$/)),
        (value) => {
          const segment = pathSegment(value);
          if (segment === undefined) return;
          const url = new URL(`http://rms/api/${segment}/end`);
          expect(url.pathname.split('/')).toHaveLength(4);
          expect(url.pathname.startsWith('/api/') && url.pathname.endsWith('/end')).toBe(true);
          expect(url.search + url.hash).toBe('');
          expect(decodeURIComponent(segment)).toBe(value);
          // Also behind a proxy that decodes the path before it forwards it.
          const decoded = new URL(`http://rms/api/${decodeURIComponent(segment).replace(/[?#].*/s, '')}/end`);
          expect(decoded.pathname.startsWith('/api/')).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a pointer', () => {
  it.each([
    ['/a/0/b~1c', 1],
    ['a.0.b/c', 1],
    ['a.5', undefined],
    ['/a/length', undefined],
    ['__proto__', undefined],
    ['n', null],
  ])('%s points at %j', (where, expected) => {
    expect(pointedAt({ a: [{ 'b/c': 1 }], n: null }, where)).toBe(expected);
  });
});
