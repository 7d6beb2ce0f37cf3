import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, eve, incidentWorld } from './incident-world.ts';

const database = await testDatabase();

describe('linking an alert', () => {
  it('makes it part of the incident, its history too', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', { severity: 'critical' });
    await world.click(alert, { action: 'acknowledge' }, bob);
    const id = await world.declare();
    const summary = await world.as(ada, 1).linkAlert(id, alert);
    expect(summary.alerts).toEqual({ linked: 1, firing: 1 });
    expect((await world.group()).incidentId).toBe(id);
    expect(await world.kinds(id)).toEqual([
      'alert.woke',
      'alert.acknowledged',
      'incident.declared',
      'incident.alert_linked',
    ]);
    // Its card shows where it belongs now.
    expect((await world.card(alert))?.wanted).toBe(3);
    expect(await world.lines(id)).toEqual([
      [expect.stringContaining(`${ada} linked alert ${alert} (critical, alertmanager), first seen `)],
    ]);
  });

  it('asks for the card only where it has one', async () => {
    const world = incidentWorld(database.pool, { settings: { digest: { moreThan: 0, withinSeconds: 60 } } });
    const alert = await world.fire('checkout', { severity: 'warning' });
    const id = await world.declare();
    await world.as(ada).linkAlert(id, alert);
    expect(await world.card(alert)).toBeUndefined();
  });

  it('refuses what is linked already, and says to what', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire();
    const [id, other] = [await world.declare(), await world.declare()];
    await world.as(ada).linkAlert(id, alert);
    await expect(world.as(ada).linkAlert(id, alert)).rejects.toThrow(
      `Alert ${alert} is linked to it already.`,
    );
    await expect(world.as(ada).linkAlert(other, alert)).rejects.toThrow(
      `Alert ${alert} is linked to incident ${id} already.`,
    );
    expect(await world.kinds(other)).toEqual(['incident.declared']);
  });

  it('at once to two incidents, by two processes, links it to one', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire();
    const ids = [await world.declare(), await world.declare()];
    const outcomes = await Promise.allSettled(ids.map((id, by) => world.as(ada, by).linkAlert(id, alert)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const kinds = (await Promise.all(ids.map((id) => world.kinds(id)))).flat();
    expect(kinds.filter((kind) => kind === 'incident.alert_linked')).toHaveLength(1);
  });

  it('refuses what is unknown, what is over and who is in no role', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire();
    const id = await world.declare();
    await expect(world.as(ada).linkAlert(id, 'g-none')).rejects.toThrow(
      'There is no alert "g-none". /ops alerts lists them.',
    );
    await expect(world.as(ada).linkAlert('i-none', alert)).rejects.toMatchObject({
      code: 'no_such_incident',
    });
    await expect(world.as(eve).linkAlert(id, alert)).rejects.toMatchObject({ code: 'not_authorized' });
    await world.as(ada).resolve(id, { fix: 'restarted it' });
    await expect(world.as(ada).linkAlert(id, alert)).rejects.toMatchObject({ code: 'incident_resolved' });
    expect((await world.group()).incidentId).toBeUndefined();
  });
});

describe('what becomes of a linked alert', () => {
  it('is in the timeline: worse, resolved, back, acknowledged, closed, its severity set by hand', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire();
    const id = await world.declare({ alert });
    await world.fire('checkout', { severity: 'high' });
    await world.click(alert, { action: 'acknowledge' }, bob, 1);
    await world.resolveAlert();
    await world.fire();
    await world.click(alert, { action: 'set_severity', severity: 'info', reason: 'It is a test' });
    await world.click(alert, { action: 'close' });
    expect((await world.read(id)).slice(2)).toEqual([
      `Alert ${alert} became high (alertmanager)`,
      `${bob} acknowledged alert ${alert}`,
      `Alert ${alert} resolved (high, alertmanager)`,
      `Alert ${alert} fires again (warning, alertmanager)`,
      `${ada} made alert ${alert} info instead of warning: It is a test`,
      `${ada} closed alert ${alert} by hand`,
    ]);
    // What people did is said in the thread, what monitoring saw is not.
    expect((await world.lines(id)).flat().map((line) => line.split(' ')[1])).toEqual([
      'acknowledged',
      'made',
      'closed',
    ]);
  });

  it('is none of the affair of another incident', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    const alert = await world.fire('search');
    await world.declare({ alert });
    await world.resolveAlert('search');
    expect(await world.kinds(id)).toEqual(['incident.declared']);
    expect(await world.headlines(id)).toBe(2);
  });

  it('is told by time as by its source', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', { quietMinutes: 60 });
    const id = await world.declare({ alert });
    const before = await world.headlines(id);
    await world.pass(61);
    await world.work(1);
    expect((await world.kinds(id)).at(-1)).toBe('alert.resolved');
    expect(await world.headlines(id)).toBeGreaterThan(before);
  });

  it('by repeats is nothing', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire();
    const id = await world.declare({ alert });
    const before = await world.headlines(id);
    for (let times = 0; times < 3; times += 1) await world.fire();
    expect(await world.kinds(id)).toHaveLength(2);
    expect(await world.headlines(id)).toBe(before);
  });

  it('of two groups of one delivery is two entries', async () => {
    const world = incidentWorld(database.pool);
    const alerts = [await world.fire('checkout'), await world.fire('search')];
    const id = await world.declare({ alert: alerts[0]! });
    await world.as(ada).linkAlert(id, alerts[1]!);
    await world.hear({
      signals: [
        { groupKey: 'checkout', status: 'resolved' },
        { groupKey: 'search', status: 'resolved' },
      ],
    });
    expect((await world.kinds(id)).filter((kind) => kind === 'alert.resolved')).toHaveLength(2);
  });
});
