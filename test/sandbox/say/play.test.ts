import { describe, expect, test } from 'vitest';
import { type PlayOptions, playScript } from '../../../sandbox/say/play.ts';
import { manifest, webClient, workspaceForTest } from '../slack/bolt-fixture.ts';
import { type ApprovalApp, startApprovalApp } from './approval-app.ts';

async function stage() {
  // Without message.im: Bolt drops an app's own messages before anything could count them.
  const workspace = await workspaceForTest({ manifest: manifest({ events: ['app_mention'] }) });
  const app: ApprovalApp = await startApprovalApp(workspace);
  const play = async (lines: string[], options: Partial<PlayOptions> = {}) => {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const { failed } = await playScript({
      workspace,
      lines,
      settle: app.settle,
      write,
      isTerminal: false,
      ...options,
    });
    return { failed, text };
  };
  return { workspace, app, play };
}

test('a card is asked for, refused to its requester, denied by another, and talked about in its thread', async () => {
  const { play } = await stage();
  const { failed, text } = await play([
    'ada in #ops: /ops suspend',
    'ada approves',
    'ADA denies "never mind"',
    'grace denies “not during freeze”',
    'U0ADA in #ops thread: @countersign what now?',
  ]);
  expect(failed).toBeUndefined();
  expect(text).toBe(`› ada in #ops: /ops suspend

#ops · new message from countersign
    Suspend acme: 3 people lose access
    [Approve] [Deny] [⋯ Details, Cancel]

› ada approves

dialog for ada · confirmed: Suspend acme?
    On pilot (production).
    [Suspend] [Back]

only ada, in #ops · new message from countersign
    You asked for it: somebody else signs.

› ada denies "never mind"

only ada, in #ops · new message from countersign
    You asked for it: cancel it instead.

› grace denies "not during freeze"

modal for grace · opened: Deny
    Reason: ______
    [Deny]

modal for grace · submitted and closed: Deny

#ops · countersign edited its message
    Denied: not during freeze

#ops thread · new message from countersign
    Receipt #1 · 9f3ab2

› ada in #ops thread: @countersign what now?

#ops thread · new message from ada
    @countersign what now?

#ops thread · new message from countersign
    Heard you.
`);
});

test('a form is filled in by its labels, and marked fields are no failure of the script', async () => {
  const { app, play } = await stage();
  const { failed, text } = await play([
    'ada in #ops: /ops form',
    'ada submits',
    'ada fills "tenant" with "acme"',
    'ada fills "TARGET" with "RMS"',
    'ada fills "Full" with "yes"',
    'ada fills "Since" with "2026-11-20"',
    'ada fills "Limit" with "20"',
    'ada fills "Owner" with "@Grace"',
    'ada fills "Reason" with "short"',
    'ada submits',
    'ada fills "Full" with "no"',
    'ada fills "Reason" with "card testing"',
    'ada clicks "Run"',
  ]);
  expect(failed).toBeUndefined();
  const option = (value: string) => ({ selected_option: expect.objectContaining({ value }) });
  expect(app.submissions).toHaveLength(2);
  expect(app.submissions[0]).toMatchObject({
    tenant: { value: option('acme') },
    target: { value: option('rms') },
    full: { value: { selected_options: [{ value: 'yes' }] } },
    since: { value: { selected_date: '2026-11-20' } },
    limit: { value: { value: '20' } },
    owner: { value: { selected_user: 'U0GRACE' } },
    reason: { value: { value: 'short' } },
  });
  expect(app.submissions[1]).toMatchObject({
    full: { value: { selected_options: [] } },
    reason: { value: { value: 'card testing' } },
  });
  expect(text).toContain(`› ada submits

modal for ada · not accepted: release-check
    ✗ Tenant: This is a required field
    ✗ Target: This is a required field
    ✗ Reason: This is a required field

› ada fills "tenant" with "acme"

only ada · offered for "acme"
    acme
    acme-test

› ada fills "TARGET" with "RMS"
› ada fills "Full" with "yes"
› ada fills "Since" with "2026-11-20"
› ada fills "Limit" with "20"
› ada fills "Owner" with "@Grace"
› ada fills "Reason" with "short"
› ada submits

modal for ada · not accepted: release-check
    ✗ Reason: Say more.
`);
  expect(text).toMatch(/modal for ada · submitted and closed: release-check\n$/);
});

test('a menu item is clicked like a button, and its answer comes as a direct message', async () => {
  const { play } = await stage();
  const { failed, text } = await play(['ada in #ops: /ops suspend', 'grace clicks "details"']);
  expect(failed).toBeUndefined();
  expect(text).toMatch(
    /› grace clicks "details"\n\nDM to grace · new message from countersign\n {4}You chose details.\n$/,
  );
});

