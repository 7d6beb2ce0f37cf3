import type { InboxEntry, Incoming, Stored } from '../core/inbox.ts';

/** Slack waits 3 s; this leaves one for the network, Bolt and telling the person. */
const commitDeadlineMilliseconds = 2_000;
const undoRetryMilliseconds = 1_000;

export interface InboxWriter {
  /** Stores before anything is acknowledged. Never throws: `failed` means the person must be told. */
  store(incoming: Incoming): Promise<Stored>;
}

export interface InboxWriterOptions {
  write: (batch: readonly Incoming[]) => Promise<Set<string>>;
  /** Makes sure an unconfirmed request is never acted on; true when a job had already acted on it. */
  undo: (entry: InboxEntry) => Promise<boolean>;
  /** The person was told "nothing recorded" and yet it was acted on: correct that. */
  onActedOnAfterAll: (entry: InboxEntry) => void;
  onFault: (error: unknown) => void;
  /** Default 2,000. */
  deadlineMilliseconds?: number;
  /** Between attempts to undo while the database is away. Default 1,000. */
  undoRetryMilliseconds?: number;
}

interface Waiting {
  readonly incoming: Incoming;
  readonly settle: (stored: Stored) => void;
  readonly isSettled: () => boolean;
}

/**
 * Writes requests in groups: while one statement is on its way the next requests gather and share the
 * following one, so that a burst costs a few commits instead of one each.
 */
export function inboxWriter(options: InboxWriterOptions): InboxWriter {
  let waiting: Waiting[] = [];
  let isWriting = false;
  /** Told "nothing recorded" and not yet certain: a redelivery meanwhile must not be what makes it happen. */
  const undoing = new Set<string>();

  async function drain(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      // Whoever was already told that nothing is recorded is not written any more.
      const batch = waiting.filter(({ isSettled }) => !isSettled());
      waiting = [];
      if (batch.length === 0) break;
      try {
        const fresh = await options.write(batch.map(({ incoming }) => incoming));
        for (const { incoming, settle } of batch) settle(fresh.delete(incoming.key) ? 'stored' : 'duplicate');
      } catch (error) {
        options.onFault(error);
        for (const { settle } of batch) settle('failed');
      }
    }
    isWriting = false;
  }

  /** An error or a lost answer leaves it open whether the commit happened; this settles it as not. */
  async function undo(entry: InboxEntry): Promise<void> {
    undoing.add(entry.key);
    for (;;) {
      try {
        const wasActedOn = await options.undo(entry);
        undoing.delete(entry.key);
        if (wasActedOn) options.onActedOnAfterAll(entry);
        return;
      } catch (error) {
        options.onFault(error);
        await new Promise((resolve) =>
          setTimeout(resolve, options.undoRetryMilliseconds ?? undoRetryMilliseconds).unref(),
        );
      }
    }
  }

  return {
    store: (incoming) =>
      new Promise<Stored>((resolve) => {
        if (undoing.has(incoming.key)) return resolve('duplicate');
        let isSettled = false;
        const settle = (stored: Stored) => {
          if (isSettled) return;
          isSettled = true;
          clearTimeout(deadline);
          if (stored === 'failed') void undo(incoming);
          resolve(stored);
        };
        const deadline = setTimeout(
          () => settle('failed'),
          options.deadlineMilliseconds ?? commitDeadlineMilliseconds,
        );
        waiting.push({ incoming, settle, isSettled: () => isSettled });
        if (!isWriting) void drain();
      }),
  };
}
