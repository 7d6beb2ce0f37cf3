/** `/client/*`: what the web page speaks. Answers only to its own origin on the loopback address. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { ActionResult, ClientAction, ClientEvent, OptionsQuery } from './client-api.ts';
import type { Core, SampleMonitoring } from './core.ts';
import { channelOf } from './feed.ts';
import type { Person } from './people/person.ts';
import { readBody } from './web-api/body.ts';

const id = z.string().min(1).max(300);
const text = z.string().max(50_000);
const element = { blockId: id, actionId: id };
const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('send'), channel: id, text, threadTs: id.optional() }),
  z.strictObject({ kind: z.literal('click'), channel: id, ts: id, ...element, value: text.optional() }),
  z.strictObject({ kind: z.literal('click_view'), viewId: id, ...element, value: text.optional() }),
  z.strictObject({ kind: z.literal('fill'), viewId: id, ...element, value: z.unknown() }),
  z.strictObject({ kind: z.literal('submit'), viewId: id }),
  z.strictObject({ kind: z.literal('close'), viewId: id, clearStack: z.boolean().optional() }),
  z.strictObject({ kind: z.literal('shortcut'), callbackId: id, channel: id.optional(), ts: id.optional() }),
  z.strictObject({ kind: z.literal('open_home') }),
]);
const query = z.union([
  z.strictObject({ viewId: id, ...element, text }),
  z.strictObject({ channel: id, ts: id, ...element, text }),
]);
const doBody = z.strictObject({ user: id, action });
const optionsBody = z.strictObject({ user: id, query });
const alertBody = z.strictObject({ sample: id });

const requestBytes = 256 * 1024;
/** Often enough that no proxy or browser gives the stream up. */
const keepAliveMilliseconds = 15_000;

/**
 * A page of another origin must not act as somebody (CSRF), and a name that resolves to 127.0.0.1 must not
 * make another page ours (DNS rebinding): so both Host and Origin have to be the loopback address.
 */
export function isSameOrigin(request: IncomingMessage, port: number): boolean {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
  const { host, origin } = request.headers;
  if (!hosts.includes(host ?? '')) return false;
  if (origin !== undefined && origin !== `http://${host}`) return false;
  const site = request.headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

export interface ClientHttp {
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>;
  close(): void;
}

export function clientHttp(
  core: Core,
  port: number,
  /** Without a name: anybody who can act. */
  personOf: (idOrName: string) => Person | undefined,
): ClientHttp {
  const streams = new Set<ServerResponse>();

  const send = (response: ServerResponse, status: number, body: unknown) => {
    response.writeHead(status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
    });
    response.end(JSON.stringify(body));
  };

  function stream(request: IncomingMessage, response: ServerResponse, url: URL, person: Person): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const write = (event: ClientEvent) => {
      if (concerns(core, person.id, event))
        response.write(`id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`);
    };
    const asked = request.headers['last-event-id'] ?? url.searchParams.get('since') ?? core.feed.sequence;
    const since = Number(asked);
    response.write(': connected\n\n');
    for (const event of core.feed.since(Number.isFinite(since) ? since : core.feed.sequence)) write(event);
    const stop = core.feed.onEvent(write);
    const beat = setInterval(() => response.write(': alive\n\n'), keepAliveMilliseconds);
    beat.unref();
    streams.add(response);
    response.on('close', () => {
      clearInterval(beat);
      stop();
      streams.delete(response);
    });
  }

  async function parsedBody<Schema extends z.ZodType>(
    request: IncomingMessage,
    schema: Schema,
  ): Promise<z.infer<Schema> | undefined> {
    // Not a form: a browser sends this type to another origin only after asking, and nothing here says yes.
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined;
    try {
      return schema.safeParse(JSON.parse((await readBody(request, requestBytes)).toString('utf8'))).data;
    } catch {
      return undefined;
    }
  }

  return {
    async handle(request, response, url) {
      if (!isSameOrigin(request, port)) return send(response, 403, { ok: false, error: 'other_origin' });
      const route = `${request.method} ${url.pathname}`;
      if (route === 'GET /client/state' || route === 'GET /client/events') {
        const person = personOf(url.searchParams.get('user') ?? '');
        if (!person) return send(response, 404, { ok: false, error: 'user_not_found' });
        if (route === 'GET /client/events') return stream(request, response, url, person);
        return send(response, 200, person.state({ withEphemerals: false }));
      }
      if (route === 'POST /client/do') {
        const body = await parsedBody(request, doBody);
        if (!body) return send(response, 400, { ok: false, error: 'invalid_request' });
        const person = personOf(body.user);
        if (!person) return send(response, 404, { ok: false, error: 'user_not_found' });
        return send(response, 200, await person.do(body.action as ClientAction));
      }
      if (route === 'POST /client/options') {
        const body = await parsedBody(request, optionsBody);
        if (!body) return send(response, 400, { ok: false, error: 'invalid_request', options: [] });
        const person = personOf(body.user);
        if (!person) return send(response, 404, { ok: false, error: 'user_not_found', options: [] });
        return send(response, 200, await person.options(body.query as OptionsQuery));
      }
      if (route === 'POST /client/alert' && core.monitoring) {
        const body = await parsedBody(request, alertBody);
        if (!body) return send(response, 400, { ok: false, error: 'invalid_request' });
        return send(response, 200, await sendAlert(core, core.monitoring, body.sample));
      }
      send(response, 404, { ok: false, error: 'not_found' });
    },
    close() {
      for (const response of streams) response.destroy();
    },
  };
}

/** Only what the page offers: nothing else is anybody's to send from a browser. */
async function sendAlert(core: Core, monitoring: SampleMonitoring, sample: string): Promise<ActionResult> {
  if (!monitoring.offered.some((one) => one.sample === sample)) return { ok: false, error: 'unknown_sample' };
  try {
    await core.pending.track(() => monitoring.send(sample));
    return { ok: true };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** A person sees what is for them, and of the rest what happens where they are. */
function concerns(core: Core, userId: string, event: ClientEvent): boolean {
  if (event.audience !== undefined) return event.audience === userId;
  const channel = channelOf(event);
  return channel === undefined || (core.directory.conversation(channel)?.memberIds.includes(userId) ?? false);
}
