import { describe, expect, it } from 'vitest';
import { groupLife, minute, resolved, signal } from './signals.ts';

describe('a group', () => {
  it('opens with its first alert and resolves with its last', () => {
    const life = groupLife();
    expect(life.hear(minute(0), [signal(), signal({ fingerprint: 'two', severity: 'high' })])).toMatchObject({
      isOpened: true,
      isReopened: false,
      after: { id: 'g-1', state: 'firing', severity: 'high', firing: 2, resolved: 0, openedAt: minute(0) },
    });
    expect(life.hear(minute(1), [resolved({ fingerprint: 'two' })])).toMatchObject({
      isResolved: false,
      after: { state: 'firing', severity: 'warning', firing: 1, resolved: 1, resolvedAt: undefined },
    });
    expect(life.hear(minute(2), [resolved()])).toMatchObject({
      isResolved: true,
      after: { state: 'resolved', firing: 0, resolved: 2, resolvedAt: minute(2), resolvedBy: 'alertmanager' },
    });
  });

  it('calls only what is worse than its worst so far worse', () => {
    const life = groupLife();
    life.hear(minute(0), [signal({ severity: 'high' })]);
    life.hear(minute(1), [signal({ severity: 'info' })]);
    expect(life.hear(minute(2), [signal({ severity: 'high' })]).worse).toBeUndefined();
    expect(life.hear(minute(3), [signal({ severity: 'critical' })]).worse).toEqual({
      from: 'high',
      to: 'critical',
    });
    expect(life.hear(minute(4), [signal({ severity: 'critical' })]).worse).toBeUndefined();
  });

  it('takes an acknowledgement back once, when it becomes critical', () => {
    const life = groupLife();
    life.hear(minute(0), [signal()]);
    life.change({ acknowledgedBy: 'U0ADA', acknowledgedAt: minute(0) });
    expect(life.hear(minute(1), [signal({ severity: 'high' })]).after.acknowledgedBy).toBe('U0ADA');
    expect(life.hear(minute(2), [signal({ severity: 'critical' })]).after.acknowledgedBy).toBeUndefined();
  });

  it('keeps the severity a person set until it comes back', () => {
    const life = groupLife();
    life.hear(minute(0), [signal()]);
    life.change({ severity: 'info', severitySetBy: 'U0ADA' });
    expect(life.hear(minute(1), [signal({ severity: 'critical' })]).after.severity).toBe('info');
    life.hear(minute(2), [resolved()]);
    expect(life.hear(minute(3), [signal({ severity: 'high' })]).after).toMatchObject({
      severity: 'high',
      severitySetBy: undefined,
    });
  });

  it('comes back as the same one soon, and as another one late', () => {
    const life = groupLife({ reopenWithinMinutes: 60 });
    life.hear(minute(0), [signal({ startsAt: minute(0) })]);
    life.hear(minute(1), [resolved({ startsAt: minute(0) })]);
    expect(life.hear(minute(61), [signal({ startsAt: minute(60) })])).toMatchObject({
      isReopened: true,
      after: { id: 'g-1', reopenedCount: 1, openedAt: minute(61), resolvedAt: undefined },
    });
    life.hear(minute(62), [resolved({ startsAt: minute(60) })]);
    expect(life.hear(minute(123), [signal({ startsAt: minute(122) })])).toMatchObject({
      isOpened: true,
      before: undefined,
      retired: { id: 'g-1' },
      after: { id: 'g-2', firing: 1, resolved: 0, reopenedCount: 0 },
    });
  });

  it('has not begun while only ends were heard, and then opens for the first time', () => {
    const life = groupLife();
    expect(life.hear(minute(0), [resolved({ startsAt: minute(-5) })])).toMatchObject({
      isOpened: false,
      after: { state: 'resolved', firing: 0, resolved: 0 },
    });
    life.hear(minute(1), [signal({ startsAt: minute(-5) })]);
    expect(life.hear(minute(2), [signal({ startsAt: minute(1) })])).toMatchObject({
      isOpened: true,
      isReopened: false,
      after: {
        state: 'firing',
        reopenedCount: 0,
        openedAt: minute(2),
        resolvedAt: undefined,
        resolvedBy: undefined,
      },
    });
  });

  it('flaps while it changes too often, and keeps its one call for help meanwhile', () => {
    const life = groupLife();
    for (let at = 0; at < 4; at += 2) {
      life.hear(minute(at), [signal()]);
      life.hear(minute(at + 1), [resolved()]);
    }
    life.change({ wokenAt: minute(0), escalatedAt: minute(1) });
    expect(life.hear(minute(4), [signal()])).toMatchObject({
      isReopened: true,
      after: { isFlapping: true, wokenAt: minute(0), escalatedAt: minute(1) },
    });
    life.hear(minute(5), [resolved()]);
    expect(life.hear(minute(30), [signal()]).after).toMatchObject({
      isFlapping: false,
      wokenAt: undefined,
      escalatedAt: undefined,
    });
  });

  it('shows a repeat to nobody, and what is new of it to everyone who looks', () => {
    const life = groupLife();
    life.hear(minute(0), [signal()]);
    expect(life.hear(minute(1), [signal()]).isVisible).toBe(false);
    expect(life.hear(minute(2), [signal({ fingerprint: 'two' })]).isVisible).toBe(true);
    expect(life.hear(minute(3), [signal({ severity: 'info' })]).isVisible).toBe(true);
    expect(life.hear(minute(4), [signal({ severity: 'info' })], 3)).toMatchObject({
      isVisible: true,
      after: { truncated: 3 },
    });
    expect(life.hear(minute(5), [signal({ severity: 'info' })]).after.truncated).toBe(3);
  });

  it('is named after its worst alert, and after none where they differ', () => {
    const life = groupLife();
    life.hear(minute(0), [signal({ title: 'One', service: 'pay', labels: { team: 'a', pod: 'x' } })]);
    life.hear(minute(1), [
      signal({ fingerprint: 'two', title: 'Two', service: 'pay', labels: { team: 'a', pod: 'y' } }),
    ]);
    expect(
      life.hear(minute(2), [signal({ fingerprint: 'two', title: 'Two', labels: { team: 'a' } })]).after,
    ).toMatchObject({
      title: 'One',
      service: 'pay',
      labels: { team: 'a' },
    });
    expect(
      life.hear(minute(3), [
        signal({ fingerprint: 'two', title: 'Worse', service: 'search', severity: 'critical' }),
      ]).after,
    ).toMatchObject({ title: 'Worse', service: '' });
  });
});

describe('routes', () => {
  it('decide by what the source says, and may say otherwise', () => {
    const life = groupLife({
      routes: [
        { match: { severity: ['critical'] }, channel: 'C0CRITICAL', severity: 'high' },
        { match: {}, silence: true },
      ],
    });
    expect(life.hear(minute(0), [signal({ severity: 'critical' })])).toMatchObject({
      after: { severity: 'high', channel: 'C0CRITICAL', isMuted: true },
    });
  });

  it('do not move a card that stands somewhere', () => {
    const life = groupLife({ routes: [{ match: { severity: ['critical'] }, channel: 'C0CRITICAL' }] });
    life.hear(minute(0), [signal()]);
    life.change({ hasCard: true });
    expect(life.hear(minute(1), [signal({ severity: 'critical' })]).after.channel).toBe('C0ALERTS');
  });
});
