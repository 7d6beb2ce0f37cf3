import type {
  AlertGroupFilter,
  AlertGroupSummary,
  AlertServices,
  Countersign,
  MonitoringStatus,
  SilenceSummary,
} from '../../src/command.ts';

export const at = new Date('2026-11-20T18:00:00Z');

export function silence(changes: Partial<SilenceSummary> = {}): SilenceSummary {
  return {
    id: 12,
    matches: 'service payments',
    owner: 'U0ADA',
    reason: 'migration',
    begunAt: at,
    until: new Date('2026-11-20T20:00:00Z'),
    isEnded: false,
    hiddenGroups: 3,
    hiddenAlerts: 1_204,
    ...changes,
  };
}

export function source(changes: Partial<MonitoringStatus> = {}): MonitoringStatus {
  return {
    name: 'prometheus',
    kind: 'alertmanager',
    lastSeenAt: at,
    deliveriesLastHour: 1_204,
    deliveriesLastMinute: 20,
    refused: 0,
    lastRefusal: undefined,
    unknownEvents: [],
    duplicates: 4,
    shed: 0,
    clockSkewSeconds: undefined,
    expectEveryMinutes: 5,
    isSilent: false,
    waiting: 0,
    lastProblem: undefined,
    firingGroups: 0,
    ...changes,
  };
}

export function group(changes: Partial<AlertGroupSummary> = {}): AlertGroupSummary {
  return {
    id: 'g-7k2m9q4x',
    state: 'firing',
    severity: 'critical',
    title: 'QueueTooLong',
    source: 'prometheus',
    service: 'payments',
    tenant: undefined,
    environment: 'production',
    firing: 3,
    since: at,
    resolvedAt: undefined,
    acknowledgedBy: undefined,
    permalink: 'https://acme.slack.com/archives/C0ALERTS/p1',
    ...changes,
  };
}

export interface AlertWorld {
  readonly silences?: readonly SilenceSummary[];
  readonly sources?: readonly MonitoringStatus[];
  readonly groups?: readonly AlertGroupSummary[];
  /** Past those listed. */
  readonly more?: number;
  readonly hidden?: number;
}

/** Alerts as a command sees them, and what it asked of them. */
export function alertWorld(world: AlertWorld = {}): Partial<Countersign> & {
  readonly begun: Parameters<AlertServices['silence']>[0][];
  readonly ended: number[];
  readonly asked: AlertGroupFilter[];
} {
  const begun: Parameters<AlertServices['silence']>[0][] = [];
  const ended: number[] = [];
  const asked: AlertGroupFilter[] = [];
  const { groups = [], sources = [source()], more = 0, hidden = 0 } = world;
  return {
    begun,
    ended,
    asked,
    alerts: {
      silences: async () => world.silences ?? [],
      silence: async (wanted) => {
        begun.push(wanted);
        return world.silences?.[0] ?? silence();
      },
      endSilence: async (id) => {
        ended.push(id);
        return silence({ id, isEnded: true });
      },
      status: async () => sources,
      groups: async (filter) => {
        asked.push(filter);
        const firing = groups.filter(({ state }) => state === 'firing').length + more;
        return { items: groups, total: groups.length + more, firing, hidden };
      },
    },
  };
}
