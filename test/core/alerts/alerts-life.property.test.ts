import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import fc from '../../support/properties.ts';
import { alertHistory, type Event } from './alert-history.ts';
import type { AlertOracle, ExpectedGroup, Heard, Speech } from './alert-oracle.ts';
import { type AlertWorld, alertWorld } from './alert-world.ts';
import { sourceSettings } from './alert-world-settings.ts';

const database = await testDatabase();

const histories = Number(process.env.HISTORIES ?? 40);

const speeches = ['plain', 'starts', 'ordered', 'quiet', 'rate'] as const;
const source = fc.constantFrom<Speech[]>('plain', 'starts', 'starts', 'ordered', 'quiet', 'rate');
const level = fc.constantFrom('critical', 'critical', 'high', 'warning', 'warning', 'info') as fc.Arbitrary<
  Heard['severity']
>;
const note: fc.Arbitrary<Heard> = fc.record({
  key: fc.constantFrom('checkout', 'checkout', 'checkout', 'search'),
  fingerprint: fc.constantFrom('one', 'one', 'two'),
  status: fc.constantFrom('firing', 'firing', 'firing', 'resolved', 'resolved'),
  severity: level,
  episode: fc.nat(3),
});
const which = fc.constantFrom(0, 0, 0, 1, 1, 2, 3);
const by = fc.nat(1);
/** No sum of these comes within some seconds of a limit: the few that a history takes decide nothing. */
const minutes = fc.constantFrom(1.03, 1.03, 3.03, 4.03, 5.03, 9.03, 11.03, 31.03, 46.03, 800.03);
const of = <Kind extends Event['kind']>(
  kind: Kind,
  fields: {
    [Name in Exclude<keyof Extract<Event, { kind: Kind }>, 'kind'>]: fc.Arbitrary<
      Extract<Event, { kind: Kind }>[Name]
    >;
  },
): fc.Arbitrary<Event> => fc.record({ kind: fc.constant(kind), ...fields } as never) as fc.Arbitrary<Event>;

const deliver = of('deliver', {
  source,
  notes: fc.array(note, { minLength: 1, maxLength: 4 }),
  hasId: fc.boolean(),
});
const process_ = of('process', { by });
const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 10, arbitrary: deliver },
  { weight: 4, arbitrary: of('again', { which, isSameId: fc.boolean() }) },
  { weight: 6, arbitrary: process_ },
  { weight: 2, arbitrary: of('race', {}) },
  { weight: 6, arbitrary: of('pass', { minutes }) },
  { weight: 5, arbitrary: of('work', { by }) },
  {
    weight: 6,
    arbitrary: of('act', {
      action: fc.constantFrom('acknowledge', 'acknowledge', 'close', 'escalate', 'start_incident'),
      which,
      who: fc.constantFrom('ada', 'ada', 'ada', 'eve'),
      by,
    }),
  },
  { weight: 2, arbitrary: of('set_severity', { severity: level, which, by }) },
  { weight: 2, arbitrary: of('silence_group', { which, minutes: fc.constantFrom(7.51, 60.51), by }) },
  {
    weight: 2,
    arbitrary: of('silence', {
      severity: fc.option(level, { nil: undefined }),
      source: fc.option(source, { nil: undefined }),
      minutes: fc.constantFrom(7.51, 60.51, 200.51),
      by,
    }),
  },
  { weight: 2, arbitrary: of('end_silence', { which, by }) },
);

const acts: readonly Event[] = (['acknowledge', 'acknowledge', 'close', 'escalate'] as const).map(
  (action) => ({
    kind: 'act',
    action,
    which: 0,
    who: 'ada',
    by: 0,
  }),
);

/** One alert that comes and goes, with its copies, and time in between. */
const flapper: fc.Arbitrary<Event[]> = fc
  .record({
    source: fc.constantFrom<Speech[]>('plain', 'starts', 'ordered'),
    severities: fc.array(level, { minLength: 2, maxLength: 6 }),
    isEager: fc.boolean(),
    gap: fc.constantFrom(0, 1.03, 3.03),
    between: fc.option(fc.oneof(anyEvent, fc.constantFrom<Event[]>(...acts)), { nil: undefined }),
    isFirst: fc.boolean(),
  })
  .map(({ source: from, severities, isEager, gap, between, isFirst }) =>
    severities.flatMap((severity, index): Event[] => {
      const one = { key: 'checkout', fingerprint: 'one', severity, episode: index + 4 } as const;
      const say = (status: 'firing' | 'resolved'): Event => ({
        kind: 'deliver',
        source: from,
        notes: [{ ...one, status }],
        hasId: false,
      });
      const understand: Event = { kind: 'process', by: index };
      return [
        say('firing'),
        ...(isEager ? [understand] : []),
        ...(isEager && isFirst && between !== undefined ? [between] : []),
        say('resolved'),
        // Alertmanager's peers tell it all again.
        { kind: 'again', which: 1, isSameId: false },
        { kind: 'again', which: 1, isSameId: false },
        understand,
        ...(gap > 0 ? [{ kind: 'pass', minutes: gap } as const] : []),
        ...(isFirst || between === undefined ? [] : [between]),
      ];
    }),
  );

