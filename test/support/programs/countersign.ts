import { flushCompileCache } from 'node:module';
import { startCountersign } from '../../../src/main.ts';
import { findSigningKey, prepare } from '../../../src/start.ts';
import { hasty } from '../hasty-pacing.ts';

/**
 * Run as `countersign.ts <folder>`: the bot with the settings and the key in that folder and the environment it
 * is given. Prints `{"port":4711}` once it serves; its log goes to stderr. SIGTERM stops it in order.
 */
const folder = process.argv[2] ?? '.';
const prepared = await prepare({
  variables: process.env,
  needs: ['slack', 'database'],
  folder,
  destination: process.stderr,
});
// As `countersign start` does: Slack's socket client rejects where nobody can catch it.
process.on('unhandledRejection', (error) =>
  prepared.log.error({ err: error }, 'a promise nobody waited for was rejected'),
);
const countersign = await startCountersign({
  ...prepared,
  signingKey: await findSigningKey(undefined, folder),
  pacing: hasty(),
});
console.log(JSON.stringify({ port: countersign.port }));
// Where NODE_COMPILE_CACHE names a folder; a process that is killed would leave nothing in it.
flushCompileCache();
process.once('SIGTERM', async () => {
  await countersign.stop();
  // The process has to end by itself: whatever keeps it alive now was not let go.
  process.stdin.destroy();
});
// Nobody needs it any more once the test that started it is gone.
process.stdin.resume().once('end', () => process.exit(1));
