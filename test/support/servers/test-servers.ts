import { once } from 'node:events';
import { createServer } from 'node:http';
import { startTestPostgres } from './postgres.ts';
import { ALERTMANAGER, AMTOOL, CHROMIUM, findOrInstall } from './programs.ts';
import { startRedis } from './redis.ts';

/** What test files are told. */
export interface TestServers {
  postgres: { readonly ownerUrl: string; readonly appUrl: string; readonly superuserUrl: string };
  redis: { readonly url: string };
  chromium: { readonly path: string };
  alertmanager: { readonly path: string; readonly amtoolPath: string };
}

/**
 * The servers shared by all test files of a run, each started when the first file asks for it (test files
 * are processes of their own, so they ask over loopback HTTP): a run of unit tests starts none.
 */
export async function startTestServers(): Promise<{
  readonly url: string;
  readonly stop: () => Promise<void>;
}> {
  const stops: (() => Promise<void>)[] = [];
  const start: { [Name in keyof TestServers]: () => Promise<TestServers[Name]> } = {
    postgres: onFirstAsk(async () => {
      const { stop, ...postgres } = await startTestPostgres();
      stops.push(stop);
      return postgres;
    }),
    redis: onFirstAsk(async () => {
      const { stop, ...redis } = await startRedis();
      stops.push(stop);
      return redis;
    }),
    chromium: onFirstAsk(async () => ({ path: findOrInstall(CHROMIUM) })),
    alertmanager: onFirstAsk(async () => ({
      path: findOrInstall(ALERTMANAGER),
      amtoolPath: findOrInstall(AMTOOL),
    })),
  };
  const http = createServer((request, response) => {
    const name = request.url?.slice(1) ?? '';
    const answer = Object.hasOwn(start, name)
      ? start[name as keyof TestServers]()
      : Promise.reject(new Error(`There is no test server "${name}".`));
    answer.then(
      (server) => response.writeHead(200).end(JSON.stringify(server)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  // Not a reason for vitest to stay.
  http.unref();
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('No loopback port was given.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      http.close();
      http.closeAllConnections();
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

function onFirstAsk<Value>(start: () => Promise<Value>): () => Promise<Value> {
  let started: Promise<Value> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}
