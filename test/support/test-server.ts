import { inject } from 'vitest';
import type { TestServers } from './servers/test-servers.ts';

/**
 * One of the servers that all test files share, started if this is the first file to ask.
 * @throws Error with the reason when it cannot be started; a test is never skipped for the lack of one.
 */
export async function testServer<Name extends keyof TestServers>(name: Name): Promise<TestServers[Name]> {
  const response = await fetch(`${inject('testServersUrl')}/${name}`);
  const body = await response.text();
  if (!response.ok) throw new Error(`The test server "${name}" did not start: ${body}`);
  return JSON.parse(body) as TestServers[Name];
}