test('the newest of two cards is clicked, and "thread" is then the thread of that one', async () => {
  const { workspace, play } = await stage();
  await play(['ada in #ops: /ops suspend', 'ada in #ops: /ops suspend']);
  const [older, newer] = workspace
    .as('grace')
    .state()
    .messages.map(({ ts }) => ts);
  // Talked about last, until the newer is clicked.
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: 'hm', threadTs: older! });
  const { failed } = await play([
    'linus in #ops thread: one',
    'linus clicks "Details"',
    'linus in #ops thread: two',
  ]);
  expect(failed).toBeUndefined();
  const said = workspace.as('grace').state().messages;
  expect(said.find(({ text }) => text === 'one')?.threadTs).toBe(older);
  expect(said.find(({ text }) => text === 'two')?.threadTs).toBe(newer);
});

test('a shortcut is used on the newest message with those words, or on the last of all', async () => {
  const { workspace, play } = await stage();
  const { failed, text } = await play([
    'ada in #ops: emails to acme are *late*',
    'grace in #ops: emails to globex are late',
    'grace in #ops: looking',
    'ada in #ops: /ops suspend',
    "ADA uses 'explain' on 'ACME are  late'",
    'ada uses "Explain" on "emails to"',
    'grace uses "Explain" on "3 people lose access"',
    'ada uses "Explain" on the last message',
  ]);
  expect(failed).toBeUndefined();
  const texts = workspace.deliveries
    .filter(({ type }) => type === 'message_action')
    .map(({ payload }) => (payload as { message: { text: string } }).message.text);
  expect(texts).toEqual([
    'emails to acme are *late*',
    'emails to globex are late',
    expect.stringContaining('Suspend acme'),
    expect.stringContaining('Suspend acme'),
  ]);
  expect(text).toContain(`› ada uses "Explain" on "ACME are  late"

only ada, in #ops · new message from countersign
    Explained: emails to acme are late
`);
});

test('a shortcut that is answered by nothing fails the script', async () => {
  const { play } = await stage();
  const { failed } = await play(['ada in #ops: quiet please', 'ada uses "Explain" on the last message']);
  expect(failed).toBe('Line 2, ada uses "Explain" on the last message: the app took it and said nothing');
});

test("another app's message is not clicked", async () => {
  const { workspace, play } = await stage();
  await workspace.as('robot').do({ kind: 'send', channel: 'C0ALERTS', text: 'beep' });
  expect((await play(['ada approves'])).failed).toBe(
    'Line 1, ada approves: ada sees no button "Approve"; ada sees none',
  );
});

test('a modal covers the messages, and is closed', async () => {
  const { play } = await stage();
  const { failed, text } = await play([
    'ada in #ops: /ops suspend',
    'ada in #ops: /ops form',
    'ada clicks "Cancel"',
  ]);
  expect(failed).toBeUndefined();
  expect(text).toMatch(/modal for ada · closed: release-check\n$/);
  const closed = await play(['ada in #ops: /ops form', 'ada closes', 'ada closes']);
  expect(closed.failed).toBe('Line 3, ada closes: ada has no modal open');
});

