import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, eve, incidentWorld } from './incident-world.ts';

const database = await testDatabase();

describe('a status update', () => {
  it('is the newest word of the incident, and puts the next one off', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    await world.pass(50);
    await world.as(bob, 1).update(id, { note: 'The provider is back', status: 'monitoring' });
    expect(await world.incident(id)).toMatchObject({
      status: 'monitoring',
      update: { text: 'The provider is back', by: bob },
    });
    expect((await world.waiting(id)).update_due).toBe(60);
    expect((await world.read(id)).at(-1)).toBe(
      `${bob} posted an update (monitoring, was investigating): The provider is back`,
    );
  });

  it('of words or of a status alone is one as well', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    await world.pass(10);
    await world.as(ada).update(id, { status: 'identified' });
    expect((await world.waiting(id)).update_due).toBe(60);
    expect(await world.incident(id)).toMatchObject({ status: 'identified', update: undefined });
    await world.pass(10);
    await world.as(ada).update(id, { note: 'Still looking' });
    expect((await world.waiting(id)).update_due).toBe(60);
    expect((await world.read(id)).slice(1)).toEqual([
      `${ada} posted an update (identified, was investigating)`,
      `${ada} posted an update (still identified): Still looking`,
    ]);
  });

  it('is owed again after its timer was cancelled', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    await world.as(ada).cancelTimer(id, 'update_due', 'nobody reads them at night');
    await world.as(ada).update(id, { note: 'Good morning' });
    expect(await world.timerStates(id)).toMatchObject({ update_due: 'waiting' });
  });

  it('that changes nothing is none', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({
      severity: 'SEV2',
      title: 'Emails delayed',
      target: 'rms',
      tenants: ['acme'],
    });
    const same = {
      title: 'Emails delayed',
      severity: 'SEV2',
      status: 'investigating',
      target: 'rms',
      tenants: ['acme'],
      commander: ada,
    } as const;
    for (const change of [{}, same]) {
      await expect(world.as(ada).update(id, change)).rejects.toMatchObject({ code: 'nothing_changed' });
    }
    expect(await world.kinds(id)).toEqual(['incident.declared']);
  });
});

describe('an edit', () => {
  it('says what is different and what it was, the title’s words kept beside the chain', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV3' });
    await world.as(ada).update(id, {
      title: 'Emails to Ada Lovelace delayed',
      severity: 'SEV1',
      target: 'rms',
      tenants: ['acme'],
      commander: bob,
    });
    expect(await world.incident(id)).toMatchObject({
      title: 'Emails to Ada Lovelace delayed',
      severity: 'SEV1',
      target: 'rms',
      environment: 'production',
      tenants: ['acme'],
      commander: bob,
      update: undefined,
    });
    expect((await world.read(id)).at(-1)).toBe(
      `${ada} changed the severity to SEV1 from SEV3, the commander to ${bob} from ${ada}, the target to rms, the tenants to acme, the title: Emails to Ada Lovelace delayed`,
    );
    const bodies = await world.rows<{ body: string }>(
      'SELECT body FROM countersign.ledger_entries WHERE workspace_id = $1',
    );
    expect(bodies.filter(({ body }) => body.includes('Lovelace'))).toEqual([]);
  });

  it('that is no status update leaves the next one due when it was', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    await world.pass(20);
    await world.as(ada).update(id, { title: 'Emails delayed for acme' });
    expect(await world.waiting(id)).toEqual({ level2: 10, update_due: 40 });
  });

  it('together with an update is two entries', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await world.as(ada).update(id, { title: 'Other words', note: 'Looking' });
    expect(await world.kinds(id)).toEqual(['incident.declared', 'incident.edited', 'incident.updated']);
  });

  it('names a target that exists, by someone with a role', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await expect(world.as(ada).update(id, { target: 'rmss' })).rejects.toMatchObject({
      code: 'no_such_target',
    });
    await expect(world.as(eve).update(id, { note: 'Hello' })).rejects.toMatchObject({
      code: 'not_authorized',
    });
    await expect(world.as(ada).update('i-none', { note: 'Hello' })).rejects.toThrow(
      'There is no incident "i-none". /ops incidents lists them.',
    );
    expect(await world.kinds(id)).toEqual(['incident.declared']);
  });

  it('by two people at once keeps what each changed', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await Promise.all([
      world.as(ada, 0).update(id, { commander: bob }),
      world.as(bob, 1).update(id, { tenants: ['acme'] }),
      world.as(bob, 0).update(id, { note: 'Looking' }),
    ]);
    expect(await world.incident(id)).toMatchObject({
      commander: bob,
      tenants: ['acme'],
      update: { text: 'Looking' },
    });
  });
});

