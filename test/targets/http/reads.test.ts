import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  answeringServer,
  hangUp,
  hangUpMidway,
  json,
  refusingUrl,
  reply,
  silence,
} from './answering-server.ts';
import { faultOf, openClient, statusShape, token } from './open-client.ts';

const path = '/api/tenants/8d2f1c30-5a0b-4c7e-9f11-000000000001';

describe('a read', () => {
  it('gives what the answer says, having shown who asks and on whose behalf', async () => {
    const server = await answeringServer(json(200, { status: 'active', more: 1 }));
    const { http } = openClient(server.url, {}, { correlationId: 'run-77' });
    expect(await http.get(path, statusShape)).toEqual({ status: 'active' });
    expect(server.received[0]).toMatchObject({
      method: 'GET',
      url: path,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        'x-correlation-id': 'run-77',
        'x-request-id': 'run-77',
        'accept-encoding': 'identity',
      },
    });
    expect(server.received[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  it('keeps the path of the base URL', async () => {
    const server = await answeringServer(json(200, { status: 'active' }));
    await openClient(`${server.url}/rms/`).http.get('/api/x', statusShape);
    expect(server.received[0]?.url).toBe('/rms/api/x');
  });

  it.each([
    [
      'basic',
      { basic: { username: 'bot', password: token } },
      'authorization',
      `Basic ${Buffer.from(`bot:${token.reveal()}`).toString('base64')}`,
    ],
    ['a header', { header: { name: 'X-Api-Key', value: token } }, 'x-api-key', token.reveal()],
  ])('shows who asks by %s', async (_, auth, header, value) => {
    const server = await answeringServer(json(200, { status: 'active' }));
    await openClient(server.url, { auth }).http.get(path, statusShape);
    expect(server.received[0]?.headers[header]).toBe(value);
  });

  it('passes on what the target objects, on one line and without our credential', async () => {
    const server = await answeringServer(
      json(409, { error: `tenant is\nsuspended for ${token.reveal()}\u202e` }),
    );
    expect(await faultOf(openClient(server.url).http.get(path, statusShape))).toEqual({
      code: 'target_objects',
      message: 'rms answered 409: tenant is suspended for [redacted]\ufffd',
    });
  });

  it('bounds what the target says, and says the status where it says nothing', async () => {
    const server = await answeringServer(json(400, { message: 'x'.repeat(10_000) }));
    const { http } = openClient(server.url);
    expect((await faultOf(http.get(path, statusShape))).message.length).toBeLessThan(230);
    server.answer((_, response) => response.writeHead(404).end('<h1>nothing</h1>'));
    expect((await faultOf(http.get(path, statusShape))).message).toBe('rms answered 404: not found');
  });

  it('names the setting to look at when the credential is refused', async () => {
    const server = await answeringServer(json(401, { error: 'token expired' }));
    expect((await faultOf(openClient(server.url).http.get(path, statusShape))).message).toBe(
      'rms answered 401: token expired; check targets.rms.http.auth and what that login may do',
    );
  });

  it('says what is unexpected in the shape of an answer, without its values', async () => {
    const server = await answeringServer(json(200, { status: 5, secret: 'hidden' }));
    expect(await faultOf(openClient(server.url).http.get(`${path}?search=ada`, statusShape))).toEqual({
      code: 'target_unexpected_answer',
      message: 'rms answered GET /api/tenants/8d2f1c30… in an unexpected shape: status: expected string',
    });
  });

  it.each([
    ['a page', (response: string) => response, '<html>'],
    ['half an object', (response: string) => response, '{"status":'],
    ['no UTF-8', () => Buffer.from([0x22, 0xff, 0x22]), ''],
  ])('refuses %s as JSON', async (_, bodyOf, text) => {
    const server = await answeringServer((_request, response) => response.writeHead(200).end(bodyOf(text)));
    expect((await faultOf(openClient(server.url).http.get(path, statusShape))).message).toMatch(
      /it is not JSON$/,
    );
  });

  it('tells an address nobody listens at', async () => {
    const url = await refusingUrl();
    expect(await faultOf(openClient(url).http.get(path, statusShape))).toEqual({
      code: 'target_unreachable',
      message: `cannot reach rms at ${url} (ECONNREFUSED); check that it runs and that this host may connect`,
    });
  });

  it('gives up after its time', async () => {
    const server = await answeringServer(silence);
    expect(
      await faultOf(openClient(server.url, { timeoutSeconds: 0.1 }).http.get(path, statusShape)),
    ).toEqual({
      code: 'target_timeout',
      message: 'rms did not answer within 0.1 s (GET /api/tenants/8d2f1c30…)',
    });
  });

  it('gives up on an answer that drips', async () => {
    const server = await answeringServer((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    });
    const reading = openClient(server.url, { timeoutSeconds: 0.2 }).http.get(path, statusShape);
    expect((await faultOf(reading)).code).toBe('target_timeout');
  });

  it.each([
    ['before the headers', hangUp],
    ['in the middle of the body', hangUpMidway],
  ])('tells a connection cut %s', async (_, fault) => {
    const server = await answeringServer(fault);
    const { code, message } = await faultOf(openClient(server.url).http.get(path, statusShape));
    expect(code).toBe('target_connection_lost');
    expect(message).toMatch(/^rms cut the connection before it had answered \(\w+\): GET \/api/);
  });

  it.each([
    ['announced', { 'content-length': '5000' }],
    ['unannounced', {}],
  ])('refuses an %s answer that is too long', async (_, headers) => {
    const server = await answeringServer((_request, response) => {
      response.writeHead(200, headers);
      response.end(JSON.stringify('x'.repeat(4_998)));
    });
    const { code, message } = await faultOf(
      openClient(server.url, { maxResponseBytes: 1_024 }).http.get(path, statusShape),
    );
    expect(code).toBe('target_answer_too_large');
    expect(message).toContain('more than 1,024 bytes');
  });

  it('never unpacks a compressed answer', async () => {
    const bomb = gzipSync(JSON.stringify({ status: 'a'.repeat(5_000_000) }));
    const server = await answeringServer((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    expect((await faultOf(openClient(server.url).http.get(path, statusShape))).message).toBe(
      'rms answered GET /api/tenants/8d2f1c30… in a compressed form nobody asked for',
    );
  });
});

describe('a missing object', () => {
  it('is undefined where that is an answer', async () => {
    const server = await answeringServer(json(404, { error: 'no such tenant' }));
    const { http } = openClient(server.url);
    expect(await http.maybeGet(path, statusShape)).toBeUndefined();
    expect((await faultOf(http.get(path, statusShape))).message).toBe('rms answered 404: no such tenant');
  });

  it('is not read out of the page of a server that does not know the path', async () => {
    const server = await answeringServer((_, response) => response.writeHead(404).end('<html>Cannot GET'));
    expect((await faultOf(openClient(server.url).http.maybeGet(path, statusShape))).code).toBe(
      'target_objects',
    );
  });
});

describe('a redirect', () => {
  it('is followed on the same host, at most three times', async () => {
    const server = await answeringServer(({ url }, response) => {
      const step = Number(url.slice(-1));
      if (step < 3) response.writeHead(302, { location: `/api/${step + 1}` }).end();
      else reply(response, 200, { status: 'there' });
    });
    const { http } = openClient(server.url);
    expect(await http.get('/api/0', statusShape)).toEqual({ status: 'there' });
    server.answer((_, response) => response.writeHead(302, { location: '/api/again' }).end());
    expect((await faultOf(http.get('/api/0', statusShape))).code).toBe('target_redirected');
    expect(server.received).toHaveLength(8);
  });

  it('is not followed to another host, which then sees nothing of our credential', async () => {
    const elsewhere = await answeringServer(json(200, { status: 'stolen' }));
    const server = await answeringServer((_, response) =>
      response.writeHead(307, { location: `${elsewhere.url}/x` }).end(),
    );
    const { code, message } = await faultOf(openClient(server.url).http.get(path, statusShape));
    expect(code).toBe('target_redirected');
    expect(message).toContain(`another host ("${new URL(elsewhere.url).host}")`);
    expect(elsewhere.connectionCount()).toBe(0);
  });

  it.each(['/other/x', '/rmsx', '/rms/../other', '//evil.example/x'])(
    'is not followed out of the base path, to %s',
    async (location) => {
      const server = await answeringServer((_, response) => response.writeHead(302, { location }).end());
      expect((await faultOf(openClient(`${server.url}/rms`).http.get('/api', statusShape))).code).toBe(
        'target_redirected',
      );
      expect(server.received).toHaveLength(1);
    },
  );
});

describe('the log', () => {
  it('tells method, path, outcome and whose call it was, never query, body or credential', async () => {
    const server = await answeringServer(json(200, { status: 'private' }));
    const { http, logged } = openClient(server.url, {}, { correlationId: 'run-1' });
    await http.get(`${path}?search=ada%40example.com`, statusShape);
    server.answer(hangUp);
    await faultOf(http.get(path, statusShape));
    expect(logged).toEqual([
      {
        message: 'target read',
        fields: {
          target: 'rms',
          method: 'GET',
          path,
          outcome: 200,
          milliseconds: expect.any(Number),
          correlationId: 'run-1',
        },
      },
      { message: 'target called', fields: expect.objectContaining({ outcome: 'cut' }) },
    ]);
    expect(JSON.stringify(logged)).not.toMatch(/ada|private|tok-/);
  });
});
