import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { alertWorld, responder } from './alert-world.ts';
import { onCallNow, secondLevel } from './alert-world-settings.ts';

const database = await testDatabase();
const critical = { severity: 'critical' } as const;
const resolved = { status: 'resolved' } as const;

describe('who hears of an alert', () => {
  it('is nobody by name while it is not critical, and everyone who looks at its one card', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{ severity: 'high' }] });
    const { id } = await world.group();
    expect(await world.group()).toMatchObject({ hasCard: true, cardMentions: [], wokenAt: undefined });
    expect(await world.card(id)).toMatchObject({ place: { channelId: 'C0ALERTS' }, wanted: 1 });
    expect(await world.replies(id)).toEqual([]);
    expect(await world.pages(id)).toEqual([]);
  });

  it('is the route’s people, on the card itself, for a first critical', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] });
    const { id, cardMentions } = await world.group();
    expect(cardMentions).toEqual([{ user: onCallNow }]);
    expect(await world.replies(id)).toEqual([]);
    expect(await world.pages(id)).toEqual(['trigger']);
    expect(await world.said(id, 'alert.woke')).toEqual([
      { group: id, source: 'alertmanager', called: [onCallNow], pagerduty: true },
    ]);
  });

  it('is nobody again when it is repeated: the card is brought up to date and no more', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] });
    const { id } = await world.group();
    for (let count = 0; count < 3; count += 1) await world.hear({ signals: [critical] });
    expect((await world.messages()).map((message) => message.id)).toEqual([`group:${id}:card`]);
    expect((await world.card(id))?.wanted).toBe(4);
    expect(await world.pages(id)).toEqual(['trigger']);
  });

  it('are people once more when it gets worse, and only for a critical by name', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}] }, { signals: [{ severity: 'high' }] }, { signals: [critical] });
    const { id } = await world.group();
    expect(await world.replies(id)).toEqual([
      { reply: { kind: 'worse', from: 'warning', to: 'high' }, mentions: [] },
      { reply: { kind: 'worse', from: 'high', to: 'critical' }, mentions: [{ user: onCallNow }] },
    ]);
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
  });

  it('are people once more when it began after it was last heard of, its end told by nobody', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{ ...critical, startMinutes: -60 }] });
    const { id } = await world.group();
    await world.act(id, { action: 'acknowledge' });
    // Behind a silence over there it ended unheard; this is the next night's.
    await world.pass(600);
    await world.hear({ signals: [{ ...critical, startMinutes: 599 }] });
    expect(await world.group()).toMatchObject({ id, reopenedCount: 1, acknowledgedBy: undefined, firing: 1 });
    expect(await world.replies(id)).toEqual([
      { reply: { kind: 'reopened' }, mentions: [{ user: onCallNow }] },
    ]);
    expect(await world.pages(id)).toEqual(['trigger', 'acknowledge', 'resolve', 'trigger']);
  });

  it('are not, while another of its alerts has gone on all the time, nor when only the clock differs', async () => {
    const world = alertWorld(database.pool);
    const other = { ...critical, fingerprint: 'other', startMinutes: -60 };
    await world.hear({ signals: [{ ...critical, startMinutes: -60 }, other] });
    const { id } = await world.group();
    await world.pass(600);
    await world.hear({ signals: [{ ...critical, startMinutes: 599 }, other] });
    // A later start, but not later than it was last heard of: it went on.
    await world.hear({
      signals: [
        { ...critical, startMinutes: 600 },
        { ...other, startMinutes: -50 },
      ],
    });
    expect(await world.replies(id)).toEqual([]);
    expect(await world.pages(id)).toEqual(['trigger']);
  });

  it('are people once more when it comes back', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] }, { signals: [resolved] }, { signals: [critical] });
    const { id } = await world.group();
    expect(await world.replies(id)).toEqual([
      { reply: { kind: 'reopened' }, mentions: [{ user: onCallNow }] },
    ]);
    expect(await world.pages(id)).toEqual(['trigger', 'resolve', 'trigger']);
  });

  it('are people for a first critical also while it flaps, and then not again', async () => {
    const world = alertWorld(database.pool);
    for (let count = 0; count < 3; count += 1) await world.hear({ signals: [{}] }, { signals: [resolved] });
    await world.hear({ signals: [critical] });
    const { id, isFlapping } = await world.group();
    expect(isFlapping).toBe(true);
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
    const heard = (await world.replies(id)).length;
    await world.hear({ signals: [resolved] }, { signals: [critical] });
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
    expect(await world.replies(id)).toHaveLength(heard);
  });

  it('is nobody where a route mutes it, and it is stored all the same', async () => {
    const world = alertWorld(database.pool, { settings: { routes: [{ match: {}, silence: true }] } });
    await world.hear({ signals: [critical] });
    expect(await world.group()).toMatchObject({ state: 'firing', hasCard: false, isMuted: true });
    expect(await world.messages()).toEqual([]);
    expect(await world.pages((await world.group()).id)).toEqual([]);
  });

  it('is not PagerDuty where there is none', async () => {
    const world = alertWorld(database.pool, { settings: { escalation: { pagerduty: undefined } } });
    await world.hear({ signals: [critical] }, { signals: [resolved] });
    const { id, wokenAt, pagedAt } = await world.group();
    expect([await world.pages(id), wokenAt instanceof Date, pagedAt]).toEqual([[], true, undefined]);
  });
});

describe('a severity that a person sets', () => {
  const set = (severity: 'critical' | 'high' | 'info') =>
    ({ action: 'set_severity', severity, reason: 'customers say so' }) as const;

  it('calls people when it makes it critical, without the one who did it', async () => {
    const notify = [{ user: responder }, { user: secondLevel }];
    const world = alertWorld(database.pool, { settings: { routes: [{ match: {}, notify }] } });
    await world.hear({ signals: [{}] });
    const { id } = await world.group();
    await world.act(id, set('critical'));
    expect(await world.replies(id)).toEqual([
      { reply: { kind: 'worse', from: 'warning', to: 'critical' }, mentions: [{ user: secondLevel }] },
    ]);
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
    await world.hear({ signals: [{}] }, { signals: [critical] });
    expect(await world.replies(id)).toHaveLength(1);
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
  });

  it('is no news when the source repeats itself, and holds against it', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [{}] });
    const { id } = await world.group();
    await world.act(id, set('high'));
    await world.hear({ signals: [{}] }, { signals: [critical] });
    expect(await world.group()).toMatchObject({ severity: 'high', severitySetBy: responder });
    expect(await world.replies(id)).toEqual([]);
    expect(await world.act(id, set('high'))).toBe('It is high already.');
  });

  it('wakes nobody twice when it goes down and up again', async () => {
    const world = alertWorld(database.pool);
    await world.hear({ signals: [critical] });
    const { id } = await world.group();
    await world.act(id, set('info'));
    await world.act(id, set('critical'));
    expect(await world.said(id, 'alert.woke')).toHaveLength(1);
    expect((await world.said(id, 'alert.severity_set')).map(({ from, to }) => [from, to])).toEqual([
      ['critical', 'info'],
      ['info', 'critical'],
    ]);
    await world.pass(6);
    await world.work();
    expect(await world.said(id, 'alert.escalated')).toHaveLength(1);
  });
});
