import { describe, expect, it } from 'vitest';
import { until } from '../../support/until.ts';
import { answeringServer, hangUp, json, reply, silence } from './answering-server.ts';
import { faultOf, neverAborted, openClient, statusShape } from './open-client.ts';

const path = '/api/tenants/8d2f1c30-5a0b-4c7e-9f11-000000000001';

describe('a repeated read', () => {
  it.each([
    ['a 503', json(503, { error: 'busy' })],
    ['a 429', json(429, { error: 'slow down' })],
    ['a cut connection', hangUp],
  ])('recovers from %s', async (_, fault) => {
    const server = await answeringServer((request, response) => {
      const answer = server.received.length === 1 ? fault : json(200, { status: 'active' });
      answer(request, response);
    });
    const reading = openClient(server.url, { retries: 2 }).http.get(path, statusShape);
    expect(await reading).toEqual({ status: 'active' });
    expect(server.received).toHaveLength(2);
  });

  it('says what went wrong last when nothing helps', async () => {
    const server = await answeringServer(json(503, { error: 'database gone' }));
    const { http } = openClient(server.url, { retries: 2 });
    expect(await faultOf(http.get(path, statusShape))).toEqual({
      code: 'target_failed',
      message: 'rms answered 503: database gone',
    });
    expect(server.received).toHaveLength(3);
  });

  it('does not repeat what was refused, nor wait for as long as a target that asks for an hour', async () => {
    const server = await answeringServer(json(403, { error: 'no' }));
    const { http } = openClient(server.url, { retries: 2 });
    await faultOf(http.get(path, statusShape));
    server.answer((_, response) => response.writeHead(503, { 'retry-after': '3600' }).end());
    await faultOf(http.get(path, statusShape));
    expect(server.received).toHaveLength(2);
  });

  it('survives a kept connection that the server has closed', async () => {
    const server = await answeringServer(json(200, { status: 'active' }));
    const { http } = openClient(server.url, { retries: 1, concurrency: 1 });
    await http.get(path, statusShape);
    server.answer(({ socket }, response) => {
      if (server.connectionCount() === 1) socket.resetAndDestroy();
      else reply(response, 200, { status: 'again' });
    });
    expect(await http.get(path, statusShape)).toEqual({ status: 'again' });
    expect(server.connectionCount()).toBe(2);
  });
});

describe('the circuit breaker', () => {
  it('stops calling a target that fails, lets one call try, and opens up again', async () => {
    const server = await answeringServer(json(500, { error: 'broken' }));
    const { http, advance } = openClient(server.url, { circuit: { failures: 2, openSeconds: 15 } });
    await faultOf(http.get(path, statusShape));
    await faultOf(http.get(path, statusShape));
    expect(await faultOf(http.get(path, statusShape))).toMatchObject({ code: 'target_circuit_open' });
    expect(server.received).toHaveLength(2);

    advance(15_000);
    expect((await faultOf(http.get(path, statusShape))).code).toBe('target_failed');
    expect((await faultOf(http.get(path, statusShape))).code).toBe('target_circuit_open');

    advance(15_000);
    server.answer(json(200, { status: 'active' }));
    await http.get(path, statusShape);
    await http.get(path, statusShape);
    expect(server.received).toHaveLength(5);
  });

  it('lets only one call try at a time', async () => {
    const server = await answeringServer(json(500, {}));
    const { http, advance } = openClient(server.url, { circuit: { failures: 1, openSeconds: 15 } });
    await faultOf(http.get(path, statusShape));
    advance(15_000);
    let respond: (() => void) | undefined;
    server.answer((request, response) => {
      respond = () => json(200, { status: 'active' })(request, response);
    });
    const trying = http.get(path, statusShape);
    const go = await until(() => respond);
    expect((await faultOf(http.get(path, statusShape))).code).toBe('target_circuit_open');
    go();
    expect(await trying).toEqual({ status: 'active' });
    server.answer(json(200, { status: 'well' }));
    expect(await http.get(path, statusShape)).toEqual({ status: 'well' });
  });

  it('gives a stopped try to the next call', async () => {
    const server = await answeringServer(json(500, {}));
    const { http, target, advance } = openClient(server.url, { circuit: { failures: 1, openSeconds: 15 } });
    await faultOf(http.get(path, statusShape));
    advance(15_000);
    server.answer(silence);
    const stop = new AbortController();
    const trying = target.for({ signal: stop.signal }).get(path, statusShape);
    await until(() => server.received.length === 2);
    stop.abort(new Error('cancelled'));
    await expect(trying).rejects.toThrow('cancelled');
    server.answer(json(200, { status: 'active' }));
    expect(await http.get(path, statusShape)).toEqual({ status: 'active' });
  });

  it('is not opened by refusals', async () => {
    const server = await answeringServer(json(404, { error: 'no such tenant' }));
    const { http } = openClient(server.url, { circuit: { failures: 1, openSeconds: 15 } });
    await faultOf(http.get(path, statusShape));
    expect((await faultOf(http.get(path, statusShape))).code).toBe('target_objects');
  });
});

