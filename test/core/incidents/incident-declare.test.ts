import { describe, expect, it } from 'vitest';
import { Refusal, UserMistake } from '../../../src/core/errors.ts';
import { testDatabase } from '../../support/database.ts';
import { ada, bob, eve, incidentWorld } from './incident-world.ts';

const database = await testDatabase();
const critical = { severity: 'critical', title: 'Checkout is down' } as const;

describe('declaring an incident', () => {
  it('needs nothing: whoever declares it commands it, at SEV2', async () => {
    const world = incidentWorld(database.pool);
    const { incident, isNew } = await world.as(ada).declare({});
    expect(isNew).toBe(true);
    expect(incident).toMatchObject({
      title: 'Incident without a title',
      severity: 'SEV2',
      status: 'investigating',
      origin: 'command',
      declaredBy: ada,
      commander: ada,
      target: undefined,
      tenants: [],
      alerts: { linked: 0, firing: 0 },
    });
    expect(await world.read(incident.id)).toEqual([
      `${ada} declared a SEV2 incident: Incident without a title`,
    ]);
  });

  it('takes what is said, and the environment of its target', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare({
      title: 'Emails delayed',
      severity: 'SEV1',
      target: 'rms-staging',
      tenants: ['acme', 'globex'],
      commander: bob,
    });
    expect(await world.incident(id)).toMatchObject({
      title: 'Emails delayed',
      severity: 'SEV1',
      target: 'rms-staging',
      environment: 'staging',
      tenants: ['acme', 'globex'],
      commander: bob,
      declaredBy: ada,
    });
  });

  it('asks for its headline in the incidents channel and for what a responder would look up', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    const headline = (await world.messages()).find((message) => message.id === `incident:${id}:headline`);
    expect(headline?.place).toEqual({ kind: 'channel', channelId: 'C0INC' });
    expect(await world.work()).toEqual(['gather']);
    expect(await world.wantedOf(`incident:${id}:gathered`)).toBe(1);
    // It was declared a moment ago, and that is on the headline.
    expect(await world.lines(id)).toEqual([]);
  });

  it('is nobody’s who is in no role, and of no target that does not exist', async () => {
    const world = incidentWorld(database.pool);
    await expect(world.as(eve).declare({})).rejects.toThrow(Refusal);
    await expect(world.as(eve).declare({})).rejects.toThrow(
      'Only responder may act on alerts and incidents, and you are in none of these.',
    );
    await expect(world.as(ada).declare({ target: 'rmss' })).rejects.toThrow(
      'There is no target "rmss". Did you mean "rms"?',
    );
    await expect(world.as(ada).declare({ alert: 'g-none' })).rejects.toThrow(
      'There is no alert "g-none". /ops alerts lists them.',
    );
    expect(await world.incidents()).toEqual([]);
  });

  it('is heard of by no timer and no one until something comes due', async () => {
    const world = incidentWorld(database.pool);
    const id = await world.declare();
    await world.work();
    expect(await world.told(id)).toEqual([]);
  });

  it('is done once by a command that is run again after a crash', async () => {
    const world = incidentWorld(database.pool);
    const runId = 'r-00000001';
    const first = await world.as(ada, 0, { runId }).declare({ title: 'Emails delayed' });
    world.restart();
    const again = await world.as(ada, 1, { runId }).declare({ title: 'Emails delayed' });
    expect(again).toMatchObject({ isNew: false, incident: { id: first.incident.id } });
    await Promise.all([0, 1].map((by) => world.as(ada, by, { runId: 'r-00000002' }).declare({})));
    expect(await world.incidents()).toHaveLength(2);
    expect(await world.kinds(first.incident.id)).toEqual(['incident.declared']);
    expect(await world.headlines(first.incident.id)).toBe(2);
  });
});

