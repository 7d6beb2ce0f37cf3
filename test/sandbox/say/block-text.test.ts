import { describe, expect, test } from 'vitest';
import { type BlocksReading, blocksText } from '../../../sandbox/say/block-text.ts';
import { ownNotification } from '../../../sandbox/say/notification-text.ts';

const reading: BlocksReading = {
  names: {
    user: (id) => ({ U0ADA: 'ada', U0GRACE: 'grace' })[id] ?? id,
    channel: (id) => ({ C0OPS: 'ops' })[id] ?? id,
    group: (id) => ({ S0ONCALL: 'oncall' })[id] ?? id,
  },
  now: new Date('2026-11-20T18:20:00Z'),
};
/** 2026-11-20 18:15:22 UTC */
const timestamp = 1_795_198_522;

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const run = (text: string, style?: object) => ({ type: 'text', text, ...(style ? { style } : {}) });
const section = (...elements: object[]) => ({ type: 'rich_text_section', elements });
const rich = (...elements: object[]) => ({ type: 'rich_text', elements });
const button = (label: string, more: object = {}) => ({ type: 'button', text: plain(label), ...more });
const option = (label: string, value = label) => ({ text: plain(label), value });
const input = (label: string, element: object, more: object = {}) => ({
  type: 'input',
  block_id: 'b',
  label: plain(label),
  element: { action_id: 'a', ...element },
  ...more,
});
const cell = (text: string) => ({ type: 'raw_text', text });

