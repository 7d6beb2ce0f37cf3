import { startCountersign } from '../../src/main.ts';
import { findSigningKey, migrateFor, prepare } from '../../src/start.ts';

/** Countersign as it is started for real, in a process of its own; settings come through the environment. */
const begun = performance.now();
const prepared = await prepare({
  variables: process.env,
  needs: ['slack', 'database'],
  folder: process.cwd(),
});
await migrateFor(prepared.environment, prepared.log);
const countersign = await startCountersign({
  ...prepared,
  signingKey: await findSigningKey(undefined, process.argv[2]!),
  // Slack's own limits would make the drain take an hour; they have their own tests.
  pacing: { waitMilliseconds: async () => 0, pause: async () => undefined },
});
process.send?.({ port: countersign.port, startMilliseconds: performance.now() - begun });
process.on('message', (message) => {
  if (message === 'memory') process.send?.({ rssBytes: process.memoryUsage.rss() });
});
