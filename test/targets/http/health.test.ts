import { describe, expect, it } from 'vitest';
import type { HealthCheck } from '../../../src/command.ts';
import { clockSkew } from '../../../src/targets/http/clock-skew.ts';
import { readHealthAnswer } from '../../../src/targets/http/health-payload.ts';
import { answeringServer, hangUp, json, refusingUrl, reply, silence } from './answering-server.ts';
import { neverAborted } from './open-client.ts';
import { openRms } from './open-rms.ts';

const read = (status: number, body: unknown, contentType = 'application/json') =>
  readHealthAnswer(
    {
      status,
      headers: { 'content-type': contentType },
      body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      latencyMilliseconds: 1,
    },
    (text) => text,
  );

describe('a health payload', () => {
  it.each([
    [{ status: 'ok' }],
    [{ status: 'UP' }],
    [{ status: 'pass' }],
    [{ status: 'Healthy' }],
    [{ status: 'ready', checks: { db: { status: 'ok' }, redis: 'up' } }],
    [{ ok: true }],
    [{ ready: true }],
    [{ checks: [{ name: 'db', status: 'ok' }] }],
    ['OK'],
    ['"pong"'],
    [''],
  ])('%j is up', (body) => {
    expect(read(200, body, 'text/plain')).toEqual({ status: 'up', failing: [] });
  });

  it.each([
    [
      'hand-written',
      {
        status: 'unavailable',
        checks: { db: { status: 'down', error: 'refused' }, redis: { status: 'up' } },
      },
      'db: refused',
    ],
    [
      'a list',
      { status: 'fail', checks: [{ name: 'db', status: 'fail', message: 'refused' }] },
      'db: refused',
    ],
    ['words', { status: 'error', checks: { db: 'down', redis: 'ok' } }, 'db: down'],
    ['booleans', { ok: false, services: { db: false, redis: true } }, 'db: false'],
    [
      'Spring Boot',
      { status: 'DOWN', components: { db: { status: 'DOWN', details: { error: 'refused' } } } },
      'db: refused',
    ],
    [
      'Spring Boot groups',
      {
        status: 'DOWN',
        components: { stores: { status: 'DOWN', components: { db: { status: 'OUT_OF_SERVICE' } } } },
      },
      'stores.db: OUT_OF_SERVICE',
    ],
    [
      'Terminus',
      {
        status: 'error',
        info: {},
        error: { db: { status: 'down', message: 'refused' } },
        details: { db: { status: 'down', message: 'refused' } },
      },
      'db: refused',
    ],
    [
      'health+json',
      { status: 'fail', checks: { 'db:connect': [{ status: 'fail', output: 'refused' }] } },
      'db:connect: refused',
    ],
    [
      'ASP.NET',
      { status: 'Unhealthy', results: { db: { status: 'Unhealthy', description: 'refused' } } },
      'db: refused',
    ],
  ])('of the style %s names the failing part', (_, body, part) => {
    expect(read(503, body)).toEqual({ status: 'down', failing: [part] });
    expect(read(200, body)).toEqual({ status: 'down', failing: [part] });
  });

  it('is up with a part that should be looked at', () => {
    expect(read(200, { status: 'warn', checks: { disk: { status: 'warn', output: '91 % full' } } })).toEqual({
      status: 'up',
      failing: ['disk: 91 % full'],
    });
  });

  it.each([
    [200, '<!doctype html><title>App</title>', 'text/html'],
    [200, { hello: 'world' }, 'application/json'],
    [200, '[]', 'application/json'],
    [404, { status: 'ok' }, 'application/json'],
    [302, '', 'text/plain'],
    [401, { error: 'no' }, 'application/json'],
  ])('that says neither is unknown (%i %j)', (status, body, contentType) => {
    expect(read(status, body, contentType).status).toBe('unknown');
  });

  it('is down by its status whatever the body', () => {
    expect(read(503, '<html>', 'text/html')).toEqual({ status: 'down', failing: [] });
    expect(read(500, { status: 'ok' }).status).toBe('down');
  });

  it('is bounded, however much fails', () => {
    const checks = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`p${index}`, { status: 'down', error: 'x'.repeat(5_000) }]),
    );
    const { failing } = read(503, { checks });
    expect(failing).toHaveLength(20);
    expect(Math.max(...failing.map((part) => part.length))).toBeLessThanOrEqual(160);
  });
});

