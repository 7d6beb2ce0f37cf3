import type { Pool } from 'pg';
import type { JsonObject } from './command.ts';
import { whyMayNotRespond } from './core/alerts/responders.ts';
import { Refusal, UserMistake } from './core/errors.ts';
import { cancelTimer, noteInIncident, pageForIncident } from './core/incidents/act-on-incident.ts';
import { changeIncident, holdOpen } from './core/incidents/change-incident.ts';
import { declareIncident, linked } from './core/incidents/declare.ts';
import { headlineId } from './core/incidents/deeds.ts';
import { type IncidentContext, ofRun } from './core/incidents/incident-context.ts';
import type { IncidentPart } from './core/incidents/incident-store.ts';
import type { IncidentRecord } from './core/incidents/incident-view.ts';
import { postmortemDraft } from './core/incidents/postmortem.ts';
import { fromAlert } from './core/incidents/prefill.ts';
import { publishPostmortem, reopenIncident, resolveIncident } from './core/incidents/resolve.ts';
import { nearest } from './core/parse/nearest.ts';
import type { Run } from './core/run.ts';
import type { IncidentServices, IncidentSummary, MessageReference } from './incident-services.ts';
import { type IncidentViewsContext, maybeIncidentRecord, maybeSummary } from './incident-views.ts';
import { manyIncidents, maybeIncident } from './postgres/incidents/incidents.ts';
import { incidentTimeline } from './postgres/incidents/timeline.ts';
import { readinessOf } from './read-readiness.ts';
import type { Targets } from './targets/targets.ts';

export interface ServeIncidentsContext {
  readonly pool: Pool;
  readonly incidents: IncidentContext;
  readonly incidentViews: IncidentViewsContext;
  readonly openTargets: () => Targets;
  readonly nameOf: (people: readonly string[]) => Promise<(id: string) => string | undefined>;
  /** Link to any message; undefined where Slack gives none. */
  readonly linkTo: (message: {
    readonly channelId: string;
    readonly ts: string;
  }) => Promise<string | undefined>;
  readonly now: () => Date;
}

/** A person waits for the answer. */
const readinessMilliseconds = 10_000;

