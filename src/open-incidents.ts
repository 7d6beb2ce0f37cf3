import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { AlertContext } from './core/alerts/alert-context.ts';
import { headlineId } from './core/incidents/deeds.ts';
import type { IncidentContext } from './core/incidents/incident-context.ts';
import type { Membership } from './core/policy/membership.ts';
import type { Offered, ReceiveContext } from './core/receive.ts';
import { runbookInstanceId } from './core/run.ts';
import { fillCommand } from './core/runbooks/fill-template.ts';
import type { RunbookContext } from './core/runbooks/runbook-context.ts';
import type { GatherContext } from './gather.ts';
import type { IncidentViewsContext } from './incident-views.ts';
import { maybeIncidentOfGroup } from './postgres/incidents/incidents.ts';
import { postgresIncidentStore } from './postgres/incidents/store.ts';
import { maybePosted } from './postgres/messages.ts';
import { maybeInstance } from './postgres/runbooks/instances.ts';
import type { LoadedRunbooks } from './runbook-files/load-runbooks.ts';
import type { ServeIncidentsContext } from './serve-incidents.ts';
import type { ServeRunbooksContext } from './serve-runbooks.ts';
import { readNames } from './slack/render/names.ts';
import type { Targets } from './targets/targets.ts';

export interface OpenIncidentsOptions {
  readonly pool: Pool;
  readonly workspaceId: string;
  readonly processId: string;
  readonly alerts: AlertContext;
  readonly membership: Membership;
  readonly targets: () => Targets;
  readonly runbooks: LoadedRunbooks;
  readonly now: () => Date;
  readonly onWanted: (messageIds: readonly string[]) => void;
  /** Link to a message of ours once it is posted. */
  readonly messageLink: (messageId: string) => Promise<string | undefined>;
  readonly linkTo: ServeIncidentsContext['linkTo'];
}

/** Everything that deciding about incidents and runbooks, and showing them, rests on. */
export interface OpenIncidents {
  readonly incidents: IncidentContext;
  readonly runbooks: RunbookContext;
  readonly views: IncidentViewsContext;
  readonly gathering: GatherContext;
  readonly serving: ServeIncidentsContext & ServeRunbooksContext;
  readonly runbookStep: ReceiveContext['runbookStep'];
  /** The incident a group of alerts belongs to, with its thread. */
  readonly incidentOfGroup: (groupId: string) => Promise<Offered['incident']>;
}

export function openIncidents(options: OpenIncidentsOptions): OpenIncidents {
  const { pool, workspaceId, alerts, now } = options;
  const { settings } = alerts;
  const store = postgresIncidentStore({ ...options, pool, workspaceId });
  const targets = () => options.targets().offers;
  const incidents: IncidentContext = { store, alerts, settings, targets };
  const runbooks: RunbookContext = {
    store,
    ...options.runbooks,
    settings,
    membership: options.membership,
    targets,
    newInstanceId: () => runbookInstanceId(randomBytes(8)),
  };
  const views: IncidentViewsContext = {
    pool,
    workspaceId,
    runbooks: options.runbooks.runbooks,
    permalink: options.messageLink,
  };
  const withThread = async (id: string | undefined): Promise<Offered['incident']> => {
    if (id === undefined) return undefined;
    const posted = await maybePosted(pool, workspaceId, headlineId(id));
    const isPosted = posted !== undefined && posted !== 'nowhere';
    return { id, thread: isPosted ? { channelId: posted.channelId, threadTs: posted.ts } : undefined };
  };
  return {
    incidents,
    runbooks,
    views,
    gathering: { pool, workspaceId, store, targets: options.targets, now },
    serving: {
      pool,
      incidents,
      runbooks,
      incidentViews: views,
      openTargets: options.targets,
      nameOf: async (people) => {
        const names = await readNames(people, options.membership);
        return (id) => names.get(id);
      },
      linkTo: options.linkTo,
      now,
    },
    runbookStep: async (instanceId, stepId) => {
      const instance = await maybeInstance(pool, workspaceId, { id: instanceId });
      const step = instance?.runbook.steps.find(({ id }) => id === stepId);
      if (instance === undefined || step === undefined) return undefined;
      const command =
        step.kind === 'check' || step.kind === 'run'
          ? step.command
          : step.kind === 'wait'
            ? step.until?.command
            : undefined;
      if (command === undefined) return undefined;
      return {
        invocation: fillCommand(command, instance.inputs),
        incident: await withThread(instance.incidentId),
        origin: instance.origin,
      };
    },
    incidentOfGroup: async (groupId) =>
      withThread((await maybeIncidentOfGroup(pool, workspaceId, groupId))?.id),
  };
}
