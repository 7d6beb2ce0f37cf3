import type { Pacing } from '../../src/core/pacing.ts';
import { createMemoryPacing } from '../../src/redis/memory-pacing.ts';

/** Keeps to what Slack itself asks for (a 429's Retry-After), and to no budget: tests post in bursts. */
export function hasty(): Pacing {
  return createMemoryPacing({
    settings: () => ({
      updatesPerMinute: 6_000,
      updatesBurst: 1_000,
      postsPerSecondPerChannel: 1_000,
      postsBurst: 1_000,
      progressEverySeconds: 1,
    }),
  });
}
