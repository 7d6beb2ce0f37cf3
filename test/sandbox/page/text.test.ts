import { describe, expect, it } from 'vitest';
import { dayHeading, formatDate, isSameDay } from '../../../sandbox/page/text/date-token.ts';
import { notificationLine } from '../../../sandbox/page/text/plain-text.ts';
import { noon } from './sample-state.ts';

const now = new Date(noon * 1000);
const reader = { timeZone: 'Europe/Vienna', now };

describe('a date token', () => {
  it.each([
    ['{date_num} {time}', '2026-11-20 19:15'],
    ['{time_secs}', '19:15:00'],
    ['{date}', 'November 20th, 2026'],
    ['{date_short}', 'Nov 20, 2026'],
    ['{date_long}', 'Friday, November 20th, 2026'],
    ['{date_short_pretty} at {time}', 'today at 19:15'],
    ['{unknown} {time}', '{unknown} 19:15'],
  ])('shows %s in the reader’s time zone', (format, expected) => {
    expect(formatDate(noon, format, reader)).toBe(expected);
  });

  it('calls the reader’s own day before yesterday, however few hours ago', () => {
    const lateYesterday = noon - 19.5 * 3600;
    expect(formatDate(lateYesterday, '{date_pretty}', reader)).toBe('yesterday');
    expect(formatDate(lateYesterday, '{date_pretty}', { ...reader, timeZone: 'Pacific/Auckland' })).toBe(
      'yesterday',
    );
    expect(formatDate(noon + 86_400, '{date_pretty}', reader)).toBe('tomorrow');
    expect(formatDate(noon - 86_400 * 2, '{date_pretty}', reader)).toBe('November 18th, 2026');
  });

  it.each([
    [-300, '5 minutes ago'],
    [-7200, '2 hours ago'],
    [-86_400, 'yesterday'],
    [900, 'in 15 minutes'],
  ])('says how long ago %s seconds is', (seconds, expected) => {
    expect(formatDate(noon + seconds, '{ago}', reader)).toBe(expected);
  });

  it('is empty for a time that is none, so that the fallback is shown', () => {
    expect(formatDate(Number.NaN, '{time}', reader)).toBe('');
    expect(formatDate(1e15, '{time}', reader)).toBe('');
  });
});

describe('days in the message list', () => {
  it('heads a day by its name, and its year when it is another one', () => {
    expect(dayHeading(now, now, 'Europe/Vienna')).toBe('Today');
    expect(dayHeading(new Date('2026-11-13T12:00:00Z'), now, 'Europe/Vienna')).toBe('Friday, November 13th');
    expect(dayHeading(new Date('2025-11-02T12:00:00Z'), now, 'Europe/Vienna')).toBe(
      'Sunday, November 2nd, 2025',
    );
  });

  it('splits days at the reader’s midnight', () => {
    const before = new Date('2026-11-20T22:59:00Z');
    const after = new Date('2026-11-20T23:01:00Z');
    expect(isSameDay(before, after, 'Europe/Vienna')).toBe(false);
    expect(isSameDay(before, after, 'UTC')).toBe(true);
  });
});

describe('the line a phone shows', () => {
  const names = {
    userName: (id: string) => id.toLowerCase(),
    channelName: () => 'ops',
    groupHandle: () => 'oncall',
    myGroups: [],
    me: 'U0ADA',
    timeZone: 'UTC',
  };

  it('is the text without markup, on one line', () => {
    const text =
      '⛔ *acme*: <@U0ADA> see\n<https://e.com|the run> in <#C0OPS> of <!subteam^S0ONCALL> at <!date^1795198500^{time}|x> &lt;now&gt;';
    expect(notificationLine(text, names, now)).toBe(
      '⛔ acme: @u0ada see the run in #ops of @oncall at 18:15 <now>',
    );
  });

  it('keeps 90 characters and cuts longer ones at 90', () => {
    expect(notificationLine('x'.repeat(90), names, now)).toBe('x'.repeat(90));
    const cut = notificationLine(`${'😀'.repeat(89)}yz`, names, now);
    expect([...cut]).toHaveLength(90);
    expect(cut.endsWith('😀…')).toBe(true);
  });
});
