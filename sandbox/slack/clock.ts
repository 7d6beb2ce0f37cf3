/**
 * Time as the workspace sees it: one clock for timestamps, expiries, ack deadlines, retries and rate limits,
 * so that a test can move all of them together without waiting.
 */
export interface SlackClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs once after that many milliseconds, unless the returned function is called before. */
  after(milliseconds: number, run: () => void): () => void;
}

/** Real time. Its timers keep no process alive. */
export function wallClock(now: () => number = Date.now): SlackClock {
  return {
    now,
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Time that stands still until told to move. */
export class ManualClock implements SlackClock {
  private readonly timers = new Map<number, { at: number; run: () => void }>();
  private current: number;
  private nextId = 1;

  constructor(startAt: number = Date.now()) {
    this.current = startAt;
  }

  now(): number {
    return this.current;
  }

  after(milliseconds: number, run: () => void): () => void {
    const id = this.nextId++;
    this.timers.set(id, { at: this.current + milliseconds, run });
    return () => this.timers.delete(id);
  }

  /** Moves on, running what falls due in order. */
  advance(milliseconds: number): void {
    const until = this.current + milliseconds;
    for (;;) {
      const due = [...this.timers]
        .filter(([, timer]) => timer.at <= until)
        .sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.current = Math.max(this.current, due[1].at);
      due[1].run();
    }
    this.current = until;
  }

  /** How many timers are set: lets a test wait until a deadline has been armed. */
  get armed(): number {
    return this.timers.size;
  }
}
