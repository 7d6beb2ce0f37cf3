import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What the network does to connections through the proxy:
 * `pass` forwards; `refuse` stops listening, so that connecting fails at once; `blackhole` accepts and
 * forwards nothing in either direction, like a lost route.
 */
type Weather = 'pass' | 'refuse' | 'blackhole';

/** A real TCP proxy in front of a real server, for breaking connections. */
export class TcpProxy {
  readonly port: number;
  #server: Server;
  #weather: Weather = 'pass';
  #upstream: { readonly host: string; readonly port: number };
  /** Client socket to its upstream socket. */
  readonly #pairs = new Map<Socket, Socket>();

  private constructor(server: Server, port: number, upstream: { host: string; port: number }) {
    this.port = port;
    this.#upstream = upstream;
    this.#server = server;
    this.#server.on('connection', (client) => this.#accept(client));
  }

  /** @example const proxy = await TcpProxy.to(database.appUrl); new pg.Pool({ connectionString: proxy.through(database.appUrl) }) */
  static async to(url: string | { readonly host: string; readonly port: number }): Promise<TcpProxy> {
    const upstream =
      typeof url === 'string' ? { host: new URL(url).hostname, port: Number(new URL(url).port) } : url;
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('No loopback port was given.');
    return new TcpProxy(server, address.port, upstream);
  }

  /** The URL of the upstream server with this proxy's address in place of its own. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.href;
  }

  /** New connections go there from now on: a server that was started again has another port. */
  leadTo(upstream: { readonly host: string; readonly port: number }): void {
    this.#upstream = upstream;
  }

  get connectionCount(): number {
    return this.#pairs.size;
  }

  /** Breaks every connection with a reset; new ones still pass. */
  cut(): void {
    for (const [client, upstream] of this.#pairs) {
      client.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** Cuts, and refuses new connections until resumed. */
  async refuse(): Promise<void> {
    if (this.#weather === 'refuse') return;
    this.#weather = 'refuse';
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.cut();
    await closed;
  }

  /** Old and new connections stay open and carry nothing until resumed. */
  blackhole(): void {
    if (this.#weather === 'refuse') throw new Error('Resume before blackholing: nothing can connect.');
    this.#weather = 'blackhole';
    for (const [client, upstream] of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  /** Back to forwarding; what a blackhole held back is delivered. */
  async resume(): Promise<void> {
    if (this.#weather === 'refuse') {
      this.#server = createServer((client) => this.#accept(client)).listen(this.port, '127.0.0.1');
      await once(this.#server, 'listening');
    }
    this.#weather = 'pass';
    for (const [client, upstream] of this.#pairs) {
      client.resume();
      upstream.resume();
    }
  }

  async stop(): Promise<void> {
    await this.refuse();
  }

  #accept(client: Socket): void {
    const upstream = connect(this.#upstream);
    this.#pairs.set(client, upstream);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from.on('data', (chunk) => {
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => {
        if (this.#weather === 'pass') from.resume();
      });
      from.on('end', () => to.end());
      // The other side learns of it by the close.
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(client);
      });
    }
    if (this.#weather === 'blackhole') {
      client.pause();
      upstream.pause();
    }
  }
}
