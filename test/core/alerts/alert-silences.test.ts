import { describe, expect, it } from 'vitest';
import { silenceEnds } from '../../../src/core/alerts/silences.ts';
import { testDatabase } from '../../support/database.ts';
import { alertWorld, responder } from './alert-world.ts';
import { onCallNow } from './alert-world-settings.ts';

const database = await testDatabase();
const critical = { severity: 'critical' } as const;
const resolved = { status: 'resolved' } as const;

describe('while it lasts', () => {
  it('nothing that it covers is shown, and all of it is counted', async () => {
    const world = alertWorld(database.pool);
    await world.silence({ match: { title: ['checkout*'] } });
    await world.hear({ signals: [critical, { fingerprint: 'two' }] }, { signals: [resolved] });
    await world.hear({ signals: [{ groupKey: 'search', title: 'Search is slow' }] });
    expect((await world.messages()).map(({ id }) => id)).toEqual(['group:g-0002:card']);
    expect(await world.silences()).toMatchObject([{ hiddenGroups: 1, hiddenAlerts: 2, isEnded: false }]);
  });

  it('counts only what it hid, not what was over before or never fired', async () => {
    const world = alertWorld(database.pool);
    await world.hear(
      { signals: [{ fingerprint: 'past' }, {}] },
      { signals: [{ ...resolved, fingerprint: 'past' }] },
    );
    const { id } = await world.group();
    await world.silence({ group: { source: 'alertmanager', key: 'checkout' } });
    await world.hear({ signals: [{ ...resolved, groupKey: 'never', startMinutes: -5 }] });
    await world.hear({ signals: [{}] });
    expect(await world.silences()).toMatchObject([
      { hiddenGroups: 1, hiddenAlerts: 1, groupTitle: 'Checkout is slow' },
    ]);
    expect((await world.card(id))?.wanted).toBeGreaterThan(1);
  });

  it('a card that stands says so, and people are not called though it gets worse or comes back', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}] });
    const { id } = await world.group();
    await world.act(id, { action: 'silence', minutes: 60, reason: 'deploying' });
    const before = (await world.card(id))!.wanted;
    await world.hear({ signals: [critical] }, { signals: [resolved] }, { signals: [critical] });
    expect((await world.card(id))!.wanted).toBeGreaterThan(before);
    expect(await world.replies(id)).toEqual([]);
    expect(await world.said(id, 'alert.woke')).toEqual([]);
    expect((await world.ledger()).find(({ kind }) => kind === 'silence.begun')).toMatchObject({
      actor: responder,
      facts: { minutes: 60, hidden: [id], source: 'alertmanager', key: 'checkout' },
    });
  });

  it('lets through what its severity no longer covers', async () => {
    const world = alertWorld(database.pool);
    await world.silence({ match: { severity: ['warning'] } });
    await world.hear({ signals: [{}] }, { signals: [critical] });
    expect(await world.group()).toMatchObject({ silenceId: undefined, cardMentions: [{ user: onCallNow }] });
  });
});

describe('when it ends', () => {
  it('by its time, what it hid and still fires is shown, and a critical calls people', async () => {
    const world = alertWorld(database.pool);
    const silence = await world.silence({ minutes: 30 });
    await world.hear({ signals: [critical] });
    await silenceEnds(silence, world.context);
    expect(await world.messages()).toEqual([]);
    await world.pass(31);
    await world.work(1);
    const { id, ...group } = await world.group();
    expect(group).toMatchObject({ hasCard: true, silenceId: undefined, cardMentions: [{ user: onCallNow }] });
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
    expect(await world.silences()).toMatchObject([{ isEnded: true, endedBy: 'countersign' }]);
    await silenceEnds(silence, world.context);
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
  });

  it('by hand, what got worse under a card is said in its thread, where a mention is heard', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}] });
    const { id } = await world.group();
    const silence = await world.silence();
    await world.hear({ signals: [critical] }, { signals: [critical] });
    expect(await world.endSilence(silence)).toBe(true);
    expect(await world.replies(id)).toEqual([
      { reply: { kind: 'worse', from: 'warning', to: 'critical' }, mentions: [{ user: onCallNow }] },
    ]);
    await world.hear({ signals: [critical] });
    expect(await world.replies(id)).toHaveLength(1);
    expect(await world.endSilence(silence)).toBe(false);
    expect((await world.ledger()).filter(({ kind }) => kind === 'silence.ended')).toMatchObject([
      { actor: responder, facts: { silence, shown: 1 } },
    ]);
  });

  it('nothing is said of what is over, or what another silence hides', async () => {
    const world = alertWorld(database.pool);
    const first = await world.silence();
    const second = await world.silence({ match: { title: ['search*'] }, minutes: 30 });
    await world.hear({ signals: [critical] }, { signals: [resolved] });
    await world.hear({ signals: [{ ...critical, groupKey: 'search', title: 'Search is slow' }] });
    await world.endSilence(first);
    expect(await world.messages()).toEqual([]);
    expect(await world.group()).toMatchObject({ silenceId: second });
  });

  it('a delivery that comes before its timer calls the people it kept from being called', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}] });
    const { id } = await world.group();
    await world.silence({ minutes: 30 });
    await world.hear({ signals: [critical] });
    await world.pass(31);
    await world.hear({ signals: [critical] });
    expect(await world.replies(id)).toMatchObject([
      { reply: { kind: 'worse' }, mentions: [{ user: onCallNow }] },
    ]);
    await world.work();
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
  });
});
