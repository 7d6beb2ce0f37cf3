import { describe, expect, it } from 'vitest';
import { type IncidentTimerKind, incidentTimers } from '../../../src/core/incidents/incident.ts';
import { incidentTimer } from '../../../src/core/incidents/timers.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, type IncidentWorld, incidentWorld, secondLevel } from './incident-world.ts';

const database = await testDatabase();
const hour = 60;
const fix = 'restarted it';

/** How each timer comes to wait, for how many minutes, and what is to come of it. */
const timers: Readonly<
  Record<
    IncidentTimerKind,
    {
      readonly minutes: number;
      readonly entry: string;
      readonly told: { readonly to: readonly string[]; readonly isDirect: boolean };
      readonly begin: (world: IncidentWorld) => Promise<string>;
    }
  >
> = {
  update_due: {
    minutes: 60,
    entry: 'incident.update_overdue',
    told: { to: [bob], isDirect: true },
    begin: (world) => world.declare({ severity: 'SEV2', commander: bob }),
  },
  level2: {
    minutes: 30,
    entry: 'incident.escalated',
    told: { to: [secondLevel], isDirect: false },
    begin: (world) => world.declare({ severity: 'SEV2' }),
  },
  still_firing: {
    minutes: 15,
    entry: 'incident.still_firing',
    told: { to: [bob], isDirect: false },
    begin: async (world) => {
      const id = await world.declare({ severity: 'SEV3', alert: await world.fire() });
      await world.as(bob).resolve(id, { fix, override: 'it is stale' });
      return id;
    },
  },
  postmortem_24h: {
    minutes: 24 * hour,
    entry: 'incident.postmortem_due',
    told: { to: [bob], isDirect: true },
    begin: resolvedSev1,
  },
  postmortem_4h: {
    minutes: 44 * hour,
    entry: 'incident.postmortem_due',
    told: { to: [bob], isDirect: true },
    begin: resolvedSev1,
  },
  postmortem_due: {
    minutes: 48 * hour,
    entry: 'incident.postmortem_due',
    told: { to: [], isDirect: false },
    begin: resolvedSev1,
  },
};

async function resolvedSev1(world: IncidentWorld): Promise<string> {
  const id = await world.declare({ severity: 'SEV1', commander: bob });
  await world.as(ada).resolve(id, { fix });
  return id;
}

/** Those told by one timer, of however many. */
const toldBy = async (world: IncidentWorld, id: string, kind: string) =>
  (await world.told(id)).filter((told) => told.kind === kind);

describe.each(incidentTimers)('the timer %s', (kind) => {
  const { minutes, entry, told, begin } = timers[kind];
  const count = async (world: IncidentWorld, id: string) =>
    (await world.kinds(id)).filter((one) => one === entry).length;
  const before = kind === 'postmortem_4h' ? 1 : kind === 'postmortem_due' ? 2 : 0;

  it('comes due at its time and not before, tells whom it concerns once, and is on record', async () => {
    const world = incidentWorld(database.pool);
    const id = await begin(world);
    expect((await world.waiting(id))[kind]).toBe(minutes);
    expect(await world.jobMinutes(id, kind)).toBeCloseTo(minutes, 0);
    await world.pass(minutes - 0.5);
    await world.work();
    expect(await toldBy(world, id, kind)).toEqual([]);
    expect(await count(world, id)).toBe(before);
    const asked = await world.headlines(id);
    await world.pass(1);
    expect(await world.work()).toContain(kind);
    expect(await toldBy(world, id, kind)).toEqual([{ kind, ...told }]);
    expect(await count(world, id)).toBe(before + 1);
    expect(await world.headlines(id)).toBe(asked + 1);
    await world.work();
    expect(await toldBy(world, id, kind)).toHaveLength(1);
  });

  it('is no one’s own: whoever is there after a restart comes to it', async () => {
    const world = incidentWorld(database.pool);
    const id = await begin(world);
    world.restart();
    await world.pass(minutes + 1);
    await world.work(1);
    expect(await toldBy(world, id, kind)).toHaveLength(1);
    expect(await count(world, id)).toBe(before + 1);
  });

  it('fires once though two processes come to it at once, and again later', async () => {
    const world = incidentWorld(database.pool);
    const id = await begin(world);
    await world.work();
    await world.pass(minutes + 1);
    const both = () =>
      Promise.all(world.processes().map(({ incidents }) => incidentTimer(kind, id, incidents)));
    await both();
    await both();
    expect(await toldBy(world, id, kind)).toHaveLength(1);
    expect((await world.ledger()).filter((one) => one.kind === entry)).toHaveLength(1);
  });

  it('asked too early does nothing and is woken again at its time', async () => {
    const world = incidentWorld(database.pool);
    const id = await begin(world);
    await world.takeDue();
    await world.rows(`DELETE FROM graphile_worker._private_jobs WHERE payload->>'workspaceId' = $1`);
    for (const { incidents } of world.processes()) await incidentTimer(kind, id, incidents);
    expect(await toldBy(world, id, kind)).toEqual([]);
    expect((await world.waiting(id))[kind]).toBe(minutes);
    expect(await world.jobMinutes(id, kind)).toBeCloseTo(minutes, 0);
    await world.pass(minutes + 0.1);
    expect(await world.work()).toEqual([kind]);
    expect(await toldBy(world, id, kind)).toHaveLength(1);
  });

  it('does not care about a machine whose clock is wrong', async () => {
    const world = incidentWorld(database.pool);
    world.restart(3 * 24 * hour);
    const id = await begin(world);
    expect((await world.waiting(id))[kind]).toBe(minutes);
    await world.pass(minutes - 1);
    await world.work();
    expect(await toldBy(world, id, kind)).toEqual([]);
    world.restart(-3 * 24 * hour);
    await world.pass(2);
    await world.work();
    expect(await toldBy(world, id, kind)).toHaveLength(1);
  });

  it('is cancelled with a reason on record, once, and then does nothing', async () => {
    const world = incidentWorld(database.pool);
    const id = await begin(world);
    const { timers: left } = await world.as(ada, 1).cancelTimer(id, kind, 'it is taken care of');
    expect(left.map((one) => one.kind)).not.toContain(kind);
    expect(await world.timerStates(id)).toMatchObject({ [kind]: 'cancelled' });
    expect((await world.read(id)).at(-1)).toMatch(
      new RegExp(`^${ada} cancelled the .*: it is taken care of$`),
    );
    expect((await world.ledger()).at(-1)?.facts).toEqual({ timer: kind });
    await expect(world.as(ada).cancelTimer(id, kind, 'again')).rejects.toMatchObject({
      code: 'no_such_timer',
      message: expect.stringContaining(`No timer "${kind}" waits for ${id}.`),
    });
    await world.pass(minutes + 1);
    expect(await world.work()).toContain(kind);
    for (const { incidents } of world.processes()) await incidentTimer(kind, id, incidents);
    expect(await toldBy(world, id, kind)).toEqual([]);
  });
});

