import type { Queryable } from './ledger.ts';

/**
 * Forgets what a person wrote where it is kept to be shown: titles, updates and fixes of incidents, notes on the steps of
 * runbooks, why somebody was paged, drafts that were brought to Slack. What stands in Slack is Slack's to delete.
 */
export async function eraseShownWords(owner: Queryable, workspaceId: string, person: string): Promise<void> {
  await owner.query(
    `UPDATE countersign.incidents SET
       title = CASE WHEN declared_by = $2::text THEN '(erased)' ELSE title END,
       data = data
         || CASE WHEN data #>> '{update,by}' = $2::text
              THEN jsonb_build_object('update', (data -> 'update') || '{"text": "(erased)"}') ELSE '{}' END
         || CASE WHEN data #>> '{resolution,by}' = $2::text
              THEN jsonb_build_object('resolution', ((data -> 'resolution') - 'override') || '{"fix": "(erased)"}')
              ELSE '{}' END
     WHERE workspace_id = $1::text
       AND $2::text IN (declared_by, data #>> '{update,by}', data #>> '{resolution,by}')`,
    [workspaceId, person],
  );
  await owner.query(
    `UPDATE countersign.runbook_instances AS started SET data = jsonb_set(
       CASE WHEN data ->> 'endedBy' = $2::text THEN data - 'stopReason' ELSE data END, '{steps}', (
         SELECT jsonb_agg(CASE WHEN step ->> 'by' = $2::text AND step ? 'note' THEN step || '{"note": "(erased)"}' ELSE step END
           ORDER BY position)
         FROM jsonb_array_elements(started.data -> 'steps') WITH ORDINALITY AS steps (step, position)))
     WHERE workspace_id = $1::text
       AND (data ->> 'endedBy' = $2::text OR data -> 'steps' @> jsonb_build_array(jsonb_build_object('by', $2::text)))`,
    [workspaceId, person],
  );
  await owner.query(
    `UPDATE countersign.messages SET content = CASE WHEN id LIKE 'incident:%:told:%'
         THEN content #- '{told,reason}' END
     WHERE workspace_id = $1::text AND sent > 0
       AND (id LIKE 'incident:%:told:%' AND content #>> '{told,by}' = $2::text OR id LIKE 'incident:%:export:%')`,
    [workspaceId, person],
  );
}
