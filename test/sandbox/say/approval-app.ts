/** A small app with everything a script has to deal with: cards, edits, threads, private answers, forms. */
import type { App } from '@slack/bolt';
import type { KnownBlock, ModalView } from '@slack/types';
import type { SlackWorkspace } from '../../../sandbox/slack/server.ts';
import { until } from '../../support/until.ts';
import { boltByHttp } from '../slack/bolt-fixture.ts';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const said = (text: string): KnownBlock => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
});

const decisions: KnownBlock = {
  type: 'actions',
  elements: [
    {
      type: 'button',
      action_id: 'approve',
      text: plain('Approve'),
      style: 'primary',
      confirm: {
        title: plain('Suspend acme?'),
        text: plain('On pilot (production).'),
        confirm: plain('Suspend'),
        deny: plain('Back'),
      },
    },
    { type: 'button', action_id: 'deny', text: plain('Deny'), style: 'danger' },
    {
      type: 'overflow',
      action_id: 'more',
      options: [
        { text: plain('Details'), value: 'details' },
        { text: plain('Cancel'), value: 'cancel' },
      ],
    },
  ],
};

const option = (value: string) => ({ text: plain(value), value });

const form: ModalView = {
  type: 'modal',
  callback_id: 'form',
  title: plain('release-check'),
  submit: plain('Run'),
  close: plain('Cancel'),
  blocks: [
    { type: 'section', text: plain('Check a release') },
    {
      type: 'input',
      block_id: 'tenant',
      label: plain('Tenant'),
      element: { type: 'external_select', action_id: 'value', min_query_length: 0 },
    },
    {
      type: 'input',
      block_id: 'target',
      label: plain('Target'),
      element: { type: 'static_select', action_id: 'value', options: [option('pilot'), option('rms')] },
    },
    {
      type: 'input',
      block_id: 'full',
      label: plain('Full'),
      optional: true,
      element: { type: 'checkboxes', action_id: 'value', options: [{ text: plain('Yes'), value: 'yes' }] },
    },
    {
      type: 'input',
      block_id: 'since',
      label: plain('Since'),
      optional: true,
      element: { type: 'datepicker', action_id: 'value' },
    },
    {
      type: 'input',
      block_id: 'limit',
      label: plain('Limit'),
      optional: true,
      hint: plain('At most 500.'),
      element: { type: 'number_input', action_id: 'value', is_decimal_allowed: false, max_value: '500' },
    },
    {
      type: 'input',
      block_id: 'owner',
      label: plain('Owner'),
      optional: true,
      element: { type: 'users_select', action_id: 'value' },
    },
    {
      type: 'input',
      block_id: 'reason',
      label: plain('Reason'),
      element: { type: 'plain_text_input', action_id: 'value', multiline: true },
    },
  ],
};

const denial: ModalView = {
  type: 'modal',
  callback_id: 'denial',
  title: plain('Deny'),
  submit: plain('Deny'),
  blocks: [
    {
      type: 'input',
      block_id: 'reason',
      label: plain('Reason'),
      element: { type: 'plain_text_input', action_id: 'value' },
    },
  ],
};

const tenants = ['acme', 'acme-test', 'umbrella'];

export interface ApprovalApp {
  /** `view.state.values` of every submitted form. */
  readonly submissions: unknown[];
  /** Resolves when the app has finished with everything it was sent. */
  readonly settle: () => Promise<void>;
}

/**
 * `/ops suspend` posts a card that needs a signature by another person; `/ops form` opens a form; `/ops quiet`
 * says nothing; `/ops broken` is never acknowledged; a mention is answered in its thread.
 */
export async function startApprovalApp(workspace: SlackWorkspace): Promise<ApprovalApp> {
  const submissions: unknown[] = [];
  let finished = 0;
  let card = { channel: '', ts: '', requester: '' };
  const settleCard = async (client: App['client'], text: string) => {
    await client.chat.update({ channel: card.channel, ts: card.ts, text, blocks: [said(text)] });
    await client.chat.postMessage({ channel: card.channel, thread_ts: card.ts, text: 'Receipt #1 · 9f3ab2' });
  };
  const app = await boltByHttp(workspace, (listening) => {
    // The app knows nothing of pending work, so the fixture counts what it has finished.
    listening.use(async ({ next }) => {
      await next().finally(() => {
        finished += 1;
      });
    });
  });
  app.error(async () => {});
  app.command('/ops', async ({ ack, command, client, respond }) => {
    if (command.text === 'broken') throw new Error('never acknowledged');
    if (command.text === 'form') await client.views.open({ trigger_id: command.trigger_id, view: form });
    await ack();
    if (command.text === 'help') await respond({ text: 'Ask *Grace*: <@U0GRACE>' });
    if (command.text !== 'suspend') return;
    const text = 'Suspend acme: 3 people lose access';
    const blocks = [said(text), decisions];
    const posted = await client.chat.postMessage({ channel: command.channel_id, text, blocks });
    card = { channel: command.channel_id, ts: posted.ts ?? '', requester: command.user_id };
    // The same once more: nobody sees a difference.
    await client.chat.update({ channel: card.channel, ts: card.ts, text, blocks });
  });
  app.action('approve', async ({ ack, body, client, respond }) => {
    await ack();
    if (body.user.id === card.requester)
      await respond({ text: 'You asked for it: somebody else signs.', replace_original: false });
    else await settleCard(client, 'Suspended acme');
  });
  app.action('deny', async ({ ack, body, client, respond }) => {
    await ack();
    if (body.user.id === card.requester)
      await respond({ text: 'You asked for it: cancel it instead.', replace_original: false });
    else if ('trigger_id' in body) await client.views.open({ trigger_id: body.trigger_id, view: denial });
  });
  app.action('more', async ({ ack, body, client, action }) => {
    await ack();
    const { value } = (action as { selected_option: { value: string } }).selected_option;
    await client.chat.postMessage({ channel: body.user.id.replace('U', 'D'), text: `You chose ${value}.` });
  });
  app.shortcut('explain', async ({ ack, shortcut, respond }) => {
    await ack();
    const { text } = (shortcut as { message?: { text?: string } }).message ?? {};
    if (text !== 'quiet please') await respond({ text: `Explained: ${text}` });
  });
  app.view('denial', async ({ ack, view, client }) => {
    await ack();
    await settleCard(client, `Denied: ${view.state.values.reason?.value?.value}`);
  });
  app.options('value', async ({ ack, payload }) => {
    const found = tenants.filter((tenant) => tenant.startsWith(payload.value));
    await ack({ options: found.map(option) } as never);
  });
  app.view('form', async ({ ack, view }) => {
    submissions.push(view.state.values);
    const reason = view.state.values.reason?.value?.value ?? '';
    if (reason.length < 10) await ack({ response_action: 'errors', errors: { reason: 'Say more.' } });
    else await ack();
  });
  app.event('app_mention', async ({ event, client }) => {
    if (event.text.includes('crash')) throw new Error('crash');
    const thread_ts = event.thread_ts ?? event.ts;
    await client.chat.postMessage({ channel: event.channel, thread_ts, text: 'Heard you.' });
  });
  const settle = async () => {
    await workspace.idle();
    await until(() => finished === workspace.deliveries.length, { waitingFor: 'the app to finish' });
    await workspace.idle();
  };
  return { submissions, settle };
}
