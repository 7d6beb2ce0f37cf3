import { describe, expect, it } from 'vitest';
import { groupFormMessage, maybeGroupForm } from '../../src/slack/alert-requests.ts';
import { type RequestContext, readRequest } from '../../src/slack/requests.ts';
import { maybeAlertClick, maybeAlertContext, writeAlertContext } from '../../src/slack/views/alert-ids.ts';
import { commandsOf } from '../core/run-fixture.ts';

const context: RequestContext = {
  workspaceId: 'T0ACME',
  botUserId: 'U0BOT',
  commands: commandsOf({}),
  targets: () => [],
};
const click = (
  actionId: string,
  what: { value?: string; selected_option?: { value: string } },
  changes = {},
) => ({
  type: 'block_actions',
  team: { id: 'T0ACME' },
  user: { id: 'U0GRACE' },
  trigger_id: '3.4.def',
  response_url: 'https://hooks.slack.com/actions/1',
  container: { message_ts: '5.5', channel_id: 'C0ALERTS' },
  actions: [{ action_id: actionId, action_ts: '6.6', ...what }],
  ...changes,
});
const chosen = (value: string) => click('alert:more', { selected_option: { value } });
const origin = { channelId: 'C0ALERTS', responseUrl: 'https://hooks.slack.com/actions/1' };
const submission = (
  callbackId: string,
  values: object,
  metadata = writeAlertContext({ groupId: 'g-1', channelId: 'C0ALERTS' }),
) => ({
  type: 'view_submission',
  team: { id: 'T0ACME' },
  user: { id: 'U0LIN' },
  view: { id: 'V1', hash: 'h1', callback_id: callbackId, private_metadata: metadata, state: { values } },
});
const reason = { value: { value: 'the disk is being replaced' } };

describe('a click on a card about alerts', () => {
  it.each([
    ['alert:acknowledge', { action: 'acknowledge' }],
    ['alert:start_incident', { action: 'start_incident' }],
    ['alert:suggestion', { action: 'suggestion' }],
  ])('%s is %j, with the group’s id and the person alone', (actionId, act) => {
    expect(readRequest(click(actionId, { value: '{"group":"g-1"}' }), context)).toEqual({
      key: `action:C0ALERTS:5.5:${actionId}:6.6:U0GRACE`,
      request: { kind: 'alert_action', groupId: 'g-1', act, requester: 'U0GRACE', via: 'button', origin },
      needsWork: true,
      reaction: { kind: 'none' },
      requester: 'U0GRACE',
      origin,
    });
  });

  it.each([
    ['escalate g-1', { action: 'escalate' }],
    ['close g-1', { action: 'close' }],
    ['start_incident g-1', { action: 'start_incident' }],
  ])('in the menu: %s is %j', (value, act) => {
    expect(readRequest(chosen(value), context).request).toMatchObject({
      kind: 'alert_action',
      groupId: 'g-1',
      act,
    });
  });

  it.each(['silence', 'severity', 'raw'] as const)(
    'opens the form "%s" at once with its own trigger',
    (form) => {
      expect(readRequest(chosen(`${form} g-1`), context)).toMatchObject({
        request: { kind: 'noted' },
        needsWork: false,
        reaction: {
          kind: 'open_form',
          triggerId: '3.4.def',
          about: { kind: 'group', groupId: 'g-1', form },
          by: 'U0GRACE',
          origin,
        },
      });
    },
  );

  it.each([
    ['alert:acknowledge', { value: undefined }],
    ['alert:acknowledge', { value: 'not json' }],
    ['alert:acknowledge', { value: 'null' }],
    ['alert:acknowledge', { value: '{"group":"g-1","more":1}' }],
    ['alert:acknowledge', { value: '{"group":"G-1"}' }],
    ['alert:acknowledge', { value: '{"group":5}' }],
    ['alert:acknowledge', { value: `{"group":"g-${'a'.repeat(60)}"}` }],
    ['alert:acknowledge', { value: '{"run":"r-1"}' }],
    ['alert:constructor', { value: '{"group":"g-1"}' }],
    ['alert:more', { selected_option: { value: 'silence' } }],
    ['alert:more', { selected_option: { value: 'acknowledge g-1' } }],
    ['alert:more', { selected_option: { value: 'close g-1 g-2' } }],
    ['alert:more', { selected_option: { value: 'close r-1' } }],
    ['alert:more', {}],
  ])('%s with %j does nothing', (actionId, what) => {
    expect(readRequest(click(actionId, what as { value?: string }), context)).toMatchObject({
      request: { kind: 'noted' },
      needsWork: false,
      reaction: { kind: 'none' },
    });
  });

  it('from another workspace does nothing but go on record', () => {
    const foreign = click('alert:acknowledge', { value: '{"group":"g-1"}' }, { team: { id: 'T0OTHER' } });
    expect(readRequest(foreign, context).request.kind).toBe('foreign');
  });
});

describe('a form about alerts', () => {
  it('silences for the minutes given', () => {
    const values = { duration: { value: { selected_option: { value: '480' } } }, reason };
    expect(readRequest(submission('alert_silence', values), context)).toEqual({
      key: 'view:V1:h1',
      request: {
        kind: 'alert_action',
        groupId: 'g-1',
        act: { action: 'silence', minutes: 480, reason: 'the disk is being replaced' },
        requester: 'U0LIN',
        via: 'modal',
        origin: { channelId: 'C0ALERTS' },
      },
      needsWork: true,
      reaction: { kind: 'none' },
      requester: 'U0LIN',
      origin: { channelId: 'C0ALERTS' },
    });
  });

  it('sets a severity', () => {
    const values = { severity: { value: { selected_option: { value: 'critical' } } }, reason };
    expect(readRequest(submission('alert_severity', values), context).request).toMatchObject({
      kind: 'alert_action',
      act: { action: 'set_severity', severity: 'critical', reason: 'the disk is being replaced' },
    });
  });

  it('objects beside its fields, and is not stored then', () => {
    expect(readRequest(submission('alert_silence', {}), context)).toMatchObject({
      key: undefined,
      needsWork: false,
      reaction: { kind: 'view_errors', errors: { duration: expect.any(String), reason: expect.any(String) } },
    });
  });

  it('of another app or an older version is told that nothing was done', () => {
    const values = { duration: { value: { selected_option: { value: '480' } } }, reason };
    for (const metadata of ['', '{}', '{"group":"r-1"}', 'null']) {
      expect(readRequest(submission('alert_silence', values, metadata), context)).toMatchObject({
        needsWork: false,
        reaction: { kind: 'view_problem' },
      });
    }
  });
});

describe('ids of forms and contexts', () => {
  it('are read back as they were written', () => {
    expect(maybeGroupForm(groupFormMessage('g-1', 'silence', 'V0ABC'))).toEqual({
      groupId: 'g-1',
      form: 'silence',
    });
    expect(maybeGroupForm('group:g-1:form:other:V1')).toBeUndefined();
    expect(maybeGroupForm('group:g-1:card')).toBeUndefined();
    expect(maybeAlertContext(writeAlertContext({ groupId: 'g-1' }))).toEqual({ groupId: 'g-1' });
    expect(maybeAlertClick('alert:more', 'raw g-1')).toEqual({ groupId: 'g-1', chosen: 'raw' });
  });
});
