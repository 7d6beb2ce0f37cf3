import type { Pool } from 'pg';
import { runbookFor } from './core/alerts/guide.ts';
import { deedKinds, headlineId, windowTimes } from './core/incidents/deeds.ts';
import type { TimelineEntry } from './core/incidents/incident.ts';
import type { IncidentRecord, IncidentView, LinkedAlert } from './core/incidents/incident-view.ts';
import { isAboutIncidents } from './core/incidents/own-commands.ts';
import type { Run } from './core/run.ts';
import type { Runbook } from './core/runbooks/runbook.ts';
import { runbookCardId } from './core/runbooks/speak-runbook.ts';
import type { IncidentSummary } from './incident-services.ts';
import { maybeGroup } from './postgres/alerts/groups.ts';
import { tenantNames } from './postgres/alerts/tenants.ts';
import { manyApprovals } from './postgres/approvals.ts';
import { maybeIncident } from './postgres/incidents/incidents.ts';
import { manyLinkedGroups } from './postgres/incidents/linked-groups.ts';
import { deedsBetween, incidentTimeline } from './postgres/incidents/timeline.ts';
import { manyTimers } from './postgres/incidents/timers.ts';
import { maybeIncidentReceipt, maybeReceipt } from './postgres/receipts.ts';
import { manyInstances } from './postgres/runbooks/instances.ts';
import { manyRunsOfIncident } from './postgres/runs.ts';

export interface IncidentViewsContext {
  readonly pool: Pool;
  readonly workspaceId: string;
  readonly runbooks: ReadonlyMap<string, Runbook>;
  /** Link to a message of ours once it is posted. */
  readonly permalink: (messageId: string) => Promise<string | undefined>;
}

/** Those a headline names; each link is a question to Slack, once. */
const linkedShown = 2;
const mostRuns = 200;
const mostRunbooks = 20;

/** An incident with everything its headline shows, as it stands at this moment. */
export async function maybeIncidentView(
  id: string,
  context: IncidentViewsContext,
): Promise<IncidentView | undefined> {
  const { pool, workspaceId, permalink } = context;
  const incident = await maybeIncident(pool, workspaceId, id);
  if (incident === undefined) return undefined;
  const [groups, timers, allRuns, instances, receipt, names] = await Promise.all([
    manyLinkedGroups(pool, workspaceId, id),
    manyTimers(pool, workspaceId, id),
    manyRunsOfIncident(pool, workspaceId, id, mostRuns),
    manyInstances(pool, workspaceId, { incidentId: id, limit: mostRunbooks }),
    maybeIncidentReceipt(pool, workspaceId, id),
    tenantNames(pool, workspaceId, incident.tenants),
  ]);
  const runs = allRuns.filter(({ command }) => !isAboutIncidents(command));
  const alerts = await Promise.all(
    groups.map(
      async (group, index): Promise<LinkedAlert> => ({
        groupId: group.id,
        title: group.title,
        severity: group.severity,
        state: group.state,
        firing: group.firing,
        cardLink: index < linkedShown ? await permalink(`group:${group.id}:card`) : undefined,
      }),
    ),
  );
  return {
    incident: { ...incident, tenants: incident.tenants.map((tenant) => names.get(tenant) ?? tenant) },
    alerts,
    runs: await Promise.all(
      runs.map(async (run, index) => ({
        id: run.id,
        invocation: run.invocation,
        state: run.state,
        risk: run.risk,
        headline: run.report?.headline ?? run.problem,
        link: index === 0 ? await permalink(`run:${run.id}:card`) : undefined,
      })),
    ),
    runbooks: await Promise.all(
      instances.map(async (instance) => ({ instance, link: await permalink(runbookCardId(instance.id)) })),
    ),
    timers: timers.filter(({ state }) => state === 'waiting'),
    suggestedFix: suggestedFix(runs),
    suggestedRunbook:
      instances.length > 0
        ? undefined
        : await suggestedRunbook(
            groups.map((group) => group.id),
            context,
          ),
    receipt,
  };
}

/** What the newest change that worked says of itself. */
function suggestedFix(runs: readonly Run[]): string | undefined {
  const fixed = runs.find(({ state, risk }) => state === 'succeeded' && risk !== 'read');
  return (
    fixed &&
    (fixed.report === undefined ? fixed.invocation : `${fixed.report.headline} (${fixed.invocation})`)
  );
}

