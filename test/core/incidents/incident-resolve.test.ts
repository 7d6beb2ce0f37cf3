import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, eve, incidentWorld } from './incident-world.ts';

const database = await testDatabase();
const fix = 'Restarted the mailer';

describe('resolving', () => {
  it('says what fixed it, ends what was owed and has the ledger’s head taken', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2', target: 'rms' });
    const outcome = await world.as(bob, 1).resolve(id, { fix });
    expect(outcome).toMatchObject({
      isResolved: true,
      inTheWay: [],
      incident: { status: 'resolved', timers: [] },
    });
    expect((await world.incident(id)).resolution).toMatchObject({ by: bob, fix, override: undefined });
    expect(await world.timerStates(id)).toEqual({ update_due: 'over', level2: 'over' });
    expect((await world.read(id)).at(-1)).toBe(`${bob} resolved the incident: ${fix}`);
    const jobs = await world.takeDue();
    expect(jobs.filter(({ task }) => task === 'checkpoint')).toMatchObject([
      { payload: { reason: `incident ${id}` } },
    ]);
  });

  it('owes a postmortem of a SEV1 and of no other', async () => {
    const world = incidentWorld(database.pool);
    for (const severity of ['SEV1', 'SEV2', 'SEV3', 'SEV4'] as const) {
      const id = await world.declare({ severity });
      const { incident } = await world.as(ada).resolve(id, { fix });
      expect(await world.waiting(id)).toEqual(
        severity === 'SEV1'
          ? { postmortem_24h: 24 * 60, postmortem_4h: 44 * 60, postmortem_due: 48 * 60 }
          : {},
      );
      expect(incident.timers).toHaveLength(severity === 'SEV1' ? 3 : 0);
    }
  });

  it('does not happen while an alert of it fires, and says which', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', { title: 'Checkout is slow' });
    const id = await world.declare({ alert, severity: 'SEV1' });
    const before = await world.headlines(id);
    expect(await world.as(ada).resolve(id, { fix })).toMatchObject({
      isResolved: false,
      inTheWay: ['Alert "Checkout is slow" still fires (1 firing).'],
      incident: { status: 'investigating' },
    });
    expect(await world.incident(id)).toMatchObject({ status: 'investigating', resolution: undefined });
    expect(await world.waitingKinds(id)).toEqual(['update_due', 'level2']);
    expect(await world.headlines(id)).toBe(before);
    expect(await world.kinds(id)).not.toContain('incident.resolved');
    await world.resolveAlert();
    expect(await world.as(ada).resolve(id, { fix })).toMatchObject({ isResolved: true, inTheWay: [] });
  });

  it.each([
    ['down', 'rms api /health is down (503).'],
    ['unknown', 'rms api /health is unknown (503).'],
  ] as const)('does not happen while its target is %s', async (status, expected) => {
    const world = incidentWorld(database.pool);
    world.health.set('rms', { status, answer: '503' });
    const id = await world.declare({ target: 'rms' });
    expect(await world.as(ada).resolve(id, { fix })).toMatchObject({
      isResolved: false,
      inTheWay: [expected],
    });
    expect((await world.incident(id)).status).toBe('investigating');
    // Another's health is not its affair.
    const other = await world.declare({ target: 'rms-staging' });
    expect(await world.as(ada).resolve(other, { fix })).toMatchObject({ isResolved: true });
  });

  it('happens all the same where a person says why, on record', async () => {
    const world = incidentWorld(database.pool);
    world.health.set('rms', { status: 'down', answer: '503' });
    const alert = await world.fire();
    const id = await world.declare({ alert, target: 'rms' });
    const outcome = await world.as(ada).resolve(id, { fix, override: 'The alert is stale' });
    expect(outcome).toMatchObject({ isResolved: true });
    expect(outcome.inTheWay).toHaveLength(2);
    expect((await world.incident(id)).resolution).toMatchObject({ override: 'The alert is stale' });
    expect((await world.read(id)).at(-1)).toBe(
      `${ada} resolved the incident although not everything was quiet: ${fix} · The alert is stale`,
    );
    expect((await world.ledger()).at(-1)?.facts).toEqual({ override: true, firing: [alert] });
    expect(await world.waiting(id)).toEqual({ still_firing: 15 });
  });

  it('keeps no reason where nothing was in the way', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await world.as(ada).resolve(id, { fix, override: 'just in case' });
    expect((await world.incident(id)).resolution).toMatchObject({ override: undefined });
    expect((await world.read(id)).at(-1)).toBe(`${ada} resolved the incident: ${fix}`);
  });

  it('counts no target that the settings no longer know as unwell', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ target: 'rms' });
    await world.rows(
      `UPDATE countersign.incidents SET target = 'gone' WHERE workspace_id = $1 AND id = $2`,
      id,
    );
    expect(await world.as(ada).resolve(id, { fix })).toMatchObject({ isResolved: true });
  });

  it('by two people at once happens once, and the other is told', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    const outcomes = await Promise.allSettled(
      [ada, bob].map((who, by) => world.as(who, by).resolve(id, { fix })),
    );
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(refused?.reason).toMatchObject({
      code: 'incident_resolved',
      message: expect.stringMatching(
        new RegExp(
          `^Incident ${id} was resolved at \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC. To go on with it: /ops incident reopen ${id}$`,
        ),
      ),
    });
    expect((await world.kinds(id)).filter((kind) => kind === 'incident.resolved')).toHaveLength(1);
  });

  it('tells PagerDuty, if it was told of it', async () => {
    const world = incidentWorld(database.pool);
    const [paged, quiet] = [await world.declare(), await world.declare()];
    await world.as(ada).page(paged, 'we are stuck');
    for (const id of [paged, quiet]) await world.as(ada).resolve(id, { fix });
    expect(await world.pagesOf(paged)).toEqual(['trigger', 'resolve']);
    expect(await world.pagesOf(quiet)).toEqual([]);
    expect((await world.incident(paged)).pagedAt).toBeUndefined();
  });
});

