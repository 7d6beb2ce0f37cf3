import type { Log } from '../log.ts';

/** The first wait after a failure; it doubles up to the longest. */
const firstRetryMilliseconds = 500;
const longestRetryMilliseconds = 15_000;

export interface DirectWork {
  /** Does it as soon as there is room, again after a failure, until it succeeds or the process stops. */
  add(name: string, work: () => Promise<void>): void;
  /** Begins nothing more and waits for what is at work. The rest is left to other processes. */
  stop(): Promise<void>;
}

/**
 * Work this process does right after the commit that asked for it, without a job in between: a job costs the
 * database more than a read does. Nothing rests on it: what is asked for stands in its own table with this
 * process's id, and whoever finds that process gone makes jobs of it (`takeOverFromDeadProcesses`).
 */
export function directWork(options: {
  readonly concurrency: number;
  /** Waits while others go first. */
  readonly giveWay: () => Promise<void>;
  readonly log: Log;
}): DirectWork {
  const waiting: { name: string; work: () => Promise<void>; failures: number }[] = [];
  const retries = new Set<NodeJS.Timeout>();
  const atWork = new Set<Promise<void>>();
  let isStopped = false;

  function begin(): void {
    while (!isStopped && atWork.size < options.concurrency) {
      const next = waiting.shift();
      if (next === undefined) return;
      const doing = attempt(next).finally(() => {
        atWork.delete(doing);
        begin();
      });
      atWork.add(doing);
    }
  }

  async function attempt(item: (typeof waiting)[number]): Promise<void> {
    try {
      await options.giveWay();
      await item.work();
    } catch (error) {
      if (isStopped) return;
      options.log.warn(
        { err: error, work: item.name, failures: item.failures + 1 },
        'work failed; again soon',
      );
      const wait = Math.min(
        longestRetryMilliseconds,
        firstRetryMilliseconds * 2 ** Math.min(item.failures, 5),
      );
      const retry = setTimeout(() => {
        retries.delete(retry);
        waiting.push({ ...item, failures: item.failures + 1 });
        begin();
      }, wait);
      retries.add(retry);
    }
  }

  return {
    add: (name, work) => {
      if (isStopped) return;
      waiting.push({ name, work, failures: 0 });
      begin();
    },
    stop: async () => {
      isStopped = true;
      for (const retry of retries) clearTimeout(retry);
      await Promise.all(atWork);
    },
  };
}
