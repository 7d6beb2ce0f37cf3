/** One process of the bot as far as incidents can tell: its stores, and what commands and jobs do with them. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { AlertContext } from '../../../src/core/alerts/alert-context.ts';
import type { TargetOffer } from '../../../src/core/choose-target.ts';
import { incidentTimers } from '../../../src/core/incidents/incident.ts';
import { incidentTimer } from '../../../src/core/incidents/timers.ts';
import type { Run } from '../../../src/core/run.ts';
import { gather } from '../../../src/gather.ts';
import type { IncidentServices } from '../../../src/incident-services.ts';
import { type OpenIncidents, openIncidents } from '../../../src/open-incidents.ts';
import { postgresAlertStore } from '../../../src/postgres/alerts/store.ts';
import { incidentServicesFor } from '../../../src/serve-incidents.ts';
import type { Targets } from '../../../src/targets/targets.ts';

/** What the health of a target reads as. */
export interface Health {
  readonly status: 'up' | 'down' | 'unknown';
  readonly answer: string;
}

export interface IncidentProcessOptions {
  readonly pool: pg.Pool;
  readonly workspaceId: string;
  readonly processId: string;
  readonly settings: AlertContext['settings'];
  readonly membership: AlertContext['membership'];
  readonly offers: readonly TargetOffer[];
  /** By the name of a target. */
  readonly health: ReadonlyMap<string, Health>;
  /** This machine's clock, right or wrong. */
  readonly now: () => Date;
}

/** Who asks, and how; as a command's run says it. */
export interface Asking {
  readonly who: string;
  /** The same run again is the same command after a crash. */
  readonly runId?: string;
  readonly via?: Run['via'];
  /** The incident in whose thread it is asked. */
  readonly incidentId?: string;
}

export interface IncidentProcess extends OpenIncidents {
  readonly alerts: AlertContext;
  as(asking: Asking): IncidentServices;
  /** As the tasks of these names do. @returns whether it was one of them. */
  work(job: { readonly task: string; readonly payload: Record<string, string> }): Promise<boolean>;
}

export function incidentProcess(options: IncidentProcessOptions): IncidentProcess {
  const { pool, workspaceId, processId, settings, membership, offers, health, now } = options;
  const onWanted = () => undefined;
  const alerts: AlertContext = {
    store: postgresAlertStore({ pool, workspaceId, processId, now, onWanted }),
    settings,
    membership,
    parse: () => {
      throw new Error('Nobody delivers to this process');
    },
    listeningSince: now(),
    newGroupId: () => `g-${randomUUID().slice(0, 8)}`,
    newIncidentId: () => `i-${randomUUID().slice(0, 8)}`,
    targets: () => offers,
    onFault: (error) => {
      throw error;
    },
  };
  const opened = openIncidents({
    pool,
    workspaceId,
    processId,
    alerts,
    membership,
    targets: () => targetsOf(offers, health),
    runbooks: { runbooks: new Map(), templates: new Map() },
    now,
    onWanted,
    messageLink: async (id) => `https://slack.example/${id}`,
    linkTo: async ({ channelId, ts }) => `https://slack.example/${channelId}/${ts}`,
  });
  return {
    ...opened,
    alerts,
    as: ({ who, runId = `r-${randomUUID().slice(0, 8)}`, via = 'slash', incidentId }) =>
      incidentServicesFor(
        // All that is read of it.
        { id: runId, requester: who, via, incidentId } as Run,
        opened.serving,
      ),
    work: async ({ task, payload: { incidentId = '', timer } }) => {
      if (task === 'gather') await gather(incidentId, opened.gathering);
      const kind = incidentTimers.find((one) => one === timer);
      if (task === 'incident_timer' && kind !== undefined)
        await incidentTimer(kind, incidentId, opened.incidents);
      return task === 'gather' || task === 'incident_timer';
    },
  };
}

function targetsOf(offers: readonly TargetOffer[], health: ReadonlyMap<string, Health>): Targets {
  const client = (_kind: string, name: string) => ({
    health: {
      check: async () => {
        const { status, answer } = health.get(name) ?? { status: 'up', answer: '200' };
        return [{ service: 'api', path: '/health', status, answer, failing: [] }];
      },
    },
  });
  return { offers, client, check: async () => [], retire: async () => {}, close: async () => {} } as never;
}