const anyHistory = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: anyEvent.map((one) => [one]) },
      { weight: 6, arbitrary: fc.tuple(deliver, process_).map((both) => [...both]) },
      {
        weight: 2,
        arbitrary: fc.tuple(of('pass', { minutes }), of('work', { by })).map((both) => [...both]),
      },
      { weight: 1, arbitrary: flapper },
    ),
    { minLength: 4, maxLength: 22 },
  )
  .map((parts) => parts.flat().slice(0, 60));

/** What came and went at once has no severity and no silence that anyone could know of. */
const isSeen = ({ hasCard, state }: ExpectedGroup) => hasCard || state === 'firing';

async function judge(world: AlertWorld, { groups }: AlertOracle): Promise<void> {
  const [stored, messages, ledger, incidents, pages] = [
    await world.groups(),
    await world.messages(),
    await world.ledger(),
    await world.rows<{ group_id: string }>(
      'SELECT group_id FROM countersign.incident_alerts WHERE workspace_id = $1',
    ),
    await world.rows<{ group_id: string; action: string }>(
      'SELECT group_id, action FROM countersign.pages WHERE workspace_id = $1 ORDER BY id',
    ),
  ];
  const entries = (kind: string, id: string) =>
    ledger.filter((entry) => entry.kind === kind && entry.facts.group === id).length;
  const told = (id: string) =>
    messages
      .filter((message) => message.id.startsWith(`group:${id}:reply:`))
      .sort((one, other) => Number(one.id.split(':')[3]) - Number(other.id.split(':')[3]))
      .map(({ content }) => {
        const { reply, mentions } = content as unknown as { reply: { kind: string }; mentions: unknown[] };
        return { kind: reply.kind, isCalling: mentions.length > 0 };
      });
  const actual = stored.map((group) => ({
    id: group.id,
    state: group.state,
    firing: group.firing,
    resolved: group.resolved,
    severity: group.severity,
    card: messages.some(({ id }) => id === `group:${group.id}:card`)
      ? group.cardMentions.length > 0
        ? 'calling'
        : 'quiet'
      : 'none',
    digest: group.digestId,
    replies: told(group.id),
    called: entries('alert.woke', group.id),
    escalated: entries('alert.escalated', group.id),
    pages: pages.flatMap(({ group_id, action }) => (group_id === group.id ? [action] : [])),
    acknowledgedBy: group.acknowledgedBy,
    silence: group.silenceId,
    incidents: incidents.filter(({ group_id }) => group_id === group.id).length,
  }));
  const expected = groups.map((group) => ({
    id: group.id,
    state: group.state,
    firing: group.firing.length,
    resolved: group.resolvedCount,
    severity: isSeen(group) ? group.severity : expect.any(String),
    card: group.hasCard ? (group.isCardCalling ? 'calling' : 'quiet') : 'none',
    digest: undefined,
    replies: group.replies,
    called: group.calls,
    escalated: group.escalations,
    pages: group.pages,
    acknowledgedBy: group.acknowledgedBy,
    silence: isSeen(group) ? group.silence : stored.find(({ id }) => id === group.id)?.silenceId,
    incidents: group.hasIncident ? 1 : 0,
  }));
  expect(actual).toEqual(expected);
  for (const { id, counts } of stored) {
    const firing = (await world.members(id)).filter(({ state }) => state === 'firing');
    for (const [severity, count] of Object.entries(counts)) {
      expect(firing.filter((member) => member.severity === severity)).toHaveLength(count);
    }
  }
}

async function live(events: readonly Event[]): Promise<void> {
  const world = alertWorld(database.pool, {
    settings: {
      sources: Object.fromEntries(speeches.map((name) => [name, sourceSettings()])),
      digest: { moreThan: 1_000, withinSeconds: 60 },
    },
  });
  const { oracle, happen } = alertHistory(world);
  for (const [index, event] of events.entries()) {
    await happen(event);
    try {
      await judge(world, oracle);
    } catch (cause) {
      throw new Error(`After event ${index + 1}, ${JSON.stringify(event)}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }
  await happen({ kind: 'race' });
  await happen({ kind: 'work', by: 1 });
  await judge(world, oracle);
  expect(world.faults).toEqual([]);
  expect(
    await world.rows(
      'SELECT id FROM countersign.deliveries WHERE workspace_id = $1 AND processed_at IS NULL',
    ),
  ).toEqual([]);
  expect(await world.verdict()).toMatchObject({ problems: [] });
}

describe('the life of groups', () => {
  it(
    'is as their alerts, the clock and people make it, and calls people as often as promised',
    async () => {
      await fc.assert(fc.asyncProperty(anyHistory, live), {
        numRuns: histories,
      });
    },
    Math.max(120_000, histories * 3_000),
  );
});
