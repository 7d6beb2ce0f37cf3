import { describe, expect, test } from 'vitest';
import { problemsOfBlocks, problemsOfView } from '../../../sandbox/slack/block-kit/validate.ts';
import fc from '../../support/properties.ts';
import { actions, button, section, webClient, workspaceForTest } from './bolt-fixture.ts';

const x = (length: number) => 'x'.repeat(length);
const plain = (text: string) => ({ type: 'plain_text', text });
const times = <Item>(count: number, item: (index: number) => Item) =>
  Array.from({ length: count }, (_, i) => item(i));
const option = (value: string, more: object = {}) => ({ text: plain('o'), value, ...more });
const select = (more: object) => ({ type: 'static_select', action_id: 's', ...more });
const richText = (...elements: object[]) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements }],
});

/** What is just allowed, and what is one too much or simply wrong. */
const limits: [name: string, allowed: unknown[], refused: unknown[]][] = [
  ['50 blocks', times(50, () => ({ type: 'divider' })), times(51, () => ({ type: 'divider' }))],
  ['section text 3000', [section(x(3000))], [section(x(3001))]],
  ['no empty text', [section('x')], [section('')]],
  [
    'section fields 10',
    [{ type: 'section', fields: times(10, () => plain('f')) }],
    [{ type: 'section', fields: times(11, () => plain('f')) }],
  ],
  [
    'field text 2000',
    [{ type: 'section', fields: [plain(x(2000))] }],
    [{ type: 'section', fields: [plain(x(2001))] }],
  ],
  ['a section has something', [section('x')], [{ type: 'section' }]],
  ['header 150', [{ type: 'header', text: plain(x(150)) }], [{ type: 'header', text: plain(x(151)) }]],
  [
    'headers are plain',
    [{ type: 'header', text: plain('x') }],
    [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
  ],
  [
    'context 10',
    [{ type: 'context', elements: times(10, () => plain('x')) }],
    [{ type: 'context', elements: times(11, () => plain('x')) }],
  ],
  [
    'actions 25',
    [actions(...times(25, (i) => button(`b${i}`)))],
    [actions(...times(26, (i) => button(`b${i}`)))],
  ],
  ['button text 75', [actions(button('b', 'v', x(75)))], [actions(button('b', 'v', x(76)))]],
  ['button value 2000', [actions(button('b', x(2000)))], [actions(button('b', x(2001)))]],
  ['action_id 255', [actions(button(x(255)))], [actions(button(x(256)))]],
  [
    'button url 3000',
    [actions({ ...button('b'), url: `https://x.example/${x(2982)}` })],
    [actions({ ...button('b'), url: `https://x.example/${x(2983)}` })],
  ],
  ['block_id 255', [{ type: 'divider', block_id: x(255) }], [{ type: 'divider', block_id: x(256) }]],
  [
    'action ids differ within a block',
    [actions(button('a'), button('b'))],
    [actions(button('a'), button('a'))],
  ],
  [
    'block ids differ',
    [{ type: 'divider', block_id: 'a' }, { type: 'divider' }],
    [
      { type: 'divider', block_id: 'a' },
      { type: 'divider', block_id: 'a' },
    ],
  ],
  [
    'option value 75',
    [actions(select({ options: [option(x(75))] }))],
    [actions(select({ options: [option(x(76))] }))],
  ],
  [
    '100 options',
    [actions(select({ options: times(100, (i) => option(`${i}`)) }))],
    [actions(select({ options: times(101, (i) => option(`${i}`)) }))],
  ],
  [
    'options or groups, not both',
    [actions(select({ option_groups: [{ label: plain('g'), options: [option('1')] }] }))],
    [
      actions(
        select({ options: [option('1')], option_groups: [{ label: plain('g'), options: [option('1')] }] }),
      ),
    ],
  ],
  [
    'an initial option is an option',
    [actions(select({ options: [option('1')], initial_option: option('1') }))],
    [actions(select({ options: [option('1')], initial_option: option('2') }))],
  ],
  [
    'overflow 5',
    [actions({ type: 'overflow', options: times(5, (i) => option(`${i}`)) })],
    [actions({ type: 'overflow', options: times(6, (i) => option(`${i}`)) })],
  ],
  [
    'checkboxes 10',
    [actions({ type: 'checkboxes', options: times(10, (i) => option(`${i}`)) })],
    [actions({ type: 'checkboxes', options: times(11, (i) => option(`${i}`)) })],
  ],
  [
    'confirm title 100, text 300, buttons 30',
    [
      actions({
        ...button('b'),
        confirm: { title: plain(x(100)), text: plain(x(300)), confirm: plain(x(30)) },
      }),
    ],
    [
      actions({
        ...button('b'),
        confirm: { title: plain(x(101)), text: plain(x(301)), confirm: plain(x(31)) },
      }),
    ],
  ],
  [
    'styles are two',
    [actions({ ...button('b'), style: 'danger' })],
    [actions({ ...button('b'), style: 'warning' })],
  ],
  [
    'image alt 2000',
    [{ type: 'image', image_url: 'https://x.example/i.png', alt_text: x(2000) }],
    [{ type: 'image', image_url: 'https://x.example/i.png', alt_text: x(2001) }],
  ],
  ['markdown 12,000', [{ type: 'markdown', text: x(12_000) }], [{ type: 'markdown', text: x(12_001) }]],
  [
    'table 100 x 20',
    [{ type: 'table', rows: times(100, () => times(20, () => ({ type: 'raw_text', text: 'c' }))) }],
    [{ type: 'table', rows: times(100, () => times(21, () => ({ type: 'raw_text', text: 'c' }))) }],
  ],
  [
    'one table',
    [{ type: 'table', rows: [[{ type: 'raw_text', text: 'c' }]] }],
    times(2, () => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'c' }]] })),
  ],
  [
    'rich text runs are not empty',
    [richText({ type: 'text', text: 'x', style: { bold: true } }, { type: 'user', user_id: 'U0ADA' })],
    [richText({ type: 'text', text: '' })],
  ],
  [
    'rich text elements are known',
    [richText({ type: 'emoji', name: 'x' })],
    [richText({ type: 'mention', user_id: 'U' })],
  ],
  ['block types are known', [{ type: 'divider' }], [{ type: 'dividers' }]],
  ['element types are known', [actions(button('b'))], [actions({ type: 'plain_text_input' })]],
  ['properties are known', [section('x')], [{ ...section('x'), colour: 'red' }]],
  ['alerts are for modals', [section('x')], [{ type: 'alert', text: plain('x') }]],
  ['no prototype is a type', [section('x')], [{ type: 'constructor' }]],
];

