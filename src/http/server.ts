import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Exact paths; the method is the handler's business where several are allowed. */
export type Routes = Readonly<Record<`${'GET' | 'POST'} /${string}`, Handler>>;

/** Everything below a path, whatever the method: `'/hooks/'` is asked for `/hooks/a` and `/hooks/a/b`. Exact paths go first. */
export type Prefixes = Readonly<Record<`/${string}/`, Handler>>;

/** Slack gives us 3 s; a sender that needs longer than this for its own request is not Slack. */
export interface HttpPatience {
  readonly headersMilliseconds: number;
  readonly requestMilliseconds: number;
  /** How often Node looks for senders past these; its default of 30 s would make them half a minute longer. */
  readonly lookEveryMilliseconds: number;
}

const closeIdleEveryMilliseconds = 50;

const usualPatience: HttpPatience = {
  headersMilliseconds: 5_000,
  requestMilliseconds: 10_000,
  lookEveryMilliseconds: 1_000,
};

export interface HttpServer {
  readonly port: number;
  /** Stops listening and waits for requests in flight, as long as any request may take. */
  close(): Promise<void>;
}

/**
 * Listens for everything that reaches us by HTTP. Every request is time-bounded here and size-bounded in
 * {@link readBody}; a handler that throws answers 500 without telling the caller why.
 */
export async function listen(
  routes: Routes,
  options: {
    port: number;
    host: string;
    /** Default: none. */
    prefixes?: Prefixes;
    onFault: (error: unknown, request: IncomingMessage) => void;
    patience?: HttpPatience;
  },
): Promise<HttpServer> {
  const { patience = usualPatience, prefixes = {} } = options;
  const server = createServer({ connectionsCheckingInterval: patience.lookEveryMilliseconds });
  server.on('request', (request, response) => {
    const path = maybePath(request.url);
    // What cannot be read must not throw here, where nothing catches it and the process would end.
    if (path === undefined) return send(response, 400, { error: 'bad_request' });
    const handler = routes[`${request.method} ${path}` as keyof Routes] ?? below(prefixes, path);
    if (handler === undefined) {
      const isKnownPath = Object.keys(routes).some((route) => route.endsWith(` ${path}`));
      return send(response, isKnownPath ? 405 : 404, {
        error: isKnownPath ? 'method_not_allowed' : 'not_found',
      });
    }
    const handle = async () => handler(request, response);
    handle().catch((error: unknown) => {
      // Whoever hung up before the request was whole is owed no answer, and it is no fault of ours.
      if (request.destroyed && !request.complete) return;
      options.onFault(error, request);
      if (!response.headersSent) send(response, 500, { error: 'internal_error' });
      else response.destroy();
    });
  });
  server.headersTimeout = patience.headersMilliseconds;
  server.requestTimeout = patience.requestMilliseconds;
  server.keepAliveTimeout = 65_000;
  await listening(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        // A connection still answering now is idle a moment later, and would be kept alive for a minute.
        const idle = setInterval(() => server.closeIdleConnections(), closeIdleEveryMilliseconds);
        // Node stops watching for slow senders once it closes.
        const last = setTimeout(() => server.closeAllConnections(), patience.requestMilliseconds);
        server.close((error) => {
          clearInterval(idle);
          clearTimeout(last);
          if (error === undefined) resolve();
          else reject(error);
        });
        server.closeIdleConnections();
      }),
  };
}

/** `//` and `http://[` come over the wire like any other target. */
function maybePath(target: string | undefined): string | undefined {
  return URL.parse(target ?? '/', 'http://localhost')?.pathname;
}

function below(prefixes: Prefixes, path: string): Handler | undefined {
  return Object.entries(prefixes).find(([prefix]) => path.startsWith(prefix))?.[1];
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
  });
  response.end(bytes);
}

/**
 * The raw bytes, or undefined when there are more than `limitBytes`: answer 413. What is still on its way is
 * read and thrown away, for as long as a request may take; a sender whose connection is cut never reads the
 * answer.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return discard(request);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) return discard(request);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

function discard(request: IncomingMessage): undefined {
  request.on('error', () => undefined);
  request.resume();
}
