import type { JsonObject } from '../../command.ts';
import type { IncidentChange } from '../../incident-services.ts';
import { Refusal, UserMistake } from '../errors.ts';
import type { NewEntry } from '../ledger/entry.ts';
import { owesLevel2 } from './declare.ts';
import { type Incident, level2AfterMinutes, updateEveryMinutes } from './incident.ts';
import { type By, ofRun } from './incident-context.ts';
import type { IncidentPart, IncidentTransaction } from './incident-store.ts';

/** @throws UserMistake when there is none; decisions about it take turns until the commit. */
export async function holdIncident(id: string, incidents: IncidentPart): Promise<Incident> {
  const incident = await incidents.hold(id);
  if (incident !== undefined) return incident;
  throw new UserMistake('no_such_incident', `There is no incident "${id}". /ops incidents lists them.`);
}

/** @throws Refusal when it is resolved: what was clicked is explained, not dead. */
export async function holdOpen(id: string, incidents: IncidentPart): Promise<Incident> {
  const incident = await holdIncident(id, incidents);
  if (incident.status !== 'resolved') return incident;
  const at = incident.resolution?.at.toISOString().slice(0, 16).replace('T', ' ');
  throw new Refusal(
    'incident_resolved',
    `Incident ${id} was resolved${at === undefined ? '' : ` at ${at} UTC`}. To go on with it: /ops incident reopen ${id}`,
  );
}

/** A status update, and what else is to be different. */
export async function changeIncident(
  id: string,
  change: IncidentChange,
  by: By,
  environmentOf: (target: string) => string | undefined,
  transaction: IncidentTransaction & { readonly now: Date },
): Promise<void> {
  const { incidents, now } = transaction;
  const before = await holdOpen(id, incidents);
  const { note, status = before.status } = change;
  const edited = editsOf(before, change);
  if (
    note === undefined &&
    status === before.status &&
    Object.keys(edited.facts).length === 0 &&
    edited.title === undefined
  ) {
    throw new UserMistake(
      'nothing_changed',
      `Nothing of ${id} would be different. Give --note, --status, --severity, --title, --target, --tenants or --commander.`,
    );
  }
  const isUpdate = note !== undefined || status !== before.status;
  const after: Incident = {
    ...before,
    ...edited.incident,
    ...(edited.incident.target === undefined ? {} : { environment: environmentOf(edited.incident.target) }),
    status,
    ...(note === undefined ? {} : { update: { text: note, by: by.person, at: now } }),
  };
  incidents.save(after);
  const every = updateEveryMinutes[after.severity];
  const isOtherSeverity = after.severity !== before.severity;
  if (isOtherSeverity && every === undefined) incidents.endTimer(id, 'update_due', 'over');
  if ((isOtherSeverity || isUpdate) && every !== undefined) incidents.setTimer(id, 'update_due', every);
  if (!owesLevel2(after.severity)) incidents.endTimer(id, 'level2', 'over');
  // Nobody puts level 2 off by calling it worse, or better and worse again while it is owed.
  else if (!owesLevel2(before.severity) && after.escalatedAt === undefined) {
    incidents.setTimer(id, 'level2', level2AfterMinutes);
  }
  const entries: NewEntry[] = [];
  const from = { actor: by.person, via: by.via, ...ofRun(by), incidentId: id };
  if (Object.keys(edited.facts).length > 0 || edited.title !== undefined) {
    entries.push({
      ...from,
      kind: 'incident.edited',
      facts: edited.facts,
      ...(edited.title === undefined ? {} : { private: { title: edited.title } }),
    });
  }
  if (isUpdate) {
    entries.push({
      ...from,
      kind: 'incident.updated',
      facts: { status, ...(status === before.status ? {} : { from: before.status }) },
      ...(note === undefined ? {} : { private: { update: note } }),
    });
  }
  transaction.record(entries);
}

/** What differs, as it stands afterwards and as it is recorded. */
function editsOf(
  before: Incident,
  { title, severity, target, tenants, commander }: IncidentChange,
): { incident: Partial<Incident>; facts: JsonObject; title: string | undefined } {
  const incident: { -readonly [Key in keyof Incident]?: Incident[Key] } = {};
  const facts: Record<string, JsonObject[string]> = {};
  const isRetitled = title !== undefined && title !== before.title;
  if (isRetitled) {
    incident.title = title;
    // The words themselves may name people, and are kept beside the chain.
    facts.title = true;
  }
  if (severity !== undefined && severity !== before.severity) {
    incident.severity = severity;
    facts.severity = severity;
    facts.severityFrom = before.severity;
  }
  if (target !== undefined && target !== before.target) {
    incident.target = target;
    facts.target = target;
  }
  if (tenants !== undefined && tenants.join('\n') !== before.tenants.join('\n')) {
    incident.tenants = tenants;
    facts.tenants = [...tenants];
  }
  if (commander !== undefined && commander !== before.commander) {
    incident.commander = commander;
    facts.commander = commander;
    if (before.commander !== undefined) facts.commanderFrom = before.commander;
  }
  return { incident, facts, title: isRetitled ? title : undefined };
}
