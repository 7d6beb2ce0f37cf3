import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startTestServers } from './servers/test-servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for the servers they need; each is started when first asked for. */
    testServersUrl: string;
    /** Where the end-to-end files keep what the bot asked of Slack. */
    slackRecordsFolder: string;
  }
}

/** In vitest's main process, once per project of the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startTestServers();
  project.provide('testServersUrl', servers.url);
  // The same for every project of this run, and another in every run.
  const slackRecordsFolder = join(tmpdir(), `countersign-slack-records-${process.pid}`);
  await rm(slackRecordsFolder, { recursive: true, force: true });
  project.provide('slackRecordsFolder', slackRecordsFolder);
  return async () => {
    await rm(slackRecordsFolder, { recursive: true, force: true });
    await servers.stop();
  };
}
