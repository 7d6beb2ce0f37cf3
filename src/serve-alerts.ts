import type { Pool } from 'pg';
import type { AlertGroupSummary, AlertServices, MonitoringStatus, SilenceSummary } from './alert-services.ts';
import { matchText } from './alert-services.ts';
import type { AlertContext } from './core/alerts/alert-context.ts';
import { ownSource } from './core/alerts/alert-context.ts';
import { announcements, publish } from './core/alerts/announce.ts';
import type { StoredGroup } from './core/alerts/group.ts';
import { whyMayNotRespond } from './core/alerts/responders.ts';
import { beginSilence, endSilence } from './core/alerts/silences.ts';
import { Refusal, UserMistake } from './core/errors.ts';
import { nearest } from './core/parse/nearest.ts';
import type { Run } from './core/run.ts';
import { listGroups, type SourceReport, sourceReport } from './postgres/alerts/reports.ts';
import { type CountedSilence, countedSilences } from './postgres/alerts/silences.ts';
import { tenantNames } from './postgres/alerts/tenants.ts';

export interface ServeAlertsContext {
  readonly pool: Pool;
  readonly alerts: AlertContext;
  /** Link to a message of ours once it is posted. */
  readonly messageLink: (messageId: string) => Promise<string | undefined>;
}

const shownUnknownEvents = 3;

/** {@link AlertServices} as one run's requester sees them. */
export function alertServicesFor(
  { id: runId, requester, via }: Pick<Run, 'id' | 'requester' | 'via'>,
  { pool, alerts, messageLink }: ServeAlertsContext,
): AlertServices {
  const { workspaceId } = alerts.store;
  const sources = () => alerts.settings().alerts.sources;
  const refuseOthers = async () => {
    const refusal = await whyMayNotRespond(requester, alerts);
    if (refusal !== undefined) throw new Refusal('not_authorized', refusal);
  };
  const silenceOf = async (id: number): Promise<SilenceSummary> => {
    const [found] = await countedSilences(pool, workspaceId, id);
    if (found === undefined) throw new UserMistake('no_such_silence', `There is no silence ${id}.`);
    return toSummary(found);
  };
  const refuseUnknownSource = (name: string) => {
    const names = [...Object.keys(sources()), ownSource];
    if (names.includes(name) || name.includes('*')) return;
    const [near] = nearest(name, names);
    throw new UserMistake(
      'unknown_source',
      `There is no monitoring source "${name}"${near === undefined ? '' : `. Did you mean "${near}"?`}`,
    );
  };
  return {
    silences: async () => (await countedSilences(pool, workspaceId)).map(toSummary),
    silence: async ({ match, minutes, reason }) => {
      await refuseOthers();
      for (const name of match.source ?? []) refuseUnknownSource(name);
      const { id } = await alerts.store.transaction(async (transaction) => {
        // Run again after its process was killed, it has begun already.
        const known = await transaction.maybeSilenceOf(runId);
        if (known !== undefined) return known;
        const out = announcements();
        const silence = { group: undefined, match, owner: requester, reason, minutes, runId };
        const begun = await beginSilence(silence, { actor: requester, via }, out, transaction);
        publish(out, transaction);
        return begun;
      });
      return silenceOf(id);
    },
    endSilence: async (id) => {
      await refuseOthers();
      const isEnded = await alerts.store.transaction((transaction) =>
        endSilence(id, { actor: requester, via }, alerts, transaction),
      );
      const silence = await silenceOf(id);
      if (!isEnded) throw new UserMistake('silence_over', `Silence ${id} has ended already.`);
      return silence;
    },
    status: () =>
      Promise.all(
        Object.entries(sources()).map(async ([name, { kind, expectEveryMinutes }]) =>
          toStatus(name, kind, expectEveryMinutes, await sourceReport(pool, workspaceId, name)),
        ),
      ),
    groups: async (filter) => {
      if (filter.source !== undefined) refuseUnknownSource(filter.source);
      const { items, ...counts } = await listGroups(pool, workspaceId, filter);
      const tenants = items.flatMap(({ tenant }) => tenant || []);
      const names = await tenantNames(pool, workspaceId, tenants);
      return {
        ...counts,
        items: await Promise.all(items.map((group) => toGroupSummary(group, names, messageLink))),
      };
    },
  };
}

function toSummary(silence: CountedSilence): SilenceSummary {
  const { endedAt, until } = silence;
  return {
    id: silence.id,
    matches:
      silence.group === undefined
        ? matchText(silence.match)
        : `the group "${silence.groupTitle ?? silence.group.key}" of ${silence.group.source}`,
    owner: silence.owner,
    reason: silence.reason,
    begunAt: silence.begunAt,
    until: endedAt ?? until,
    isEnded: silence.isEnded,
    hiddenGroups: silence.hiddenGroups,
    hiddenAlerts: silence.hiddenAlerts,
  };
}

function toStatus(
  name: string,
  kind: string,
  expectEveryMinutes: number | undefined,
  { events, ...report }: SourceReport,
): MonitoringStatus {
  const of = (outcome: string) => events.filter((event) => event.outcome === outcome);
  const total = (outcome: string) => of(outcome).reduce((sum, { count }) => sum + count, 0);
  const [unreadable] = of('unreadable');
  const [refusal] = of('refused').sort((one, other) => other.lastAt.getTime() - one.lastAt.getTime());
  return {
    ...report,
    name,
    kind,
    expectEveryMinutes,
    isSilent: expectEveryMinutes !== undefined && report.isSilent,
    refused: total('refused'),
    lastRefusal: refusal && { at: refusal.lastAt, reason: refusal.detail ?? refusal.event },
    unknownEvents: of('unknown')
      .slice(0, shownUnknownEvents)
      .map(({ event, count }) => ({ event, count })),
    unreadable: unreadable && {
      count: unreadable.count,
      at: unreadable.lastAt,
      reason: unreadable.detail ?? unreadable.event,
    },
    duplicates: total('duplicate'),
    shed: total('shed'),
  };
}

async function toGroupSummary(
  group: StoredGroup,
  tenantNames: ReadonlyMap<string, string>,
  messageLink: ServeAlertsContext['messageLink'],
): Promise<AlertGroupSummary> {
  const message = group.digestId === undefined ? `group:${group.id}:card` : `digest:${group.digestId}:card`;
  return {
    id: group.id,
    state: group.state,
    severity: group.severity,
    title: group.title,
    source: group.source,
    service: group.service || undefined,
    tenant: tenantNames.get(group.tenant ?? '') ?? (group.tenant || undefined),
    environment: group.environment || undefined,
    firing: group.firing,
    since: group.openedAt,
    resolvedAt: group.resolvedAt,
    acknowledgedBy: group.acknowledgedBy,
    permalink: await messageLink(message).catch(() => undefined),
  };
}