/** {@link IncidentServices} as one run's requester sees them. */
export function incidentServicesFor(run: Run, context: ServeIncidentsContext): IncidentServices {
  const { pool, incidents, incidentViews } = context;
  const { workspaceId } = incidents.store;
  const by = { person: run.requester, via: run.via, runId: run.id };
  const refuseOthers = async () => {
    const refusal = await whyMayNotRespond(run.requester, incidents.alerts);
    if (refusal !== undefined) throw new Refusal('not_authorized', refusal);
  };
  const summaryOf = async (id: string): Promise<IncidentSummary> => {
    const summary = await maybeSummary(id, incidentViews);
    if (summary !== undefined) return summary;
    throw new UserMistake('no_such_incident', `There is no incident "${id}". /ops incidents lists them.`);
  };
  const environmentOf = (target: string): string | undefined => {
    const offered = incidents.targets();
    const found = offered.find(({ name }) => name === target);
    if (found !== undefined) return found.environment;
    const [near] = nearest(
      target,
      offered.map(({ name }) => name),
    );
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`;
    throw new UserMistake('no_such_target', `There is no target "${target}".${hint}`);
  };
  /** Whoever does the same run again, its process having died, waits here for what it did. */
  const isDone = async (id: string, transaction: { readonly incidents: IncidentPart }): Promise<boolean> => {
    await transaction.incidents.hold(id);
    return transaction.incidents.isDecidedBy(run.id);
  };
  /** Decides, then tells how it stands. */
  const decide = async (
    id: string,
    decision: (
      transaction: Parameters<Parameters<IncidentContext['store']['transaction']>[0]>[0],
    ) => Promise<unknown>,
  ): Promise<IncidentSummary> => {
    await refuseOthers();
    await incidents.store.transaction(async (transaction) => {
      if (!(await isDone(id, transaction))) await decision(transaction);
    });
    return summaryOf(id);
  };

  return {
    find: async (id) => {
      const wanted = id ?? run.incidentId;
      if (wanted !== undefined) return summaryOf(wanted);
      const { items } = await manyIncidents(pool, workspaceId, { isOpen: true, limit: 5 });
      const [only] = items;
      if (only !== undefined && items.length === 1) return summaryOf(only.id);
      throw new UserMistake(
        'which_incident',
        items.length === 0
          ? 'No incident is open. Name one (/ops incidents --state all lists them), or declare one: /ops incident declare'
          : `Several incidents are open: ${items.map(({ id: one, title }) => `${one} (${title})`).join(', ')}. Name one, or ask in its thread.`,
      );
    },
    list: async ({ since, state = 'open', limit }) => {
      const found = await manyIncidents(pool, workspaceId, { since, isOpen: state === 'open', limit });
      return { total: found.total, items: await Promise.all(found.items.map(({ id }) => summaryOf(id))) };
    },
    declare: async (asked) => {
      await refuseOthers();
      const environment = asked.target === undefined ? undefined : environmentOf(asked.target);
      const given = { ...asked, environment, runId: run.id };
      const { id, isNew } = await declareOnce(given, by, context);
      return { incident: await summaryOf(id), isNew };
    },
    update: (id, change) =>
      decide(id, (transaction) => changeIncident(id, change, by, environmentOf, transaction)),
    note: async (id, { text, message }) => {
      await refuseOthers();
      const permalink = message === undefined ? undefined : await context.linkTo(message);
      const isNew = await incidents.store.transaction(
        async (transaction) =>
          (await isDone(id, transaction)) ||
          noteInIncident(id, { text, message, permalink }, by, transaction),
      );
      return { receipt: (await summaryOf(id)).receipt ?? '', isNew };
    },
    linkAlert: async (id, groupId) => {
      await refuseOthers();
      await incidents.alerts.store.transaction(async (transaction) => {
        if (await isDone(id, transaction)) return;
        await holdOpen(id, transaction.incidents);
        const group = await transaction.maybeGroup(groupId);
        if (group === undefined) {
          throw new UserMistake('no_such_alert', `There is no alert "${groupId}". /ops alerts lists them.`);
        }
        const known = await transaction.incidents.maybeOfGroup(groupId);
        if (known !== undefined) {
          const which = known.id === id ? 'it' : `incident ${known.id}`;
          throw new UserMistake('alert_linked', `Alert ${groupId} is linked to ${which} already.`);
        }
        transaction.incidents.link(id, groupId, by.person);
        transaction.saveGroups([{ ...group, incidentId: id }]);
        const { source, severity, openedAt: startedAt } = group;
        if (group.hasCard) {
          transaction.want({
            id: `group:${groupId}:card`,
            place: { kind: 'channel', channelId: group.channel },
            urgency: 'other',
          });
        }
        const entry = linked(id, { id: groupId, source, severity, startedAt }, by.person, by.via, false);
        transaction.record([{ ...entry, ...ofRun(by) }]);
      });
      return summaryOf(id);
    },
    page: (id, reason) =>
      decide(id, (transaction) => pageForIncident(id, reason, by, incidents.settings(), transaction)),
    cancelTimer: (id, kind, reason) =>
      decide(id, (transaction) => cancelTimer(id, kind, reason, by, transaction)),
    resolve: async (id, { fix, override }) => {
      await refuseOthers();
      const { target } = (await maybeIncident(pool, workspaceId, id)) ?? {};
      const signal = AbortSignal.timeout(readinessMilliseconds);
      const isKnown = incidents.targets().some(({ name }) => name === target);
      const problems =
        target === undefined || !isKnown ? [] : await readinessOf(target, context.openTargets(), signal);
      const notReady = problems.map(({ sentence }) => `${sentence}.`);
      const outcome = await incidents.store.transaction(async (transaction) =>
        (await isDone(id, transaction))
          ? { isResolved: true, inTheWay: [] }
          : resolveIncident(id, { fix, override, notReady }, by, transaction),
      );
      return { ...outcome, incident: await summaryOf(id) };
    },
    reopen: (id, reason) => decide(id, (transaction) => reopenIncident(id, reason, by, transaction)),
    publishPostmortem: (id, url) => decide(id, (transaction) => publishPostmortem(id, url, by, transaction)),
    timeline: async (id, { limit, before }) => {
      await summaryOf(id);
      const all = await incidentTimeline(pool, workspaceId, id);
      const older = all.filter(({ seq }) => before === undefined || seq < before);
      const entries = older.slice(-limit);
      return {
        entries,
        total: all.length,
        olderThan: older.length > entries.length ? entries[0]?.seq : undefined,
      };
    },
    export: async (id) => {
      await refuseOthers();
      const draft = postmortemDraft(await recordOf(id, context));
      await incidents.store.transaction(async (transaction) => {
        if (await isDone(id, transaction)) return;
        transaction.want({
          id: exportId(id, run.id),
          place: { kind: 'thread_of', messageId: headlineId(id) },
          urgency: 'decision',
          content: draft as unknown as JsonObject,
        });
        transaction.record([
          {
            kind: 'incident.exported',
            actor: by.person,
            via: by.via,
            ...ofRun(by),
            incidentId: id,
            isShown: true,
            facts: { filename: draft.filename },
          },
        ]);
      });
      return draft;
    },
  };
}

export function exportId(incidentId: string, runId: string): string {
  return `incident:${incidentId}:export:${runId}`;
}

/** @throws UserMistake when there is none of that id. */
export async function recordOf(
  id: string,
  { incidentViews, nameOf, now }: Pick<ServeIncidentsContext, 'incidentViews' | 'nameOf' | 'now'>,
): Promise<IncidentRecord> {
  const record = await maybeIncidentRecord(id, { ...incidentViews, nameOf, now });
  if (record !== undefined) return record;
  throw new UserMistake('no_such_incident', `There is no incident "${id}". /ops incidents lists them.`);
}

interface Asked extends Omit<Parameters<IncidentServices['declare']>[0], 'message'> {
  readonly message?: MessageReference;
  readonly environment: string | undefined;
  readonly runId: string;
}

/** One for each alert and each message: whoever is second is shown the first. */
async function declareOnce(
  asked: Asked,
  by: { readonly person: string; readonly via: Run['via'] },
  context: ServeIncidentsContext,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { incidents } = context;
  const { alerts } = incidents;
  const permalink = asked.message === undefined ? undefined : await context.linkTo(asked.message);
  return alerts.store.transaction(async (transaction) => {
    const group = asked.alert === undefined ? undefined : await transaction.maybeGroup(asked.alert);
    if (asked.alert !== undefined && group === undefined) {
      throw new UserMistake('no_such_alert', `There is no alert "${asked.alert}". /ops alerts lists them.`);
    }
    const known =
      (group && (await transaction.incidents.maybeOfGroup(group.id))) ??
      (await transaction.incidents.maybeOfDeclaration(declaredFrom(asked)));
    if (known !== undefined) return { id: known.id, isNew: false };
    const id = alerts.newIncidentId();
    const prefilled = group && fromAlert(group, incidents.targets());
    const entries = declareIncident(
      {
        id,
        title: asked.title ?? prefilled?.title ?? 'Incident without a title',
        severity: asked.severity ?? prefilled?.severity ?? 'SEV2',
        declaredFrom: declaredFrom(asked),
        origin: asked.message !== undefined ? 'message' : group !== undefined ? 'alert' : 'command',
        by: by.person,
        via: by.via,
        target: asked.target ?? prefilled?.target,
        environment: asked.environment ?? prefilled?.environment,
        tenants: asked.tenants ?? prefilled?.tenants ?? [],
        commander: asked.commander,
        group: group && {
          id: group.id,
          source: group.source,
          severity: group.severity,
          startedAt: group.openedAt,
        },
      },
      incidents.settings(),
      transaction,
    );
    if (group !== undefined) {
      transaction.saveGroups([{ ...group, incidentId: id }]);
      if (group.hasCard) {
        transaction.want({
          id: `group:${group.id}:card`,
          place: { kind: 'channel', channelId: group.channel },
          urgency: 'critical',
        });
      }
    }
    const { message } = asked;
    const first =
      message === undefined
        ? []
        : [
            {
              kind: 'incident.noted',
              actor: by.person,
              via: by.via,
              incidentId: id,
              facts: {
                channel: message.channelId,
                ts: message.ts,
                ...(message.author === undefined ? {} : { author: message.author }),
                ...(permalink === undefined ? {} : { permalink }),
              },
              private: { note: { text: message.text, about: message.author ?? by.person } },
            } as const,
          ];
    if (message !== undefined) await transaction.incidents.addNote(id, message);
    transaction.record([...entries, ...first]);
    return { id, isNew: true };
  });
}

/** A message stands for one incident; a command that is run again after a crash declares no second one. */
function declaredFrom({ message, runId }: Asked): string {
  return message === undefined ? `run ${runId}` : `message ${message.channelId} ${message.ts}`;
}
