/** How long a job waits at most for the people at the door. */
const longestWaitMilliseconds = 1_000;

/**
 * Acknowledgements go first: Slack gives 3 seconds and a job has minutes. Jobs about to begin wait while
 * requests are being answered, each for at most a second, so that load slows them but never
 * stops them.
 */
export class AckPriority {
  #underWay = 0;
  #waiting: (() => void)[] = [];

  /** Wraps the answering of one request. */
  async during<Result>(answering: () => Promise<Result>): Promise<Result> {
    this.#underWay += 1;
    try {
      return await answering();
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) {
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const go of waiting) go();
      }
    }
  }

  giveWay(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, longestWaitMilliseconds);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
