import type { JsonObject } from '../../command.ts';
import { mentionsOf } from '../alerts/speak-group.ts';
import type { NewEntry } from '../ledger/entry.ts';
import type { LedgerKind } from '../ledger/kinds.ts';
import { type Incident, type IncidentTimerKind, updateEveryMinutes } from './incident.ts';
import type { IncidentContext } from './incident-context.ts';
import type { IncidentTransaction, StoredTimer } from './incident-store.ts';
import { incidentTold, incidentToldDirectly } from './speak-incident.ts';

type Timed = IncidentTransaction & { readonly now: Date };

/** Timers decide by the database's clock, inside the transaction; one whose reason is gone does nothing. */
export async function incidentTimer(
  kind: IncidentTimerKind,
  incidentId: string,
  context: Pick<IncidentContext, 'store' | 'settings'>,
): Promise<void> {
  await context.store.transaction(async (transaction) => {
    const { incidents } = transaction;
    const incident = await incidents.hold(incidentId);
    const timers = incident === undefined ? [] : await incidents.manyTimers(incidentId);
    const timer = timers.find((one) => one.kind === kind && one.state === 'waiting');
    if (incident === undefined || timer === undefined) return;
    // It was set anew meanwhile, or this machine's clock runs ahead of the database's.
    if (!timer.isDue) return incidents.wakeTimer(incidentId, kind, timer.dueAt);
    incidents.endTimer(incidentId, kind, 'over');
    await comesDue[kind](incident, timer, context.settings(), transaction);
  });
}

type Due = (
  incident: Incident,
  timer: StoredTimer,
  settings: ReturnType<IncidentContext['settings']>,
  transaction: Timed,
) => Promise<void> | void;

const comesDue: Readonly<Record<IncidentTimerKind, Due>> = {
  update_due: updateDue,
  level2,
  still_firing: stillFiring,
  postmortem_24h: (incident, timer, _, transaction) => postmortemReminder(incident, timer, transaction),
  postmortem_4h: (incident, timer, _, transaction) => postmortemReminder(incident, timer, transaction),
  postmortem_due: postmortemDue,
};

function updateDue(incident: Incident, timer: StoredTimer, _: unknown, transaction: Timed): void {
  const every = updateEveryMinutes[incident.severity];
  if (incident.status === 'resolved' || every === undefined) return;
  const told = incidentToldDirectly(incident, { kind: 'update_due' }, timer.times);
  if (told !== undefined) transaction.want(told);
  transaction.incidents.setTimer(incident.id, 'update_due', every);
  transaction.record([noticed('incident.update_overdue', incident, {})]);
}

async function level2(
  incident: Incident,
  _: StoredTimer,
  { alerts: { escalation }, onCall }: ReturnType<IncidentContext['settings']>,
  transaction: Timed,
): Promise<void> {
  if (incident.status === 'resolved' || incident.escalatedAt !== undefined) return;
  const { incidents, now } = transaction;
  // The alert's own timer has called them for this already, since it was last reopened.
  const { reopenedAt = new Date(0) } = incident;
  const groups = await incidents.manyGroups(incident.id);
  if (groups.some(({ escalatedAt }) => escalatedAt !== undefined && escalatedAt > reopenedAt)) return;
  const mentions = mentionsOf(escalation.notify, onCall);
  const isPaged = escalation.pagerduty !== undefined;
  if (isPaged) incidents.addPage(incident.id, 'trigger');
  incidents.save({ ...incident, escalatedAt: now, pagedAt: isPaged ? now : incident.pagedAt });
  transaction.want(incidentTold(incident.id, { kind: 'level2', mentions }, now));
  const called = mentions.map((one) => ('user' in one ? one.user : one.usergroup));
  transaction.record([
    noticed('incident.escalated', incident, { because: 'unresolved', called, pagerduty: isPaged }),
  ]);
}

async function stillFiring(
  incident: Incident,
  _: StoredTimer,
  __: unknown,
  transaction: Timed,
): Promise<void> {
  if (incident.status !== 'resolved') return;
  const groups = await transaction.incidents.manyGroups(incident.id);
  const firing = groups.filter(({ state }) => state === 'firing');
  if (firing.length === 0) return;
  const resolver = incident.resolution?.by ?? incident.declaredBy;
  const mentions = resolver.startsWith('cli:') ? [] : [{ user: resolver }];
  transaction.want(incidentTold(incident.id, { kind: 'still_firing', mentions }, transaction.now));
  transaction.record([noticed('incident.still_firing', incident, { groups: firing.map(({ id }) => id) })]);
}

function isPostmortemOwed({ status, postmortem }: Incident): boolean {
  return status === 'resolved' && postmortem === undefined;
}

function postmortemReminder(incident: Incident, timer: StoredTimer, transaction: Timed): void {
  if (!isPostmortemOwed(incident)) return;
  const told = incidentToldDirectly(incident, { kind: timer.kind }, timer.times);
  if (told !== undefined) transaction.want(told);
  const left = timer.kind === 'postmortem_24h' ? '24h' : '4h';
  transaction.record([noticed('incident.postmortem_due', incident, { left })]);
}

function postmortemDue(incident: Incident, _: StoredTimer, __: unknown, transaction: Timed): void {
  if (!isPostmortemOwed(incident)) return;
  transaction.want(incidentTold(incident.id, { kind: 'postmortem_due' }, transaction.now));
  transaction.record([noticed('incident.postmortem_due', incident, { left: '0h' })]);
}

function noticed(kind: LedgerKind, { id }: Incident, facts: JsonObject): NewEntry {
  return { kind, actor: 'countersign', via: 'timer', incidentId: id, facts };
}
