import { describe, expect, it } from 'vitest';
import { resolveIncident } from '../../../src/core/incidents/resolve.ts';
import { incidentTimer } from '../../../src/core/incidents/timers.ts';
import { testDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { ada, bob, type IncidentWorld, incidentWorld, secondLevel } from './incident-world.ts';

const database = await testDatabase();
const hour = 60;
const fix = 'restarted it';

async function resolvedSev1(world: IncidentWorld): Promise<string> {
  const id = await world.declare({ severity: 'SEV1', commander: bob });
  await world.as(ada).resolve(id, { fix });
  return id;
}

/** Those told by one timer, of however many. */
const toldBy = async (world: IncidentWorld, id: string, kind: string) =>
  (await world.told(id)).filter((told) => told.kind === kind);

describe('a status update', () => {
  it.each([
    ['SEV1', 30],
    ['SEV2', 60],
    ['SEV3', 240],
  ] as const)('of a %s is asked for every %i minutes until one is given', async (severity, minutes) => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity });
    for (const times of [1, 2]) {
      await world.pass(minutes + 0.1);
      await world.work(times);
      expect(await toldBy(world, id, 'update_due')).toHaveLength(times);
    }
    await world.pass(minutes - 1);
    await world.as(bob).update(id, { note: 'Looking' });
    await world.pass(minutes - 1);
    await world.work();
    expect(await toldBy(world, id, 'update_due')).toHaveLength(2);
    expect((await world.waiting(id)).update_due).toBe(1);
  });

  it('of a SEV4 is asked of nobody, nor of what became one, nor of what is resolved', async () => {
    const world = incidentWorld(database.pool);
    const ids = [await world.declare({ severity: 'SEV4' }), await world.declare(), await world.declare()];
    await world.as(ada).update(ids[1]!, { severity: 'SEV4' });
    await world.as(ada).resolve(ids[2]!, { fix });
    await world.pass(1_000);
    await world.work();
    for (const id of ids) expect(await world.told(id)).toEqual([]);
  });

  it('is asked of whoever commands it now, else of who declared it, and of nobody who is not in Slack', async () => {
    const world = incidentWorld(database.pool, {
      settings: { roles: { responder: { users: [ada, bob, 'cli:root'], usergroups: [] } } },
    });
    const id = await world.declare();
    await world.as(ada).update(id, { commander: bob });
    const fromCli = await world.declare({}, 0, 'cli:root');
    await world.pass(61);
    await world.work();
    expect(await toldBy(world, id, 'update_due')).toMatchObject([{ to: [bob] }]);
    expect(await toldBy(world, fromCli, 'update_due')).toEqual([]);
    expect(await world.kinds(fromCli)).toContain('incident.update_overdue');
  });
});

describe('level 2', () => {
  it('is called once for as long as the incident lasts, and PagerDuty with it', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV1' });
    await world.pass(31);
    await world.work();
    expect(await world.pagesOf(id)).toEqual(['trigger']);
    expect(await world.incident(id)).toMatchObject({
      escalatedAt: expect.any(Date),
      pagedAt: expect.any(Date),
    });
    expect((await world.ledger()).findLast(({ kind }) => kind === 'incident.escalated')?.facts).toEqual({
      because: 'unresolved',
      called: [secondLevel],
      pagerduty: true,
    });
    await world.as(ada).update(id, { severity: 'SEV3' });
    await world.as(ada).update(id, { severity: 'SEV1' });
    await world.pass(100);
    await world.work();
    expect(await toldBy(world, id, 'level2')).toHaveLength(1);
    await world.as(ada).resolve(id, { fix });
    expect(await world.pagesOf(id)).toEqual(['trigger', 'resolve']);
  });

  it('is called again for what is reopened', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    await world.pass(31);
    await world.work();
    await world.as(ada).resolve(id, { fix });
    await world.as(ada).reopen(id, 'it is back');
    await world.pass(31);
    await world.work();
    expect(await toldBy(world, id, 'level2')).toHaveLength(2);
    expect(await world.pagesOf(id)).toEqual(['trigger', 'resolve', 'trigger']);
  });

  it('is called for what is reopened also where it was called for its alert before', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', { severity: 'critical' });
    await world.pass(6);
    await world.work();
    const id = await world.declare({ alert });
    await world.resolveAlert();
    await world.as(ada).resolve(id, { fix });
    await world.as(ada).reopen(id, 'it is back');
    await world.pass(31);
    await world.work();
    expect((await toldBy(world, id, 'level2')).length).toBe(1);
  });

  it('tells nobody else where PagerDuty is not there', async () => {
    const world = incidentWorld(database.pool, {
      settings: { escalation: { pagerduty: undefined as never } },
    });
    const id = await world.declare({ severity: 'SEV2' });
    await world.pass(31);
    await world.work();
    expect(await toldBy(world, id, 'level2')).toHaveLength(1);
    expect(await world.pagesOf(id)).toEqual([]);
    expect((await world.incident(id)).pagedAt).toBeUndefined();
  });

  it.each(['resolved', 'less bad', 'paged by hand', 'called for its alert'])(
    'is not called when it is %s meanwhile',
    async (what) => {
      const world = incidentWorld(database.pool);
      const alert = await world.fire('checkout', { severity: 'critical' });
      const id = await world.declare({ severity: 'SEV2' });
      if (what === 'resolved') await world.as(ada).resolve(id, { fix });
      if (what === 'less bad') await world.as(ada).update(id, { severity: 'SEV3' });
      if (what === 'paged by hand') await world.as(ada).page(id, 'we are stuck');
      if (what === 'called for its alert') await world.as(ada).linkAlert(id, alert);
      await world.pass(31);
      await world.work();
      expect((await world.kinds(id)).filter((kind) => kind === 'incident.escalated')).toEqual([]);
      expect(await toldBy(world, id, 'level2')).toHaveLength(what === 'paged by hand' ? 1 : 0);
    },
  );

  it('of two processes is called once also where a person pages at the same moment', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    await world.pass(31);
    await Promise.all([
      incidentTimer('level2', id, world.processes()[0].incidents),
      world.as(ada, 1).page(id, 'we are stuck'),
      incidentTimer('level2', id, world.processes()[1].incidents),
    ]);
    const kinds = await world.kinds(id);
    expect(kinds.filter((kind) => kind === 'incident.paged')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'incident.escalated').length).toBeLessThanOrEqual(1);
    // A page that came after the timer's is one more, one before it is the only one.
    const order = kinds.filter((kind) => kind === 'incident.paged' || kind === 'incident.escalated');
    expect([['incident.paged'], ['incident.escalated', 'incident.paged']]).toContainEqual(order);
  });
});

