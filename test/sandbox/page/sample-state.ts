import type {
  ClientChannel,
  ClientMessage,
  ClientState,
  ClientUser,
  ClientView,
} from '../../../sandbox/slack/client-api.ts';

const person = (id: string, name: string, realName: string, more: Partial<ClientUser> = {}): ClientUser => ({
  id,
  name,
  realName,
  isBot: false,
  isDeactivated: false,
  isGuest: false,
  isForeign: false,
  tz: 'Europe/Vienna',
  ...more,
});

export const bot = person('U0COUNTER', 'countersign', 'Countersign', { isBot: true });
export const ada = person('U0ADA', 'ada', 'Ada Moreau');
export const grace = person('U0GRACE', 'grace', 'Grace Okafor', { tz: 'America/New_York' });
export const linus = person('U0LINUS', 'linus', 'Linus Berg');
const guest = person('U0GUEST', 'guest', 'Guest Contractor', { isGuest: true });
const gone = person('U0GONE', 'gone', 'Gone Colleague', { isDeactivated: true });
const users = [ada, grace, linus, guest, gone, bot];
const everybody = users.map((user) => user.id);

function channels(me: ClientUser): ClientChannel[] {
  const channel = (id: string, name: string, topic: string): ClientChannel => ({
    id,
    name,
    kind: 'channel',
    topic,
    memberIds: everybody,
  });
  return [
    channel('C0OPS', 'ops', 'Running production'),
    channel('C0INC', 'incidents', 'One thread per incident'),
    channel('C0ALERTS', 'alerts', 'Monitoring'),
    { id: `D0${me.name.toUpperCase()}`, name: bot.id, kind: 'im', topic: '', memberIds: [me.id, bot.id] },
  ];
}

/** Fri 20 Nov 2026, 18:15:00 UTC: 19:15 for ada, 13:15 for grace. */
export const noon = 1_795_198_500;

let micro = 0;

/** A ts `seconds` after {@link noon}, never the same twice. */
export function tsAt(seconds: number): string {
  micro++;
  return `${noon + seconds}.${String(micro).padStart(6, '0')}`;
}

export function message(userId: string, text: string, more: Partial<ClientMessage> = {}): ClientMessage {
  return { channel: 'C0OPS', ts: tsAt(0), userId, text, blocks: [], ...more };
}

export function stateFor(
  me: ClientUser,
  messages: ClientMessage[] = [],
  more: Partial<ClientState> = {},
): ClientState {
  return {
    me,
    team: { id: 'T0ACME', domain: 'acme-ops' },
    botUserId: bot.id,
    users,
    channels: channels(me),
    userGroups: [{ id: 'S0ONCALL', handle: 'oncall', userIds: [ada.id] }],
    messages: messages.filter((other) => !other.ephemeralFor || other.ephemeralFor === me.id),
    views: [],
    commands: [
      {
        command: '/ops',
        description: 'Run an operation',
        usageHint: 'help | verify-audit <tenant> | history',
      },
      { command: '/oncall', description: 'Who is on call', usageHint: '' },
    ],
    shortcuts: [
      {
        name: 'Open an incident',
        type: 'message',
        callbackId: 'open_incident',
        description: 'From this message',
      },
      {
        name: 'Run a command',
        type: 'global',
        callbackId: 'run_command',
        description: 'Choose one from a list',
      },
    ],
    sequence: 0,
    ...more,
  };
}

/** The three people one plays in turn, all seeing the same messages. */
export function threePeople(messages: ClientMessage[], more: Partial<ClientState> = {}): ClientState[] {
  return [ada, grace, linus].map((me) => stateFor(me, messages, more));
}

const plain = (text: string) => ({ type: 'plain_text', text, emoji: true });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true });

