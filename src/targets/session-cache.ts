/** A connection kept for the next reader. */
export interface Reusable {
  readonly isUsable: boolean;
  end(): Promise<void>;
}

/** Most readers come one after another; more connections than this are closed when they are done. */
const mostIdle = 4;
/** A target's database must not be held open by a bot nobody is using. */
const idleMilliseconds = 10_000;

/** Keeps a few connections open between readers: making one costs the target a new process. */
export class SessionCache<Session extends Reusable> {
  readonly #idle = new Map<Session, NodeJS.Timeout>();
  #isClosed = false;

  take(): Session | undefined {
    for (const [session, timer] of this.#idle) {
      clearTimeout(timer);
      this.#idle.delete(session);
      if (session.isUsable) return session;
      void session.end();
    }
    return undefined;
  }

  async giveBack(session: Session): Promise<void> {
    if (this.#isClosed || !session.isUsable || this.#idle.size >= mostIdle) return session.end();
    const timer = setTimeout(() => {
      this.#idle.delete(session);
      void session.end();
    }, idleMilliseconds);
    this.#idle.set(session, timer.unref());
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const sessions = [...this.#idle.keys()];
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#idle.clear();
    await Promise.all(sessions.map((session) => session.end()));
  }
}
