import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Fault, Refusal, UnknownOutcome } from '../../../src/core/errors.ts';
import type { HttpClient } from '../../../src/targets/http/http-target.ts';
import { TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { answeringServer, hangUp, hangUpMidway, json, refusingUrl, silence } from './answering-server.ts';
import { neverAborted, openClient, statusShape, token } from './open-client.ts';

const path = '/api/tenants/8d2f1c30-5a0b-4c7e-9f11-000000000001/suspend';
const shown = 'PATCH /api/tenants/8d2f1c30…/suspend';

const suspend = (http: HttpClient) =>
  http.prepare({
    name: 'suspend',
    method: 'PATCH',
    path,
    body: { reason: 'card testing' },
    answer: statusShape,
  });

const send = (http: HttpClient, signal = neverAborted()) =>
  suspend(http).send({ idempotencyKey: 'run-1/suspend', signal });

async function errorOf(sending: Promise<unknown>): Promise<Error & { code: string }> {
  return sending.then(
    () => {
      throw new Error('It succeeded.');
    },
    (thrown: unknown) => thrown as Error & { code: string },
  );
}

describe('a prepared change', () => {
  it('is signed as the very call that is then sent, once, with its idempotency key', async () => {
    const server = await answeringServer(json(200, { status: 'suspended' }));
    const { http } = openClient(`${server.url}/rms`, {}, { correlationId: 'run-1' });
    const prepared = suspend(http);
    expect(server.connectionCount()).toBe(0);
    expect(prepared.summary).toBe('PATCH /rms/api/tenants/8d2f1c30…/suspend on rms (production)');
    expect(prepared.call).toEqual({ method: 'PATCH', path: `/rms${path}`, body: { reason: 'card testing' } });
    expect(await prepared.send({ idempotencyKey: 'k-1', signal: neverAborted() })).toEqual({
      status: 'suspended',
    });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({
      method: prepared.call.method,
      url: prepared.call.path,
      body: JSON.stringify(prepared.call.body),
      headers: {
        'idempotency-key': 'k-1',
        'content-type': 'application/json',
        authorization: `Bearer ${token.reveal()}`,
        'x-correlation-id': 'run-1',
      },
    });
  });

  it.each([
    [false, false],
    [true, true],
    [['suspend'], true],
    [['resend'], false],
  ])('is repeatable only where the target declares it (%j)', (honoursIdempotencyKey, expected) => {
    expect(suspend(openClient('http://127.0.0.1:1', { honoursIdempotencyKey }).http).isRepeatable).toBe(
      expected,
    );
  });

  it('has the body it was signed with, and secrets only on the wire', async () => {
    const server = await answeringServer(json(200, { status: 'ok' }));
    const { http, logged } = openClient(server.url);
    const prepared = http.prepare({
      name: 'rotate',
      method: 'PUT',
      path: '/api/settings',
      body: { pass: 'env:SMTP_PASS' },
      bodyToSend: () => ({ pass: 's3cret-value' }),
      answer: statusShape,
    });
    expect(JSON.stringify(prepared)).not.toContain('s3cret');
    await prepared.send({ idempotencyKey: 'k', signal: neverAborted() });
    expect(server.received[0]?.body).toBe('{"pass":"s3cret-value"}');
    expect(JSON.stringify(logged)).not.toContain('s3cret');
  });
});

describe('a change of which nothing was sent', () => {
  it('is a fault when nobody listens', async () => {
    const url = await refusingUrl();
    const error = await errorOf(send(openClient(url).http));
    expect(error).toBeInstanceOf(Fault);
    expect(error).toMatchObject({
      code: 'target_unreachable',
      message: `cannot reach rms at ${url} (ECONNREFUSED); check that it runs and that this host may connect. Nothing was sent`,
    });
  });

  it('is a fault when the name leads nowhere', async () => {
    // RFC 6761: .invalid never resolves.
    const error = await errorOf(send(openClient('http://rms.invalid', { timeoutSeconds: 2 }).http));
    expect(error).toBeInstanceOf(Fault);
    expect(error.code).toBe('target_unreachable');
  });

  it('is a fault when the handshake fails', async () => {
    const plain = createServer((socket) =>
      socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    plain.listen(0, '127.0.0.1');
    await once(plain, 'listening');
    onTestFinished(() => void plain.close());
    const { port } = plain.address() as { port: number };
    const error = await errorOf(send(openClient(`https://127.0.0.1:${port}`).http));
    expect(error).toBeInstanceOf(Fault);
    expect(error.code).toBe('target_unreachable');
  });

  it('is a fault when the handshake never ends', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined));
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as { port: number };
    const error = await errorOf(send(openClient(`https://127.0.0.1:${port}`, { timeoutSeconds: 0.2 }).http));
    expect(error).toBeInstanceOf(Fault);
    expect(error.message).toContain('(UND_ERR_CONNECT_TIMEOUT)');
  });

  it('is a fault while the circuit is open', async () => {
    const server = await answeringServer(json(500, {}));
    const { http } = openClient(server.url, { circuit: { failures: 1, openSeconds: 15 } });
    await errorOf(send(http));
    const error = await errorOf(send(http));
    expect(error).toBeInstanceOf(Fault);
    expect(error.code).toBe('target_circuit_open');
    expect(server.received).toHaveLength(1);
  });

  it('is a fault when none of the calls before it ended, or it was stopped in the queue', async () => {
    const server = await answeringServer(json(200, { status: 'suspended' }));
    const { http, target } = openClient(server.url, { concurrency: 1, timeoutSeconds: 0.1 });
    await target.shared.slots.take(neverAborted());
    expect(await errorOf(send(http))).toMatchObject({ name: 'Fault', code: 'target_busy' });
    const stop = new AbortController();
    const waiting = errorOf(send(http, stop.signal));
    stop.abort();
    expect(await waiting).toMatchObject({ name: 'Fault', code: 'target_not_sent' });
    expect(server.connectionCount()).toBe(0);
  });

  it('is a fault when it was stopped before', async () => {
    const server = await answeringServer(json(200, { status: 'suspended' }));
    const error = await errorOf(send(openClient(server.url).http, AbortSignal.abort(new Error('cancelled'))));
    expect(error).toBeInstanceOf(Fault);
    expect(error.message).toBe(`${shown} was stopped before it was sent to rms; nothing was done`);
    expect(server.connectionCount()).toBe(0);
  });

  it('is a fault when the target takes no more just now', async () => {
    const server = await answeringServer((_, response) => {
      response.writeHead(429, { 'retry-after': '30' }).end('{"error":"too many requests"}');
    });
    const error = await errorOf(send(openClient(server.url, { retries: 2 }).http));
    expect(error).toBeInstanceOf(Fault);
    expect(error.message).toBe('rms answered 429: too many requests. Nothing was done; try again in 30 s');
    expect(server.received).toHaveLength(1);
  });
});