/** An approval card as the bot posts them. */
export function approvalCard(): unknown[] {
  return [
    { type: 'header', block_id: 'head', text: plain('▲ Suspend tenant acme (production)') },
    {
      type: 'section',
      block_id: 'facts',
      fields: [
        mrkdwn('*Asked by*\n<@U0ADA>'),
        mrkdwn('*Needs*\n1 signature'),
        mrkdwn(`*Expires*\n<!date^${noon + 900}^{time}, {date_short_pretty}|18:30 UTC>`),
        mrkdwn('*Can sign now*\n<@U0GRACE>'),
      ],
    },
    {
      type: 'rich_text',
      block_id: 'plan',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            { type: 'text', text: 'Reason: ' },
            { type: 'text', text: 'card testing, see <!channel> *ticket*', style: { italic: true } },
          ],
        },
        {
          type: 'rich_text_list',
          style: 'bullet',
          elements: [
            {
              type: 'rich_text_section',
              elements: [
                { type: 'text', text: 'PATCH /api/tenants/8d1f/suspend', style: { code: true } },
                { type: 'text', text: ' on pilot' },
              ],
            },
            { type: 'rich_text_section', elements: [{ type: 'text', text: '240 users are signed out' }] },
          ],
        },
      ],
    },
    {
      type: 'actions',
      block_id: 'decide',
      elements: [
        { type: 'button', action_id: 'approve', text: plain('Approve'), style: 'primary', value: 'run-1' },
        {
          type: 'button',
          action_id: 'deny',
          text: plain('Deny'),
          style: 'danger',
          value: 'run-1',
          confirm: {
            title: plain('Deny this run?'),
            text: mrkdwn('*Suspend tenant acme* will not happen.'),
            confirm: plain('Deny'),
            deny: plain('Keep waiting'),
            style: 'danger',
          },
        },
        {
          type: 'overflow',
          action_id: 'more',
          options: [
            { text: plain('Show the exact calls'), value: 'calls' },
            { text: plain('Explain the policy'), value: 'policy' },
          ],
        },
      ],
    },
    {
      type: 'context',
      block_id: 'receipt',
      elements: [mrkdwn('Receipt `#1234 · 9f3ab2` · nothing has been done yet')],
    },
  ];
}

/** A modal generated from a command's arguments. */
export function argumentsModal(more: Partial<ClientView> = {}): ClientView {
  return {
    id: 'V0ONE',
    hash: '1.a',
    userId: ada.id,
    depth: 0,
    errors: {},
    values: {},
    view: {
      type: 'modal',
      callback_id: 'arguments',
      title: plain('Suspend a tenant'),
      submit: plain('Continue'),
      close: plain('Cancel'),
      blocks: [
        {
          type: 'input',
          block_id: 'tenant',
          label: plain('Tenant'),
          hint: plain('Type a slug or a name'),
          element: {
            type: 'external_select',
            action_id: 'value',
            min_query_length: 2,
            placeholder: plain('Search'),
          },
        },
        {
          type: 'input',
          block_id: 'reason',
          label: plain('Reason'),
          element: { type: 'plain_text_input', action_id: 'value', multiline: true },
        },
        {
          type: 'input',
          block_id: 'severity',
          label: plain('Severity'),
          element: {
            type: 'static_select',
            action_id: 'value',
            options: ['SEV1', 'SEV2', 'SEV3'].map((name) => ({
              text: plain(name),
              value: name.toLowerCase(),
            })),
          },
        },
        {
          type: 'input',
          block_id: 'until',
          optional: true,
          label: plain('Until'),
          element: { type: 'datepicker', action_id: 'value' },
        },
        {
          type: 'input',
          block_id: 'options',
          optional: true,
          label: plain('Options'),
          element: {
            type: 'checkboxes',
            action_id: 'value',
            options: [
              { text: plain('Notify the tenant'), value: 'notify', description: plain('By email') },
              { text: plain('Sign users out'), value: 'signout' },
            ],
          },
        },
      ],
    },
    ...more,
  };
}
