import type { Pool } from 'pg';
import type { IncidentStore } from '../../core/incidents/incident-store.ts';
import type { RunbookStore } from '../../core/runbooks/runbook-store.ts';
import { Superseded } from '../../core/store.ts';
import { takeInboxEntry } from '../inbox.ts';
import { wantMessage } from '../messages.ts';
import { recorder } from '../recorder.ts';
import { maybeInstance } from '../runbooks/instances.ts';
import { runbookPart } from '../runbooks/part.ts';
import { inTransaction } from '../transaction.ts';
import { incidentPart } from './part.ts';

export interface PostgresIncidentStoreOptions {
  readonly pool: Pool;
  readonly workspaceId: string;
  /** Whose messages they are for as long as it lives. */
  readonly processId: string;
  readonly now: () => Date;
  /** Called after each commit that asked for messages. */
  readonly onWanted: (messageIds: readonly string[]) => void;
}

/** {@link IncidentStore} and {@link RunbookStore} on PostgreSQL for one workspace. */
export function postgresIncidentStore(options: PostgresIncidentStoreOptions): IncidentStore & RunbookStore {
  const { pool, workspaceId, processId } = options;
  return {
    workspaceId,
    maybe: (id) => maybeInstance(pool, workspaceId, { id }),
    transaction: async (decide) => {
      const wanted: string[] = [];
      const result = await inTransaction(pool, async (client, along) => {
        const { rows } = await client.query<{ now: Date }>('SELECT clock_timestamp() AS now');
        const want = (message: Parameters<typeof wantMessage>[2]) => {
          wanted.push(message.id);
          along(wantMessage(client, workspaceId, message, processId));
        };
        return decide({
          now: rows[0]!.now,
          incidents: incidentPart(client, along, workspaceId),
          runbooks: runbookPart(client, along, workspaceId),
          takeInboxEntry: (key) => along(takeInboxEntry(client, workspaceId, key)),
          want,
          record: recorder(client, along, want, wanted, options),
        });
      }).catch((error: Error & { code?: unknown; constraint?: unknown }) => {
        const isSecondOfRun = error.code === '23505' && error.constraint === 'runbook_instances_one_per_run';
        // Raised by `countersign.expect_one`.
        if (error.code === 'CS001' || isSecondOfRun) throw new Superseded('somebody else decided first');
        throw error;
      });
      if (wanted.length > 0) options.onWanted(wanted);
      return result;
    },
  };
}
