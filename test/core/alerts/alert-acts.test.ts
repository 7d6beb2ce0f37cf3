import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { wordsOf } from '../change/guarded-workspace.ts';
import { person } from '../policy/policy-fixture.ts';
import { alertWorld, responder, stranger } from './alert-world.ts';
import { onCallNow, secondLevel } from './alert-world-settings.ts';

const database = await testDatabase();
const critical = { severity: 'critical' } as const;
const acknowledge = { action: 'acknowledge' } as const;
const close = { action: 'close' } as const;

const firing = async (
  ...given: Parameters<typeof alertWorld> extends [unknown, ...infer Rest] ? Rest : never
) => {
  const world = alertWorld(database.pool, ...given);
  await world.hear({ signals: [critical] });
  return world;
};

describe('acknowledging', () => {
  it('is done once, by the first, on the card and at PagerDuty', async () => {
    const world = await firing();
    expect(await world.act('g-0001', acknowledge)).toBeUndefined();
    expect(await world.act('g-0001', acknowledge)).toBe('You have acknowledged it already.');
    expect(await world.act('g-0001', acknowledge, { who: onCallNow })).toBe(
      `${responder} has acknowledged it already.`,
    );
    expect(await world.group()).toMatchObject({ acknowledgedBy: responder });
    expect(await world.pages('g-0001')).toEqual(['trigger', 'acknowledge']);
    expect(await world.said('g-0001', 'alert.acknowledged')).toHaveLength(1);
  });

  it('takes effect once though two processes hold the same click', async () => {
    const world = await firing();
    const key = 'key:twice';
    const request = {
      kind: 'alert_action',
      groupId: 'g-0001',
      act: acknowledge,
      requester: responder,
      via: 'button',
      origin: {},
    } as const;
    await world.store(request, 'p0', key);
    await Promise.all([
      world.act('g-0001', acknowledge, { key }),
      world.act('g-0001', acknowledge, { key, by: 1 }),
    ]);
    expect(await world.answer(key)).toBeUndefined();
    expect(await world.pages('g-0001')).toEqual(['trigger', 'acknowledge']);
  });

  it('is too late for what is over, and does not reach what is not known', async () => {
    const world = await firing();
    await world.hear({ signals: [{ status: 'resolved' }] });
    expect(await world.act('g-0001', acknowledge)).toMatch(/^It resolved already/);
    expect(await world.act('g-9999', acknowledge)).toBe(
      'The alert "g-9999" is not known here any more, so nothing was done.',
    );
    expect(await world.said('g-0001', 'alert.acknowledged')).toEqual([]);
  });

  it('is of this episode alone: when it comes back, nobody has it', async () => {
    const world = await firing();
    await world.act('g-0001', acknowledge);
    await world.hear({ signals: [{ status: 'resolved' }] }, { signals: [critical] });
    expect(await world.group()).toMatchObject({ acknowledgedBy: undefined, acknowledgedAt: undefined });
    await world.pass(6);
    await world.work();
    expect(await world.said('g-0001', 'alert.escalated')).toHaveLength(1);
  });

  it('tells PagerDuty nothing of what it was not told', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}] });
    await world.act('g-0001', acknowledge);
    await world.act('g-0001', close);
    expect(await world.pages('g-0001')).toEqual([]);
  });
});

describe('closing by hand', () => {
  it('ends every alert of it, stays so for copies, and comes back with what is new', async () => {
    const world = alertWorld(database.pool);
    const signal = { ...critical, startMinutes: -5 };
    await world.hear({ signals: [signal, { ...signal, fingerprint: 'two' }] });
    await world.act('g-0001', close);
    expect(await world.group()).toMatchObject({
      state: 'resolved',
      resolvedBy: responder,
      firing: 0,
      resolved: 2,
    });
    await world.hear({ signals: [signal] });
    expect(await world.group()).toMatchObject({ state: 'resolved' });
    expect(await world.act('g-0001', close)).toMatch(/^It resolved already/);
    await world.hear({ signals: [{ ...signal, startMinutes: -1 }] });
    expect(await world.group()).toMatchObject({ state: 'firing', firing: 1, resolved: 1 });
    expect(await world.pages('g-0001')).toEqual(['trigger', 'resolve', 'trigger']);
    expect(await world.said('g-0001', 'alert.closed')).toEqual([
      { group: 'g-0001', source: 'alertmanager', firing: 2 },
    ]);
  });
});

