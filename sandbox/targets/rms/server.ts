/**
 * A sample operated system: an HTTP API on PostgreSQL, at least as strict as a real one, with a log of every
 * effect it made and faults that can be switched on. It knows nothing of who operates it.
 *
 * @example
 * await seedRms({ databaseUrl });
 * const rms = await startRms({ databaseUrl, token: 'a-token-for-this-test' });
 * rms.faults.set({ endpoint: 'suspend', fault: 'cut_after', times: 1 });
 * …
 * expect(await rms.effects()).toHaveLength(1);
 * await rms.close();
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { type Effect, effectsSince } from './effects.ts';
import type { RmsState } from './endpoint.ts';
import { auditEndpoints } from './endpoints/audit.ts';
import { communicationEndpoints } from './endpoints/communications.ts';
import { deploymentEndpoints } from './endpoints/deployment.ts';
import { emailEndpoints } from './endpoints/email.ts';
import { apiHealthEndpoints, workerHealthEndpoints } from './endpoints/health.ts';
import { lifecycleEndpoints } from './endpoints/lifecycle.ts';
import { notificationEndpoints } from './endpoints/notifications.ts';
import { observationEndpoints } from './endpoints/observations.ts';
import { queueEndpoints } from './endpoints/queues.ts';
import { recoveryEndpoints } from './endpoints/recovery.ts';
import { sessionEndpoints } from './endpoints/sessions.ts';
import { switchEndpoints } from './endpoints/switches.ts';
import { syncEndpoints } from './endpoints/sync.ts';
import { tenantEndpoints } from './endpoints/tenants.ts';
import { wordEndpoints } from './endpoints/words.ts';
import { Faults } from './faults.ts';
import { type ArrivedRequest, RequestLog } from './request-log.ts';
import type { Situation } from './sample-deployments.ts';
import { seedRms } from './seed.ts';
import { createService } from './service.ts';

export interface RmsOptions {
  /** A login that owns the database, or may create a schema in it. */
  readonly databaseUrl: string;
  /** What callers must bring as bearer token. */
  readonly token: string;
  /** The API's port. Default 0: a free one. The worker's is always a free one. */
  readonly port?: number;
  /** The time of everything that is stored, and for what is overdue. Default: the wall clock. */
  readonly now?: () => Date;
  /** Which releases and migrations it has. Default: those it has, `same_schema` at first. */
  readonly situation?: Situation;
  /** Where one JSON line for each fault of its own goes. Default: nowhere. */
  readonly log?: { write(line: string): void };
}

export interface Rms {
  /** The API: `http://127.0.0.1:4711`. */
  readonly url: string;
  /** The worker, which answers health and readiness only. */
  readonly workerUrl: string;
  readonly token: string;
  readonly faults: Faults;
  /** What really happened, in order; also what happened before a restart. */
  effects(filter?: { readonly since?: Date }): Promise<Effect[]>;
  /** What arrived at either server of this process, in order, whether or not it had an effect. */
  requests(filter?: { readonly sinceMilliseconds?: number }): readonly ArrivedRequest[];
  /** Cuts every connection. What is held, slow or hanging has no effect; an effect under way is finished. */
  close(): Promise<void>;
}

const apiEndpoints = [
  ...tenantEndpoints,
  ...lifecycleEndpoints,
  ...auditEndpoints,
  ...notificationEndpoints,
  ...communicationEndpoints,
  ...deploymentEndpoints,
  ...queueEndpoints,
  ...emailEndpoints,
  ...wordEndpoints,
  ...switchEndpoints,
  ...sessionEndpoints,
  ...syncEndpoints,
  ...observationEndpoints,
  ...recoveryEndpoints,
  ...apiHealthEndpoints,
];

/** Seeds the database where it is empty, and listens on the loopback address. */
export async function startRms(options: RmsOptions): Promise<Rms> {
  const { databaseUrl, token, now = () => new Date(), log } = options;
  if (token === '') throw new RangeError('The RMS needs a token that is not empty');
  await seedRms({ databaseUrl, now, ...(options.situation ? { situation: options.situation } : {}) });
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'rms',
    connectionTimeoutMillis: 5_000,
  });
  // A database that goes away breaks idle connections too; the next request finds out.
  pool.on('error', () => undefined);
  const faults = new Faults([...apiEndpoints, ...workerHealthEndpoints].map(({ name }) => name));
  const state: RmsState = {
    pool,
    startedAt: now(),
    hasLostDatabase: (service) => faults.stands(service === 'api' ? 'ready' : 'worker-ready', 'not_ready'),
  };
  const requests = new RequestLog();
  const common = {
    token,
    state,
    faults,
    requests,
    now,
    onFault: (error: unknown, { method, path, correlationId }: ArrivedRequest) =>
      log?.write(
        `${JSON.stringify({ at: now(), method, path, correlationId, error: String((error as Error)?.stack ?? error) })}\n`,
      ),
  };
  const underWay = new Set<Promise<void>>();
  const api = serve(createService({ ...common, endpoints: apiEndpoints }), underWay);
  const worker = serve(createService({ ...common, endpoints: workerHealthEndpoints }), underWay);
  const close = async () => {
    faults.close();
    await Promise.all([stop(api), stop(worker)]);
    await Promise.all(underWay);
    await pool.end();
  };
  try {
    return {
      url: await listen(api, options.port ?? 0),
      workerUrl: await listen(worker, 0),
      token,
      faults,
      effects: ({ since } = {}) => effectsSince(pool, since),
      requests: ({ sinceMilliseconds = 0 } = {}) => requests.since(sinceMilliseconds),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  underWay: Set<Promise<void>>,
): Server {
  // A caller that takes longer than this to send its request is not working.
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 });
  server.on('request', (request, response) => {
    const answering = answer(request, response).finally(() => underWay.delete(answering));
    underWay.add(answering);
  });
  return server;
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
