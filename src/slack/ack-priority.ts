export interface AckPriorityTiming {
  /** A gap this long between requests says that nobody is at the door. */
  readonly quietMilliseconds: number;
  /** A request with none this long before it comes alone: once it is answered, nobody is waited for. */
  readonly aloneMilliseconds: number;
  /** While somebody is, one piece of work begins each time this has passed. */
  readonly trickleMilliseconds: number;
}

/** Slack takes one new message a second in a channel: two pieces of work a second are what it can show. */
const defaultTiming: AckPriorityTiming = {
  quietMilliseconds: 20,
  aloneMilliseconds: 50,
  trickleMilliseconds: 500,
};

/**
 * Acknowledgements go first: Slack gives 3 seconds, and an answer may take a little longer. Work about to begin
 * waits while requests are being answered and until none has come for a moment. A flood lets it trickle: it slows
 * answers down and never stops them.
 */
export class AckPriority {
  readonly #timing: AckPriorityTiming;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #lastCameAt = Number.NEGATIVE_INFINITY;
  #quiet: NodeJS.Timeout | undefined;
  #trickle: NodeJS.Timeout | undefined;

  constructor(timing = defaultTiming) {
    this.#timing = timing;
  }

  /** Somebody is at the door. @returns what to call when they have their answer; calling it again does nothing. */
  enter(): () => void {
    let isAnswered = false;
    const cameAt = performance.now();
    const isAlone = this.#underWay === 0 && cameAt - this.#lastCameAt > this.#timing.aloneMilliseconds;
    this.#lastCameAt = cameAt;
    this.#underWay += 1;
    clearTimeout(this.#quiet);
    return () => {
      if (isAnswered) return;
      isAnswered = true;
      this.#underWay -= 1;
      if (this.#underWay > 0) return;
      // A click at night is followed by nobody: what it asks for begins at once.
      if (isAlone && this.#lastCameAt === cameAt) return this.#allGo();
      this.#quiet = setTimeout(() => this.#allGo(), this.#timing.quietMilliseconds);
    };
  }

  /** Resolves when work may begin; in the order asked. */
  giveWay(): Promise<void> {
    if (this.#underWay === 0 && this.#quiet === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#trickle ??= setInterval(() => this.#waiting.shift()?.(), this.#timing.trickleMilliseconds);
    });
  }

  #allGo(): void {
    this.#quiet = undefined;
    clearInterval(this.#trickle);
    this.#trickle = undefined;
    for (const go of this.#waiting.splice(0)) go();
  }
}