describe('what is resolved and still fires', () => {
  it('is told to whoever resolved it, naming the alerts', async () => {
    const world = incidentWorld(database.pool);
    const [one, other] = [await world.fire('checkout'), await world.fire('search')];
    const id = await world.declare({ alert: one });
    await world.as(ada).linkAlert(id, other);
    await world.as(bob).resolve(id, { fix, override: 'stale' });
    await world.resolveAlert('search');
    await world.pass(16);
    await world.work();
    expect(await toldBy(world, id, 'still_firing')).toEqual([
      { kind: 'still_firing', to: [bob], isDirect: false },
    ]);
    expect((await world.ledger()).at(-1)?.facts).toEqual({ groups: [one] });
  });

  it.each(['quiet', 'reopened'])('is not told when it is %s meanwhile', async (what) => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ alert: await world.fire() });
    await world.as(bob).resolve(id, { fix, override: 'stale' });
    if (what === 'quiet') await world.resolveAlert();
    else await world.as(bob).reopen(id, 'it is not over');
    await world.pass(16);
    await world.work();
    expect(await toldBy(world, id, 'still_firing')).toEqual([]);
  });

  it('is told also of what fires again afterwards, each time', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ alert: await world.fire() });
    await world.resolveAlert();
    await world.as(bob).resolve(id, { fix });
    expect(await world.waitingKinds(id)).toEqual([]);
    for (const times of [1, 2]) {
      await world.pass(60);
      await world.fire();
      expect((await world.waiting(id)).still_firing).toBe(15);
      await world.pass(16);
      await world.work(times);
      expect(await toldBy(world, id, 'still_firing')).toHaveLength(times);
      await world.resolveAlert();
    }
  });

  it('is no affair of an open one: its alerts are in the way when it is resolved', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ alert: await world.fire(), severity: 'SEV4' });
    await world.resolveAlert();
    await world.fire();
    expect(await world.waiting(id)).toEqual({});
  });

  it('is noticed though it fires again at the moment it is resolved', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ alert: await world.fire(), severity: 'SEV4' });
    await world.resolveAlert();
    const [{ incidents }] = world.processes();
    let firing = Promise.resolve('');
    const isWaiting = async () => {
      const { rows } = await database.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows.length > 0;
    };
    // Its alerts have been looked at, and it is not committed yet.
    await incidents.store.transaction(async (transaction) => {
      const how = { fix, override: undefined, notReady: [] };
      await resolveIncident(id, how, { person: bob, via: 'slash' }, transaction);
      firing = world.fire();
      await until(isWaiting, { waitingFor: 'the alert to wait for the incident' });
    });
    await firing;
    expect((await world.waiting(id)).still_firing).toBe(15);
  });
});

describe('the postmortem of a SEV1', () => {
  it('is asked for twice of its commander, then of everybody, by nothing more', async () => {
    const world = incidentWorld(database.pool);
    const id = await resolvedSev1(world);
    const told: string[][] = [];
    for (const hours of [24.1, 20, 4, 100]) {
      await world.pass(hours * hour);
      await world.work();
      told.push((await world.told(id)).map(({ kind }) => kind));
    }
    const all = ['postmortem_24h', 'postmortem_4h', 'postmortem_due'];
    expect(told).toEqual([all.slice(0, 1), all.slice(0, 2), all, all]);
    const due = (await world.ledger()).filter(({ kind }) => kind === 'incident.postmortem_due');
    expect(due.map(({ facts }) => facts.left)).toEqual(['24h', '4h', '0h']);
  });

  it.each(['published', 'reopened'])('is asked for no more once it is %s', async (what) => {
    const world = incidentWorld(database.pool);
    const id = await resolvedSev1(world);
    await world.pass(25 * hour);
    await world.work();
    if (what === 'published') await world.as(ada).publishPostmortem(id, 'https://wiki.example.com/p');
    else await world.as(ada).reopen(id, 'it is back');
    await world.rows(
      `UPDATE countersign.incident_timers SET state = 'waiting' WHERE workspace_id = $1 AND kind LIKE 'postmortem%'`,
    );
    await world.pass(24 * hour);
    await world.work();
    expect((await world.told(id)).filter(({ kind }) => kind.startsWith('postmortem'))).toHaveLength(1);
  });

  it('is counted anew from the second time it is resolved', async () => {
    const world = incidentWorld(database.pool);
    const id = await resolvedSev1(world);
    await world.pass(40 * hour);
    await world.work();
    await world.as(ada).reopen(id, 'it is back');
    await world.as(ada).resolve(id, { fix });
    expect((await world.waiting(id)).postmortem_due).toBe(48 * hour);
    await world.pass(25 * hour);
    await world.work();
    expect((await toldBy(world, id, 'postmortem_24h')).length).toBe(2);
  });
});
