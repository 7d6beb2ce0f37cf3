import { startCountersign } from '../../src/main.ts';
import { findSigningKey, migrateFor, prepare } from '../../src/start.ts';

/**
 * Countersign as it is started for real, in a process of its own, with its own budget of Slack's limits. Run as
 * `countersign.ts <folder>`; asked what it `used` it says how much memory at the most, and processor time.
 */
const prepared = await prepare({
  variables: process.env,
  needs: ['slack', 'database'],
  folder: process.cwd(),
});
await migrateFor(prepared.environment, prepared.log);
const countersign = await startCountersign({
  ...prepared,
  signingKey: await findSigningKey(undefined, process.argv[2]!),
});
process.send?.({ port: countersign.port });
process.on('message', (message) => {
  if (message !== 'used') return;
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  // Kilobytes and microseconds.
  process.send?.({ peakBytes: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 });
});
