import { describe, expect, it } from 'vitest';
import { defineCommand, field, targetRef, tenantRef, z } from '../../src/command.ts';
import { writeModalContext } from '../../src/slack/modal-context.ts';
import { type RequestContext, readRequest } from '../../src/slack/requests.ts';
import { argumentBlockId } from '../../src/slack/views/arguments-modal.ts';
import { commandsOf, pilot } from '../core/run-fixture.ts';

const run = async () => ({ status: 'ok', headline: 'x' }) as const;
const commands = commandsOf({
  help: defineCommand({
    version: 1,
    summary: 'Help',
    risk: 'read',
    examples: ['help'],
    args: z.object({}),
    run,
  }),
  look: defineCommand({
    version: 1,
    summary: 'Look',
    risk: 'read',
    needs: 'tenants',
    examples: ['look acme'],
    args: z.object({
      tenant: tenantRef(),
      target: targetRef(),
      note: field(z.string().max(5).optional(), {}),
    }),
    positionals: ['tenant'],
    run,
  }),
});
const context: RequestContext = {
  workspaceId: 'T0ACME',
  botUserId: 'U0BOT',
  commands,
  targets: () => [pilot],
};
const staging = { ...pilot, name: 'staging', environment: 'staging' };
const severalTargets = { ...context, targets: () => [pilot, staging] };

const slash = (text: string, changes = {}) => ({
  command: '/ops',
  text,
  team_id: 'T0ACME',
  channel_id: 'C0OPS',
  user_id: 'U0ADA',
  trigger_id: '1.2.abc',
  response_url: 'https://hooks.slack.com/commands/1',
  ...changes,
});
const mention = (text: string, changes = {}) => ({
  type: 'event_callback',
  event_id: 'Ev1',
  team_id: 'T0ACME',
  event: { type: 'app_mention', user: 'U0ADA', channel: 'C0OPS', text, ts: '1.1', ...changes },
});
const click = (actionId: string, value: string | undefined, changes = {}) => ({
  type: 'block_actions',
  team: { id: 'T0ACME' },
  user: { id: 'U0GRACE' },
  trigger_id: '3.4.def',
  response_url: 'https://hooks.slack.com/actions/1',
  container: { message_ts: '5.5', channel_id: 'C0OPS', thread_ts: '5.0' },
  actions: [{ action_id: actionId, action_ts: '6.6', value }],
  ...changes,
});
const submission = (tenant: string | undefined, changes = {}) => ({
  type: 'view_submission',
  team: { id: 'T0ACME' },
  user: { id: 'U0ADA' },
  view: {
    id: 'V1',
    hash: 'h1',
    callback_id: 'arguments',
    private_metadata: writeModalContext({ command: 'look', origin: { channelId: 'C0OPS' } }),
    state: {
      values: {
        [argumentBlockId('tenant')]: {
          'option_search:look:tenant': { selected_option: tenant && { value: tenant } },
        },
      },
    },
    ...changes,
  },
});

describe('a slash command', () => {
  it('that is complete is an invocation, keyed by its trigger', () => {
    const reading = readRequest(slash('look acme'), context);
    expect(reading).toMatchObject({
      key: 'command:1.2.abc',
      reaction: { kind: 'none' },
      request: {
        kind: 'invocation',
        command: 'look',
        input: { tenant: 'acme' },
        requester: 'U0ADA',
        via: 'slash',
        origin: { channelId: 'C0OPS', responseUrl: 'https://hooks.slack.com/commands/1' },
      },
    });
  });

  it('with a missing argument, a wrong one or several targets opens a modal and runs nothing', () => {
    for (const [text, where] of [
      ['look', context],
      ['look acme --note toolong', context],
      ['look acme', severalTargets],
    ] as const) {
      expect(readRequest(slash(text), where)).toMatchObject({
        request: { kind: 'noted' },
        reaction: { kind: 'open_modal', triggerId: '1.2.abc', command: { name: 'look' } },
      });
    }
    const named = readRequest(slash('look acme --target staging'), severalTargets);
    expect(named.request).toMatchObject({ kind: 'invocation', input: { tenant: 'acme', target: 'staging' } });
  });

  it('nobody knows is answered with the nearest, to that person', () => {
    expect(readRequest(slash('lok acme'), context)).toMatchObject({
      request: { kind: 'noted' },
      reaction: { kind: 'reply', text: 'There is no command "lok". Did you mean "look"?' },
    });
  });

  it('with a flag nobody knows is answered with the usage', () => {
    expect(readRequest(slash('look acme --ful'), context).reaction).toMatchObject({
      kind: 'reply',
      usage: commands.get('look')!.usage,
    });
  });

  it('of another workspace is answered and put on record, never run', () => {
    const reading = readRequest(slash('look acme', { team_id: 'T0OTHER' }), context);
    expect(reading).toMatchObject({
      key: expect.stringMatching(/^foreign:T0OTHER:/),
      request: { kind: 'foreign', teamId: 'T0OTHER', via: 'slash' },
      reaction: { kind: 'reply' },
    });
  });
});