describe('a change the target refuses', () => {
  it.each([
    [409, { error: 'tenant is already suspended' }, 'rms answered 409: tenant is already suspended'],
    [422, { error: { message: 'reason too short' } }, 'rms answered 422: reason too short'],
    [
      400,
      { title: 'Bad', detail: 'effectiveAt is in the past' },
      'rms answered 400: effectiveAt is in the past',
    ],
    [404, {}, 'rms answered 404: not found'],
    [
      403,
      { error: 'read only' },
      'rms answered 403: read only; check targets.rms.http.auth and what that login may do',
    ],
  ])('is a refusal in its own words (%i)', async (status, body, message) => {
    const server = await answeringServer(json(status, body));
    const error = await errorOf(send(openClient(server.url).http));
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ code: 'target_refused', message });
  });

  it('is a refusal also when its reason cannot be read', async () => {
    const server = await answeringServer((_, response) => {
      response.writeHead(409, { 'content-encoding': 'gzip' }).end('xx');
    });
    expect(await errorOf(send(openClient(server.url).http))).toBeInstanceOf(Refusal);
  });
});

describe('a change whose outcome cannot be known', () => {
  it.each([
    ['cut before the answer', hangUp, /^rms cut the connection before it had answered \(\w+\) after/],
    [
      'cut in the middle of the answer',
      hangUpMidway,
      /^rms cut the connection before it had answered \(\w+\) after/,
    ],
    ['answered 500', json(500, { error: 'deadlock' }), /^rms answered 500 \(deadlock\) to/],
    ['answered 503', json(503, {}), /^rms answered 503 \(service unavailable\) to/],
    ['answered 408', json(408, {}), /^rms answered 408/],
    [
      'answered in another shape',
      json(200, { state: 1 }),
      /in an unexpected shape \(status: expected string\)/,
    ],
    [
      'answered without JSON',
      (_: unknown, response: { end(text: string): unknown }) => response.end('done'),
      /unexpected shape/,
    ],
    [
      'redirected',
      (_: unknown, response: { writeHead(status: number, headers: object): { end(): unknown } }) =>
        response.writeHead(303, { location: '/done' }).end(),
      /^rms answered 303/,
    ],
  ])('says so: %s', async (_, fault, message) => {
    const server = await answeringServer(fault as Parameters<typeof answeringServer>[0]);
    const error = await errorOf(send(openClient(server.url, { retries: 2 }).http));
    expect(error).toBeInstanceOf(UnknownOutcome);
    expect(error.code).toBe('target_outcome_unknown');
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/; it may have happened$/);
    expect(error.message).toContain(shown);
    expect(server.received).toHaveLength(1);
  });

  it('says so after its time', async () => {
    const server = await answeringServer(silence);
    const error = await errorOf(send(openClient(server.url, { timeoutSeconds: 0.15 }).http));
    expect(error).toBeInstanceOf(UnknownOutcome);
    expect(error.message).toBe(
      `rms did not answer within 0.15 s after ${shown} was sent; it may have happened`,
    );
  });

  it('says so when the network swallows it', async () => {
    const server = await answeringServer(json(200, { status: 'suspended' }));
    const proxy = await TcpProxy.to(server.url);
    onTestFinished(() => proxy.stop());
    proxy.blackhole();
    const error = await errorOf(send(openClient(proxy.through(server.url), { timeoutSeconds: 0.15 }).http));
    expect(error).toBeInstanceOf(UnknownOutcome);
  });

  it('says so when it is stopped under way, and the request ends', async () => {
    const server = await answeringServer(silence);
    const stop = new AbortController();
    const sending = errorOf(send(openClient(server.url).http, stop.signal));
    const request = await until(() => server.received[0]);
    stop.abort(new Error('cancelled'));
    const error = await sending;
    expect(error).toBeInstanceOf(UnknownOutcome);
    expect(error.message).toBe(`the wait for rms was stopped after ${shown} was sent; it may have happened`);
    await until(() => request.socket.destroyed);
  });

  it('says so when the target is closed under way', async () => {
    const server = await answeringServer(silence);
    const { http, target } = openClient(server.url);
    const sending = errorOf(send(http));
    await until(() => server.received.length === 1);
    await target.close();
    expect(await sending).toBeInstanceOf(UnknownOutcome);
  });
});

describe('a change after reads', () => {
  it('does not go over a kept connection, which the server may just have closed', async () => {
    const server = await answeringServer(json(200, { status: 'active' }));
    const { http } = openClient(server.url, { concurrency: 1 });
    await http.get('/api/tenants/acme', statusShape);
    const [read] = server.received;
    // The server hangs up whenever something more comes over the connection of the read.
    read!.socket.on('data', () => read!.socket.resetAndDestroy());
    expect(await send(http)).toEqual({ status: 'active' });
    expect(server.received[1]?.socket).not.toBe(read!.socket);
    expect(server.received[1]?.headers.connection).toBe('close');
  });
});