async function suggestedRunbook(
  groupIds: readonly string[],
  { pool, workspaceId, runbooks }: IncidentViewsContext,
): Promise<string | undefined> {
  for (const id of groupIds.slice(0, linkedShown)) {
    const group = await maybeGroup(pool, workspaceId, id);
    const runbook = group && runbookFor(group, runbooks);
    if (runbook !== undefined) return runbook.name;
  }
  return undefined;
}

/** What one message of the incident's thread says: what people did in its window of time. */
export function incidentLog(
  id: string,
  window: number,
  { pool, workspaceId }: Pick<IncidentViewsContext, 'pool' | 'workspaceId'>,
): Promise<readonly TimelineEntry[]> {
  return deedsBetween(pool, workspaceId, id, deedKinds, windowTimes(window));
}

export async function maybeSummary(
  id: string,
  context: IncidentViewsContext,
): Promise<IncidentSummary | undefined> {
  const view = await maybeIncidentView(id, context);
  if (view === undefined) return undefined;
  const { incident, alerts } = view;
  return {
    id,
    title: incident.title,
    severity: incident.severity,
    status: incident.status,
    origin: incident.origin,
    declaredBy: incident.declaredBy,
    declaredAt: incident.declaredAt,
    resolvedAt: incident.resolution?.at,
    commander: incident.commander,
    target: incident.target,
    tenants: incident.tenants,
    timers: view.timers,
    alerts: { linked: alerts.length, firing: alerts.filter(({ state }) => state === 'firing').length },
    runs: view.runs.length,
    permalink: await context.permalink(headlineId(id)),
    receipt: view.receipt,
  };
}

/** Everything a postmortem draft is made of. */
export async function maybeIncidentRecord(
  id: string,
  context: IncidentViewsContext & {
    readonly nameOf: (people: readonly string[]) => Promise<(id: string) => string | undefined>;
    readonly now: () => Date;
  },
): Promise<IncidentRecord | undefined> {
  const { pool, workspaceId, permalink } = context;
  const view = await maybeIncidentView(id, context);
  if (view === undefined) return undefined;
  const [timeline, runs, groups] = await Promise.all([
    incidentTimeline(pool, workspaceId, id),
    manyRunsOfIncident(pool, workspaceId, id, mostRuns),
    Promise.all(view.alerts.map(({ groupId }) => maybeGroup(pool, workspaceId, groupId))),
  ]);
  const made = runs.filter(({ risk, command }) => risk !== 'read' && !isAboutIncidents(command)).toReversed();
  const changes = await Promise.all(made.map((run) => changeOf(run, context)));
  const people = [
    ...timeline.map(({ actor }) => actor),
    ...timeline.flatMap(({ sentence }) =>
      typeof sentence === 'string'
        ? []
        : sentence.flatMap((span) => (typeof span === 'object' && 'person' in span ? [span.person] : [])),
    ),
    ...changes.flatMap(({ requester, signers }) => [requester, ...signers]),
    ...view.runbooks.flatMap(({ instance }) => [
      instance.startedBy,
      ...instance.owners,
      ...instance.steps.flatMap(({ by, overriddenBy }) => [by ?? [], overriddenBy ?? []].flat()),
    ]),
    ...[view.incident.commander, view.incident.declaredBy, view.incident.resolution?.by].flatMap(
      (one) => one ?? [],
    ),
  ];
  return {
    incident: view.incident,
    alerts: view.alerts.map((alert, index) => {
      const group = groups[index];
      return {
        ...alert,
        source: group?.source ?? 'unknown',
        startedAt: group?.firstSeenAt ?? view.incident.declaredAt,
        acknowledgedAt: group?.acknowledgedAt,
        acknowledgedBy: group?.acknowledgedBy,
        resolvedAt: group?.resolvedAt,
      };
    }),
    timeline,
    changes,
    runbooks: view.runbooks.map(({ instance }) => instance),
    nameOf: await context.nameOf([...new Set(people)]),
    headlineLink: await permalink(headlineId(id)),
    exportedAt: context.now(),
  };
}

async function changeOf(
  run: Run,
  { pool, workspaceId }: Pick<IncidentViewsContext, 'pool' | 'workspaceId'>,
): Promise<IncidentRecord['changes'][number]> {
  const [approvals, receipt] = await Promise.all([
    manyApprovals(pool, workspaceId, run.id),
    maybeReceipt(pool, workspaceId, run.id),
  ]);
  return {
    invocation: run.invocation,
    state: run.state,
    requester: run.requester,
    signers: approvals.flatMap(({ decision, signer }) => (decision === 'denied' ? [] : [signer])),
    at: run.createdAt,
    headline: run.report?.headline ?? run.problem,
    receipt,
  };
}
