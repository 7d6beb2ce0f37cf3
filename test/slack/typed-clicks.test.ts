import { describe, expect, it } from 'vitest';
import { defineCommand, field, z } from '../../src/command.ts';
import { maybeModalContext, writeModalContext } from '../../src/slack/modal-context.ts';
import { type RequestContext, readRequest } from '../../src/slack/requests.ts';
import { argumentBlockId } from '../../src/slack/views/arguments-modal.ts';
import { commandsOf } from '../core/run-fixture.ts';

const command = (changes: object) =>
  defineCommand({
    version: 1,
    summary: 'x',
    risk: 'read',
    examples: [],
    args: z.object({ incident: z.string().optional() }),
    positionals: ['incident'],
    run: async () => ({ status: 'ok', headline: 'x' }) as const,
    ...changes,
  } as never);
const withReason = z.object({ instance: z.string(), step: z.string(), reason: field(z.string().min(3), {}) });
const context: RequestContext = {
  workspaceId: 'T0ACME',
  botUserId: 'U0BOT',
  commands: commandsOf({
    'incident resolve': command({ args: z.object({ incident: z.string().optional(), fix: z.string() }) }),
    'incident export': command({}),
    'incident page': command({}),
    'runbook skip': command({ args: withReason, positionals: ['instance', 'step'] }),
    note: command({ args: z.object({ text: field(z.string(), { rest: true }) }), positionals: ['text'] }),
  } as never),
  targets: () => [],
};
const click = (actionId: string, what: { value?: string; selected_option?: { value: string } | null }) => ({
  type: 'block_actions',
  team: { id: 'T0ACME' },
  user: { id: 'U0GRACE' },
  trigger_id: '3.4.def',
  response_url: 'https://hooks.slack.com/actions/1',
  container: { message_ts: '5.5', channel_id: 'C0OPS', thread_ts: '5.0' },
  actions: [{ action_id: actionId, action_ts: '6.6', ...what }],
});
const read = (actionId: string, value: string) => readRequest(click(actionId, { value }), context);
const chosen = (actionId: string, value: string) =>
  readRequest(click(actionId, { selected_option: { value } }), context);

describe('a button that holds what a person would type', () => {
  it.each(['open_modal', 'open_modal:resolve'])('%s opens the form with it', (actionId) => {
    expect(read(actionId, 'incident resolve i-1 --fix "rolled back"')).toMatchObject({
      key: `action:C0OPS:5.5:${actionId}:6.6:U0GRACE`,
      request: { kind: 'noted' },
      reaction: {
        kind: 'open_modal',
        triggerId: '3.4.def',
        command: { name: 'incident resolve' },
        input: { fix: 'rolled back' },
      },
    });
  });

  it.each(['invoke', 'invoke:export'])('%s runs it at once', (actionId) => {
    expect(read(actionId, 'incident export i-1')).toMatchObject({
      request: {
        kind: 'invocation',
        command: 'incident export',
        input: { incident: 'i-1' },
        requester: 'U0GRACE',
        via: 'button',
        origin: { channelId: 'C0OPS', threadTs: '5.0' },
      },
      needsWork: true,
      reaction: { kind: 'none' },
    });
  });

  it('invoke opens the form all the same where something is missing', () => {
    expect(read('invoke:note', 'note')).toMatchObject({
      request: { kind: 'noted' },
      reaction: { kind: 'open_modal', command: { name: 'note' } },
    });
  });

  it.each([
    ['invoke', 'drop everything'],
    ['open_modal:x', 'resolve "never closed'],
  ])('%s with %s is answered, and does nothing', (actionId, value) => {
    expect(read(actionId, value)).toMatchObject({ request: { kind: 'noted' }, reaction: { kind: 'reply' } });
  });

  it.each([
    ['invoked', { value: 'incident export i-1' }],
    ['open_modals:x', { value: 'incident export i-1' }],
    ['invoke', {}],
    ['invoke:x', { selected_option: { value: 'incident export i-1' } }],
    ['incident:more', { value: 'incident export i-1' }],
    ['incident:more', { selected_option: null }],
    ['incident:mores', { selected_option: { value: 'incident export i-1' } }],
  ])('%s with %j does nothing', (actionId, what) => {
    expect(readRequest(click(actionId, what), context)).toMatchObject({
      request: { kind: 'noted' },
      needsWork: false,
      reaction: { kind: 'none' },
    });
  });
});

