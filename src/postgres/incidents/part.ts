import type { ClientBase } from 'pg';
import type { IncidentPart } from '../../core/incidents/incident-store.ts';
import { insertPage } from '../alerts/pages.ts';
import { isDecidedBy } from '../decided-by.ts';
import { addJob } from '../jobs.ts';
import type { Along } from '../transaction.ts';
import {
  insertIncident,
  maybeIncident,
  maybeIncidentOfDeclaration,
  maybeIncidentOfGroup,
  saveIncident,
} from './incidents.ts';
import { linkGroup, manyLinkedGroups } from './linked-groups.ts';
import { addNote } from './notes.ts';
import { endTimer, manyTimers, setTimer } from './timers.ts';

/** {@link IncidentPart} inside a transaction that is open. */
export function incidentPart(client: ClientBase, along: Along, workspaceId: string): IncidentPart {
  const addNamedJob = (
    task: string,
    about: Record<string, string>,
    name: string,
    due?: { readonly at: Date } | { readonly delayMilliseconds: number },
  ) =>
    along(
      addJob(
        client,
        `${task}:${workspaceId}`,
        { workspaceId, ...about },
        { key: `${task}:${workspaceId}:${name}`, ...due },
      ),
    );
  return {
    maybe: (id) => maybeIncident(client, workspaceId, id),
    hold: (id) => maybeIncident(client, workspaceId, id, 'FOR UPDATE'),
    insert: (incident, declaredFrom) => along(insertIncident(client, workspaceId, incident, declaredFrom)),
    maybeOfDeclaration: (from) => maybeIncidentOfDeclaration(client, workspaceId, from),
    isDecidedBy: (runId) => isDecidedBy(client, workspaceId, runId, 'incident'),
    save: (incident) => along(saveIncident(client, workspaceId, incident)),
    maybeOfGroup: (groupId) => maybeIncidentOfGroup(client, workspaceId, groupId),
    link: (id, groupId, by) => along(linkGroup(client, workspaceId, id, groupId, by)),
    manyGroups: (id) => manyLinkedGroups(client, workspaceId, id),
    manyTimers: (id) => manyTimers(client, workspaceId, id),
    setTimer: (id, kind, afterMinutes) => {
      along(setTimer(client, workspaceId, { incidentId: id, kind, afterMinutes }));
      const due = { delayMilliseconds: afterMinutes * 60_000 };
      addNamedJob('incident_timer', { incidentId: id, timer: kind }, `${id}:${kind}`, due);
    },
    endTimer: (id, kind, how) => along(endTimer(client, workspaceId, id, kind, how)),
    wakeTimer: (id, kind, at) =>
      addNamedJob('incident_timer', { incidentId: id, timer: kind }, `${id}:${kind}`, { at }),
    gather: (id) => addNamedJob('gather', { incidentId: id }, id),
    addNote: (id, note) => addNote(client, workspaceId, id, note),
    addPage: (id, action) => {
      along(insertPage(client, workspaceId, id, action));
      addNamedJob('page', { groupId: id }, id);
    },
    addCheckpoint: (reason) => addNamedJob('checkpoint', { reason }, reason),
  };
}
