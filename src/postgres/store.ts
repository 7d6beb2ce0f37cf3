import type { ClientBase, Pool } from 'pg';
import { type Store, Superseded, type Transaction } from '../core/store.ts';
import { maybeInboxEntry, takeInboxEntry } from './inbox.ts';
import { appendEntries } from './ledger.ts';
import { wantMessage } from './messages.ts';
import { insertRun, maybeRun, maybeRunForInbox, moveRun, setProgress, settleRun } from './runs.ts';
import { type Along, inTransaction } from './transaction.ts';

/** Raised by `countersign.expect_one`. */
const supersededState = 'CS001';

export interface PostgresStoreOptions {
  readonly pool: Pool;
  readonly workspaceId: string;
  /** Whose work the runs and messages are for as long as it lives. */
  readonly processId: string;
  readonly now: () => Date;
  /** Called after each commit that asked for messages. */
  readonly onWanted: (messageIds: readonly string[]) => void;
}

/** {@link Store} on PostgreSQL for one workspace. */
export function postgresStore(options: PostgresStoreOptions): Store {
  const { pool, workspaceId } = options;
  return {
    workspaceId,
    transaction: async (decide) => {
      const wanted: string[] = [];
      const result = await inTransaction(pool, (client, along) =>
        decide(bind(client, along, wanted, options)),
      ).catch((error: { code?: unknown }) => {
        throw error.code === supersededState ? new Superseded('somebody else decided first') : error;
      });
      if (wanted.length > 0) options.onWanted(wanted);
      return result;
    },
    maybeRun: (id) => maybeRun(pool, workspaceId, id),
    maybeRunForInbox: (key) => maybeRunForInbox(pool, workspaceId, key),
    maybeInboxEntry: (key) => maybeInboxEntry(pool, workspaceId, key),
  };
}

function bind(
  client: ClientBase,
  along: Along,
  wanted: string[],
  { workspaceId, processId, now }: PostgresStoreOptions,
): Transaction {
  return {
    takeInboxEntry: (key) => along(takeInboxEntry(client, workspaceId, key)),
    insertRun: (run) => along(insertRun(client, run, processId)),
    moveRun: (id, from, to, changes, executor) =>
      moveRun(client, { workspaceId, processId, id, from, to, changes, executor }),
    settleRun: (id, to, changes, executor) =>
      along(settleRun(client, { workspaceId, processId, id, from: ['executing'], to, changes, executor })),
    setProgress: (id, executor, progress) => setProgress(client, workspaceId, id, executor, progress),
    want: (message) => {
      wanted.push(message.id);
      along(wantMessage(client, workspaceId, message, processId));
    },
    record: (entries) => along(appendEntries(client, workspaceId, entries, now())),
  };
}
