import type { NewEntry } from '../ledger/entry.ts';
import { headlineId } from './deeds.ts';
import type { IncidentSeverity } from './incident.ts';
import { level2AfterMinutes, type NewIncident, updateEveryMinutes } from './incident.ts';
import type { IncidentContext } from './incident-context.ts';
import type { IncidentTransaction } from './incident-store.ts';

export interface Declaration extends Omit<NewIncident, 'declaredBy' | 'commander'> {
  readonly by: string;
  readonly via: string;
  /** Default: whoever declares it, where that is somebody in Slack. */
  readonly commander?: string | undefined;
  /** What stands for one incident only: `message C0OPS 1700.1`, `run r-7k2m9q4x`. */
  readonly declaredFrom?: string;
  /** The alert it is declared for. */
  readonly group?:
    | { readonly id: string; readonly source: string; readonly severity: string; readonly startedAt: Date }
    | undefined;
}

/**
 * Begins an incident as part of the decision that leads to it: its headline, its timers, what a responder would look up.
 * @returns the entries to record.
 */
export function declareIncident(
  declaration: Declaration,
  { channels }: Pick<ReturnType<IncidentContext['settings']>, 'channels'>,
  transaction: Pick<IncidentTransaction, 'incidents' | 'want'>,
): NewEntry[] {
  const { id, by, via, group, title, severity, origin, target, environment, tenants } = declaration;
  const isInSlack = !by.startsWith('cli:');
  const commander = declaration.commander ?? (isInSlack ? by : undefined);
  const { incidents } = transaction;
  const incident = { id, title, severity, origin, declaredBy: by, target, environment, tenants, commander };
  incidents.insert(incident, declaration.declaredFrom);
  if (group !== undefined) incidents.link(id, group.id, by);
  setOpenTimers(id, severity, transaction);
  transaction.want({
    id: headlineId(id),
    place: { kind: 'channel', channelId: channels.incidents ?? channels.ops },
    urgency: 'critical',
    ...(group === undefined ? {} : { content: { linkedFrom: `group:${group.id}:card` } }),
  });
  incidents.gather(id);
  const declared: NewEntry = {
    kind: 'incident.declared',
    actor: by,
    via,
    incidentId: id,
    facts: {
      severity,
      origin,
      ...(target === undefined ? {} : { target }),
      ...(environment === undefined ? {} : { environment }),
      ...(tenants.length === 0 ? {} : { tenants: [...tenants] }),
      ...(commander === undefined ? {} : { commander }),
      ...(group === undefined ? {} : { group: group.id }),
    },
    private: { title },
  };
  return group === undefined ? [declared] : [declared, linked(id, group, by, via)];
}

/** What is owed while it lasts. */
export function setOpenTimers(
  id: string,
  severity: IncidentSeverity,
  { incidents }: Pick<IncidentTransaction, 'incidents'>,
): void {
  const every = updateEveryMinutes[severity];
  if (every !== undefined) incidents.setTimer(id, 'update_due', every);
  if (owesLevel2(severity)) incidents.setTimer(id, 'level2', level2AfterMinutes);
}

/** Level 2 is called for these when they are not resolved in time. */
export function owesLevel2(severity: IncidentSeverity): boolean {
  return severity === 'SEV1' || severity === 'SEV2';
}

/** @param isShown the card of the alert or the headline has just said it. */
export function linked(
  incidentId: string,
  group: NonNullable<Declaration['group']>,
  by: string,
  via: string,
  isShown = true,
): NewEntry {
  return {
    kind: 'incident.alert_linked',
    actor: by,
    via,
    incidentId,
    isShown,
    facts: {
      group: group.id,
      source: group.source,
      severity: group.severity,
      startedAt: group.startedAt.toISOString(),
    },
  };
}
