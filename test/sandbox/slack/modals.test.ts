import { expect, test } from 'vitest';
import { ManualClock } from '../../../sandbox/slack/clock.ts';
import type { SlackWorkspace } from '../../../sandbox/slack/server.ts';
import { boltByHttp, button, errorOf, modal, webClient, workspaceForTest } from './bolt-fixture.ts';

/** A Bolt app that opens the form on /ops and answers submissions as the test says. */
async function withForm(options: {
  clock?: ManualClock;
  view?: never;
  answer?: (view: {
    id: string;
    hash: string;
    state: { values: unknown };
  }) => Record<string, unknown> | undefined;
}): Promise<SlackWorkspace> {
  const workspace = await workspaceForTest(options.clock ? { clock: options.clock } : {});
  await boltByHttp(workspace, (app) => {
    app.command('/ops', async ({ ack, client, command }) => {
      await client.views.open({ trigger_id: command.trigger_id, view: options.view ?? modal() });
      await ack();
    });
    app.view({ callback_id: 'form', type: 'view_closed' }, ({ ack }) => ack());
    app.view(/.*/, async ({ ack, view }) => {
      await ack(options.answer?.(view) as never);
    });
  });
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  return workspace;
}

const openView = (workspace: SlackWorkspace) => workspace.as('ada').state().views.at(-1)!;
const fillReason = (workspace: SlackWorkspace, value = 'card testing') =>
  workspace.as('ada').do({
    kind: 'fill',
    viewId: openView(workspace).id,
    blockId: 'reason',
    actionId: 'text',
    value,
  });
const submit = (workspace: SlackWorkspace) =>
  workspace.as('ada').do({ kind: 'submit', viewId: openView(workspace).id });

test('a trigger opens one modal within three seconds, once', async () => {
  const clock = new ManualClock();
  const workspace = await workspaceForTest({ clock });
  const triggers: string[] = [];
  await boltByHttp(workspace, (app) =>
    app.command('/ops', async ({ ack, command }) => {
      triggers.push(command.trigger_id);
      await ack();
    }),
  );
  const say = () => workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  const open = (trigger: string) =>
    errorOf(webClient(workspace).views.open({ trigger_id: trigger, view: modal() }));
  await say();
  clock.advance(3000);
  expect(await open(triggers[0]!)).toBeUndefined();
  expect(await open(triggers[0]!)).toBe('exchanged_trigger_id');
  await say();
  clock.advance(3001);
  expect(await open(triggers[1]!)).toBe('expired_trigger_id');
  expect(await open('1001.1732127722.0123456789abcdef')).toBe('invalid_trigger_id');
  expect(await open('nonsense')).toBe('invalid_arguments');
});

test('a view Slack refuses leaves its trigger good', async () => {
  const workspace = await workspaceForTest();
  const errors: (string | undefined)[] = [];
  await boltByHttp(workspace, (app) =>
    app.command('/ops', async ({ ack, client, command }) => {
      const open = (view: never) => errorOf(client.views.open({ trigger_id: command.trigger_id, view }));
      errors.push(await open(modal({ title: { type: 'plain_text', text: 'x'.repeat(25) } })));
      errors.push(await open(modal({ submit: undefined })));
      errors.push(await open(modal({ submit_disabled: true })));
      errors.push(await open(modal({ private_metadata: 'x'.repeat(3001) })));
      errors.push(await open(modal({ private_metadata: 'x'.repeat(260_000) })));
      errors.push(await open(modal()));
      await ack();
    }),
  );
  await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  expect(errors).toEqual([
    'invalid_arguments',
    'invalid_arguments',
    'invalid_arguments',
    'invalid_arguments',
    'view_too_large',
    undefined,
  ]);
});