const golden: [what: string, block: object, lines: string[]][] = [
  ['a header', { type: 'header', text: plain(':fire: Outage') }, ['🔥 Outage']],
  ['plain text without emoji', { type: 'section', text: { ...plain(':x: *a*'), emoji: false } }, [':x: *a*']],
  [
    'a section with fields and a button',
    {
      type: 'section',
      text: mrkdwn('*Suspend* `acme`\nasked by <@U0ADA>'),
      fields: [mrkdwn('*Tenant*\nacme'), mrkdwn('*Signers:*\n<@U0GRACE>'), plain('a\nb')],
      accessory: button('Open'),
    },
    ['Suspend acme', 'asked by @ada', 'Tenant: acme', 'Signers: @grace', 'a', 'b', '[Open]'],
  ],
  [
    'an image beside a section',
    { type: 'section', text: plain('a'), accessory: { type: 'image', alt_text: 'a chart' } },
    ['a', '(image: a chart)'],
  ],
  [
    'the tokens of mrkdwn',
    {
      type: 'section',
      text: mrkdwn(
        '<#C0OPS> <!subteam^S0ONCALL> <!here> <https://a.example/x|runbook> <https://a.example/x> ~old~ _it_ &lt;!channel&gt; :eyes:',
      ),
    },
    ['#ops @oncall @here runbook (https://a.example/x) https://a.example/x ~old~ it <!channel> 👀'],
  ],
  [
    'dates in UTC, whoever reads them',
    {
      type: 'section',
      text: mrkdwn(
        `<!date^${timestamp}^Expires {date_short} at {time}, {ago}|later> <!date^${timestamp}^{date_short_pretty} {time_secs}|x>`,
      ),
    },
    ['Expires Nov 20, 2026 at 18:15 UTC, 5 minutes ago today 18:15:22 UTC'],
  ],
  [
    'quotes and preformatted text in mrkdwn',
    { type: 'section', text: mrkdwn('&gt; one\n&gt; two\nafter\n```a\n  b```') },
    ['> one', '> two', 'after', '    a', '      b'],
  ],
  [
    'rich text with every kind of element',
    rich(
      section(
        run('bold', { bold: true }),
        run(' <!channel> '),
        run('gone', { strike: true }),
        run(' '),
        { type: 'user', user_id: 'U0ADA' },
        run(' '),
        { type: 'channel', channel_id: 'C0OPS' },
        run(' '),
        { type: 'usergroup', usergroup_id: 'S0ONCALL' },
        run(' '),
        { type: 'broadcast', range: 'channel' },
        run(' '),
        { type: 'emoji', name: 'lock' },
        run(' '),
        { type: 'date', timestamp, format: '{date_num} {time_secs}', fallback: 'x' },
        run(' '),
        { type: 'link', url: 'https://a.example', text: 'docs' },
        run(' '),
        { type: 'link', url: 'https://a.example' },
        run(' '),
        { type: 'color', value: '#ff0000' },
        run('\nnext'),
      ),
    ),
    [
      'bold <!channel> ~gone~ @ada #ops @oncall @channel 🔒 2026-11-20 18:15:22 UTC docs (https://a.example) https://a.example #ff0000',
      'next',
    ],
  ],
  [
    'lists, quotes and preformatted text in rich text',
    rich(
      { type: 'rich_text_list', style: 'bullet', elements: [section(run('a\nb')), section(run('c'))] },
      { type: 'rich_text_list', style: 'ordered', elements: [section(run('one')), section(run('two'))] },
      { type: 'rich_text_list', style: 'ordered', indent: 1, elements: [section(run('deep'))] },
      { type: 'rich_text_list', style: 'ordered', indent: 2, offset: 3, elements: [section(run('deeper'))] },
      { type: 'rich_text_list', style: 'ordered', offset: 2, elements: [section(run('three'))] },
      { type: 'rich_text_quote', elements: [run('said\nso')] },
      { type: 'rich_text_preformatted', elements: [run('x = 1\ny = 2')] },
    ),
    [
      '• a',
      '  b',
      '• c',
      '1. one',
      '2. two',
      '  a. deep',
      '    iv. deeper',
      '3. three',
      '> said',
      '> so',
      '    x = 1',
      '    y = 2',
    ],
  ],
  [
    'context',
    {
      type: 'context',
      elements: [plain('Asked by ada'), { type: 'image', alt_text: 'seal' }, mrkdwn('_now_')],
    },
    ['Asked by ada  (image: seal)  now'],
  ],
  ['a divider', { type: 'divider' }, ['────────────────────────']],
  [
    'buttons and menus',
    {
      type: 'actions',
      elements: [
        button('Approve'),
        button('Docs', { url: 'https://a.example' }),
        { type: 'overflow', options: [option('Details'), option('Cancel')] },
        { type: 'static_select', placeholder: plain('Severity'), options: [option('SEV1')] },
        { type: 'static_select', options: [option('SEV1')], initial_option: option('SEV1') },
        { type: 'datepicker', initial_date: '2026-11-20' },
        { type: 'users_select' },
        { type: 'checkboxes', options: [option('quiet')] },
      ],
    },
    [
      '[Approve] [Docs → https://a.example] [⋯ Details, Cancel] [Severity ▾] [SEV1 ▾] [2026-11-20 ▾] [Choose ▾] [ ] quiet',
    ],
  ],
  [
    'feedback',
    {
      type: 'context_actions',
      elements: [
        { type: 'feedback_buttons', positive_button: button('Good'), negative_button: button('Bad') },
        { type: 'icon_button', icon: 'trash', text: plain('Delete') },
      ],
    },
    ['[Good] [Bad] [Delete]'],
  ],
  ['an empty input', input('Reason', { type: 'plain_text_input' }), ['Reason: ______']],
  [
    'an input with hint and placeholder',
    input(
      'Limit',
      { type: 'number_input', placeholder: plain('50') },
      { hint: plain('At most 500.'), optional: true },
    ),
    ['Limit (optional): ______ (50; At most 500.)'],
  ],
  [
    'an input with a value of several lines',
    input('Ids', { type: 'plain_text_input', multiline: true, initial_value: '1\n2' }),
    ['Ids: 1', '     2'],
  ],
  [
    'an empty choice between few',
    input('Target', { type: 'static_select', options: [option('pilot'), option('rms')] }),
    ['Target: ______ (pilot or rms)'],
  ],
  [
    'an empty choice between many',
    input('Hour', { type: 'static_select', options: [...'1234567'].map((one) => option(one)) }),
    ['Hour: ______'],
  ],
  [
    'several choices made',
    input('Channels', {
      type: 'multi_static_select',
      options: [],
      initial_options: [option('SMS'), option('push')],
    }),
    ['Channels: SMS, push'],
  ],
  ['a person', input('Owner', { type: 'users_select', initial_user: 'U0ADA' }), ['Owner: @ada']],
  [
    'people',
    input('Signers', { type: 'multi_users_select', initial_users: ['U0ADA', 'U0GRACE'] }),
    ['Signers: @ada, @grace'],
  ],
  [
    'channels',
    input('Where', { type: 'multi_conversations_select', initial_conversations: ['C0OPS'] }),
    ['Where: #ops'],
  ],
  [
    'a moment',
    input('At', { type: 'datetimepicker', initial_date_time: timestamp }),
    ['At: 2026-11-20 18:15 UTC'],
  ],
  [
    'boxes',
    input('Notify', {
      type: 'checkboxes',
      options: [option('Yes'), option('No')],
      initial_options: [option('Yes')],
    }),
    ['Notify: [x] Yes  [ ] No'],
  ],
  [
    'radio buttons',
    input('How', {
      type: 'radio_buttons',
      options: [option('fast'), option('safe')],
      initial_option: option('safe'),
    }),
    ['How: ( ) fast  (•) safe'],
  ],
  [
    'an image',
    { type: 'image', title: plain('Load'), alt_text: 'a steep line', image_url: 'https://a.example/x.png' },
    ['Load', '(image: a steep line)'],
  ],
  [
    'a table',
    {
      type: 'table',
      column_settings: [{}, { align: 'right' }, { align: 'center' }],
      rows: [
        [cell('tenant'), cell('records'), cell('ok')],
        [rich(section(run('acme'))), { type: 'raw_number', value: 200, text: '200' }, cell('✓')],
        [cell('umbrella'), cell('200,000')],
      ],
    },
    ['tenant    records  ok', '────────  ───────  ──', 'acme          200  ✓', 'umbrella  200,000'],
  ],
  [
    'a table with a caption',
    { type: 'data_table', caption: 'Queues', rows: [[cell('name')], [cell('mail')]] },
    ['Queues', 'name', '────', 'mail'],
  ],
  ['an alert', { type: 'alert', level: 'error', text: plain('Down') }, ['⛔ Down']],
  [
    'markdown',
    {
      type: 'markdown',
      text: '# Plan\n\n- **one** and *two*\n- `snake_case_name` [docs](https://a.example)\n\n```sh\nnpm test\n```\nend',
    },
    ['Plan', '', '• one and two', '• snake_case_name docs (https://a.example)', '', '    npm test', 'end'],
  ],
  ['a video', { type: 'video', title: plain('Demo') }, ['(video: Demo)']],
  [
    'a card',
    { type: 'card', title: mrkdwn('*T*'), subtitle: mrkdwn('s'), body: mrkdwn('b'), actions: [button('Go')] },
    ['T', 's', 'b', '[Go]'],
  ],
  [
    'a container',
    { type: 'container', title: plain('More'), child_blocks: [{ type: 'section', text: plain('inside') }] },
    ['More', '  inside'],
  ],
  [
    'a plan',
    {
      type: 'plan',
      title: 'Release',
      tasks: [
        {
          type: 'task_card',
          task_id: '1',
          title: 'Build',
          status: 'complete',
          output: rich(section(run('done'))),
        },
        { type: 'task_card', task_id: '2', title: 'Ship', status: 'pending' },
      ],
    },
    ['Release', '✓ Build', '  done', '○ Ship'],
  ],
  ['a block nobody knows yet', { type: 'hologram' }, ['(block "hologram")']],
];

describe('Block Kit reads as text', () => {
  test.each(golden)('%s', (_what, block, lines) => {
    expect(blocksText([block], reading)).toEqual(lines);
  });

  test('a modal shows what was entered and what is wrong with it', () => {
    const block = input('Reason', { type: 'plain_text_input', initial_value: 'old' });
    const values = { b: { a: { type: 'plain_text_input', value: 'new' } } };
    expect(blocksText([block], { ...reading, values, errors: { b: 'Say more.' } })).toEqual([
      'Reason: new',
      '  ✗ Say more.',
    ]);
  });
});

describe('the notification', () => {
  const lines = ['✗ broken: initech, record 117', 'was altered', 'verify-audit initech'];
  test.each([
    ['✗ broken: initech, record 117 was altered', undefined],
    ['✗ broken: initech, record 117…', undefined],
    ['', undefined],
    ['initech &amp; co: look now', 'initech & co: look now'],
  ])('"%s" is told apart from what the blocks say', (text, expected) => {
    expect(ownNotification(text, lines, reading)).toBe(expected);
  });
});