describe('many reads', () => {
  it('are never more at once than the target may be asked', async () => {
    let under = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const server = await answeringServer((_, response) => {
      under += 1;
      most = Math.max(most, under);
      waiting.push(() => {
        under -= 1;
        reply(response, 200, { status: 'ok' });
      });
    });
    const { http } = openClient(server.url, { concurrency: 3 });
    const all = Promise.all(Array.from({ length: 9 }, () => http.get(path, statusShape)));
    for (let answered = 0; answered < 9; answered += 1) (await until(() => waiting.shift()))();
    expect(await all).toHaveLength(9);
    expect(most).toBe(3);
  });

  it('say that nothing was sent when none of those before them ended in time', async () => {
    const server = await answeringServer(json(200, { status: 'ok' }));
    const { http, target } = openClient(server.url, { concurrency: 1, timeoutSeconds: 0.1 });
    const giveBack = await target.shared.slots.take(neverAborted());
    expect(await faultOf(http.get(path, statusShape))).toEqual({
      code: 'target_busy',
      message:
        'nothing was sent to rms: 1 at a time may be asked, and none of those before ended within 0.1 s; try again',
    });
    expect(server.connectionCount()).toBe(0);
    giveBack?.();
    await http.get(path, statusShape);
  });
});

describe('a stopped read', () => {
  it('ends at once with the reason it was stopped for', async () => {
    const server = await answeringServer(silence);
    const stop = new AbortController();
    const { target } = openClient(server.url);
    const reading = target.for({ signal: stop.signal }).get(path, statusShape);
    await until(() => server.received.length === 1);
    stop.abort(new Error('cancelled by ada'));
    await expect(reading).rejects.toThrow('cancelled by ada');
  });

  it('ends between two attempts', async () => {
    const server = await answeringServer(json(503, {}));
    const stop = new AbortController();
    const { target } = openClient(server.url, { retries: 5 });
    server.answer((_, response) => {
      stop.abort(new Error('cancelled'));
      reply(response, 503, {});
    });
    await expect(target.for({ signal: stop.signal }).get(path, statusShape)).rejects.toThrow('cancelled');
    expect(server.received).toHaveLength(1);
  });

  it('ends when the target is closed; a retired target waits for it', async () => {
    const server = await answeringServer(silence);
    const closing = openClient(server.url);
    const cut = closing.http.get(path, statusShape);
    await until(() => server.received.length === 1);
    await Promise.all([closing.target.close(), expect(cut).rejects.toThrow('target "rms" is closed')]);

    const retiring = openClient(server.url);
    let respond: (() => void) | undefined;
    server.answer((request, response) => {
      respond = () => json(200, { status: 'last' })(request, response);
    });
    const kept = retiring.http.get(path, statusShape);
    (await until(() => respond))();
    await retiring.target.retire();
    expect(await kept).toEqual({ status: 'last' });
    // A run that began before the settings changed still reads what it observes.
    server.answer(json(200, { status: 'observed' }));
    expect(await retiring.http.get(path, statusShape)).toEqual({ status: 'observed' });
  });
});
