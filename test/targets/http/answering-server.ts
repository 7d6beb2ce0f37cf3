import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string;
  /** With query, as it came. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly socket: Socket;
}

export type Answering = (request: Received, response: ServerResponse) => void;

export interface AnsweringServer {
  readonly url: string;
  readonly server: Server;
  /** Every request whose body has come whole, in order. */
  readonly received: readonly Received[];
  /** Connections ever accepted. */
  connectionCount(): number;
  answer(next: Answering): void;
}

/** A real HTTP server on loopback that answers as the test says, and is gone after it. */
export async function answeringServer(first: Answering): Promise<AnsweringServer> {
  let answering = first;
  let connections = 0;
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const one = { method, url, headers, socket, body: Buffer.concat(chunks).toString() };
      received.push(one);
      answering(one, response);
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No loopback port was given.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    server,
    received,
    connectionCount: () => connections,
    answer: (next) => {
      answering = next;
    },
  };
}

export function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function json(status: number, body: unknown): Answering {
  return (_, response) => reply(response, status, body);
}

/** Never answers; the connection stays open. */
export const silence: Answering = () => undefined;

/** Hangs up after the request came, before anything is answered. */
export const hangUp: Answering = ({ socket }) => {
  socket.destroy();
};

/** Hangs up in the middle of the answer. */
export const hangUpMidway: Answering = ({ socket }, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"id":', () => socket.destroy());
};

/** A URL on which nothing listens. */
export async function refusingUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No loopback port was given.');
  const closed = once(server, 'close');
  server.close();
  await closed;
  return `http://127.0.0.1:${address.port}`;
}
