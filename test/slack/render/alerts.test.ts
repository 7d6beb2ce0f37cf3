import { describe, expect, it } from 'vitest';
import type { ClaimedMessage } from '../../../src/core/message.ts';
import type { Membership } from '../../../src/core/policy/membership.ts';
import { type AlertRenderContext, maybeAlertPart, renderAlert } from '../../../src/slack/render/alerts.ts';
import { alertCards, digests, groupView } from '../views/sample-groups.ts';
import { now } from '../views/sample-views.ts';

const membership = {
  person: async (id: string) =>
    id === 'U0GRACE'
      ? { isReadable: true, value: { id, name: 'Grace Okafor' }, readAt: now }
      : { isReadable: false, reason: 'down' },
} as unknown as Membership;
const context: AlertRenderContext = {
  maybeGroup: async (id) => (id === 'g-1' ? alertCards.acknowledged : undefined),
  maybeDigest: async (id) => (id === 12 ? digests.storm : undefined),
  maybeRaw: async () => ({ body: '{"a":"kept as it came"}', receivedAt: now }),
  membership,
};
const shown = async (id: string, content?: object) => {
  const part = maybeAlertPart(id);
  if (part === undefined) return 'not about alerts';
  const rendered = await renderAlert(part, { id, content } as unknown as ClaimedMessage, context);
  return rendered === undefined ? undefined : JSON.stringify(rendered);
};

describe('showing a message about alerts', () => {
  it('names people on the card, and shows their id where Slack does not name them', async () => {
    expect(await shown('group:g-1:card')).toContain('Grace Okafor');
    const silenced = { ...context, maybeGroup: async () => alertCards.silenced };
    const part = maybeAlertPart('group:g-1:card')!;
    expect(JSON.stringify(await renderAlert(part, {} as ClaimedMessage, silenced))).toContain('U0LIN');
  });

  it('shows the frozen occasion of a reply and whom it was to wake', async () => {
    const content = { reply: { kind: 'reopened' }, mentions: [{ usergroup: 'S0ONCALL' }] };
    const reply = await shown('group:g-1:reply:2', content);
    expect(reply).toContain('CRITICAL again: payments-api');
    expect(reply).toContain('"usergroup_id":"S0ONCALL"');
    expect(reply).not.toContain('"user_id"');
  });

  it.each([
    undefined,
    {},
    { reply: { kind: 'other' }, mentions: [] },
    { reply: { kind: 'reopened' } },
    { reply: { kind: 'reopened' }, mentions: [{ channel: 'C0' }] },
  ])('shows no reply of %j', async (content) => {
    expect(await shown('group:g-1:reply:1', content)).toBeUndefined();
  });

  it('fills each form with the group it was opened on', async () => {
    const from = { by: 'U0GRACE', channelId: 'C0ALERTS' };
    for (const [form, callbackId] of [
      ['silence', 'alert_silence'],
      ['severity', 'alert_severity'],
      ['raw', 'alert_raw'],
    ]) {
      const view = await shown(`group:g-1:form:${form}:V1`, from);
      expect(view).toContain(`"kind":"view"`);
      expect(view).toContain(`"callback_id":"${callbackId}"`);
      expect(view).toContain('C0ALERTS');
    }
    expect(await shown('group:g-1:form:raw:V1')).toContain('kept as it came');
  });

  it('says in the form that the group is gone', async () => {
    expect(await shown('group:g-9:form:silence:V1')).toContain('not known here any more');
  });

  it('shows nothing of what is gone', async () => {
    for (const id of ['group:g-9:card', 'digest:13:card']) expect(await shown(id)).toBeUndefined();
  });

  it('shows digests', async () => {
    expect(await shown('digest:12:card')).toContain('47 alert groups');
  });

  it.each(['run:r-1:card', 'group:g-1:other', 'group:g-1:reply:x', 'digest:x:card', 'incident:i-1:thread'])(
    'leaves %s to others',
    async (id) => {
      expect(await shown(id)).toBe('not about alerts');
    },
  );

  it('draws the card from the state it is in when it is sent', async () => {
    const part = maybeAlertPart('group:g-1:card')!;
    const draw = async (state: 'firing' | 'resolved') =>
      JSON.stringify(
        await renderAlert(part, {} as ClaimedMessage, {
          ...context,
          maybeGroup: async () => groupView({ group: { state } }),
        }),
      );
    expect(await draw('firing')).toContain('⛔ CRITICAL');
    expect(await draw('resolved')).toContain('✓ RESOLVED');
  });
});
