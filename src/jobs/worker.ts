import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker';
import type { Pool } from 'pg';
import type { Log } from '../log.ts';
import { handBackStrays } from '../postgres/processes.ts';

export interface JobWorker {
  /** Takes no more jobs and waits for those at work; they are told to stop after a few seconds. */
  stop(): Promise<void>;
}

export interface JobWorkerOptions {
  readonly pool: Pool;
  /** Says in the database that the jobs these workers hold belong to a living process. */
  readonly adoptWorkers: (workerIds: readonly string[]) => Promise<void>;
  readonly tasks: TaskList;
  readonly concurrency: number;
  readonly log: Log;
  readonly onLost: (error: unknown) => void;
  /** How long a job may be ours without being worked on, and how often to look. Default 5,000 each. */
  readonly strayGraceMilliseconds?: number;
  readonly lookForStraysEveryMilliseconds?: number;
}

const defaultStrayMilliseconds = 5_000;
/** A worker pool that gave up (graphile-worker ends it when it cannot release a job) is followed by a new one. */
const startAgainMilliseconds = 1_000;

/** Works on jobs until stopped, whatever the database does meanwhile. */
export async function startWorker(options: JobWorkerOptions): Promise<JobWorker> {
  const { log } = options;
  let isStopping = false;
  let runner = await startRunner(options);
  const follow = async () => {
    for (;;) {
      await runner.promise.catch(options.onLost);
      while (!isStopping) {
        log.error({}, 'the worker ended by itself; starting another');
        await sleep(startAgainMilliseconds);
        if (isStopping) return;
        try {
          runner = await startRunner(options);
          break;
        } catch (error) {
          options.onLost(error);
        }
      }
      if (isStopping) return;
    }
  };
  const following = follow();
  return {
    stop: async () => {
      isStopping = true;
      // Rejects when it has already stopped.
      await runner.stop().catch(() => undefined);
      await following;
    },
  };
}

async function startRunner(options: JobWorkerOptions): Promise<Runner> {
  const {
    pool,
    log,
    strayGraceMilliseconds = defaultStrayMilliseconds,
    lookForStraysEveryMilliseconds = defaultStrayMilliseconds,
  } = options;
  const events: WorkerEvents = new EventEmitter();
  const atWork = new Map<string, { endedAt: number | undefined }>();
  let poolId: string | undefined;
  // Every job of a pool is locked under the pool's own id.
  events.on('pool:create', ({ workerPool }) => {
    poolId = workerPool.id;
    options.adoptWorkers([workerPool.id]).catch(options.onLost);
  });
  events.on('job:start', ({ job }) => void atWork.set(String(job.id), { endedAt: undefined }));
  events.on('job:complete', ({ job }) => void atWork.set(String(job.id), { endedAt: performance.now() }));
  const strays = setInterval(() => {
    for (const [id, { endedAt }] of atWork) {
      // Its release may still be on its way.
      if (endedAt !== undefined && performance.now() - endedAt > strayGraceMilliseconds) atWork.delete(id);
    }
    if (poolId === undefined) return;
    handBackStrays(pool, poolId, [...atWork.keys()], strayGraceMilliseconds).then(
      (count) => {
        if (count > 0) log.warn({ jobs: count }, 'handed back jobs that were not released');
      },
      (error: unknown) => log.warn({ err: error }, 'could not look for jobs that were not released'),
    );
  }, lookForStraysEveryMilliseconds);
  try {
    const runner = await run({
      pgPool: pool,
      taskList: options.tasks,
      concurrency: options.concurrency,
      // Jobs announce themselves; polling is for those whose time has come and for lost announcements.
      pollInterval: 500,
      noHandleSignals: true,
      events,
      logger: new Logger(() => (level, message, meta) => {
        // Its "info" is one line per job.
        const ours = level === 'error' ? 'error' : level === 'warning' ? 'warn' : 'debug';
        log[ours]({ worker: meta }, message);
      }),
    });
    runner.promise.then(
      () => clearInterval(strays),
      () => clearInterval(strays),
    );
    return runner;
  } catch (error) {
    clearInterval(strays);
    throw error;
  }
}
