import type { JsonObject } from '../../command.ts';
import type { TimelineEntry } from '../../core/incidents/incident.ts';
import { isAboutIncidents } from '../../core/incidents/own-commands.ts';
import { receiptOf } from '../../core/ledger/receipt.ts';
import { sentence } from '../../core/ledger/sentences.ts';
import type { Queryable } from '../ledger.ts';

interface Row {
  seq: number;
  hash: string;
  at: Date;
  kind: string;
  actor: string;
  run_id: string | null;
  body: string;
  texts: readonly string[] | null;
}

/** The kinds as in the index of alerts, which serves nothing else. */
const alertKinds = `('alert.woke', 'alert.escalated', 'alert.acknowledged', 'alert.closed', 'alert.severity_set', 'incident.started')`;

/**
 * Everything the ledger says of an incident, of the alerts linked to it and of its runs, oldest first. What Countersign's own commands
 * about incidents say of themselves is left out: what they did has entries of its own.
 */
export async function incidentTimeline(
  client: Queryable,
  workspaceId: string,
  incidentId: string,
): Promise<readonly TimelineEntry[]> {
  const { rows } = await client.query<Row>(
    `WITH found AS (
       SELECT seq, hash, at, kind, actor, run_id, body FROM countersign.ledger_entries
       WHERE workspace_id = $1::text AND incident_id = $2::text
       UNION
       SELECT entry.seq, entry.hash, entry.at, entry.kind, entry.actor, entry.run_id, entry.body
       FROM countersign.incident_alerts AS linked
       JOIN countersign.ledger_entries AS entry ON entry.workspace_id = linked.workspace_id
         AND (entry.body::jsonb) -> 'facts' ->> 'group' = linked.group_id AND entry.kind IN ${alertKinds}
       WHERE linked.workspace_id = $1::text AND linked.incident_id = $2::text AND entry.incident_id IS NULL
       UNION
       -- What led to a broken glass came before there was an incident.
       SELECT entry.seq, entry.hash, entry.at, entry.kind, entry.actor, entry.run_id, entry.body
       FROM countersign.runs AS run
       JOIN countersign.ledger_entries AS entry ON entry.workspace_id = run.workspace_id AND entry.run_id = run.id
       WHERE run.workspace_id = $1::text AND run.incident_id = $2::text AND entry.incident_id IS NULL
     )
     SELECT seq, encode(hash, 'hex') AS hash, at, kind, actor, run_id, body,
       (SELECT array_agg(text ORDER BY field) FROM countersign.ledger_private AS private
        WHERE private.workspace_id = $1::text AND private.seq = found.seq) AS texts
     FROM found ORDER BY seq`,
    [workspaceId, incidentId],
  );
  return rows.flatMap((row) => toTimelineEntry(row) ?? []);
}

/** What people did in a window of time that is said in the incident's thread, oldest first. */
export async function deedsBetween(
  client: Queryable,
  workspaceId: string,
  incidentId: string,
  kinds: readonly string[],
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<readonly TimelineEntry[]> {
  const { rows } = await client.query<Row>(
    `SELECT entry.seq, encode(entry.hash, 'hex') AS hash, entry.at, entry.kind, entry.actor, entry.run_id, entry.body,
       (SELECT array_agg(text ORDER BY field) FROM countersign.ledger_private AS private
        WHERE private.workspace_id = entry.workspace_id AND private.seq = entry.seq) AS texts
     FROM countersign.ledger_entries AS entry
     LEFT JOIN countersign.runs AS run ON run.workspace_id = entry.workspace_id AND run.id = entry.run_id
       AND entry.kind LIKE 'run.%'
     WHERE entry.workspace_id = $1::text AND entry.incident_id = $2::text AND entry.kind = ANY ($3::text[])
       AND entry.actor <> 'countersign' AND entry.at >= $4::timestamptz AND entry.at < $5::timestamptz
       -- Its card stands in the thread, or its finding on a runbook's.
       AND (run.id IS NULL OR (run.origin ->> 'isIncidentThread' IS DISTINCT FROM 'true' AND run.runbook_id IS NULL))
       -- The alert it was declared from stands on the headline.
       AND NOT (entry.kind = 'incident.alert_linked' AND EXISTS (
         SELECT FROM countersign.ledger_entries AS declared
         WHERE declared.workspace_id = entry.workspace_id AND declared.incident_id = entry.incident_id
           AND declared.kind = 'incident.declared'
           AND (declared.body::jsonb) -> 'facts' ->> 'group' = (entry.body::jsonb) -> 'facts' ->> 'group'))
     ORDER BY entry.seq`,
    [workspaceId, incidentId, kinds, from, to],
  );
  return rows.flatMap((row) => toTimelineEntry(row) ?? []);
}

function toTimelineEntry(row: Row): TimelineEntry | undefined {
  const { facts, private: committed } = JSON.parse(row.body) as {
    facts: JsonObject;
    private: Record<string, string>;
  };
  const { command } = facts;
  if (row.kind.startsWith('run.') && typeof command === 'string' && isAboutIncidents(command))
    return undefined;
  const isErased = Object.keys(committed).length > 0 && row.texts === null;
  return {
    seq: row.seq,
    receipt: receiptOf(row.seq, row.hash),
    at: row.at,
    kind: row.kind,
    actor: row.actor,
    sentence: sentence({ kind: row.kind, actor: row.actor, facts }),
    text: isErased ? '(erased)' : row.texts?.join(' · '),
    permalink: typeof facts.permalink === 'string' ? facts.permalink : undefined,
    runId: row.run_id ?? undefined,
  };
}
