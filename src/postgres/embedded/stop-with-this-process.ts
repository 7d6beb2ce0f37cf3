interface Stoppable {
  readonly stop: () => Promise<void>;
  /** The same without waiting: all that is possible while a process exits. */
  readonly stopNow: () => void;
}

const running = new Set<Stoppable>();

/**
 * Stops a child when this process ends by itself, by an exit call, or by SIGINT or SIGTERM. Where someone
 * else listens to the signal, it is left to them: they drain first and stop the child last.
 * @returns a function that takes it off the list.
 */
export function stopWithThisProcess(stoppable: Stoppable): () => void {
  if (running.size === 0) {
    process.on('exit', stopAllNow);
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  }
  running.add(stoppable);
  return () => {
    if (running.delete(stoppable) && running.size === 0) {
      process.off('exit', stopAllNow);
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    }
  };
}

function stopAllNow(): void {
  for (const { stopNow } of running) stopNow();
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  void Promise.allSettled([...running].map(({ stop }) => stop())).then(() => {
    process.off(signal, onSignal);
    // Ends this process the way it would have ended without us, so that its parent sees the signal.
    process.kill(process.pid, signal);
  });
}
