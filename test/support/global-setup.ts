import type { TestProject } from 'vitest/node';
import { startTestServers } from './servers/test-servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for the servers they need; each is started when first asked for. */
    testServersUrl: string;
  }
}

/** Once per vitest run, in its main process. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startTestServers();
  project.provide('testServersUrl', servers.url);
  return servers.stop;
}
