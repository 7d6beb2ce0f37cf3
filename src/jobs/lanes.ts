import type { TaskList } from 'graphile-worker';
import { type JobWorker, type JobWorkerOptions, startWorker } from './worker.ts';

/** Timers, deliveries put off, checkpoints: each takes milliseconds. */
const shortWorkConcurrency = 4;

/**
 * Two lines to wait in: runs, which may take an hour, and everything else, which must not wait for them. An expiry, or a
 * message put off for Slack's sake, is due also while every place for runs is taken.
 */
export async function startLanes(options: JobWorkerOptions): Promise<JobWorker> {
  const isRun = ([name]: [string, unknown]) => name.startsWith('execute:');
  const all = Object.entries(options.tasks);
  const lanes: { tasks: TaskList; concurrency: number }[] = [
    { tasks: Object.fromEntries(all.filter(isRun)), concurrency: options.concurrency },
    { tasks: Object.fromEntries(all.filter((one) => !isRun(one))), concurrency: shortWorkConcurrency },
  ];
  /** What this process holds is the jobs of both. */
  const workerIds = new Map<number, readonly string[]>();
  /** One after the other: the last to be written has to be the newest. */
  let adopting: Promise<void> = Promise.resolve();
  const started: JobWorker[] = [];
  try {
    for (const [index, lane] of lanes.entries()) {
      started.push(
        await startWorker({
          ...options,
          ...lane,
          adoptWorkers: (ids) => {
            workerIds.set(index, ids);
            const adopt = () => options.adoptWorkers([...workerIds.values()].flat());
            adopting = adopting.then(adopt, adopt);
            return adopting;
          },
        }),
      );
    }
  } catch (error) {
    await Promise.all(started.map((worker) => worker.stop()));
    throw error;
  }
  return {
    stop: async () => {
      await Promise.all(started.map((worker) => worker.stop()));
    },
  };
}