test('a submission carries every input, null where empty, and an empty ack closes the view', async () => {
  let values: unknown;
  const workspace = await withForm({
    answer: (view) => {
      values = view.state.values;
      return undefined;
    },
  });
  await fillReason(workspace);
  expect(await submit(workspace)).toEqual({ ok: true });
  expect(values).toEqual({
    reason: { text: { type: 'plain_text_input', value: 'card testing' } },
    note: { text: { type: 'plain_text_input', value: null } },
  });
  expect(workspace.as('ada').state().views).toEqual([]);
  expect(workspace.events().at(-1)).toMatchObject({
    kind: 'view_closed',
    reason: 'submitted',
    audience: 'U0ADA',
  });
});

test("what Slack's client itself objects to is never sent", async () => {
  const workspace = await withForm({});
  expect(await submit(workspace)).toMatchObject({ ok: false });
  expect(openView(workspace).errors).toEqual({ reason: 'This is a required field' });
  await fillReason(workspace, 'ab');
  expect(await submit(workspace)).toMatchObject({ ok: false });
  expect(openView(workspace).errors).toEqual({ reason: 'Please enter at least 3 characters' });
  expect(workspace.deliveries.map((one) => one.type)).toEqual(['/ops']);
});

test('errors mark fields, and an error on an unknown block is a failure of the app', async () => {
  let blockId = 'reason';
  const workspace = await withForm({
    answer: () => ({ response_action: 'errors', errors: { [blockId]: 'too vague' } }),
  });
  await fillReason(workspace);
  expect(await submit(workspace)).toEqual({ ok: true });
  expect(openView(workspace).errors).toEqual({ reason: 'too vague' });
  blockId = 'nothing';
  expect(await submit(workspace)).toMatchObject({ ok: false, error: expect.stringContaining('"nothing"') });
  expect(workspace.events().at(-1)).toMatchObject({ kind: 'app_failed', viewId: openView(workspace).id });
});

test('update keeps what was entered where ids stay, and changes the hash', async () => {
  const workspace = await withForm({
    answer: () => ({
      response_action: 'update',
      view: modal({ title: { type: 'plain_text', text: 'Again' } }),
    }),
  });
  await fillReason(workspace);
  const before = openView(workspace);
  await submit(workspace);
  const after = openView(workspace);
  expect(after).toMatchObject({ id: before.id, values: before.values, view: { title: { text: 'Again' } } });
  expect(after.hash).not.toBe(before.hash);
});

test('views.update refuses a stale hash and a view that is gone', async () => {
  const workspace = await withForm({});
  const client = webClient(workspace);
  const { id, hash } = openView(workspace);
  const update = (more: { view_id: string; hash?: string }) =>
    errorOf(client.views.update({ ...more, view: modal() }));
  expect(await update({ view_id: id, hash })).toBeUndefined();
  expect(await update({ view_id: id, hash })).toBe('hash_conflict');
  expect(await update({ view_id: id })).toBeUndefined();
  await workspace.as('ada').do({ kind: 'close', viewId: id });
  expect(await update({ view_id: id })).toBe('not_found');
});

test('the stack ends at three, and clear closes all of it', async () => {
  const workspace = await withForm({
    answer: () => ({ response_action: 'push', view: modal() }),
  });
  await fillReason(workspace);
  await submit(workspace);
  await fillReason(workspace);
  await submit(workspace);
  expect(
    workspace
      .as('ada')
      .state()
      .views.map((view) => view.depth),
  ).toEqual([0, 1, 2]);
  await fillReason(workspace);
  expect(await submit(workspace)).toEqual({ ok: false, error: 'push_limit_reached' });
  const top = openView(workspace);
  await workspace.as('ada').do({ kind: 'close', viewId: top.id });
  expect(workspace.as('ada').state().views.length).toBe(2);
  await workspace.as('ada').do({ kind: 'close', viewId: openView(workspace).id, clearStack: true });
  expect(workspace.as('ada').state().views).toEqual([]);
});