describe('a script that cannot be played', () => {
  test.each([
    [['ada nods'], 'Line 1, "ada nods": a name is expected'],
    [
      ['ada in #ops: hi', 'eve approves'],
      'Line 2, eve approves: nobody is called "eve"; there are ada, grace,',
    ],
    [['ada in #opps: hi'], 'Line 1, ada in #opps: hi: there is no channel "#opps"; there are #ops,'],
    [
      ['ada uses "Explode" on the last message'],
      'Line 1, ada uses "Explode" on the last message: the app has no shortcut "Explode" on messages; it has "Explain"',
    ],
    [['ada uses "Run" on the last message'], 'the app has no shortcut "Run" on messages'],
    [['alert storm'], 'Line 1, alert storm: no monitoring is connected here that could send an alert'],
  ])('%j ends before anything is played', async (lines, expected) => {
    const { play } = await stage();
    const { failed, text } = await play(lines);
    expect(failed).toContain(expected);
    expect(text).toBe('');
  });

  test.each([
    [
      ['ada in #random: /ops help', 'grace in #security: hi', 'ada in #security: hi'],
      'ada is not in that channel',
    ],
    [['ada in #ops: /nope'], 'Slack says: /nope is not a valid command.'],
    [['ada in #ops: /ops suspend', 'ada in #ops thread: /ops help'], 'Mention the app there instead.'],
    [['ada in #general thread: hi'], 'ada sees no thread in #general'],
    [
      ['ada in #ops: /ops suspend', 'ada clicks "Aprove"'],
      'ada sees no button "Aprove"; ada sees "Approve", "Deny", "Details", "Cancel"',
    ],
    [['ada fills "x" with "y"'], 'ada has no modal open'],
    [
      ['ada in #ops: /ops form', 'ada fills "Who" with "y"'],
      'the open modal has no field "Who"; it has "Tenant", "Target",',
    ],
    [
      ['ada in #ops: /ops form', 'ada fills "Target" with "moon"'],
      '"Target" offers no "moon"; it offers "pilot", "rms"',
    ],
    [
      ['ada in #ops: /ops form', 'ada fills "Tenant" with "moon"'],
      '"Tenant" offers no "moon"; it offers none',
    ],
    [
      ['ada in #ops: /ops form', 'ada fills "Since" with "today"'],
      'takes a date like 2026-11-20, not "today"',
    ],
    [
      ['ada in #ops: /ops form', 'ada fills "Owner" with "eve"'],
      'takes a person, and the workspace has none called "eve"',
    ],
    [['ada uses "Explain" on the last message'], 'ada sees no message'],
    [['ada in #ops: hello', 'ada uses "Explain" on "goodbye"'], 'ada sees no message with "goodbye" in it'],
    // Only a message that nobody but she sees: there is no menu on it.
    [['ada in #ops: /ops help', 'ada uses "Explain" on the last message'], 'ada sees no message'],
    [['ada in #ops: /ops quiet'], 'the app took it and said nothing'],
    [['gone in #ops: hi'], "gone's account is deactivated"],
  ])('%j fails in its last line', async (lines, expected) => {
    const { play } = await stage();
    const { failed } = await play(lines);
    expect(failed).toContain(`Line ${lines.length}, `);
    expect(failed).toContain(expected);
  });

  test('an app that does not answer fails it, and what Slack shows is printed', async () => {
    const { workspace, play } = await stage();
    workspace.deliverByHttp('http://127.0.0.1:1/nobody');
    const settle = () => workspace.idle();
    const { failed, text } = await play(['ada in #ops: /ops help'], { settle });
    expect(text).toContain('only ada · from Slack itself\n    The app did not answer: ');
    expect(failed).toMatch(/^Line 1, ada in #ops: \/ops help: Slack says: /);
    const mention = await play(['ada in #ops: @countersign hi'], { settle });
    expect(mention.failed).toContain('the app did not take the event app_mention');
  });

  test('work that does not end fails it', async () => {
    const { play } = await stage();
    const settle = () => Promise.reject(new Error('still pending: job x'));
    expect((await play(['ada in #ops: hi'], { settle })).failed).toBe(
      'Line 1, ada in #ops: hi: still pending: job x',
    );
  });
});

describe('an alert', () => {
  const monitoring = () => {
    const sent: string[] = [];
    const alerts = {
      problemWith: (sample: string) =>
        sample.endsWith('storm') ? undefined : `only "storm", no "${sample}"`,
      send: async (sample: string) => {
        if (sent.push(sample) > 2) throw new Error('The bot answered 401');
      },
    };
    return { sent, alerts };
  };

  test('is handed to who sends alerts', async () => {
    const { play } = await stage();
    const { sent, alerts } = monitoring();
    const { failed, text } = await play(['alert storm', 'alert  resolve  storm'], { alerts });
    expect(failed).toBeUndefined();
    expect(sent).toEqual(['storm', 'resolve storm']);
    expect(text).toBe('› alert storm\n› alert resolve storm\n');
  });

  test('that nobody knows ends the script before anything is played', async () => {
    const { play } = await stage();
    const { sent, alerts } = monitoring();
    const { failed } = await play(['alert storm', 'alert calm'], { alerts });
    expect(failed).toBe('Line 2, alert calm: only "storm", no "calm"');
    expect(sent).toEqual([]);
  });

  test('that the app does not take ends the script with what it said', async () => {
    const { play } = await stage();
    const { failed } = await play(['alert storm', 'alert storm', 'alert storm'], monitoring());
    expect(failed).toBe('Line 3, alert storm: The bot answered 401');
  });
});

test('nothing is told any more once the script is over', async () => {
  const { workspace, play } = await stage();
  let text = '';
  await play(['ada in #ops: hi'], { write: (more) => (text += more) });
  const before = text;
  await webClient(workspace).chat.postMessage({ channel: 'C0OPS', text: 'later' });
  expect(text).toBe(before);
  expect(before).toContain('new message from ada');
});