describe('a message may hold', () => {
  test.each(limits)('%s', (_name, allowed, refused) => {
    expect(problemsOfBlocks(allowed)).toEqual([]);
    expect(problemsOfBlocks(refused)).not.toEqual([]);
  });
});

const input = (element: object, more: object = {}) => ({
  type: 'input',
  label: plain('l'),
  element,
  ...more,
});
const view = (blocks: unknown[], more: object = {}) => ({
  type: 'modal',
  title: plain('t'),
  submit: plain('s'),
  blocks,
  ...more,
});
const viewLimits: [name: string, allowed: object, refused: object][] = [
  ['title 24', view([section('x')], { title: plain(x(24)) }), view([section('x')], { title: plain(x(25)) })],
  [
    'callback_id 255',
    view([section('x')], { callback_id: x(255) }),
    view([section('x')], { callback_id: x(256) }),
  ],
  [
    '100 blocks',
    view(times(100, () => ({ type: 'divider' }))),
    view(times(101, () => ({ type: 'divider' }))),
  ],
  [
    'submit with inputs',
    view([input({ type: 'number_input', is_decimal_allowed: false })]),
    view([input({ type: 'number_input', is_decimal_allowed: false })], { submit: undefined }),
  ],
  [
    'text inputs up to 3000',
    view([input({ type: 'plain_text_input', max_length: 3000 })]),
    view([input({ type: 'plain_text_input', max_length: 3001 })]),
  ],
  [
    'one focus',
    view([input({ type: 'plain_text_input', focus_on_load: true })]),
    view(times(2, () => input({ type: 'plain_text_input', focus_on_load: true }))),
  ],
  ['no markdown block', view([section('x')]), view([{ type: 'markdown', text: 'x' }])],
  ['no unknown property', view([section('x')]), view([section('x')], { submit_disabled: true })],
];

describe('a modal may have', () => {
  test.each(viewLimits)('%s', (_name, allowed, refused) => {
    expect(problemsOfView(allowed, 'modal')).toEqual([]);
    expect(problemsOfView(refused, 'modal')).not.toEqual([]);
  });
});

test('the API names the error and the spot as Slack does', async () => {
  const workspace = await workspaceForTest();
  const refused = await webClient(workspace)
    .chat.postMessage({
      channel: 'C0OPS',
      text: 'x',
      blocks: [section('ok'), actions(button('b', 'v', x(76)))],
    })
    .catch((error: { data: unknown }) => error.data);
  expect(refused).toMatchObject({
    ok: false,
    error: 'invalid_blocks',
    response_metadata: {
      messages: ['[ERROR] must be less than 76 characters [json-pointer:/blocks/1/elements/0/text/text]'],
    },
  });
});

test('no JSON makes the check throw, and no block without a known type passes', () => {
  const known =
    /^(actions|alert|card|carousel|container|context|context_actions|data_table|divider|header|image|input|markdown|plan|rich_text|section|table|task_card|video)$/;
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (blocks) => {
      const problems = problemsOfBlocks(blocks);
      const hasStranger = blocks.some((block) => {
        const type = (block as { type?: unknown } | null)?.type;
        return typeof type !== 'string' || !known.test(type);
      });
      if (hasStranger) expect(problems).not.toEqual([]);
    }),
  );
});

test('text fits exactly when its length is within the limit', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 0, maxLength: 320, unit: 'grapheme' }), (text) => {
      const isAllowed = text.length >= 1 && text.length <= 150;
      expect(problemsOfBlocks([{ type: 'header', text: plain(text) }]).length === 0).toBe(isAllowed);
    }),
  );
});
