import { beforeEach, describe, expect, it } from 'vitest';
import { cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { alertsChannel, firing, groupIdOf, level2, mentioned, over, startAlertBot } from './alert-bot.ts';

describe('people who are not at Slack', async () => {
  const bot = await startAlertBot({ mode: 'http' });
  const { pagerDuty } = bot.monitoring;
  beforeEach(() => bot.quiet());

  async function paged(service: string) {
    const alert = firing(service);
    await bot.notify([alert]);
    const card = await bot.card(new RegExp(`${service}: TooManyErrors`));
    const id = groupIdOf(card);
    const incident = await until(() => incidentOf(id), { waitingFor: `a page for ${service}` });
    return { alert, card, id, incident };
  }
  const incidentOf = (groupId: string) =>
    pagerDuty.incidents().find(({ incidentKey }) => incidentKey.endsWith(`/${groupId}`));
  const becomes = (groupId: string, status: string) =>
    until(() => incidentOf(groupId)?.status === status, { waitingFor: `the page to be ${status}` });

  it('are paged at once; acknowledging and resolving follow under the same key', async () => {
    const { alert, card, id, incident } = await paged('payments');
    expect(incident).toMatchObject({
      status: 'triggered',
      incidentKey: `countersign/T0ACME/${id}`,
      title: 'CRITICAL TooManyErrors (payments, production), 1 firing',
      urgency: 'high',
    });
    await bot.becomes(card, /Paged/);
    await bot.click('ada', card, 'Acknowledge');
    await becomes(id, 'acknowledged');
    await bot.notify([alert], { reason: 'repeat interval elapsed' });
    await bot.notify([over(alert)], { reason: 'all alerts resolved' });
    await becomes(id, 'resolved');
    await bot.quiet();
    const sent = pagerDuty.events.filter(({ body }) => JSON.stringify(body).includes(id));
    expect(sent.map(({ outcome }) => outcome)).toEqual(['opened', 'acknowledged', 'resolved']);
  });

  it('who are told of our own page by PagerDuty get no second card of it', async () => {
    const { card, id, incident } = await paged('search');
    pagerDuty.person('acknowledge', incident.id);
    await bot.quiet();
    const own = pagerDuty.webhookDeliveries.filter(({ incidentId }) => incidentId === incident.id);
    expect(own.map(({ eventType, answers }) => [eventType, answers])).toEqual([
      ['incident.triggered', [202]],
      ['incident.acknowledged', [202]],
    ]);
    const { rows } = await bot.database.pool.query(
      `SELECT id FROM countersign.alert_groups WHERE source = 'pagerduty'`,
    );
    expect(rows).toEqual([]);
    expect(bot.inChannel().filter((message) => cardText(message).includes(id))).toHaveLength(1);
    expect(bot.again(card).threadTs).toBeUndefined();
  });

  it('are called as level 2 after five minutes without an acknowledgement, and once', async () => {
    const { card, id, incident } = await paged('orders');
    const since = bot.now();
    await bot.passes(4, id);
    await bot.quiet();
    expect(bot.inChannel(since)).toEqual([]);
    await bot.passes(2, id);
    const reply = await bot.sees('grace', { channel: alertsChannel, since, matching: /level 2 called/ });
    expect(reply).toMatchObject({ threadTs: card.ts, isBroadcast: true });
    expect(mentioned(reply)).toEqual([level2]);
    expect(cardText(reply)).toContain('Nobody acknowledged it in time');
    await bot.becomes(card, /Level 2 called .*nobody acknowledged it in time/);
    await bot.passes(60, id);
    await bot.quiet();
    expect(bot.inChannel(since)).toHaveLength(1);
    expect(incidentOf(id)).toMatchObject({ id: incident.id, triggers: 2 });
    expect(await bot.kindsOf(id)).toEqual(['alert.woke', 'alert.escalated']);
  });

  it('are called as level 2 after thirty minutes, also when somebody has it', async () => {
    const { card, id } = await paged('exports');
    await bot.click('ada', card, 'Acknowledge');
    await bot.becomes(card, /Acknowledged by ada/);
    const since = bot.now();
    await bot.passes(29, id);
    await bot.quiet();
    expect(bot.inChannel(since)).toEqual([]);
    await bot.passes(2, id);
    const reply = await bot.sees('grace', { channel: alertsChannel, since, matching: /level 2 called/ });
    expect(cardText(reply)).toContain('It did not resolve in time');
  });

  it('are left alone once it is over', async () => {
    const { alert, id } = await paged('mailer');
    await bot.notify([over(alert)], { reason: 'all alerts resolved' });
    await becomes(id, 'resolved');
    const since = bot.now();
    await bot.passes(60, id);
    await bot.quiet();
    expect(bot.inChannel(since)).toEqual([]);
    expect(await bot.kindsOf(id)).toEqual(['alert.woke']);
  });

  it('are paged again until PagerDuty has heard it, and Slack does not wait for that', async () => {
    pagerDuty.fails('error', 2);
    const { card, incident } = await paged('gateway');
    expect(incident.triggers).toBe(1);
    expect(cardText(bot.again(card))).toContain('⛔ CRITICAL gateway');
    expect(pagerDuty.events.filter(({ outcome }) => outcome === 'error')).toHaveLength(2);
  });
});
