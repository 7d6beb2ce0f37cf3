/** The workspace of the demo and of the tests: one person for each way of being (or not being) allowed. */
import type { Seed, SeedUser } from './seed.ts';

const vienna = { tz: 'Europe/Vienna', tzOffset: 3600 };

function person(id: string, name: string, realName: string, more: Partial<SeedUser> = {}): SeedUser {
  return { id, name, realName, email: `${name}@acme.example`, ...vienna, ...more };
}

export function defaultSeed(): Seed {
  const colleagues = ['U0ADA', 'U0GRACE', 'U0LINUS', 'U0ADAALT', 'U0MARGARET', 'U0MALLORY'];
  const bot = 'U0COUNTER';
  return {
    team: { id: 'T0ACME', name: 'Acme Operations', domain: 'acme-ops' },
    users: [
      person('U0ADA', 'ada', 'Ada Moreau'),
      person('U0GRACE', 'grace', 'Grace Okafor', { tz: 'America/New_York', tzOffset: -18_000 }),
      person('U0LINUS', 'linus', 'Linus Berg', {
        isAdmin: true,
        tz: 'America/Los_Angeles',
        tzOffset: -28_800,
      }),
      person('U0ADAALT', 'adaalt', 'Ada L. (second account)'),
      person('U0MARGARET', 'margaret', 'Margaret Lind'),
      person('U0GUEST', 'guest', 'Guest Contractor', { isGuest: true }),
      person('U0GONE', 'gone', 'Gone Colleague', { isDeactivated: true }),
      person('U0FOREIGN', 'foreign', 'Foreign Partner', { homeTeamId: 'T0OTHER' }),
      person('U0MALLORY', 'mallory', 'Mallory No-Role'),
      { id: 'U0ROBOT', name: 'robot', realName: 'Another Bot', isBot: true, tz: 'Etc/UTC', tzOffset: 0 },
    ],
    channels: [
      { id: 'C0OPS', name: 'ops', topic: 'Running production', memberIds: [...colleagues, 'U0GUEST', bot] },
      {
        id: 'C0INC',
        name: 'incidents',
        topic: 'One thread per incident',
        memberIds: [...colleagues, 'U0FOREIGN', bot],
      },
      { id: 'C0ALERTS', name: 'alerts', topic: 'Monitoring', memberIds: [...colleagues, 'U0ROBOT', bot] },
      { id: 'C0LEDGER', name: 'ledger', topic: 'Checkpoints', memberIds: [...colleagues, bot] },
      { id: 'C0GENERAL', name: 'general', topic: 'Everybody', memberIds: [...colleagues, bot] },
      { id: 'C0RANDOM', name: 'random', topic: 'The bot is not in here', memberIds: colleagues },
      { id: 'C0OLD', name: 'old-launch', topic: 'Done', memberIds: [...colleagues, bot], isArchived: true },
      {
        id: 'C0SECRET',
        name: 'security',
        topic: 'Private, without the bot',
        memberIds: ['U0LINUS', 'U0GRACE'],
        isPrivate: true,
      },
    ],
    userGroups: [{ id: 'S0ONCALL', handle: 'oncall', name: 'On call', userIds: ['U0MARGARET', 'U0ADA'] }],
    app: {
      appId: 'A0COUNTER',
      botUserId: bot,
      botId: 'B0COUNTER',
      botToken: 'xoxb-sandbox-0000000000-countersign',
      appToken: 'xapp-1-A0COUNTER-0000000000-sandbox',
      signingSecret: 'sandbox0signing0secret0not0a0real',
      verificationToken: 'sandbox-verification-token',
    },
  };
}
