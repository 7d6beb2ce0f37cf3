import { describe, expect, it } from 'vitest';
import { groupCard, groupReply, mentionsOf } from '../../../src/core/alerts/speak-group.ts';

const onCall = { users: ['U0GRACE', 'cli:root'], usergroups: ['S0ONCALL'] };

describe('whom to call', () => {
  it('is everyone named, each once, in that order', () => {
    expect(
      mentionsOf([{ user: 'U0ADA' }, 'on-call', { usergroup: 'S0ONCALL' }, { user: 'U0ADA' }], onCall),
    ).toEqual([{ user: 'U0ADA' }, { user: 'U0GRACE' }, { usergroup: 'S0ONCALL' }]);
  });

  it('is nobody where nobody is on call', () => {
    expect(mentionsOf(['on-call'], undefined)).toEqual([]);
  });
});

it('puts a card into its channel and a reply into its thread and the channel', () => {
  expect(groupCard({ id: 'g-1', channel: 'C1' }, 'other')).toEqual({
    id: 'group:g-1:card',
    place: { kind: 'channel', channelId: 'C1' },
    urgency: 'other',
  });
  expect(groupReply({ id: 'g-1' }, 2, { kind: 'reopened' }, [{ user: 'U0ADA' }])).toEqual({
    id: 'group:g-1:reply:2',
    place: { kind: 'thread_of', messageId: 'group:g-1:card', isBroadcast: true },
    urgency: 'critical',
    content: { reply: { kind: 'reopened' }, mentions: [{ user: 'U0ADA' }] },
  });
});
