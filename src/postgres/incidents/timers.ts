import type { IncidentTimerKind } from '../../core/incidents/incident.ts';
import type { StoredTimer } from '../../core/incidents/incident-store.ts';
import type { Queryable } from '../ledger.ts';

/** Those that wait first, of these the first to come due. */
export async function manyTimers(
  client: Queryable,
  workspaceId: string,
  incidentId: string,
): Promise<readonly StoredTimer[]> {
  const { rows } = await client.query<{
    kind: IncidentTimerKind;
    due_at: Date;
    state: StoredTimer['state'];
    times: number;
    is_due: boolean;
  }>(
    `SELECT kind, due_at, state, times, due_at <= clock_timestamp() AS is_due FROM countersign.incident_timers
     WHERE workspace_id = $1::text AND incident_id = $2::text ORDER BY state <> 'waiting', due_at`,
    [workspaceId, incidentId],
  );
  return rows.map(({ kind, due_at, state, times, is_due }) => ({
    kind,
    dueAt: due_at,
    state,
    times,
    isDue: is_due,
  }));
}

/** Counted from now by the database's clock. */
export async function setTimer(
  client: Queryable,
  workspaceId: string,
  timer: { readonly incidentId: string; readonly kind: IncidentTimerKind; readonly afterMinutes: number },
): Promise<void> {
  await client.query(
    `INSERT INTO countersign.incident_timers AS timer (workspace_id, incident_id, kind, due_at, state)
     VALUES ($1::text, $2::text, $3::text, clock_timestamp() + make_interval(secs => $4::double precision * 60), 'waiting')
     ON CONFLICT (workspace_id, incident_id, kind)
       DO UPDATE SET due_at = excluded.due_at, state = 'waiting', times = timer.times + 1`,
    [workspaceId, timer.incidentId, timer.kind, timer.afterMinutes],
  );
}

export async function endTimer(
  client: Queryable,
  workspaceId: string,
  incidentId: string,
  kind: IncidentTimerKind,
  how: 'over' | 'cancelled',
): Promise<void> {
  await client.query(
    `UPDATE countersign.incident_timers SET state = $4::text
     WHERE workspace_id = $1::text AND incident_id = $2::text AND kind = $3::text AND state = 'waiting'`,
    [workspaceId, incidentId, kind, how],
  );
}
