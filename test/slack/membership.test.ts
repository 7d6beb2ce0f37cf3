import type { WebClient } from '@slack/web-api';
import { describe, expect, it } from 'vitest';
import { readMembership } from '../../src/core/policy/membership.ts';
import { createMemoryStore } from '../../src/redis/memory-store.ts';
import { createSlackMembership, type SlackReader } from '../../src/slack/membership.ts';

// The real client fits the port.
type Fits = WebClient extends SlackReader ? true : never;
const fits: Fits = true;

const member = {
  id: 'U0ADA',
  team_id: 'T0',
  name: 'ada',
  deleted: false,
  is_bot: false,
  profile: { display_name: 'Ada' },
};
const refusal = (code: string) =>
  Object.assign(new Error(`An API error occurred: ${code}`), { data: { ok: false, error: code } });

function setUp(answers: Record<string, (args: Record<string, unknown>) => unknown>) {
  let now = Date.parse('2026-11-20T18:00:00Z');
  const calls: string[] = [];
  const store = createMemoryStore({ clock: () => now });
  const membership = createSlackMembership({
    slack: {
      async apiCall(method, args) {
        calls.push(`${method} ${Object.values(args).join()}`);
        return await answers[method]?.(args);
      },
    },
    store,
    teamId: 'T0',
    now: () => new Date(now),
    timeoutMilliseconds: 50,
  });
  const pass = (seconds: number): void => {
    now += seconds * 1000;
  };
  return { membership, calls, store, pass };
}

describe('reading people from Slack', () => {
  it('fits the real client', () => {
    expect(fits).toBe(true);
  });

  it.each([
    ['a member', {}, {}],
    ['a guest of several channels', { is_restricted: true }, { isGuest: true }],
    ['a guest of one channel', { is_ultra_restricted: true }, { isGuest: true }],
    ['a bot', { is_bot: true }, { isBot: true }],
    ['a workflow', { is_workflow_bot: true }, { isBot: true }],
    ['a deactivated account', { deleted: true }, { isDeactivated: true }],
    ['an account of another workspace', { team_id: 'T1' }, { isForeign: true }],
    ['an account without a workspace', { team_id: undefined }, { isForeign: true }],
    ['a stranger', { is_stranger: true }, { isForeign: true }],
    ['an account of the same organisation', { team_id: 'T1', enterprise_user: { teams: ['T0'] } }, {}],
  ])('knows %s', async (_, user, facts) => {
    const { membership } = setUp({ 'users.info': () => ({ ok: true, user: { ...member, ...user } }) });
    expect(await membership.person('U0ADA')).toEqual({
      isReadable: true,
      readAt: new Date('2026-11-20T18:00:00Z'),
      value: {
        id: 'U0ADA',
        name: 'Ada',
        isBot: false,
        isDeactivated: false,
        isGuest: false,
        isForeign: false,
        ...facts,
      },
    });
  });

  it('knows Slackbot for a bot, though Slack does not say so', async () => {
    const { membership } = setUp({ 'users.info': () => ({ user: { ...member, id: 'USLACKBOT' } }) });
    expect(await membership.person('USLACKBOT')).toMatchObject({ value: { isBot: true } });
  });

  it.each([
    ['an error of Slack', () => Promise.reject(refusal('user_not_found')), 'Slack answered "user_not_found"'],
    ['a broken connection', () => Promise.reject(new Error('ECONNRESET')), 'Slack cannot be reached'],
    ['an answer that never comes', () => new Promise(() => {}), 'Slack did not answer within 0.05 s'],
    [
      'an answer about someone else',
      () => ({ user: { ...member, id: 'U0EVE' } }),
      'Slack answered about U0EVE instead',
    ],
    ['an answer without the facts', () => ({ user: {} }), 'Slack answered in an unexpected form'],
  ])('calls %s unreadable', async (_, answer, reason) => {
    const { membership, calls } = setUp({ 'users.info': answer });
    expect(await membership.person('U0ADA')).toEqual({ isReadable: false, reason });
    await membership.person('U0ADA');
    expect(calls).toHaveLength(2);
  });
});

describe('reading groups from Slack', () => {
  const group = { 'usergroups.users.list': () => ({ ok: true, users: ['U0ADA'] }) };

  it('keeps a reading for 60 s and no longer', async () => {
    const { membership, calls, pass } = setUp(group);
    await membership.group('S0X');
    pass(59);
    expect(await membership.group('S0X')).toEqual({
      isReadable: true,
      value: ['U0ADA'],
      readAt: new Date('2026-11-20T18:00:00Z'),
    });
    expect(calls).toEqual(['usergroups.users.list S0X']);
    pass(2);
    expect(await membership.group('S0X')).toMatchObject({ readAt: new Date('2026-11-20T18:01:01Z') });
    expect(calls).toHaveLength(2);
  });

  it('asks Slack when the caller wants it fresh', async () => {
    const { membership, calls, pass } = setUp(group);
    await membership.group('S0X');
    await membership.group('S0X', { maxAgeSeconds: 0 });
    pass(10);
    await membership.group('S0X', { maxAgeSeconds: 9 });
    await membership.group('S0X', { maxAgeSeconds: 10 });
    expect(calls).toHaveLength(3);
  });

  it('asks once for callers at the same moment', async () => {
    const { membership, calls } = setUp(group);
    await Promise.all(Array.from({ length: 10 }, () => membership.group('S0X')));
    expect(calls).toHaveLength(1);
  });

  it('never turns a failure into an empty group, also after a good reading has ended', async () => {
    let isDown = false;
    const { membership, pass } = setUp({
      'usergroups.users.list': () => (isDown ? Promise.reject(refusal('missing_scope')) : { users: [] }),
    });
    expect(await membership.group('S0X')).toMatchObject({ isReadable: true, value: [] });
    isDown = true;
    pass(61);
    expect(await membership.group('S0X')).toEqual({
      isReadable: false,
      reason: 'Slack answered "missing_scope"',
    });
    isDown = false;
    expect(await membership.group('S0X')).toMatchObject({ isReadable: true });
  });

  it.each([
    ['is not JSON', 'nonsense'],
    ['has another shape', JSON.stringify({ readAt: '2026-11-20T18:00:00.000Z', value: 'U0EVE' })],
    ['comes from the future', JSON.stringify({ readAt: '2026-11-20T18:00:01.000Z', value: ['U0EVE'] })],
    ['is older than its lifetime', JSON.stringify({ readAt: '2026-11-20T17:58:59.000Z', value: ['U0EVE'] })],
  ])('reads again when what was kept %s', async (_, text) => {
    const { membership, store } = setUp(group);
    await store.setText('group/S0X', text, 60_000);
    expect(await membership.group('S0X')).toMatchObject({ value: ['U0ADA'] });
  });
});

describe('reading what one decision needs', () => {
  it('reads each person and each group of any role once, and nobody from the command line', async () => {
    const { membership, calls } = setUp({
      'users.info': ({ user }) => ({ user: { ...member, id: user } }),
      'usergroups.users.list': () => ({ users: [] }),
    });
    const roles = { one: { usergroups: ['S0X', 'S0Y'] }, two: { usergroups: ['S0X'] } };
    const snapshot = await readMembership(membership, { roles }, ['U0ADA', 'U0ADA', 'cli:root']);
    expect([...snapshot.people.keys()]).toEqual(['U0ADA']);
    expect([...snapshot.groups.keys()]).toEqual(['S0X', 'S0Y']);
    expect(calls.sort()).toEqual([
      'usergroups.users.list S0X',
      'usergroups.users.list S0Y',
      'users.info U0ADA',
    ]);
  });
});