describe('an option of a menu', () => {
  it.each([
    ['incident:more', 'incident page i-1', 'incident page', { incident: 'i-1' }],
    ['runbook:more', 'runbook skip b-1 backend', 'runbook skip', { instance: 'b-1', step: 'backend' }],
  ])('%s: %s opens the form with it', (actionId, value, name, input) => {
    expect(chosen(actionId, value)).toMatchObject({
      request: { kind: 'noted' },
      reaction: { kind: 'open_modal', command: { name }, input },
    });
  });

  it('runs an export at once', () => {
    expect(chosen('incident:more', 'incident export i-1').request).toMatchObject({
      kind: 'invocation',
      command: 'incident export',
      via: 'button',
    });
  });

  it('that is no invocation is answered', () => {
    expect(chosen('runbook:more', '{"runbook":"b-1"}').reaction.kind).toBe('reply');
  });
});

describe('a click on a started runbook', () => {
  it.each(['runbook:next', 'runbook:again'])('%s carries the ids and the person alone', (actionId) => {
    const origin = { channelId: 'C0OPS', threadTs: '5.0', responseUrl: 'https://hooks.slack.com/actions/1' };
    expect(read(actionId, '{"runbook":"b-7k2m9q4x","step":"backend"}')).toEqual({
      key: `action:C0OPS:5.5:${actionId}:6.6:U0GRACE`,
      request: {
        kind: 'runbook_action',
        instanceId: 'b-7k2m9q4x',
        stepId: 'backend',
        requester: 'U0GRACE',
        via: 'button',
        origin,
      },
      needsWork: true,
      reaction: { kind: 'none' },
      requester: 'U0GRACE',
      origin,
    });
  });

  it('with anything else does nothing', () => {
    expect(read('runbook:next', '{"runbook":"b-1"}')).toMatchObject({
      request: { kind: 'noted' },
      needsWork: false,
    });
  });
});

describe('--incident', () => {
  const slash = (text: string) =>
    readRequest(
      {
        command: '/ops',
        text,
        team_id: 'T0ACME',
        channel_id: 'C0OPS',
        user_id: 'U0ADA',
        trigger_id: '1.2.abc',
        response_url: 'https://hooks.slack.com/commands/1',
      },
      context,
    );

  it('goes with the request', () => {
    expect(slash('note rolled back --incident i-7k2m9q4x').request).toMatchObject({
      kind: 'invocation',
      input: { text: 'rolled back' },
      incidentId: 'i-7k2m9q4x',
    });
    expect(slash('note rolled back').request).not.toHaveProperty('incidentId');
  });

  it('survives the form', () => {
    expect(slash('note --incident i-7k2m9q4x').reaction).toMatchObject({
      kind: 'open_modal',
      incidentId: 'i-7k2m9q4x',
    });
    const submitted = readRequest(
      {
        type: 'view_submission',
        team: { id: 'T0ACME' },
        user: { id: 'U0ADA' },
        view: {
          id: 'V1',
          hash: 'h1',
          callback_id: 'arguments',
          private_metadata: writeModalContext({ command: 'note', origin: {}, incidentId: 'i-7k2m9q4x' }),
          state: { values: { [argumentBlockId('text')]: { value: { value: 'rolled back' } } } },
        },
      },
      context,
    );
    expect(submitted.request).toMatchObject({ input: { text: 'rolled back' }, incidentId: 'i-7k2m9q4x' });
  });

  it('in a form’s metadata that is none makes the form nobody’s', () => {
    const written = writeModalContext({ command: 'note', origin: {}, incidentId: 'i-7k2m9q4x' });
    expect(maybeModalContext(written)).toEqual({ command: 'note', origin: {}, incidentId: 'i-7k2m9q4x' });
    expect(maybeModalContext(written.replace('i-7', 'r-7'))).toBeUndefined();
  });

  it('that is no incident is told with the usage, and nothing runs', () => {
    expect(slash('note rolled back --incident SEV1')).toMatchObject({
      request: { kind: 'noted' },
      reaction: {
        kind: 'reply',
        text: '"SEV1" is not an incident. Give its id after --incident, for example i-7k2m9q4x.',
      },
    });
  });
});
