import { UserMistake } from '../errors.ts';
import type { Line } from '../text.ts';
import { holdIncident, holdOpen } from './change-incident.ts';
import { setOpenTimers } from './declare.ts';
import { incidentTimers, postmortemWithinHours, stillFiringAfterMinutes } from './incident.ts';
import { type By, ofRun } from './incident-context.ts';
import type { IncidentTransaction } from './incident-store.ts';

export interface Resolving {
  readonly fix: string;
  readonly override: string | undefined;
  /** What keeps its target from being ready, read just before. */
  readonly notReady: readonly Line[];
}

/** @returns what is in the way; it is resolved all the same where `override` says why. */
export async function resolveIncident(
  id: string,
  { fix, override, notReady }: Resolving,
  by: By,
  transaction: IncidentTransaction & { readonly now: Date },
): Promise<{ readonly isResolved: boolean; readonly inTheWay: readonly Line[] }> {
  const { incidents, now } = transaction;
  const incident = await holdOpen(id, incidents);
  const groups = await incidents.manyGroups(id);
  const firing = groups.filter(({ state }) => state === 'firing');
  const inTheWay = [
    ...firing.map(({ title, firing: count }): Line => `Alert "${title}" still fires (${count} firing).`),
    ...notReady,
  ];
  if (inTheWay.length > 0 && override === undefined) return { isResolved: false, inTheWay };
  incidents.save({
    ...incident,
    status: 'resolved',
    resolution: { by: by.person, at: now, fix, override: inTheWay.length === 0 ? undefined : override },
    pagedAt: undefined,
  });
  if (incident.pagedAt !== undefined) incidents.addPage(id, 'resolve');
  for (const kind of ['update_due', 'level2'] as const) incidents.endTimer(id, kind, 'over');
  if (firing.length > 0) incidents.setTimer(id, 'still_firing', stillFiringAfterMinutes);
  if (incident.severity === 'SEV1' && incident.postmortem === undefined) {
    const due = postmortemWithinHours * 60;
    incidents.setTimer(id, 'postmortem_24h', due - 24 * 60);
    incidents.setTimer(id, 'postmortem_4h', due - 4 * 60);
    incidents.setTimer(id, 'postmortem_due', due);
  }
  incidents.addCheckpoint(`incident ${id}`);
  transaction.record([
    {
      kind: 'incident.resolved',
      actor: by.person,
      via: by.via,
      ...ofRun(by),
      incidentId: id,
      facts: {
        override: inTheWay.length > 0,
        firing: firing.map((group) => group.id),
      },
      private: { fix, ...(inTheWay.length === 0 || override === undefined ? {} : { override }) },
    },
  ]);
  return { isResolved: true, inTheWay };
}

/** Everything it was stays; what is owed while it lasts is owed again. */
export async function reopenIncident(
  id: string,
  reason: string,
  by: By,
  transaction: IncidentTransaction & { readonly now: Date },
): Promise<void> {
  const { incidents, now } = transaction;
  const incident = await holdIncident(id, incidents);
  if (incident.status !== 'resolved') throw new UserMistake('incident_open', `Incident ${id} is open.`);
  incidents.save({
    ...incident,
    status: 'investigating',
    resolution: undefined,
    escalatedAt: undefined,
    reopenedAt: now,
  });
  for (const kind of incidentTimers) incidents.endTimer(id, kind, 'over');
  setOpenTimers(id, incident.severity, transaction);
  transaction.record([
    {
      kind: 'incident.reopened',
      actor: by.person,
      via: by.via,
      ...ofRun(by),
      incidentId: id,
      facts: {},
      private: { reason },
    },
  ]);
}

/** Where the postmortem stands: nothing is owed any more. */
export async function publishPostmortem(
  id: string,
  url: string,
  by: By,
  transaction: IncidentTransaction & { readonly now: Date },
): Promise<void> {
  const { incidents, now } = transaction;
  const incident = await holdIncident(id, incidents);
  incidents.save({ ...incident, postmortem: { url, by: by.person, at: now } });
  for (const kind of ['postmortem_24h', 'postmortem_4h', 'postmortem_due'] as const) {
    incidents.endTimer(id, kind, 'over');
  }
  transaction.record([
    {
      kind: 'incident.postmortem_published',
      actor: by.person,
      via: by.via,
      ...ofRun(by),
      incidentId: id,
      facts: { url },
    },
  ]);
}
