import type { IncidentRecord } from '../core/incidents/incident-view.ts';
import { maybeIncidentRecord } from '../incident-views.ts';
import { openPool } from '../postgres/pool.ts';
import { readNames } from '../slack/render/names.ts';
import type { Prepared } from '../start.ts';
import { membershipFor, theWorkspace } from './workspace.ts';

/** Reads an incident's whole record from the database; people are named where Slack can be asked. */
export async function loadIncident(
  id: string,
  prepared: Prepared<'database'>,
): Promise<IncidentRecord | undefined> {
  const { environment, log, runbooks } = prepared;
  const now = () => new Date();
  const pool = openPool(environment.databaseUrl.reveal(), { max: 4, name: 'countersign incident' }, log);
  try {
    const workspaceId = await theWorkspace(pool);
    const membership = membershipFor(prepared, workspaceId, now);
    return await maybeIncidentRecord(id, {
      pool,
      workspaceId,
      runbooks: runbooks.runbooks,
      // Only who speaks to Slack knows where a message stands.
      permalink: async () => undefined,
      nameOf: async (people) => {
        const names = await readNames(people, membership);
        return (person) => names.get(person);
      },
      now,
    });
  } finally {
    await pool.end();
  }
}
