/**
 * The contract of `sandbox/slack/client-api.ts` with nothing behind it: tests set the state, emit events and
 * see what the page asked for. The end-to-end tests run the page against the real local workspace.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BundledPage, bundlePage } from '../../../sandbox/page/bundle.ts';
import type {
  ActionResult,
  ClientAction,
  ClientEvent,
  ClientState,
  OptionsQuery,
  OptionsResult,
} from '../../../sandbox/slack/client-api.ts';

type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'sequence' | 'at'> : never;
export type NewEvent = Unnumbered<ClientEvent>;

let bundled: Promise<BundledPage> | undefined;

export class StubWorkspace {
  /** What each person saw when the page was opened, by user id; events do not change it. */
  readonly states: Map<string, ClientState>;
  readonly actions: { user: string; action: ClientAction }[] = [];
  readonly queries: { user: string; query: OptionsQuery }[] = [];
  /** Samples of monitoring the page has asked for. */
  readonly alerts: string[] = [];
  /** Last-Event-ID of each connection to the stream, in order. */
  readonly resumedFrom: string[] = [];
  answer: (action: ClientAction, user: string) => ActionResult | Promise<ActionResult> = () => ({ ok: true });
  answerAlert: (sample: string) => ActionResult | Promise<ActionResult> = () => ({ ok: true });
  options: (query: OptionsQuery) => OptionsResult | Promise<OptionsResult> = () => ({
    ok: true,
    options: [],
  });

  private readonly server: Server;
  private readonly streams = new Map<ServerResponse, string>();
  private readonly events: ClientEvent[] = [];
  private sequence = 100;

  constructor(states: ClientState[]) {
    this.states = new Map(states.map((state) => [state.me.id, state]));
    this.server = createServer((request, response) => {
      this.handle(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  emit(event: NewEvent): void {
    this.sequence++;
    const numbered = { ...event, sequence: this.sequence, at: Date.now() } as ClientEvent;
    this.events.push(numbered);
    for (const [stream, user] of this.streams) this.write(stream, user, numbered);
  }

  get openStreams(): number {
    return this.streams.size;
  }

  cutStreams(): void {
    for (const stream of this.streams.keys()) stream.destroy();
  }

  private write(stream: ServerResponse, user: string, event: ClientEvent): void {
    if (event.audience !== undefined && event.audience !== user) return;
    stream.write(`id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  private answerTo(
    path: string,
    body: { user: string; action: ClientAction; query: OptionsQuery; sample: string },
  ) {
    if (path === '/client/do') {
      this.actions.push(body);
      return this.answer(body.action, body.user);
    }
    if (path === '/client/alert') {
      this.alerts.push(body.sample);
      return this.answerAlert(body.sample);
    }
    this.queries.push(body);
    return this.options(body.query);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stub');
    const user = url.searchParams.get('user') ?? '';
    if (request.method === 'POST') {
      const body = JSON.parse(await text(request));
      const result = await this.answerTo(url.pathname, body);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(result));
    } else if (url.pathname === '/client/state') {
      const state = this.states.get(user);
      if (!state) response.writeHead(404).end();
      else
        response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ ...state, sequence: this.sequence }));
    } else if (url.pathname === '/client/events') {
      const from = String(request.headers['last-event-id'] ?? '');
      this.resumedFrom.push(from);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      this.streams.set(response, user);
      response.on('close', () => this.streams.delete(response));
      for (const event of this.events) if (event.sequence > Number(from)) this.write(response, user, event);
    } else {
      bundled ??= bundlePage();
      const { html, assets } = await bundled;
      const asset = assets[url.pathname];
      if (asset) response.setHeader('content-type', asset.contentType).end(asset.body);
      else response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
    }
  }
}

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}
