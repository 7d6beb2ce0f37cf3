import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import fc from '../../support/properties.ts';
import { type Event, incidentHistory } from './incident-history.ts';
import type { IncidentOracle, Level, Timer } from './incident-oracle.ts';
import { type IncidentWorld, incidentWorld } from './incident-world.ts';

const database = await testDatabase();

const histories = Number(process.env.HISTORIES ?? 40);

const which = fc.constantFrom(0, 0, 0, 1, 2);
const by = fc.nat(1);
const who = fc.constantFrom('ada', 'ada', 'ada', 'bob', 'bob', 'eve') as fc.Arbitrary<'ada' | 'bob' | 'eve'>;
const level = fc.constantFrom<Level[]>('SEV1', 'SEV1', 'SEV2', 'SEV3', 'SEV4');
const key = fc.constantFrom('checkout', 'checkout', 'search');
const ts = fc.constantFrom('1.1', '1.2');
const timer = fc.constantFrom<Timer[]>(
  'update_due',
  'update_due',
  'level2',
  'level2',
  'still_firing',
  'postmortem_24h',
  'postmortem_4h',
  'postmortem_due',
);
/** No sum of these comes within some seconds of a limit: the few that a history takes decide nothing. */
const minutes = fc.constantFrom(
  1.03,
  7.03,
  14.03,
  16.03,
  29.03,
  31.03,
  61.03,
  241.03,
  725.03,
  1_445.03,
  2_885.03,
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const of = <Kind extends Event['kind']>(
  kind: Kind,
  fields: {
    [Name in Exclude<keyof Extract<Event, { kind: Kind }>, 'kind'>]: fc.Arbitrary<
      Extract<Event, { kind: Kind }>[Name]
    >;
  },
): fc.Arbitrary<Event> => fc.record({ kind: fc.constant(kind), ...fields } as never) as fc.Arbitrary<Event>;

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('fire'), key }) as fc.Arbitrary<Event> },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('quiet'), key }) as fc.Arbitrary<Event> },
  { weight: 2, arbitrary: of('acknowledge', { which, by }) },
  { weight: 4, arbitrary: of('declare', { severity: level, who, by }) },
  { weight: 1, arbitrary: of('declare_again', { by }) },
  { weight: 3, arbitrary: of('declare_for_alert', { which, isRace: fc.boolean(), isByCard: fc.boolean() }) },
  { weight: 2, arbitrary: of('declare_from_message', { ts, isRace: fc.boolean() }) },
  { weight: 4, arbitrary: of('link', { which, group: which, who, by }) },
  {
    weight: 6,
    arbitrary: of('change', {
      which,
      note: maybe(fc.constant('Looking')),
      status: maybe(fc.constantFrom('investigating', 'identified', 'monitoring')),
      severity: maybe(level),
      commander: maybe(fc.constantFrom('ada', 'bob')),
      who,
      by,
    }),
  },
  {
    weight: 3,
    arbitrary: of('note', { which, text: fc.constantFrom('first', 'second'), ts: maybe(ts), by }),
  },
  { weight: 2, arbitrary: of('page', { which, who, by }) },
  { weight: 3, arbitrary: of('cancel', { which, timer, by }) },
  {
    weight: 7,
    arbitrary: of('resolve', { which, override: fc.boolean(), isRace: fc.boolean(), who, by }),
  },
  { weight: 3, arbitrary: of('reopen', { which, who, by }) },
  { weight: 1, arbitrary: of('publish', { which, by }) },
  { weight: 6, arbitrary: of('pass', { minutes }) },
  { weight: 4, arbitrary: of('work', { by }) },
  { weight: 3, arbitrary: of('work_race', {}) },
  { weight: 1, arbitrary: of('restart', { aheadMinutes: fc.constantFrom(-4_000, 0, 4_000) }) },
);
/** Time passes and what is due is done. */
const wait = fc
  .tuple(of('pass', { minutes }), fc.oneof(of('work', { by }), of('work_race', {})))
  .map((both) => [...both]);
const anyHistory = fc
  .tuple(
    of('declare', { severity: level, who: fc.constant('ada'), by }),
    fc.array(
      fc.oneof({ weight: 5, arbitrary: anyEvent.map((one) => [one]) }, { weight: 2, arbitrary: wait }),
      { minLength: 4, maxLength: 24 },
    ),
  )
  .map(([first, parts]) => [first, ...parts.flat().slice(0, 36)]);

/** Two timers that were set in one decision for one moment have no order. */
function unordered(kinds: readonly string[]): string[] {
  const sorted = [...kinds];
  for (let index = 1; index < sorted.length; index += 1) {
    if (sorted[index - 1] === 'incident.update_overdue' && sorted[index] === 'incident.escalated') {
      sorted.splice(index - 1, 2, 'incident.escalated', 'incident.update_overdue');
    }
  }
  return sorted;
}

async function judge(world: IncidentWorld, oracle: IncidentOracle): Promise<void> {
  const links = await world.rows<{ group_id: string; incident_id: string }>(
    'SELECT group_id, incident_id FROM countersign.incident_alerts WHERE workspace_id = $1',
  );
  expect((await world.incidents()).map(({ id }) => id).sort()).toEqual(
    oracle.incidents.map(({ id }) => id).sort(),
  );
  expect((await world.groups()).map(({ id, state, incidentId }) => ({ id, state, incidentId }))).toEqual(
    oracle.groups.map((group) => ({
      id: group.id,
      state: group.isFiring ? 'firing' : 'resolved',
      incidentId: oracle.incidentOf(group)?.id,
    })),
  );
  for (const incident of oracle.incidents) {
    const { id, status, severity, commander, timers, told, pages, groups } = incident;
    const stored = await world.incident(id);
    const waiting = await world.waiting(id);
    expect({
      status: stored.status,
      severity: stored.severity,
      commander: stored.commander,
      timers: Object.keys(waiting).sort(),
      told: (await world.told(id)).map(({ kind, to }) => `${kind} ${to.join(' ')}`).sort(),
      pages: await world.pagesOf(id),
      groups: links
        .filter(({ incident_id }) => incident_id === id)
        .map(({ group_id }) => group_id)
        .sort(),
      timeline: unordered(await world.kinds(id)),
    }).toEqual({
      status,
      severity,
      commander,
      timers: [...timers.keys()].sort(),
      told: [...told].sort(),
      pages,
      groups: groups.map((group) => group.id).sort(),
      timeline: unordered(oracle.timeline(incident)),
    });
    for (const [kind, at] of timers) {
      const minutesLeft = waiting[kind] ?? Number.NaN;
      expect(Math.abs(minutesLeft - (at - oracle.now))).toBeLessThan(1);
    }
  }
}

async function live(events: readonly Event[]): Promise<void> {
  const world = incidentWorld(database.pool, {
    settings: {
      digest: { moreThan: 1_000, withinSeconds: 60 },
      flapping: { changes: 1_000, withinMinutes: 10 },
    },
  });
  const { oracle, happen } = incidentHistory(world);
  for (const [index, event] of events.entries()) {
    try {
      await happen(event);
      await judge(world, oracle);
    } catch (cause) {
      throw new Error(`With event ${index + 1}, ${JSON.stringify(event)}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  expect(await world.verdict()).toMatchObject({ problems: [] });
}

describe('the life of incidents', () => {
  it(
    'is as people, alerts and the clock make it, and tells people as often as promised',
    async () => {
      await fc.assert(fc.asyncProperty(anyHistory, live), { numRuns: histories });
    },
    Math.max(120_000, histories * 3_000),
  );
});
