import { describe, expect, it } from 'vitest';
import type { StateSignal } from '../../../src/core/alerts/fold-member.ts';
import { countedAgain, foldMember, lateMinutes, noneFiring } from '../../../src/core/alerts/fold-member.ts';
import type { Member } from '../../../src/core/alerts/group.ts';
import { minute, resolved, signal } from './signals.ts';

/** Tells one alert one signal after another, a minute apart. @returns what each changed, and the alert. */
function told(...signals: (StateSignal | number)[]) {
  let member: Member | undefined;
  let at = 0;
  const changes: string[] = [];
  for (const one of signals) {
    if (typeof one === 'number') {
      at += one;
      continue;
    }
    const folded = foldMember(member, one, minute(at));
    member = folded.member;
    changes.push(folded.change);
    at += 1;
  }
  return { changes, member };
}

describe('one alert that says when it began', () => {
  const first = { startsAt: minute(-30) };
  const second = { startsAt: minute(-10) };

  it('opens, repeats, resolves, and opens again with a newer start', () => {
    const { changes, member } = told(signal(first), signal(first), resolved(first), signal(second));
    expect(changes).toEqual(['opened', 'repeated', 'resolved', 'reopened']);
    expect(member).toMatchObject({ state: 'firing', startsAt: minute(-10), count: 4, resolvedAt: undefined });
  });

  it('stays resolved while peers repeat each other', () => {
    const { changes, member } = told(
      signal(first),
      resolved(first),
      signal(first),
      resolved(first),
      signal(first),
    );
    expect(changes).toEqual(['opened', 'resolved', 'late', 'repeated', 'late']);
    expect(member?.state).toBe('resolved');
  });

  it('fires again under its old start once that is too late for a copy', () => {
    const { changes } = told(signal(first), resolved(first), lateMinutes - 2, signal(first), signal(first));
    expect(changes).toEqual(['opened', 'resolved', 'late', 'reopened']);
  });

  it('ignores what speaks of an earlier episode', () => {
    const { changes, member } = told(
      signal(second),
      resolved(first),
      signal({ ...first, severity: 'critical' }),
    );
    expect(changes).toEqual(['opened', 'late', 'late']);
    expect(member).toMatchObject({ state: 'firing', severity: 'warning', count: 1 });
  });

  it('is not there when its end comes before its beginning', () => {
    const { changes, member } = told(resolved(first), resolved(first), signal(first));
    expect(changes).toEqual(['unheard_of', 'repeated', 'late']);
    expect(member).toMatchObject({ state: 'resolved', count: 0 });
  });

  it('is not there when a later episode ends before it begins, however long the earlier one is over', () => {
    const { changes, member } = told(signal(first), resolved(first), 120, resolved(second), signal(second));
    expect(changes).toEqual(['opened', 'resolved', 'repeated', 'late']);
    expect(member?.state).toBe('resolved');
  });

  it('does not believe a start far in the future, which would make every true one late', () => {
    const { member } = told(signal({ startsAt: minute(61) }), signal(second));
    expect(member?.startsAt).toEqual(minute(-10));
    expect(told(signal({ startsAt: minute(59) })).member?.startsAt).toEqual(minute(59));
  });
});

describe('one alert whose source keeps an order', () => {
  it('goes by the order, whatever the start says', () => {
    const { changes } = told(
      signal({ order: 2, startsAt: minute(-10) }),
      resolved({ order: 1, startsAt: minute(-5) }),
      resolved({ order: 3, startsAt: minute(-20) }),
    );
    expect(changes).toEqual(['opened', 'late', 'resolved']);
  });

  it.each([{}, { startsAt: minute(-5) }])('is over where two states stand at one place (%j)', (start) => {
    const { changes, member } = told(
      resolved({ order: 4, ...start }),
      signal({ order: 4, ...start }),
      60,
      signal({ order: 4, ...start }),
    );
    expect(changes).toEqual(['unheard_of', 'late', 'late']);
    expect(member?.state).toBe('resolved');
    expect(told(signal({ order: 4, ...start }), resolved({ order: 4, ...start })).member?.state).toBe(
      'resolved',
    );
  });

  it('keeps the place when a signal gives none', () => {
    const { member } = told(signal({ order: 4 }), signal());
    expect(member?.order).toBe(4);
  });
});

describe('one alert that tells nothing apart', () => {
  it('is what it said last', () => {
    const { changes } = told(signal(), resolved(), signal(), signal(), resolved());
    expect(changes).toEqual(['opened', 'resolved', 'reopened', 'repeated', 'resolved']);
  });

  it('is not remembered for an end alone', () => {
    expect(foldMember(undefined, resolved(), minute(0))).toEqual({ member: undefined, change: 'unheard_of' });
  });
});

it('keeps what it said of itself when its end says less', () => {
  const { member } = told(
    signal({ severity: 'critical', labels: { pod: 'a' }, summary: 'full' }),
    resolved({ severity: 'info', labels: {} }),
  );
  expect(member).toMatchObject({
    severity: 'critical',
    labels: { pod: 'a' },
    summary: 'full',
    resolvedAt: minute(1),
  });
});

it('counts what fires by how bad it is', () => {
  const { member: firing } = told(signal({ severity: 'high' }));
  const { member: over } = told(signal({ severity: 'high' }), resolved());
  const one = countedAgain(noneFiring, undefined, firing);
  expect(one).toEqual({ critical: 0, high: 1, warning: 0, info: 0 });
  expect(countedAgain(one, firing, { ...firing!, severity: 'critical' })).toMatchObject({
    critical: 1,
    high: 0,
  });
  expect(countedAgain(one, firing, over)).toEqual(noneFiring);
});