describe('clock skew', () => {
  const asked = new Date('2026-11-20T10:00:00.900Z');
  const received = new Date('2026-11-20T10:00:01.100Z');

  it.each([
    ['Fri, 20 Nov 2026 10:00:00 GMT', 0],
    ['Fri, 20 Nov 2026 10:00:01 GMT', 0],
    ['Fri, 20 Nov 2026 10:00:31 GMT', 30_000],
    ['Fri, 20 Nov 2026 09:58:30 GMT', -91_000],
  ])('is what precision and latency do not explain (%s)', (date, about) => {
    const skew = clockSkew({ date }, asked, received);
    expect(Math.abs((skew ?? Number.NaN) - about)).toBeLessThanOrEqual(600);
    if (about === 0) expect(skew).toBe(0);
  });

  it.each([[{}], [{ date: 'yesterday' }], [{ date: 'Fri, 20 Nov 2026 09:00:00 GMT', age: '3600' }]])(
    'is undefined where the headers do not show it (%j)',
    (headers: Record<string, string>) => {
      expect(clockSkew(headers, asked, received)).toBeUndefined();
    },
  );
});

describe('checking health', () => {
  it('asks every probe of every service at once, and shows each as it is', async () => {
    const api = await answeringServer(({ url, headers }, response) => {
      expect(headers.authorization).toMatch(/^Bearer /);
      if (url === '/health') reply(response, 200, { status: 'ok' });
      else
        reply(response, 503, {
          status: 'down',
          checks: { database: { status: 'down', error: 'connection refused' } },
        });
    });
    const worker = await answeringServer(({ headers }, response) => {
      expect(headers.authorization).toBeUndefined();
      response.writeHead(200, { date: new Date(Date.now() - 90_000).toUTCString() }).end('ok');
    });
    const gone = await refusingUrl();
    const { health } = openRms(
      api.url,
      `health:
  services:
    api: { liveness: /health, readiness: /ready }
    worker: { baseUrl: "${worker.url}", liveness: /healthz }
    cron: { baseUrl: "${gone}", readiness: /readyz }`,
    ).client('health', 'rms');
    const checks = await health.check(neverAborted());
    const shared = { latencyMilliseconds: expect.any(Number) };
    expect(checks).toEqual<HealthCheck[]>([
      {
        service: 'api',
        probe: 'liveness',
        path: '/health',
        status: 'up',
        answer: '200',
        failing: [],
        clockSkewMilliseconds: 0,
        ...shared,
      },
      {
        service: 'api',
        probe: 'readiness',
        path: '/ready',
        status: 'down',
        answer: '503',
        failing: ['database: connection refused'],
        clockSkewMilliseconds: 0,
        ...shared,
      },
      {
        service: 'worker',
        probe: 'liveness',
        path: '/healthz',
        status: 'up',
        answer: '200',
        failing: [],
        clockSkewMilliseconds: expect.any(Number),
        ...shared,
      },
      {
        service: 'cron',
        probe: 'readiness',
        path: '/readyz',
        status: 'unknown',
        answer: 'no connection (ECONNREFUSED)',
        latencyMilliseconds: undefined,
        failing: [],
        clockSkewMilliseconds: undefined,
      },
    ]);
    const skew = checks[2]?.clockSkewMilliseconds ?? 0;
    expect(skew).toBeGreaterThan(-92_000);
    expect(skew).toBeLessThan(-88_000);
  });

  it('never rejects, and calls unknown what gives no answer', async () => {
    const server = await answeringServer(silence);
    const { health } = openRms(server.url, 'health: {}', 'timeoutSeconds: 0.15').client('health', 'rms');
    expect((await health.check(neverAborted())).map(({ status, answer }) => [status, answer])).toEqual([
      ['unknown', 'no answer within 0.15 s'],
      ['unknown', 'no answer within 0.15 s'],
    ]);
    server.answer(hangUp);
    expect((await health.check(neverAborted()))[0]?.answer).toMatch(/^no whole answer \(\w+\)$/);
    expect((await health.check(AbortSignal.abort()))[0]).toMatchObject({
      status: 'unknown',
      answer: 'no answer before it was stopped',
    });
  });

  it('asks an ill target again, past the circuit breaker that spares it', async () => {
    const server = await answeringServer(json(503, { status: 'down' }));
    const targets = openRms(
      server.url,
      'health: {}\nreleases: {}',
      'circuit: { failures: 1, openSeconds: 60 }',
    );
    const releases = targets.client('releases', 'rms').releases;
    await releases.releases();
    expect(await releases.releases()).toMatchObject({ why: expect.stringContaining('nothing was sent') });
    server.answer(json(200, { status: 'ok' }));
    const checks = await targets.client('health', 'rms').health.check(neverAborted());
    expect(checks.map(({ status }) => status)).toEqual(['up', 'up']);
  });
});
