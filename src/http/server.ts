import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Exact paths; the method is the handler's business where several are allowed. */
export type Routes = Readonly<Record<`${'GET' | 'POST'} /${string}`, Handler>>;

export interface HttpServer {
  readonly port: number;
  /** Stops listening and waits for requests in flight. */
  close(): Promise<void>;
}

/**
 * Listens for everything that reaches us by HTTP. Every request is time-bounded here and size-bounded in
 * {@link readBody}; a handler that throws answers 500 without telling the caller why.
 */
export async function listen(
  routes: Routes,
  options: { port: number; host: string; onFault: (error: unknown, request: IncomingMessage) => void },
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const handler = routes[`${request.method} ${path}` as keyof Routes];
    if (handler === undefined) {
      const isKnownPath = Object.keys(routes).some((route) => route.endsWith(` ${path}`));
      return send(response, isKnownPath ? 405 : 404, {
        error: isKnownPath ? 'method_not_allowed' : 'not_found',
      });
    }
    Promise.resolve(handler(request, response)).catch((error: unknown) => {
      options.onFault(error, request);
      if (!response.headersSent) send(response, 500, { error: 'internal_error' });
      else response.destroy();
    });
  });
  // Slack gives us 3 s; a sender that needs longer than this for its own request is not Slack.
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  server.keepAliveTimeout = 65_000;
  await listening(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeIdleConnections();
      }),
  };
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

/** The raw bytes, or undefined when there are more than `limitBytes` (answer 413 and close). */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}
