import type { ClientBase, Pool } from 'pg';
import type { Store, Transaction } from '../core/store.ts';
import { markInboxHandled, maybeInboxEntry } from './inbox.ts';
import { addJob } from './jobs.ts';
import { appendEntries } from './ledger.ts';
import { wantMessage } from './messages.ts';
import { insertRun, maybeRun, maybeRunForInbox, moveRun, setProgress } from './runs.ts';
import { inTransaction } from './transaction.ts';

/** {@link Store} on PostgreSQL for one workspace. */
export function postgresStore(pool: Pool, workspaceId: string, now: () => Date): Store {
  return {
    workspaceId,
    transaction: (decide) => inTransaction(pool, (client) => decide(bind(client, workspaceId, now))),
    maybeRun: (id) => maybeRun(pool, workspaceId, id),
    maybeRunForInbox: (key) => maybeRunForInbox(pool, workspaceId, key),
  };
}

function bind(client: ClientBase, workspaceId: string, now: () => Date): Transaction {
  return {
    maybeInboxEntry: (key) => maybeInboxEntry(client, workspaceId, key),
    markInboxHandled: (key) => markInboxHandled(client, workspaceId, key),
    insertRun: (run) => insertRun(client, run),
    moveRun: (id, from, to, changes, executor) =>
      moveRun(client, workspaceId, id, from, to, changes, executor),
    setProgress: (id, executor, progress) => setProgress(client, workspaceId, id, executor, progress),
    want: (message) => wantMessage(client, workspaceId, message),
    addJob: (task, payload, options) => addJob(client, task, payload, options),
    record: async (entries) => {
      await appendEntries(client, workspaceId, entries, now());
    },
  };
}
