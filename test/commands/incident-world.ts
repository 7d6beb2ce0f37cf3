import {
  type Countersign,
  type IncidentServices,
  type IncidentSummary,
  type Line,
  Refusal,
  type TimelineEntry,
  UserMistake,
} from '../../src/command.ts';

export const incidentId = 'i-7k2m9q4x';

export function incident(changes: Partial<IncidentSummary> = {}): IncidentSummary {
  return {
    id: incidentId,
    title: 'Emails are not going out',
    severity: 'SEV2',
    status: 'investigating',
    origin: 'command',
    declaredBy: 'U0GRACE',
    declaredAt: new Date('2026-11-20T18:00:00Z'),
    resolvedAt: undefined,
    commander: 'U0GRACE',
    target: 'rms',
    tenants: ['acme', 'globex'],
    timers: [{ kind: 'update_due', dueAt: new Date('2026-11-20T19:00:00Z') }],
    alerts: { linked: 2, firing: 1 },
    runs: 3,
    permalink: 'https://acme.slack.com/archives/C0INC/p1',
    receipt: '#1230 · 4c1b07',
    ...changes,
  };
}

export interface IncidentWorld {
  readonly incidents?: readonly IncidentSummary[];
  readonly timeline?: readonly TimelineEntry[];
  /** What keeps them from being resolved. */
  readonly inTheWay?: readonly Line[];
  /** In whose thread it is asked. */
  readonly askedIn?: string;
}

type Call = readonly [method: string, ...given: unknown[]];

/** Incidents kept in memory, as a command sees them, and every call that changed something. */
export function incidentWorld(world: IncidentWorld = {}): Partial<Countersign> & { readonly calls: Call[] } {
  const kept = new Map((world.incidents ?? [incident()]).map((one) => [one.id, one]));
  const calls: Call[] = [];
  const noted = new Set<string>();
  const isOpen = ({ status }: IncidentSummary) => status !== 'resolved';

  function one(id: string): IncidentSummary {
    const found = kept.get(id);
    if (found === undefined) throw new UserMistake('unknown_incident', `There is no incident "${id}".`);
    return found;
  }
  function keep(id: string, changes: Partial<IncidentSummary>): IncidentSummary {
    const changed = { ...one(id), ...changes };
    kept.set(id, changed);
    return changed;
  }

  const incidents: IncidentServices = {
    find: async (id) => {
      const asked = id ?? world.askedIn;
      if (asked !== undefined) return one(asked);
      const open = [...kept.values()].filter(isOpen);
      if (open.length === 1) return open[0]!;
      throw new UserMistake('which_incident', `${open.length} incidents are open: name one.`);
    },
    list: async (filter) => {
      calls.push(['list', filter]);
      const items = [...kept.values()].filter(
        (each) =>
          (filter.state === 'all' || isOpen(each)) &&
          (filter.since === undefined || each.declaredAt >= filter.since),
      );
      return { items: items.slice(0, filter.limit), total: items.length };
    },
    declare: async (asked) => {
      calls.push(['declare', asked]);
      const standing = [...kept.values()].find(
        ({ origin }) => asked.alert !== undefined && origin === 'alert',
      );
      if (standing !== undefined) return { incident: standing, isNew: false };
      const { alert: _, message: __, ...facts } = asked;
      const declared = incident({ title: 'Untitled', commander: 'U0ADA', declaredBy: 'U0ADA', ...facts });
      kept.set(declared.id, declared);
      return { incident: declared, isNew: true };
    },
    update: async (id, change) => {
      calls.push(['update', id, change]);
      if (!isOpen(one(id))) throw new Refusal('incident_resolved', `"${id}" is resolved: reopen it first.`);
      const { note: _, ...facts } = change;
      return keep(id, facts);
    },
    note: async (id, note) => {
      calls.push(['note', id, note]);
      const isNew = !noted.has(JSON.stringify(note));
      noted.add(JSON.stringify(note));
      return { receipt: '#1241 · 77ab0c', isNew };
    },
    linkAlert: async (id, groupId) => {
      calls.push(['linkAlert', id, groupId]);
      const { linked, firing } = one(id).alerts;
      return keep(id, { alerts: { linked: linked + 1, firing } });
    },
    page: async (id, reason) => {
      calls.push(['page', id, reason]);
      return one(id);
    },
    cancelTimer: async (id, kind, reason) => {
      calls.push(['cancelTimer', id, kind, reason]);
      const { timers } = one(id);
      if (!timers.some((timer) => timer.kind === kind)) {
        throw new UserMistake('no_such_timer', `No timer "${kind}" of "${id}" waits.`);
      }
      return keep(id, { timers: timers.filter((timer) => timer.kind !== kind) });
    },
    resolve: async (id, how) => {
      calls.push(['resolve', id, how]);
      const inTheWay = world.inTheWay ?? [];
      const isResolved = inTheWay.length === 0 || how.override !== undefined;
      const changed = isResolved
        ? keep(id, { status: 'resolved', resolvedAt: new Date('2026-11-20T18:15:00Z') })
        : one(id);
      return { incident: changed, isResolved, inTheWay };
    },
    reopen: async (id, reason) => {
      calls.push(['reopen', id, reason]);
      return keep(id, { status: 'investigating', resolvedAt: undefined });
    },
    publishPostmortem: async (id, url) => {
      calls.push(['publishPostmortem', id, url]);
      return keep(id, { timers: [] });
    },
    timeline: async (_, { limit, before }) => {
      const all = (world.timeline ?? []).filter(({ seq }) => before === undefined || seq < before);
      const entries = all.slice(-limit);
      const total = world.timeline?.length ?? 0;
      return { entries, total, olderThan: all.length > entries.length ? entries[0]?.seq : undefined };
    },
    export: async (id) => ({
      filename: `postmortem-${id}.md`,
      markdown: `# ${one(id).title}\n\n## Summary\n`,
    }),
  };
  return { incidents, calls };
}
