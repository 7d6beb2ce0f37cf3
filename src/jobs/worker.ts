import { EventEmitter } from 'node:events';
import { Logger, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker';
import type { Pool } from 'pg';
import type { Log } from '../log.ts';
import { registerWorkers } from '../postgres/processes.ts';

export interface JobWorker {
  /** Takes no more jobs and waits for those at work; they are told to stop after a few seconds. */
  stop(): Promise<void>;
}

/** Starts working on jobs, and says in the database which process they belong to while they are locked. */
export async function startWorker(options: {
  readonly pool: Pool;
  readonly processId: string;
  readonly tasks: TaskList;
  readonly concurrency: number;
  readonly log: Log;
  readonly onLost: (error: unknown) => void;
}): Promise<JobWorker> {
  const { pool, processId, log } = options;
  const events: WorkerEvents = new EventEmitter();
  // Every job of a pool is locked under the pool's own id.
  events.on('pool:create', ({ workerPool }) => {
    registerWorkers(pool, processId, [workerPool.id]).catch(options.onLost);
  });
  const runner: Runner = await run({
    pgPool: pool,
    taskList: options.tasks,
    concurrency: options.concurrency,
    // Jobs announce themselves; polling is for those whose time has come and for lost announcements.
    pollInterval: 1_000,
    noHandleSignals: true,
    events,
    logger: new Logger(() => (level, message, meta) => {
      // Its "info" is one line per job.
      const ours = level === 'error' ? 'error' : level === 'warning' ? 'warn' : 'debug';
      log[ours]({ worker: meta }, message);
    }),
  });
  runner.promise.catch(options.onLost);
  return { stop: () => runner.stop() };
}