describe('a timer', () => {
  it('of an incident that is not there does nothing', async () => {
    const world = incidentWorld(database.pool);
    await incidentTimer('level2', 'i-none', world.processes()[0].incidents);
    expect(await world.ledger()).toEqual([]);
  });

  it.each<[IncidentTimerKind, string, (world: IncidentWorld, id: string) => Promise<unknown>]>([
    ['update_due', 'resolved', (world, id) => world.as(ada).resolve(id, { fix })],
    ['update_due', 'a SEV4', (world, id) => world.as(ada).update(id, { severity: 'SEV4' })],
    ['level2', 'resolved', (world, id) => world.as(ada).resolve(id, { fix })],
    ['level2', 'in the hands of level 2', (world, id) => world.as(ada).page(id, 'we are stuck')],
    ['still_firing', 'open again', (world, id) => world.as(ada).reopen(id, 'it is back')],
    ['still_firing', 'quiet', (world) => world.resolveAlert()],
    ['postmortem_24h', 'open again', (world, id) => world.as(ada).reopen(id, 'it is back')],
    ['postmortem_4h', 'open again', (world, id) => world.as(ada).reopen(id, 'it is back')],
    ['postmortem_due', 'open again', (world, id) => world.as(ada).reopen(id, 'it is back')],
    ['postmortem_due', 'written', (world, id) => world.as(ada).publishPostmortem(id, 'https://w.example/p')],
  ])('%s, of an incident that is %s by then, does nothing though it waits', async (kind, _, change) => {
    const world = incidentWorld(database.pool);
    const id = await timers[kind].begin(world);
    await change(world, id);
    await world.rows(
      `UPDATE countersign.incident_timers SET state = 'waiting', due_at = clock_timestamp() - interval '1 second'
       WHERE workspace_id = $1 AND kind = $2`,
      kind,
    );
    const before = [await world.told(id), await world.kinds(id), await world.pagesOf(id)];
    for (const { incidents } of world.processes()) await incidentTimer(kind, id, incidents);
    expect([await world.told(id), await world.kinds(id), await world.pagesOf(id)]).toEqual(before);
    // It is over, and not looked at again.
    expect((await world.timerStates(id))[kind]).toBe('over');
  });

  it('that is cancelled names those that wait', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV4' });
    await expect(world.as(ada).cancelTimer(id, 'level2', 'why not')).rejects.toThrow(
      `No timer "level2" waits for ${id}. None does.`,
    );
    await world.as(ada).update(id, { severity: 'SEV1' });
    await expect(world.as(ada).cancelTimer(id, 'still_firing', 'why not')).rejects.toThrow(
      'There is update_due, level2.',
    );
  });

  it('is in the summary while it waits, the first to come due first', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    expect((await world.as(ada).find(id)).timers.map(({ kind }) => kind)).toEqual(['level2', 'update_due']);
  });
});