describe('a mention', () => {
  it('that begins with the bot runs in the thread it stands in', () => {
    expect(readRequest(mention('<@U0BOT> look acme', { thread_ts: '1.0' }), context)).toMatchObject({
      key: 'event:Ev1',
      request: { kind: 'invocation', via: 'mention', origin: { channelId: 'C0OPS', threadTs: '1.0' } },
    });
  });

  it('that is incomplete offers a button, since it has no trigger', () => {
    expect(readRequest(mention('<@U0BOT> look'), context).reaction).toMatchObject({
      kind: 'offer_modal',
      text: '"look" needs <tenant>.',
      invocation: 'look',
    });
  });

  it.each([
    ['in passing', mention('ask <@U0BOT> look acme')],
    ['by a bot', mention('<@U0BOT> look acme', { bot_id: 'B1' })],
    ['in an edit', mention('<@U0BOT> look acme', { subtype: 'message_changed' })],
    ['by nobody', mention('<@U0BOT> look acme', { user: undefined })],
  ])('%s runs nothing and says nothing', (_what, body) => {
    expect(readRequest(body, context)).toMatchObject({
      key: 'event:Ev1',
      request: { kind: 'noted' },
      reaction: { kind: 'none' },
    });
  });
});

describe('a click', () => {
  it('on a card carries ids only and is keyed by place, action, time and person', () => {
    expect(readRequest(click('run_suggestion:2', '{"run":"r-1"}'), context)).toMatchObject({
      key: 'action:C0OPS:5.5:run_suggestion:2:6.6:U0GRACE',
      request: {
        kind: 'card_action',
        action: 'suggestion',
        runId: 'r-1',
        index: 2,
        requester: 'U0GRACE',
        origin: { channelId: 'C0OPS', threadTs: '5.0', responseUrl: 'https://hooks.slack.com/actions/1' },
      },
    });
  });

  it.each([
    ['retry', undefined],
    ['retry', 'not json'],
    ['retry', 'null'],
    ['retry', '5'],
    ['retry', '{"run":5}'],
    ['retry', `{"run":"${'r'.repeat(41)}"}`],
    ['run_suggestion:x', '{"run":"r-1"}'],
    ['run_suggestion:100', '{"run":"r-1"}'],
    ['something_else', '{"run":"r-1"}'],
  ])('on %s with %j does nothing', (actionId, value) => {
    expect(readRequest(click(actionId, value), context).request.kind).toBe('noted');
  });

  it('on an offered form opens it with what was typed, and never runs it unseen', () => {
    expect(readRequest(click('open_modal', 'look acme'), context)).toMatchObject({
      request: { kind: 'noted' },
      reaction: { kind: 'open_modal', input: { tenant: 'acme' }, triggerId: '3.4.def' },
    });
  });

  it('in a view is keyed by the view', () => {
    const body = click('retry', '{"run":"r-1"}', { container: { view_id: 'V9' } });
    expect(readRequest(body, context).key).toBe('action:V9:retry:6.6:U0GRACE');
  });
});

describe('a submitted form', () => {
  it('is an invocation, keyed by view and hash, that answers in the view too', () => {
    expect(readRequest(submission('acme'), context)).toMatchObject({
      key: 'view:V1:h1',
      request: {
        kind: 'invocation',
        via: 'modal',
        input: { tenant: 'acme' },
        origin: { channelId: 'C0OPS', viewId: 'V1' },
      },
      reaction: { kind: 'view_reading', invocation: 'look acme' },
    });
  });

  it('with errors is not stored: the corrected form has the same view and hash', () => {
    expect(readRequest(submission(undefined), context)).toMatchObject({
      key: undefined,
      reaction: { kind: 'view_errors', errors: { [argumentBlockId('tenant')]: 'This is needed.' } },
    });
  });

  it.each([
    ['another callback', { callback_id: 'old' }],
    ['metadata that is not ours', { private_metadata: 'x' }],
    ['a command that is gone', { private_metadata: writeModalContext({ command: 'gone', origin: {} }) }],
  ])('with %s says so and runs nothing', (_what, changes) => {
    expect(readRequest(submission('acme', changes), context)).toMatchObject({
      request: { kind: 'noted' },
      reaction: { kind: 'view_problem' },
    });
  });
});

describe('anything else', () => {
  it.each([
    [{}],
    [{ type: 'event_callback' }],
    [{ type: 'block_actions', actions: [] }],
    [{ type: 'view_submission', view: null }],
    [{ command: '/ops' }],
    [{ type: 'block_suggestion' }],
    [{ type: { nested: true } }],
    [
      {
        type: 'event_callback',
        event_id: 'E',
        team_id: 'T0ACME',
        event: { type: 'message', channel: { id: 'C' } },
      },
    ],
  ])('is noted and never throws: %j', (body) => {
    expect(readRequest(body as never, context)).toMatchObject({
      request: { kind: 'noted' },
      reaction: { kind: 'none' },
    });
  });
});