test('views.push works on a trigger from within a modal only, and external ids are unique', async () => {
  const workspace = await workspaceForTest();
  const errors: (string | undefined)[] = [];
  const withButton = modal({
    external_id: 'one',
    submit: undefined,
    blocks: [{ type: 'actions', block_id: 'b', elements: [button('more')] }],
  });
  await boltByHttp(workspace, (app) => {
    app.command('/ops', async ({ ack, client, command }) => {
      errors.push(await errorOf(client.views.push({ trigger_id: command.trigger_id, view: withButton })));
      errors.push(await errorOf(client.views.open({ trigger_id: command.trigger_id, view: withButton })));
      await ack();
    });
    app.action('more', async ({ ack, client, body }) => {
      const { trigger_id: trigger } = body as unknown as { trigger_id: string };
      errors.push(await errorOf(client.views.push({ trigger_id: trigger, view: withButton })));
      errors.push(await errorOf(client.views.push({ trigger_id: trigger, view: modal() })));
      await ack();
    });
  });
  const ada = workspace.as('ada');
  await ada.do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  const viewId = openView(workspace).id;
  await ada.do({ kind: 'click_view', viewId, blockId: 'b', actionId: 'more' });
  expect(errors).toEqual(['not_found', undefined, 'duplicate_external_id', undefined]);
  expect(ada.state().views.length).toBe(2);
});

test('view_closed is told only where notify_on_close asks for it', async () => {
  const workspace = await withForm({ view: modal({ notify_on_close: true }) });
  await workspace.as('ada').do({ kind: 'close', viewId: openView(workspace).id });
  expect(workspace.deliveries.at(-1)).toMatchObject({ type: 'view_closed', payload: { is_cleared: false } });
  const quiet = await withForm({});
  await quiet.as('ada').do({ kind: 'close', viewId: openView(quiet).id });
  expect(quiet.deliveries.at(-1)?.type).toBe('/ops');
});

test('an external select offers what the app answers, from enough letters on, and takes nothing else', async () => {
  const workspace = await workspaceForTest();
  const external = {
    type: 'input',
    block_id: 'tenant',
    label: { type: 'plain_text', text: 'Tenant' },
    element: { type: 'external_select', action_id: 'pick', min_query_length: 2 },
  };
  const asked: string[] = [];
  let submitted: unknown;
  await boltByHttp(workspace, (app) => {
    app.command('/ops', async ({ ack, client, command }) => {
      await client.views.open({ trigger_id: command.trigger_id, view: modal({ blocks: [external] }) });
      await ack();
    });
    app.options('pick', async ({ ack, options }) => {
      asked.push(options.value);
      const many = options.value === 'many' ? 101 : 1;
      const option = { text: { type: 'plain_text' as const, text: `Acme ${options.value}` }, value: 'acme' };
      await ack({ options: Array.from({ length: many }, () => option) });
    });
    app.view('form', async ({ ack, view }) => {
      submitted = view.state.values;
      await ack();
    });
  });
  const ada = workspace.as('ada');
  await ada.do({ kind: 'send', channel: 'C0OPS', text: '/ops' });
  const at = { viewId: openView(workspace).id, blockId: 'tenant', actionId: 'pick' };
  expect(await ada.do({ kind: 'fill', ...at, value: 'acme' })).toMatchObject({ ok: false });
  expect(await ada.options({ ...at, text: 'a' })).toEqual({ ok: true, options: [] });
  expect(await ada.options({ ...at, text: 'many' })).toMatchObject({
    ok: false,
    error: expect.stringContaining('no more than 100 items allowed'),
  });
  expect(await ada.options({ ...at, text: 'ac' })).toEqual({
    ok: true,
    options: [{ label: 'Acme ac', value: 'acme' }],
  });
  expect(asked).toEqual(['many', 'ac']);
  expect(await ada.do({ kind: 'fill', ...at, value: 'acme' })).toEqual({ ok: true });
  await ada.do({ kind: 'submit', viewId: at.viewId });
  expect(submitted).toMatchObject({ tenant: { pick: { selected_option: { value: 'acme' } } } });
});