describe('declaring an incident for an alert', () => {
  it.each([
    ['critical', 'SEV1'],
    ['high', 'SEV2'],
    ['warning', 'SEV3'],
    ['info', 'SEV4'],
  ] as const)('makes of a %s one a %s', async (severity, expected) => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', { severity });
    const id = await world.declare({ title: 'It is bad', alert });
    expect(await world.incident(id)).toMatchObject({ severity: expected, origin: 'alert' });
  });

  it('is prefilled with what the alert says', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', {
      ...critical,
      environment: 'production',
      tenant: 'acme',
      labels: { target: 'rms' },
    });
    const { incident } = await world.as(ada).declare({ alert });
    expect(incident).toMatchObject({
      title: 'Checkout is down',
      severity: 'SEV1',
      target: 'rms',
      tenants: ['acme'],
      alerts: { linked: 1, firing: 1 },
    });
    expect(await world.kinds(incident.id)).toEqual([
      'alert.woke',
      'incident.declared',
      'incident.alert_linked',
    ]);
    expect((await world.group()).incidentId).toBe(incident.id);
    // Its card shows the incident, and the headline shows the alert.
    expect((await world.card(alert))?.wanted).toBe(2);
    expect(await world.lines(incident.id)).toEqual([]);
  });

  it('takes what is said rather than what the alert says', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', { ...critical, environment: 'production', tenant: 'acme' });
    const id = await world.declare({
      alert,
      title: 'Mine',
      severity: 'SEV3',
      target: 'rms-staging',
      tenants: [],
    });
    expect(await world.incident(id)).toMatchObject({
      title: 'Mine',
      severity: 'SEV3',
      target: 'rms-staging',
      environment: 'staging',
      tenants: [],
    });
  });

  it('by its card and by a command at once, in two processes, is one incident that the second is told of', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout', critical);
    const [byCommand, answer] = await Promise.all([
      world.as(ada, 0).declare({ alert }),
      world.click(alert, { action: 'start_incident' }, bob, 1),
    ]);
    const [only, ...others] = await world.incidents();
    expect(others).toEqual([]);
    expect(byCommand.incident.id).toBe(only?.id);
    if (byCommand.isNew) {
      expect(answer).toMatch(new RegExp(`^${ada} declared incident ${only?.id} for it already, `));
    } else expect(answer).toBeUndefined();
    expect((await world.kinds(only!.id)).filter((kind) => kind === 'incident.declared')).toHaveLength(1);
    expect(await world.waitingKinds(only!.id)).toEqual(['update_due', 'level2']);
  });

  it('by two commands at once, in two processes, is one incident, also after it is resolved', async () => {
    const world = incidentWorld(database.pool);
    const alert = await world.fire('checkout');
    const declared = await Promise.all(
      [0, 1].map((by) => world.as(by === 0 ? ada : bob, by).declare({ alert })),
    );
    expect(declared.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    const [id, ...others] = [...new Set(declared.map(({ incident }) => incident.id))];
    expect(others).toEqual([]);
    await world.resolveAlert();
    await world.as(ada).resolve(id!, { fix: 'it went away' });
    expect(await world.as(bob).declare({ alert })).toMatchObject({ isNew: false, incident: { id } });
  });
});

describe('declaring an incident from a message', () => {
  const message = { channelId: 'C0OPS', ts: '1700.1', author: bob, text: 'Nothing is sent any more' };

  it('begins its record with the message, and whoever wrote it', async () => {
    const world = incidentWorld(database.pool);
    const { incident } = await world.as(ada, 0, { via: 'shortcut' }).declare({ message });
    expect(incident.origin).toBe('message');
    expect(await world.read(incident.id)).toEqual([
      `${ada} declared a SEV2 incident from a message: Incident without a title`,
      `${ada} added a message by ${bob}: Nothing is sent any more`,
    ]);
    expect((await world.timeline(incident.id)).map(({ permalink }) => permalink)).toEqual([
      undefined,
      'https://slack.example/C0OPS/1700.1',
    ]);
    // The same words are in the record already.
    expect(await world.as(bob).note(incident.id, { text: message.text, message })).toMatchObject({
      isNew: false,
    });
  });

  it('at once from two processes is one incident that the second is shown', async () => {
    const world = incidentWorld(database.pool);
    const declared = await Promise.all(
      [0, 1].map((by) => world.as(by === 0 ? ada : bob, by).declare({ message })),
    );
    expect(declared.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
    expect(await world.incidents()).toHaveLength(1);
    const other = await world.as(ada).declare({ message: { ...message, ts: '1700.2' } });
    expect(other.isNew).toBe(true);
  });
});

it('says what is wrong as a mistake, not as a fault', async () => {
  const world = incidentWorld(database.pool);
  await expect(world.as(ada).declare({ alert: 'g-none' })).rejects.toThrow(UserMistake);
});
