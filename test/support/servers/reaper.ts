import { processIdentity } from '../../../src/postgres/embedded/process-identity.ts';
import { dropEmbeddedPostgres } from '../../../src/postgres/embedded.ts';
import { until } from '../until.ts';

/** Run as `reaper.ts <identity of the test run> <data directory>`: outlives the run to clean up after it. */
const [run = '', dataDir = ''] = process.argv.slice(2);

process.stdin.resume().once('end', async () => {
  await until(() => processIdentity(Number.parseInt(run, 10)) !== run, {
    waitingFor: `test run ${run} to be gone`,
  });
  await dropEmbeddedPostgres({ dataDir, log: () => {} });
});
