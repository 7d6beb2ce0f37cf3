import type { InboxEntry, Stored } from '../core/inbox.ts';
import type { Incoming } from '../postgres/inbox.ts';

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
}

/**
 * Writes requests in groups: while one statement is on its way the next requests gather and share the
 * following one, so that a burst costs a few commits instead of one each.
 */
export function inboxWriter(options: InboxWriterOptions): InboxWriter {
  let waiting: { incoming: Incoming; settle: (stored: Stored) => void }[] = [];
  let isWriting = false;

  async function drain(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
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
    for (;;) {
      try {
        if (await options.undo(entry)) options.onActedOnAfterAll(entry);
        return;
      } catch (error) {
        options.onFault(error);
        await new Promise((resolve) => setTimeout(resolve, undoRetryMilliseconds).unref());
      }
    }
  }

  return {
    store: (incoming) =>
      new Promise<Stored>((resolve) => {
        let isSettled = false;
        const settle = (stored: Stored) => {
          if (isSettled) return;
          isSettled = true;
          clearTimeout(deadline);
          if (stored === 'failed') void undo(incoming);
          resolve(stored);
        };
        const deadline = setTimeout(() => settle('failed'), commitDeadlineMilliseconds);
        waiting.push({ incoming, settle });
        if (!isWriting) void drain();
      }),
  };
}
