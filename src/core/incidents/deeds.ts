import type { NewEntry } from '../ledger/entry.ts';
import type { LedgerKind } from '../ledger/kinds.ts';

/**
 * What people did in an incident that nothing else in its thread shows: each is one line there. What the headline, a run's
 * card in the thread, a runbook's card or the file itself shows is not said twice; timers and monitoring are no deeds.
 */
export const deedKinds: readonly LedgerKind[] = [
  'incident.updated',
  'incident.edited',
  'incident.alert_linked',
  'incident.noted',
  'incident.note_edited',
  'incident.resolved',
  'incident.reopened',
  'incident.timer_cancelled',
  'incident.postmortem_published',
  'alert.acknowledged',
  'alert.closed',
  'alert.severity_set',
  'glass.broken',
  'glass.reviewed',
  'run.succeeded',
  'run.failed',
  'run.unknown',
  'run.cancelled',
  'run.settled',
];

/** What people do within this long shares one message. */
const windowMilliseconds = 60_000;

/** Which message of the incident's thread says what was done at this time. */
export function logWindow(at: Date): number {
  return Math.floor(at.getTime() / windowMilliseconds);
}

/** When the deeds of a window began and ended. */
export function windowTimes(window: number): { readonly from: Date; readonly to: Date } {
  return { from: new Date(window * windowMilliseconds), to: new Date((window + 1) * windowMilliseconds) };
}

/** Of the entries about to be recorded, those that are said in their incident's thread. */
export function isSaid({ kind, actor, isShown }: Pick<NewEntry, 'kind' | 'actor' | 'isShown'>): boolean {
  return isShown !== true && actor !== 'countersign' && deedKinds.includes(kind);
}

export function headlineId(incidentId: string): string {
  return `incident:${incidentId}:headline`;
}

export function logId(incidentId: string, window: number): string {
  return `incident:${incidentId}:log:${window}`;
}
