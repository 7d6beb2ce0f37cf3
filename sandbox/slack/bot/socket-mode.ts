/** Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { SlackClock } from '../clock.ts';
import { secret } from '../ids.ts';
import {
  type Answer,
  ackMilliseconds,
  type BotRequest,
  type Transport,
  timedOut,
  unreachable,
} from './transport.ts';

/** An app may hold ten connections; the eleventh closes one of them. */
const mostConnections = 10;
/** A ticket that was not used within half a minute is worthless. Slack documents only that it is short-lived. */
const ticketLifeMilliseconds = 30_000;
const pingEveryMilliseconds = 10_000;
/** Between a `warning` and the connection's end. */
const warningMilliseconds = 10_000;
const connectionSeconds = 18_060;
const debugConnectionSeconds = 360;

const envelopeTypes = { event: 'events_api', command: 'slash_commands', interactive: 'interactive' } as const;
const ackFrame = z.object({ envelope_id: z.string(), payload: z.unknown() });

export type DisconnectKind = 'warning' | 'refresh_requested' | 'link_disabled' | 'abrupt';

interface Connection {
  id: string;
  socket: WebSocket;
  /** Warned connections take no new envelopes. */
  isLeaving: boolean;
  awaited: Map<string, (answer: Answer) => void>;
  cancelPing: () => void;
}

export class SocketMode implements Transport {
  readonly via = 'socket';
  private readonly clock: SlackClock;
  private readonly origin: string;
  private readonly appId: string;
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly tickets = new Map<string, { at: number; isDebug: boolean }>();
  private readonly connections: Connection[] = [];
  private turn = 0;

  constructor(clock: SlackClock, origin: string, appId: string) {
    this.clock = clock;
    this.origin = origin;
    this.appId = appId;
  }

  /** The single-use URL `apps.connections.open` answers with. */
  issueUrl(isDebug: boolean): string {
    const ticket = secret(40);
    this.tickets.set(ticket, { at: this.clock.now(), isDebug });
    return `${this.origin.replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${this.appId}`;
  }

  get connectionCount(): number {
    return this.connections.length;
  }

  /** Takes over an HTTP upgrade of `/link/`. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', this.origin).searchParams.get('ticket') ?? '';
    const found = this.tickets.get(ticket);
    this.tickets.delete(ticket);
    if (!found || this.clock.now() - found.at > ticketLifeMilliseconds) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.server.handleUpgrade(request, socket, head, (accepted) => this.accept(accepted, found.isDebug));
  }

  async send(request: BotRequest): Promise<Answer> {
    const connection = this.next();
    if (!connection) return unreachable;
    const envelopeId = randomUUID();
    const isEvent = request.kind === 'event';
    const envelope = {
      envelope_id: envelopeId,
      type: envelopeTypes[request.kind],
      payload: request.payload,
      accepts_response_payload: !isEvent,
      ...(isEvent
        ? { retry_attempt: request.retry?.number ?? 0, retry_reason: request.retry ? 'timeout' : '' }
        : {}),
    };
    return new Promise((resolve) => {
      const settle = (answer: Answer) => {
        disarm();
        connection.awaited.delete(envelopeId);
        resolve(answer);
      };
      // A connection that dies changes nothing: only the missing ack tells Slack.
      const disarm = this.clock.after(ackMilliseconds, () => settle(timedOut));
      connection.awaited.set(envelopeId, settle);
      connection.socket.send(JSON.stringify(envelope));
    });
  }

  /**
   * Ends connections as Slack does every few hours.
   *
   * @param which index in order of connecting; default all of them
   */
  disconnect(kind: DisconnectKind, which?: number): void {
    const chosen = which === undefined ? [...this.connections] : [this.connections[which]];
    for (const connection of chosen) {
      if (!connection) continue;
      if (kind === 'abrupt') {
        connection.socket.terminate();
        this.forget(connection);
        continue;
      }
      connection.isLeaving = true;
      this.sendDisconnect(connection, kind);
      if (kind !== 'warning') connection.socket.close(1000);
      else {
        this.clock.after(warningMilliseconds, () => {
          if (!this.connections.includes(connection)) return;
          this.sendDisconnect(connection, 'refresh_requested');
          connection.socket.close(1000);
        });
      }
    }
  }

  close(): void {
    for (const connection of [...this.connections]) {
      connection.socket.terminate();
      this.forget(connection);
    }
    this.server.close();
  }

  private next(): Connection | undefined {
    const ready = this.connections.filter(
      (one) => !one.isLeaving && one.socket.readyState === one.socket.OPEN,
    );
    this.turn += 1;
    return ready[this.turn % Math.max(1, ready.length)];
  }

  private accept(socket: WebSocket, isDebug: boolean): void {
    const connection: Connection = {
      id: secret(8),
      socket,
      isLeaving: false,
      awaited: new Map(),
      cancelPing: () => {},
    };
    this.connections.push(connection);
    socket.on('message', (data) => this.receive(connection, String(data)));
    socket.on('close', () => this.forget(connection));
    socket.on('error', () => socket.terminate());
    this.keepPinging(connection);
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: Math.min(this.connections.length, mostConnections),
        debug_info: {
          host: 'applink-sandbox',
          build_number: 1,
          approximate_connection_time: isDebug ? debugConnectionSeconds : connectionSeconds,
        },
        connection_info: { app_id: this.appId },
      }),
    );
    const surplus = this.connections.length > mostConnections ? this.connections[0] : undefined;
    if (surplus) {
      surplus.isLeaving = true;
      this.sendDisconnect(surplus, 'too_many_websockets');
      surplus.socket.close(1000);
    }
  }

  private keepPinging(connection: Connection): void {
    connection.cancelPing = this.clock.after(pingEveryMilliseconds, () => {
      if (connection.socket.readyState !== connection.socket.OPEN) return;
      connection.socket.ping(`Ping from ${connection.id}`);
      this.keepPinging(connection);
    });
  }

  /** An ack counts only on the connection its envelope went out on, and only once. */
  private receive(connection: Connection, text: string): void {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    const parsed = ackFrame.safeParse(frame);
    if (!parsed.success) return;
    const { envelope_id: envelopeId, payload } = parsed.data;
    const isPlain = payload === undefined || payload === null || JSON.stringify(payload) === '{}';
    connection.awaited.get(envelopeId)?.({ isAck: true, body: isPlain ? undefined : payload });
  }

  private sendDisconnect(connection: Connection, reason: string): void {
    connection.socket.send(
      JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-sandbox' } }),
    );
  }

  private forget(connection: Connection): void {
    connection.cancelPing();
    const index = this.connections.indexOf(connection);
    if (index >= 0) this.connections.splice(index, 1);
  }
}