describe('the buttons of a resolved incident', () => {
  it('are explained, not dead', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire();
    const id = await world.declare();
    await world.as(ada).resolve(id, { fix });
    const before = await world.kinds(id);
    const clicks: (() => Promise<unknown>)[] = [
      () => world.as(bob).update(id, { note: 'Looking' }),
      () => world.as(bob).update(id, { severity: 'SEV1' }),
      () => world.as(bob).update(id, { commander: bob }),
      () => world.as(bob).linkAlert(id, alert),
      () => world.as(bob).page(id, 'we are stuck'),
      () => world.as(bob).resolve(id, { fix }),
    ];
    for (const click of clicks) {
      await expect(click()).rejects.toMatchObject({
        code: 'incident_resolved',
        message: expect.stringContaining(`To go on with it: /ops incident reopen ${id}`),
      });
    }
    expect(await world.kinds(id)).toEqual(before);
    expect(await world.told(id)).toEqual([]);
  });
});

describe('reopening', () => {
  it('keeps what was, and owes again what is owed while it lasts', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV1' });
    await world.as(ada).update(id, { note: 'Looking', status: 'monitoring' });
    await world.as(ada).page(id, 'we are stuck');
    await world.as(ada).resolve(id, { fix });
    await world.pass(10);
    await world.as(bob, 1).reopen(id, 'it is back');
    expect(await world.incident(id)).toMatchObject({
      status: 'investigating',
      resolution: undefined,
      escalatedAt: undefined,
      reopenedAt: expect.any(Date),
      update: { text: 'Looking' },
    });
    expect(await world.waiting(id)).toEqual({ level2: 30, update_due: 30 });
    expect(await world.timerStates(id)).toMatchObject({
      postmortem_24h: 'over',
      postmortem_4h: 'over',
      postmortem_due: 'over',
    });
    expect((await world.read(id)).slice(-2)).toEqual([
      `${ada} resolved the incident: ${fix}`,
      `${bob} reopened the incident: it is back`,
    ]);
    await world.as(ada).resolve(id, { fix: 'replaced it' });
    expect(await world.waitingKinds(id)).toEqual(['postmortem_24h', 'postmortem_4h', 'postmortem_due']);
  });

  it('is for what is resolved, by who may, with what is there', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await expect(world.as(ada).reopen(id, 'it is back')).rejects.toThrow(`Incident ${id} is open.`);
    await world.as(ada).resolve(id, { fix });
    await expect(world.as(eve).reopen(id, 'it is back')).rejects.toMatchObject({ code: 'not_authorized' });
    await expect(world.as(ada).reopen('i-none', 'it is back')).rejects.toMatchObject({
      code: 'no_such_incident',
    });
    const twice = await Promise.allSettled([0, 1].map((by) => world.as(ada, by).reopen(id, 'it is back')));
    expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('publishing the postmortem', () => {
  const url = 'https://wiki.example.com/p/1';

  it('ends its timers, and none is owed after a reopening', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV1' });
    await world.as(ada).resolve(id, { fix });
    const { timers } = await world.as(bob, 1).publishPostmortem(id, url);
    expect(timers).toEqual([]);
    expect((await world.incident(id)).postmortem).toMatchObject({ url, by: bob });
    expect((await world.read(id)).at(-1)).toBe(`${bob} published the postmortem: ${url}`);
    await world.as(ada).reopen(id, 'it is back');
    await world.as(ada).resolve(id, { fix });
    expect(await world.waitingKinds(id)).toEqual([]);
  });
});
