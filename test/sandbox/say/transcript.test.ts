import { expect, test } from 'vitest';
import { Transcript } from '../../../sandbox/say/transcript.ts';
import type { ClientEvent, ClientMessage, ClientView } from '../../../sandbox/slack/client-api.ts';
import { defaultSeed } from '../../../sandbox/slack/default-seed.ts';
import { Directory } from '../../../sandbox/slack/directory.ts';
import { readManifest } from '../../../sandbox/slack/manifest.ts';
import { manifest } from '../slack/bolt-fixture.ts';

type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'sequence' | 'at'> : never;

/** What the transcript says of these events. */
function told(events: Unnumbered<ClientEvent>[], options: { isBold?: boolean } = {}): string {
  let out = '';
  const transcript = new Transcript({
    directory: new Directory(defaultSeed(), readManifest(manifest())),
    write: (text) => {
      out += text;
    },
    isBold: options.isBold ?? false,
  });
  events.forEach((event, index) => {
    transcript.event({ ...event, sequence: index, at: Date.parse('2026-11-20T18:15:22Z') } as ClientEvent);
  });
  return out;
}

const message = (ts: string, text: string, changes: Partial<ClientMessage> = {}): ClientMessage => ({
  channel: 'C0OPS',
  ts,
  userId: 'U0COUNTER',
  text,
  blocks: [],
  ...changes,
});
const posted = (...args: Parameters<typeof message>) => ({
  kind: 'message_posted' as const,
  message: message(...args),
});
const edited = (before: ClientMessage, text: string) => ({
  kind: 'message_edited' as const,
  previous: before,
  message: { ...before, text },
});
const section = (text: string) => ({ type: 'section', text: { type: 'plain_text', text } });
const modal = (changes: Partial<ClientView> = {}): ClientView => ({
  id: 'V1',
  hash: 'h',
  userId: 'U0ADA',
  view: {
    title: { type: 'plain_text', text: 'verify-audit' },
    submit: { type: 'plain_text', text: 'Run' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      {
        type: 'input',
        block_id: 'tenant',
        label: { type: 'plain_text', text: 'Tenant' },
        element: { type: 'plain_text_input', action_id: 'value' },
      },
    ],
  },
  errors: {},
  values: {},
  depth: 0,
  ...changes,
});

test('an edit shows the whole new text, and one that changes nothing is not shown', () => {
  const card = message('1.1', '… running\nverify-audit acme');
  const done = '✓ intact: acme\nverify-audit acme';
  expect(
    told([
      { kind: 'message_posted', message: card },
      edited(card, '… running\nverify-audit acme'),
      edited(card, done),
      edited({ ...card, text: done }, done),
    ]),
  ).toBe(`#ops · new message from countersign
    … running
    verify-audit acme

#ops · countersign edited its message
    ✓ intact: acme
    verify-audit acme
`);
});

test('an edit of a message from before the script is shown only when it changes something', () => {
  const card = message('1.1', 'old');
  expect(told([edited(card, 'old')])).toBe('');
  expect(told([edited(card, 'new')])).toBe('#ops · countersign edited its message\n    new\n');
});