describe('calling level 2 by hand', () => {
  it('is done once, without pinging the one who does it', async () => {
    const notify = [{ user: responder }, { user: secondLevel }];
    const world = await firing({ settings: { escalation: { notify } } });
    await world.act('g-0001', { action: 'escalate' });
    expect(await world.replies('g-0001')).toEqual([
      { reply: { kind: 'escalated', because: 'by_hand', by: responder }, mentions: [{ user: secondLevel }] },
    ]);
    expect(await world.act('g-0001', { action: 'escalate' })).toBe('Level 2 has been called already.');
    expect((await world.ledger()).at(-1)).toMatchObject({
      kind: 'alert.escalated',
      actor: responder,
      facts: { because: 'by_hand', called: [responder, secondLevel] },
    });
  });
});

describe('starting an incident', () => {
  it('opens one for a group, and tells the second who has it', async () => {
    const world = await firing();
    await world.act('g-0001', { action: 'start_incident' });
    const answer = await world.act('g-0001', { action: 'start_incident' }, { who: onCallNow });
    const { incidentId } = await world.group();
    expect(answer).toContain(`${responder} declared incident ${incidentId} for it already, `);
    const messages = (await world.messages()).filter(({ id }) => id.startsWith('incident:'));
    expect(messages).toMatchObject([
      { id: `incident:${incidentId}:headline`, place: { channelId: 'C0INC' } },
    ]);
    expect(await world.said('g-0001', 'incident.declared')).toHaveLength(1);
  });

  it('opens one where two ask at the same time', async () => {
    const world = await firing();
    await Promise.all([0, 1].map((by) => world.act('g-0001', { action: 'start_incident' }, { by })));
    expect(await world.said('g-0001', 'incident.declared')).toHaveLength(1);
  });
});

describe('who may act', () => {
  it('is whoever is in a role, or in those named', async () => {
    const world = await firing();
    expect(await world.act('g-0001', acknowledge, { who: stranger })).toBe(
      'Only responder may act on alerts and incidents, and you are in none of these.',
    );
    world.set({ responders: ['nobody'] });
    expect(await world.act('g-0001', acknowledge)).toBe(
      'Only nobody may act on alerts and incidents, and you are in none of these.',
    );
    world.set({ responders: [] });
    expect(await world.act('g-0001', acknowledge)).toMatch(/^Only people with a role/);
    expect(await world.group()).toMatchObject({ acknowledgedBy: undefined });
  });

  it('is nobody whose group cannot be read, and it says so', async () => {
    const membership = {
      person: async (id: string) => ({ isReadable: true, value: person(id), readAt: new Date() }) as const,
      group: async () => ({ isReadable: false, reason: 'Slack answered "missing_scope"' }) as const,
    };
    const roles = { responder: { users: [], usergroups: ['S0ONCALL'] } };
    const world = await firing({ membership, settings: { roles } });
    expect(await world.act('g-0001', close)).toBe(
      'Only responder may act on alerts and incidents, and you are in none of these (the group S0ONCALL cannot be read now, so it has no members).',
    );
    expect(await world.group()).toMatchObject({ state: 'firing' });
  });

  it.each([{ isGuest: true }, { isBot: true }, { isDeactivated: true }, { isForeign: true }])(
    'is nobody with an account that may not (%j)',
    async (facts) => {
      const membership = {
        person: async (id: string) =>
          ({ isReadable: true, value: person(id, facts), readAt: new Date() }) as const,
        group: async () => ({ isReadable: true, value: [], readAt: new Date() }) as const,
      };
      const world = await firing({ membership });
      expect(await world.act('g-0001', { action: 'escalate' })).toMatch(
        /^You may not act on alerts or incidents: /,
      );
      expect(await world.said('g-0001', 'alert.escalated')).toEqual([]);
    },
  );

  it('keeps a reason out of what is hashed', async () => {
    const world = await firing();
    const reason = 'Ada Lovelace said so';
    await world.act('g-0001', { action: 'set_severity', severity: 'high', reason });
    await world.act('g-0001', { action: 'silence', minutes: 5, reason });
    expect(wordsOf((await world.ledger()).map(({ facts }) => facts))).not.toContain('Lovelace');
    expect(await world.verdict()).toMatchObject({ outcome: 'sound', privateTexts: { matching: 2 } });
  });
});
