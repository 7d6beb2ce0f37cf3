import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { SourceSettings } from '../../src/core/alerts/alert-settings.ts';
import { Secret } from '../../src/core/secret.ts';
import { listen } from '../../src/http/server.ts';
import { type HooksContext, hooks, type StoredDelivery } from '../../src/webhooks/hooks.ts';
import { isHmacSha256Hex, readHeader } from '../../src/webhooks/proofs.ts';
import { type SourceKind, UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import { until } from '../support/until.ts';

const at = new Date('2026-03-02T09:30:00Z');
const secretText = 'a-secret-for-tests';
const urlSecretText = 'url/secret for tests';
const urlPath = encodeURIComponent(urlSecretText);

const signed: SourceKind = {
  kind: 'signed',
  options: z.unknown(),
  methods: ['POST', 'PUT'],
  contentTypes: ['application/vnd.signed+json'],
  verify: ({ headers, body }, { secrets }) => {
    if (secrets.length === 0) return { kind: 'unsigned' };
    const isRight = secrets.some((secret) => isHmacSha256Hex(readHeader(headers, 'x-sig'), secret, body));
    return isRight ? { kind: 'proven' } : { kind: 'refused', why: 'wrong signature' };
  },
  parse: (json) => {
    const { id, broken, unreadable } = json as { id?: string; broken?: true; unreadable?: true };
    if (broken) throw new TypeError('our own mistake');
    if (unreadable) throw new UnreadableDelivery('it has no "alerts"');
    return { event: 'x', isKnown: true, deliveryId: id, signals: [] };
  },
};
const retrying: SourceKind = { ...signed, kind: 'retrying', tooMany: 429 };
const discreet: SourceKind = {
  ...signed,
  kind: 'discreet',
  keep: (json) => ({ id: (json as { id: string }).id }),
};
const kinds = new Map([signed, retrying, discreet].map((kind) => [kind.kind, kind]));

function source(changes: Partial<SourceSettings> = {}): SourceSettings {
  return {
    kind: 'signed',
    secrets: [new Secret('SIGNED', secretText)],
    urlSecrets: [],
    silenceSeverity: 'high',
    limits: { bytes: 1_000, perMinute: 2, waiting: 10 },
    options: {},
    ...changes,
  };
}
const urlSecrets = [new Secret('OLD', 'the-one-before-it'), new Secret('NEW', urlSecretText)];

async function serve(
  sources: Record<string, SourceSettings>,
  changes: Partial<Pick<HooksContext, 'store' | 'storeWithinMilliseconds' | 'now'>> = {},
) {
  const stored: StoredDelivery[] = [];
  const refusals: Parameters<HooksContext['onRefused']>[0][] = [];
  const faults: unknown[] = [];
  const urls: (string | undefined)[] = [];
  const handler = hooks({
    sources: () => sources,
    kinds,
    store: async (delivery) => {
      const isKnown =
        delivery.deliveryId !== undefined &&
        stored.some(({ deliveryId, source: name }) => {
          return deliveryId === delivery.deliveryId && name === delivery.source;
        });
      if (!isKnown) stored.push(delivery);
      return isKnown ? 'known' : 'stored';
    },
    onRefused: (refusal) => refusals.push(refusal),
    onFault: (error) => faults.push(error),
    now: () => at,
    ...changes,
  });
  const server = await listen(
    {},
    {
      port: 0,
      host: '127.0.0.1',
      prefixes: { '/hooks/': handler },
      onFault: (error, request) => {
        faults.push(error);
        urls.push(request.url);
      },
      patience: { headersMilliseconds: 500, requestMilliseconds: 800, lookEveryMilliseconds: 20 },
    },
  );
  onTestFinished(() => server.close());
  const post = async (path: string, body: string | Buffer, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: 'POST',
      body: body as never,
      ...init,
      headers: { 'content-type': 'application/json', 'x-sig': signatureOf(body), ...init.headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: text && JSON.parse(text) };
  };
  return { port: server.port, post, stored, refusals, faults, urls };
}

function signatureOf(body: string | Buffer, secret = secretText): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** Raw bytes on a socket, and the first answer, whether or not the server is still listening to us. */
async function firstAnswer(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.write(bytes);
  await until(() => /\r\n\r\n\{.*\}$/s.test(answer) || socket.closed, { waitingFor: 'an answer' });
  return answer;
}

describe('what is accepted', () => {
  it('stores the bytes that were signed, and says 202', async () => {
    const { post, stored } = await serve({ shop: source() });
    const body = '{ "id": "d-1",  "text":"\\u00e9 é" }\n';
    const answer = await post('/hooks/shop', body, { headers: { 'x-event': 'deploy' } });
    expect([answer.status, answer.json]).toEqual([202, { ok: true }]);
    expect(stored).toMatchObject([
      {
        source: 'shop',
        kind: 'signed',
        deliveryId: 'd-1',
        bodyHash: createHash('sha256').update(body).digest(),
        delivery: { method: 'POST', headers: { 'x-event': 'deploy' }, receivedAt: at },
      },
    ]);
    expect(stored[0]?.delivery.body.toString()).toBe(body);
  });

  it('takes PUT, another content type and parameters where the kind says so', async () => {
    const { post, stored } = await serve({ shop: source() });
    const put = { method: 'PUT', headers: { 'content-type': 'application/vnd.signed+json; charset=utf-8' } };
    expect((await post('/hooks/shop', '{}', put)).status).toBe(202);
    const upper = { headers: { 'content-type': 'Application/JSON;charset=UTF-8' } };
    expect((await post('/hooks/shop?from=here', '{}', upper)).status).toBe(202);
    expect(stored.map(({ delivery }) => delivery.method)).toEqual(['PUT', 'POST']);
  });

  it('says so when the delivery was stored before, and keeps two sources with one secret apart', async () => {
    const { post, stored } = await serve({ shop: source(), club: source() });
    const body = '{"id":"same"}';
    expect((await post('/hooks/shop', body)).json).toEqual({ ok: true });
    expect(await post('/hooks/shop', body)).toMatchObject({
      status: 202,
      json: { ok: true, duplicate: true },
    });
    expect((await post('/hooks/club', body)).json).toEqual({ ok: true });
    expect(stored.map(({ source: name }) => name)).toEqual(['shop', 'club']);
  });

  it('stores an id that no index could hold as its hash, and an empty one as none', async () => {
    const { post, stored } = await serve({ shop: source({ limits: { ...source().limits, bytes: 9_999 } }) });
    for (const id of ['x'.repeat(5_000), 'a\u0000b', '']) await post('/hooks/shop', JSON.stringify({ id }));
    expect(stored.map(({ deliveryId }) => deliveryId)).toEqual([
      expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      undefined,
    ]);
  });

  it('stores no credential: neither by the name of its header nor by its value', async () => {
    const { post, stored } = await serve({
      shop: source({ secrets: [new Secret('SIGNED', secretText)], urlSecrets }),
    });
    const headers = {
      authorization: 'Basic c29tZTpib2R5',
      cookie: 'a=b',
      'x-token': `Token ${secretText}`,
      'x-url': `https://ops.example.com/hooks/shop/${urlSecretText}`,
      'x-event': 'kept',
    };
    expect((await post(`/hooks/shop/${urlPath}`, '{}', { headers })).status).toBe(202);
    const kept = stored[0]?.delivery.headers ?? {};
    expect(kept['x-event']).toBe('kept');
    for (const name of ['authorization', 'cookie', 'x-token', 'x-url']) expect(kept).not.toHaveProperty(name);
    expect(JSON.stringify(stored)).not.toContain(secretText);
    expect(JSON.stringify(stored)).not.toContain(urlSecretText);
  });

  it('stores of the body what the kind lets be kept, under the hash of the whole', async () => {
    const { post, stored } = await serve({ shop: source({ kind: 'discreet' }) });
    const body = '{"id":"1","password":"hunter22"}';
    expect((await post('/hooks/shop', body)).status).toBe(202);
    expect(stored[0]?.delivery.body.toString()).toBe('{"id":"1"}');
    expect(stored[0]?.bodyHash).toEqual(createHash('sha256').update(body).digest());
  });

  it('stores what our own parser breaks on, and reports that', async () => {
    const { post, stored, faults } = await serve({ shop: source() });
    expect((await post('/hooks/shop', '{"broken":true}')).status).toBe(202);
    expect(stored).toMatchObject([{ deliveryId: undefined }]);
    expect(faults.map(String)).toEqual(['TypeError: our own mistake']);
  });
});

describe('what is refused', () => {
  it('knows no other source, nor what every object has', async () => {
    const { post, refusals } = await serve({ shop: source({ urlSecrets }) });
    const paths = ['/hooks/other', '/hooks/constructor', '/hooks/__proto__', '/hooks/', '/hooks/%', '/hooks'];
    for (const path of [...paths, `/hooks/other/${urlPath}`]) {
      expect([path, (await post(path, '{}')).status]).toEqual([path, 404]);
    }
    // `/hooks` is below no prefix: not ours to count.
    expect(refusals).toEqual(
      Array.from({ length: 6 }, () => ({ source: undefined, status: 404, why: 'unknown_source' })),
    );
  });

  it('says which methods there are', async () => {
    const { post, port } = await serve({ shop: source() });
    const answer = await post('/hooks/shop', '{}', { method: 'DELETE' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, PUT']);
    for (const method of ['GET', 'HEAD']) {
      expect((await fetch(`http://127.0.0.1:${port}/hooks/shop`, { method })).status).toBe(405);
    }
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'unsupported_content_type'],
    ['no type', { 'content-type': '' }, 'unsupported_content_type'],
    ['a type like ours', { 'content-type': 'application/jsonp' }, 'unsupported_content_type'],
    ['a compressed body', { 'content-encoding': 'gzip' }, 'unsupported_encoding'],
  ])('answers 415 to %s', async (_, headers, error) => {
    const { post } = await serve({ shop: source() });
    expect(await post('/hooks/shop', '{}', { headers })).toMatchObject({ status: 415, json: { error } });
  });

  it('answers 413 by what is announced and by what comes', async () => {
    const { post, port, stored } = await serve({ shop: source() });
    const fits = JSON.stringify({ text: 'x'.repeat(989) });
    expect(fits).toHaveLength(1_000);
    expect((await post('/hooks/shop', fits)).status).toBe(202);
    expect((await post('/hooks/shop', `${fits} `)).status).toBe(413);
    // What a sender learns of first is what it can mend only by sending less.
    const form = { headers: { 'content-type': 'text/plain' } };
    expect((await post('/hooks/shop', `${fits} `, form)).status).toBe(413);
    const chunked = { duplex: 'half', body: new Blob(['x'.repeat(3_000_000)]).stream() } as RequestInit;
    expect((await post('/hooks/shop', '', chunked)).status).toBe(413);
    const announced = 'POST /hooks/shop HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n';
    const answer = await firstAnswer(port, `${announced}content-type: application/json\r\n\r\n{"beginning`);
    expect(answer).toMatch(/^HTTP\/1\.1 413/);
    expect(stored).toHaveLength(1);
  });

  it('judges the proof before it reads the JSON', async () => {
    const { post, refusals } = await serve({ shop: source() });
    const forged = await post('/hooks/shop', 'no json at all', { headers: { 'x-sig': 'ff' } });
    expect([forged.status, forged.json.error]).toEqual([401, 'not_proven']);
    expect(refusals).toEqual([{ source: 'shop', status: 401, why: 'wrong signature' }]);
    expect((await post('/hooks/shop', 'no json at all')).status).toBe(400);
  });

  it('wants the URL secret in addition to the signature, and any of two during a rotation', async () => {
    const { post } = await serve({ shop: source({ urlSecrets }) });
    expect((await post('/hooks/shop', '{}')).status).toBe(401);
    expect((await post('/hooks/shop/wrong', '{}')).status).toBe(401);
    expect((await post('/hooks/shop/%ff', '{}')).status).toBe(401);
    expect((await post(`/hooks/shop/${urlPath}`, '{}')).status).toBe(202);
    expect((await post('/hooks/shop/the-one-before-it', '{}')).status).toBe(202);
    const unsigned = { headers: { 'x-sig': '' } };
    expect((await post(`/hooks/shop/${urlPath}`, '{}', unsigned)).status).toBe(401);
  });

  it('takes slashes in a URL secret as they are', async () => {
    const { post } = await serve({ shop: source({ urlSecrets: [new Secret('S', 'ab/cd+e=')] }) });
    expect((await post('/hooks/shop/ab/cd+e=', '{}')).status).toBe(202);
    expect((await post('/hooks/shop/ab/cd', '{}')).status).toBe(401);
  });

  it('takes a URL secret as the proof where the kind has none, and nobody without one', async () => {
    const { post, refusals } = await serve({
      open: source({ secrets: [] }),
      shop: source({ secrets: [], urlSecrets }),
    });
    expect((await post('/hooks/open', '{}')).status).toBe(401);
    expect((await post('/hooks/open/anything', '{}')).status).toBe(401);
    expect((await post('/hooks/shop/wrong', '{}')).status).toBe(401);
    expect((await post(`/hooks/shop/${urlPath}`, '{}')).status).toBe(202);
    expect(refusals.map(({ why }) => why)).toEqual([
      'no proof, and no URL secret is configured',
      'no proof, and no URL secret is configured',
      'wrong URL secret',
    ]);
  });

  it.each([
    ['{"a":nope}', 'not_json', 'line 1, column 6'],
    ['', 'not_json', 'it ends too early'],
    [Buffer.from([0x22, 0xff, 0x22]), 'not_utf8', 'is not UTF-8'],
    ['['.repeat(101) + ']'.repeat(101), 'too_deep', '100 levels'],
    ['{"unreadable":true}', 'unreadable', 'it has no "alerts"'],
  ])('answers 400 to %j', async (body, error, words) => {
    const { post, stored } = await serve({ shop: source() });
    const answer = await post('/hooks/shop', body);
    expect([answer.status, answer.json.error]).toEqual([400, error]);
    expect(answer.json.message).toContain(words);
    expect(stored).toEqual([]);
  });

  it('outlives ten megabytes of nesting', async () => {
    const { post } = await serve({ shop: source({ limits: { ...source().limits, bytes: 16_000_000 } }) });
    expect((await post('/hooks/shop', '['.repeat(10_000_000))).json.error).toBe('too_deep');
    expect((await post('/hooks/shop', '{}')).status).toBe(202);
  });

  it('gives neither a secret nor the body away in any answer or count', async () => {
    const { post, refusals } = await serve({ shop: source({ urlSecrets }) });
    const texts: string[] = [];
    for (const [path, body] of [
      [`/hooks/shop/${urlPath}`, '{"private":nope}'],
      [`/hooks/shop/not-${urlPath}`, '{"private":1}'],
      [`/hooks/other/${urlPath}`, '{"private":1}'],
    ] as const) {
      texts.push((await post(path, body)).text);
    }
    const everything = JSON.stringify([texts, refusals]);
    for (const private_ of [urlSecretText, urlPath, 'private', 'nope']) {
      expect(everything).not.toContain(private_);
    }
  });

  it('hides the URL secret from whoever logs a request that broke', async () => {
    const broken = { ...source({ urlSecrets }), kind: 'not-loaded' };
    const { post, faults, urls } = await serve({ shop: broken });
    expect((await post(`/hooks/shop/${urlPath}`, '{}')).status).toBe(500);
    expect(faults.map(String)).toEqual([expect.stringContaining('"not-loaded"')]);
    expect(urls).toEqual(['/hooks/…']);
  });
});

describe('too much, too slow', () => {
  it('asks a kind that comes again to wait, by source, and lets it in when it did', async () => {
    let now = at;
    const { post, stored } = await serve(
      { shop: source({ kind: 'retrying' }), club: source({ kind: 'retrying' }) },
      { now: () => now },
    );
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await post('/hooks/shop', '{}')).status);
    expect(statuses).toEqual([202, 202, 429]);
    const refused = await post('/hooks/shop', '{}');
    expect([refused.json.error, refused.headers.get('retry-after')]).toEqual(['too_many', '30']);
    expect((await post('/hooks/club', '{}')).status).toBe(202);
    now = new Date(at.getTime() + 30_000);
    expect((await post('/hooks/shop', '{}')).status).toBe(202);
    expect(stored).toHaveLength(4);
  });

  it('lets nobody without the secret use up the budget of a source', async () => {
    const { post } = await serve({ shop: source({ kind: 'retrying' }) });
    for (let count = 0; count < 5; count += 1) {
      expect((await post('/hooks/shop', '{}', { headers: { 'x-sig': '00' } })).status).toBe(401);
    }
    expect((await post('/hooks/shop', '{}')).status).toBe(202);
  });

  it('stores everything of a kind that does not come again', async () => {
    const { post, stored } = await serve({ shop: source() });
    for (let count = 0; count < 5; count += 1) expect((await post('/hooks/shop', '{}')).status).toBe(202);
    expect(stored).toHaveLength(5);
  });

  it('answers 503 when there is no more room', async () => {
    const { post } = await serve({ shop: source() }, { store: async () => 'shed' });
    const answer = await post('/hooks/shop', '{}');
    expect([answer.status, answer.json.error]).toEqual([503, 'shed']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('answers 503 when the database refuses, and when it does not answer in time', async () => {
    const refusing = await serve(
      { shop: source() },
      { store: () => Promise.reject(new Error('the database is down')) },
    );
    const answer = await refusing.post('/hooks/shop', '{}');
    expect([answer.status, answer.json.error]).toEqual([503, 'not_stored']);
    expect(answer.text).not.toContain('database is down');
    expect(refusing.faults.map(String)).toEqual(['Error: the database is down']);
    expect(refusing.refusals).toEqual([{ source: 'shop', status: 503, why: 'not_stored' }]);

    let answerLate: (outcome: 'stored') => void = () => undefined;
    const slow = await serve(
      { shop: source() },
      {
        store: () =>
          new Promise((resolve) => {
            answerLate = resolve;
          }),
        storeWithinMilliseconds: 40,
      },
    );
    expect((await slow.post('/hooks/shop', '{}')).status).toBe(503);
    answerLate('stored');
    expect(slow.faults.map(String)).toEqual([expect.stringContaining('not stored within 40 ms')]);
  });

  it('waits for a body only so long, stores no half of one and calls it no fault', async () => {
    const { port, stored, faults, post } = await serve({ shop: source() });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    const head =
      'POST /hooks/shop HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20\r\n';
    const closed = once(socket, 'close');
    socket.write(`${head}x-sig: ${signatureOf('{"a":1}')}\r\n\r\n{"a":1}`);
    await closed;
    expect(answer).not.toContain(' 202 ');
    expect(answer).not.toContain(' 500 ');
    expect([stored, faults]).toEqual([[], []]);
    expect((await post('/hooks/shop', '{}')).status).toBe(202);
  });

  it('takes from a body that is longer than announced what was announced', async () => {
    const { port, stored } = await serve({ shop: source() });
    const head = `POST /hooks/shop HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-sig: ${signatureOf('{}')}\r\n`;
    const answer = await firstAnswer(port, `${head}content-length: 2\r\n\r\n{}{"smuggled":1}`);
    expect(answer).not.toContain(' 500 ');
    expect(stored.every(({ delivery }) => delivery.body.toString() === '{}')).toBe(true);
  });
});