test('says who sees a message', () => {
  const headings = told([
    posted('1.1', 'card'),
    posted('1.2', 'reply', { threadTs: '1.1' }),
    posted('1.3', 'both', { threadTs: '1.1', isBroadcast: true }),
    posted('1.4', 'hello', { channel: 'D0GRACE' }),
    posted('1.5', 'hello', { channel: 'D0GRACE', userId: 'U0GRACE' }),
    { kind: 'ephemeral_posted', message: message('1.6', 'psst', { ephemeralFor: 'U0ADA' }) },
    { kind: 'ephemeral_replaced', message: message('1.6', 'PSST', { ephemeralFor: 'U0ADA' }) },
    { kind: 'ephemeral_deleted', channel: 'C0OPS', ts: '1.6', audience: 'U0ADA' },
    posted('1.7', 'in between', { userId: 'U0ADA' }),
    posted('1.8', 'late', { threadTs: '1.1' }),
    { kind: 'reaction_added', channel: 'C0OPS', ts: '1.7', userId: 'U0COUNTER', name: 'eyes' },
    { kind: 'message_deleted', channel: 'C0OPS', ts: '1.1' },
    { kind: 'app_failed', userId: 'U0ADA', channel: 'C0OPS', error: 'operation_timeout' },
  ])
    .split('\n')
    .filter((line) => line.includes(' · '));
  expect(headings).toEqual([
    '#ops · new message from countersign',
    '#ops thread · new message from countersign',
    '#ops thread and #ops · new message from countersign',
    'DM to grace · new message from countersign',
    'DM from grace · new message from grace',
    'only ada, in #ops · new message from countersign',
    'only ada, in #ops · countersign edited its message',
    'only ada, in #ops · deleted: "PSST"',
    '#ops · new message from ada',
    '#ops thread under "card" · new message from countersign',
    '#ops · countersign reacted with 👀 to "in between"',
    '#ops · deleted: "card"',
    'only ada · from Slack itself',
  ]);
});

test('a modal is told from opening to closing', () => {
  const filled = modal({ values: { tenant: { value: { type: 'plain_text_input', value: 'acmee' } } } });
  expect(
    told([
      { kind: 'view_opened', view: modal() },
      { kind: 'view_updated', view: modal() },
      { kind: 'view_updated', view: filled },
      { kind: 'view_errors', view: { ...filled, errors: { tenant: 'There is no tenant "acmee".' } } },
      { kind: 'view_closed', viewId: 'V1', reason: 'submitted', audience: 'U0ADA' },
    ]),
  ).toBe(`modal for ada · opened: verify-audit
    Tenant: ______
    [Run] [Cancel]

modal for ada · updated: verify-audit
    Tenant: acmee
    [Run] [Cancel]

modal for ada · not accepted: verify-audit
    ✗ Tenant: There is no tenant "acmee".

modal for ada · submitted and closed: verify-audit
`);
});

test('the home tab is shown when it changes', () => {
  const home = modal({ view: { type: 'home', blocks: [section('Nothing is waiting for you.')] } });
  expect(
    told([
      { kind: 'home_published', view: home },
      { kind: 'home_published', view: home },
    ]),
  ).toBe('home tab of ada · updated\n    Nothing is waiting for you.\n');
});

test('the notification stands below where it says something of its own', () => {
  const blocks = [section('… running')];
  expect(told([posted('1.1', '… running', { blocks })])).toBe(
    '#ops · new message from countersign\n    … running\n',
  );
  expect(told([posted('1.1', 'Look at <#C0OPS>', { blocks })])).toBe(
    '#ops · new message from countersign\n    … running\n    (on phones: Look at #ops)\n',
  );
});

test('text from outside cannot steer the terminal', () => {
  expect(told([posted('1.1', 'a\u001b[2Jb\u009bc\r')])).toBe(
    '#ops · new message from countersign\n    a�[2Jb�c�\n',
  );
});

test('headings are bold on a terminal only', () => {
  expect(told([posted('1.1', 'a')], { isBold: true })).toBe(
    '\u001b[1m#ops · new message from countersign\u001b[22m\n    a\n',
  );
});

test('files are named', () => {
  const file = { id: 'F1', name: 'a.txt', title: 'Export', mimetype: 'text/plain', size: 12, url: '/f' };
  expect(told([posted('1.1', '', { files: [file] })])).toContain('    (file: Export, 12 bytes)\n');
  const preview = '# Draft\n\nof ada';
  expect(told([posted('1.1', '', { files: [{ ...file, preview }] })])).toContain(
    '    (file: Export, 12 bytes)\n      │ # Draft\n      │\n      │ of ada\n',
  );
});
