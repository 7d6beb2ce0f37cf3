import type { Log } from '../log.ts';

/** For what another process stored and did not live to process, and for what a lost announcement kept waiting. */
const lookEveryMilliseconds = 1_000;
const heartbeatEveryMilliseconds = 5_000;
const firstRetryMilliseconds = 250;
const longestRetryMilliseconds = 10_000;

export interface AlertLoop {
  /** Something was stored: process it now. */
  kick(): void;
  /** Waits for the transaction that is under way. */
  stop(): Promise<void>;
}

/**
 * Processes deliveries one batch after the other. Nothing rests on this process: what was stored and not processed is found
 * by any other, which waits its turn on the database's lock.
 */
export function startAlertLoop(options: {
  /** Takes one batch; gives how many deliveries it held. */
  readonly process: () => Promise<number>;
  readonly watchHeartbeats: () => Promise<void>;
  /** Waits while people wait for acknowledgements; they go first. */
  readonly giveWay: () => Promise<void>;
  readonly log: Log;
}): AlertLoop {
  const { log } = options;
  let isStopped = false;
  let isKicked = false;
  let failures = 0;
  let wake: () => void = () => undefined;

  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async (): Promise<void> => {
    let heartbeatsAt = 0;
    while (!isStopped) {
      isKicked = false;
      let took = 0;
      try {
        await options.giveWay();
        took = await options.process();
        if (performance.now() >= heartbeatsAt) {
          await options.watchHeartbeats();
          heartbeatsAt = performance.now() + heartbeatEveryMilliseconds;
        }
        failures = 0;
      } catch (error) {
        if (isStopped) return;
        failures += 1;
        log.warn({ err: error, failures }, 'alerts were not processed; again soon');
        await pause(Math.min(longestRetryMilliseconds, firstRetryMilliseconds * 2 ** Math.min(failures, 6)));
        continue;
      }
      if (took === 0 && !isKicked && !isStopped) await pause(lookEveryMilliseconds);
    }
  };
  const running = run();
  return {
    kick: () => {
      isKicked = true;
      if (failures === 0) wake();
    },
    stop: async () => {
      isStopped = true;
      wake();
      await running;
    },
  };
}
