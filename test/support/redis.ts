import { randomBytes } from 'node:crypto';
import { type RedisServer, startRedis } from './servers/redis.ts';
import { testServer } from './test-server.ts';

/** The Redis all test files share; keys made with `keyPrefix` are this caller's own. */
export async function testRedis(): Promise<{ readonly url: string; readonly keyPrefix: string }> {
  const { url } = await testServer('redis');
  return { url, keyPrefix: `test-${randomBytes(6).toString('hex')}:` };
}

/** A Redis of this test's own, to be stopped and started by it. Pass the port to start it again in its place. */
export function ownRedis(options: { readonly port?: number } = {}): Promise<RedisServer> {
  return startRedis(options);
}
