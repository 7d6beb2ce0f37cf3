import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listen, type Routes, readBody, send } from '../../src/http/server.ts';

const shortPatience = { headersMilliseconds: 80, requestMilliseconds: 150, lookEveryMilliseconds: 20 };

async function serve(routes: Routes, patience?: typeof shortPatience) {
  const faults: unknown[] = [];
  const server = await listen(routes, {
    port: 0,
    host: '127.0.0.1',
    onFault: (error) => faults.push(error),
    ...(patience === undefined ? {} : { patience }),
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= server.close();
    return closing;
  };
  onTestFinished(close);
  return { url: `http://127.0.0.1:${server.port}`, port: server.port, close, faults };
}

/** Raw bytes on a socket, and everything that comes back until the server closes it. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
    if (/\r\n\r\n/.test(answer) && /connection: close/i.test(answer)) socket.end();
  });
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

const echo: Routes = {
  'POST /echo': async (request, response) => {
    const body = await readBody(request, 1_000);
    if (body === undefined) return send(response, 413, { error: 'too_large' });
    send(response, 200, { length: body.length });
  },
};

describe('the HTTP server', () => {
  it('tells an unknown path from a known one asked with another method', async () => {
    const { url } = await serve(echo);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
    expect((await fetch(`${url}/echo`)).status).toBe(405);
  });

  it('gives everything below a prefix to one handler, whatever the method, and exact paths first', async () => {
    const server = await listen(
      { 'GET /hooks/own': (_request, response) => send(response, 200, { by: 'path' }) },
      {
        port: 0,
        host: '127.0.0.1',
        prefixes: {
          '/hooks/': ({ method, url }, response) => send(response, 200, { by: 'prefix', method, url }),
        },
        onFault: () => undefined,
      },
    );
    onTestFinished(() => server.close());
    const ask = async (path: string, method = 'GET') => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return response.ok ? await response.json() : response.status;
    };
    expect(await ask('/hooks/own')).toEqual({ by: 'path' });
    expect(await ask('/hooks/a/b?c')).toEqual({ by: 'prefix', method: 'GET', url: '/hooks/a/b?c' });
    expect(await ask('/hooks/own', 'PUT')).toEqual({ by: 'prefix', method: 'PUT', url: '/hooks/own' });
    for (const path of ['/hooks', '/hooks-other/a', '/other/hooks/a', '/hooks/../a']) {
      expect([path, await ask(path)]).toEqual([path, 404]);
    }
  });

  it('answers 500 without the reason when a handler throws, at once or later', async () => {
    const { url, faults } = await serve({
      'GET /later': async () => Promise.reject(new Error('secret detail')),
      'GET /now': () => {
        throw new Error('secret detail');
      },
    });
    for (const path of ['/later', '/now']) {
      const response = await fetch(`${url}${path}`);
      expect([response.status, await response.text()]).toEqual([500, '{"error":"internal_error"}']);
    }
    expect(faults.map(String)).toEqual(['Error: secret detail', 'Error: secret detail']);
  });

  it.each(['//', 'http://[', '///x', '/\\'])('outlives the request target %j', async (target) => {
    const { port, url } = await serve(echo);
    const answer = await exchange(port, `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04]/);
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  it('reads a body up to the limit and refuses one byte more, also when the client does not say how long it is', async () => {
    const { url } = await serve(echo);
    const chunked = (length: number) =>
      fetch(`${url}/echo`, {
        method: 'POST',
        body: new Blob(['x'.repeat(length)]).stream(),
        duplex: 'half',
      } as RequestInit);
    expect(await (await fetch(`${url}/echo`, { method: 'POST', body: 'x'.repeat(1_000) })).json()).toEqual({
      length: 1_000,
    });
    expect((await fetch(`${url}/echo`, { method: 'POST', body: 'x'.repeat(1_001) })).status).toBe(413);
    expect(await (await chunked(1_000)).json()).toEqual({ length: 1_000 });
    expect((await chunked(1_001)).status).toBe(413);
  });

  it('answers 413 to a sender that is still sending megabytes, and is not kept from closing by it', async () => {
    const { url, faults } = await serve(echo, { ...shortPatience, requestMilliseconds: 2_000 });
    const body = 'x'.repeat(4_000_000);
    expect((await fetch(`${url}/echo`, { method: 'POST', body })).status).toBe(413);
    const stream = new Blob([body]).stream();
    const chunked = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    expect((await fetch(`${url}/echo`, chunked)).status).toBe(413);
    expect(faults).toEqual([]);
  });

  it('refuses a body that is longer than announced', async () => {
    const { port, faults } = await serve(echo);
    const answer = await exchange(port, 'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabcdef');
    expect(answer).toContain('400 Bad Request');
    expect(faults).toEqual([]);
  });

  it('cuts a sender that announces more than it sends, and does not call that a fault of its own', async () => {
    const { port, faults } = await serve(echo, shortPatience);
    const answer = await exchange(port, 'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 30\r\n\r\nabc');
    expect(answer).not.toContain('HTTP/1.1 200');
    expect(answer).not.toContain('HTTP/1.1 500');
    await nextTurn();
    expect(faults).toEqual([]);
  });

  it('cuts a sender that never ends its headers', async () => {
    const { port } = await serve(echo, shortPatience);
    expect(await exchange(port, 'GET /health HTTP/1.1\r\nhost: x\r\n')).toContain('408');
  });

  it('waits for requests in flight when it closes, and not for connections kept alive', async () => {
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const server = await serve({
      'GET /slow': async (_request, response) => {
        begin();
        await held;
        send(response, 200, { done: true });
      },
    });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const asking = httpRequest(`${server.url}/slow`, { agent });
    const answered = once(asking, 'response') as Promise<[IncomingMessage]>;
    asking.end();
    await begun;
    let isClosed = false;
    const closed = server.close().then(() => {
      isClosed = true;
    });
    await nextTurn();
    expect(isClosed).toBe(false);
    await expect(fetch(`${server.url}/slow`)).rejects.toThrow('fetch failed');
    finish();
    const [response] = await answered;
    response.resume();
    expect(response.statusCode).toBe(200);
    await closed;
  });
});