describe('another severity', () => {
  it.each([
    ['SEV1', { level2: 30, update_due: 30 }],
    ['SEV2', { level2: 30, update_due: 60 }],
    ['SEV3', { update_due: 240 }],
    ['SEV4', {}],
  ] as const)('of %s owes what it owes, from its declaration', async (severity, expected) => {
    const world = incidentWorld(database.pool);
    expect(await world.waiting(await world.declare({ severity }))).toEqual(expected);
  });

  it('counts the update anew, and leaves level 2 due when it was', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV2' });
    await world.pass(20);
    await world.as(ada).update(id, { severity: 'SEV1' });
    expect(await world.waiting(id)).toEqual({ level2: 10, update_due: 30 });
    await world.as(ada).update(id, { severity: 'SEV2' });
    expect(await world.waiting(id)).toEqual({ level2: 10, update_due: 60 });
  });

  it('that owes less ends what is no longer owed, and begins it anew when it is worse again', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({ severity: 'SEV1' });
    await world.pass(20);
    await world.as(ada).update(id, { severity: 'SEV3' });
    expect(await world.waiting(id)).toEqual({ update_due: 240 });
    await world.as(ada).update(id, { severity: 'SEV4' });
    expect(await world.waiting(id)).toEqual({});
    expect(await world.timerStates(id)).toEqual({ level2: 'over', update_due: 'over' });
    await world.as(ada).update(id, { severity: 'SEV2' });
    expect(await world.waiting(id)).toEqual({ level2: 30, update_due: 60 });
  });

  it('does not call level 2 again, nor one that a person has cancelled', async () => {
    const world = incidentWorld(database.pool);
    const [called, cancelled] = [await world.declare(), await world.declare()];
    await world.as(ada).page(called, 'we are stuck');
    await world.as(ada).update(called, { severity: 'SEV1' });
    expect(await world.waiting(called)).toEqual({ update_due: 30 });
    await world.as(ada).update(called, { severity: 'SEV3' });
    await world.as(ada).update(called, { severity: 'SEV1' });
    expect(await world.waiting(called)).toEqual({ update_due: 30 });
    await world.as(ada).cancelTimer(cancelled, 'level2', 'their lead is here');
    await world.as(ada).update(cancelled, { severity: 'SEV1' });
    expect(await world.timerStates(cancelled)).toMatchObject({ level2: 'cancelled' });
  });
});

describe('the headline', () => {
  it('is asked for with every change, and with each only once', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire();
    const id = await world.declare();
    let asked = await world.headlines(id);
    const changes: (() => Promise<unknown>)[] = [
      () => world.as(ada).update(id, { note: 'Looking', title: 'Other words', severity: 'SEV1' }),
      () => world.as(ada).note(id, { text: 'A note' }),
      () => world.as(ada).linkAlert(id, alert),
      () => world.click(alert, { action: 'acknowledge' }),
      () => world.fire('checkout', { severity: 'high' }),
      () => world.resolveAlert(),
      () => world.fire(),
      () => world.resolveAlert(),
      () => world.as(ada).page(id, 'we are stuck'),
      () => world.as(ada).cancelTimer(id, 'update_due', 'asleep'),
      () => world.as(ada).resolve(id, { fix: 'restarted it' }),
      () => world.as(ada).publishPostmortem(id, 'https://wiki.example.com/p'),
      () => world.as(ada).reopen(id, 'it is back'),
      () => world.as(ada).export(id),
    ];
    for (const [index, change] of changes.entries()) {
      await change();
      const now = await world.headlines(id);
      expect(`${index}: ${now - asked}`).toBe(`${index}: 1`);
      asked = now;
    }
    // The same note again changes nothing.
    const message = { channelId: 'C0OPS', ts: '1.1', author: bob, text: 'A message' };
    await world.as(ada).note(id, { text: message.text, message });
    await world.as(ada).note(id, { text: message.text, message });
    expect(await world.headlines(id)).toBe(asked + 1);
  });
});

describe('a command that is run again after its process died', () => {
  type Services = ReturnType<ReturnType<typeof incidentWorld>['as']>;
  it.each<[string, string, (services: Services, id: string, groupId: string) => Promise<unknown>]>([
    ['update', 'incident.updated', (services, id) => services.update(id, { note: 'Once' })],
    ['note', 'incident.noted', (services, id) => services.note(id, { text: 'Once' })],
    ['link', 'incident.alert_linked', (services, id, groupId) => services.linkAlert(id, groupId)],
    ['page', 'incident.paged', (services, id) => services.page(id, 'nobody answers')],
    [
      'cancel-timer',
      'incident.timer_cancelled',
      (services, id) => services.cancelTimer(id, 'update_due', 'later'),
    ],
    ['resolve', 'incident.resolved', (services, id) => services.resolve(id, { fix: 'Restarted' })],
    [
      'postmortem',
      'incident.postmortem_published',
      (services, id) => services.publishPostmortem(id, 'https://x.example/1'),
    ],
    ['export', 'incident.exported', (services, id) => services.export(id)],
  ])('decides nothing twice: %s', async (name, kind, decide) => {
    const world = incidentWorld(database.pool, {
      settings: { alerts: { escalation: { notify: [{ user: bob }] } } } as never,
    });
    const groupId = await world.fire();
    if (name !== 'link') await world.resolveAlert();
    const id = await world.declare({ severity: 'SEV2' });
    for (const process of [0, 1]) await decide(world.as(ada, process, { runId: 'r-again' }), id, groupId);
    expect((await world.timeline(id)).filter((entry) => entry.kind === kind)).toHaveLength(1);
    // Another command is another matter.
    await expect(world.as(ada, 0, { runId: 'r-other' }).note(id, { text: 'More' })).resolves.toMatchObject({
      isNew: true,
    });
  });
});
