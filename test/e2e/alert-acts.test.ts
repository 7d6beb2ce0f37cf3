import { beforeEach, describe, expect, it } from 'vitest';
import { buttons, cardText, fieldOf, menuOptions, viewText } from '../support/slack.ts';
import { alertsChannel, firing, groupIdOf, level2, mentioned, over, startAlertBot } from './alert-bot.ts';

describe('what people do with an alert', async () => {
  const bot = await startAlertBot({ mode: 'http' });
  beforeEach(() => bot.quiet());

  async function fired(service: string, labels: Readonly<Record<string, string>> = {}) {
    const alert = firing(service, labels);
    await bot.notify([alert]);
    return { alert, card: await bot.card(new RegExp(`${service}: TooManyErrors`)) };
  }

  it('one click begins an incident: its headline, and the card that links to it', async () => {
    const { card } = await fired('payments');
    const since = bot.now();
    await Promise.all([bot.click('ada', card, 'Start incident'), bot.click('linus', card, 'Start incident')]);
    const headline = await bot.sees('grace', {
      channel: 'C0INC',
      since,
      matching: /SEV1 investigating: .*TooManyErrors/,
    });
    expect(headline.threadTs).toBeUndefined();
    expect(headline.text.length).toBeLessThanOrEqual(90);
    expect(cardText(headline)).toMatch(/declared by (ada|linus)/);
    expect(headline.text).toMatch(/^SEV1 investigating: .*TooManyErrors/);
    expect(cardText(headline)).toContain('1 alert firing: ⛔ CRITICAL');
    expect(cardText(headline)).toContain(`/p${card.ts.replace('.', '')}`);
    const linked = await bot.becomes(card, /Incident thread/);
    expect(cardText(linked)).toContain(`/p${headline.ts.replace('.', '')}`);
    expect(buttons(linked).map(({ label }) => label)).toEqual(['Acknowledge', '']);
    const [first, second] = /declared by ada/.test(cardText(headline)) ? ['ada', 'linus'] : ['linus', 'ada'];
    await bot.told(second!, new RegExp(`${first} declared incident`), since, alertsChannel);
    await bot.quiet();
    // The headline, and in its thread what a responder would look up.
    const posted = bot.screen('grace', 'C0INC').filter(({ ts }) => Number(ts) > Number(since));
    expect(posted.map(({ threadTs }) => threadTs)).toEqual([undefined, headline.ts]);
    expect(await bot.kindsOf(groupIdOf(card))).toEqual([
      'alert.woke',
      'incident.declared',
      'incident.alert_linked',
    ]);
    // What nobody may answer for is not started.
    const { card: other } = await fired('payments-2');
    await bot.click('mallory', other, 'Start incident');
    await bot.told('mallory', /Only .*may/, since, alertsChannel);
    expect(await bot.kindsOf(groupIdOf(other))).toEqual(['alert.woke']);
  });

  it('silences it by a form that checks what is typed, and ends that by a command', async () => {
    const { alert, card } = await fired('reports', { severity: 'warning' });
    await bot.choose('ada', card, 'Silence…');
    const form = await bot.modal('ada', /This group alone/);
    expect(viewText(form)).toContain('● WARNING reports: TooManyErrors (production)');
    expect(viewText(form)).toContain('counted, not shown, and call nobody');
    await bot.fillIn('ada', form, { 'Or minutes': '90', 'Why?': '         ' });
    const marked = await bot.modal('ada', /needed/);
    expect(Object.keys(marked.errors)).toEqual(expect.arrayContaining([fieldOf(marked, 'Why?').blockId]));
    expect(await bot.kindsOf(groupIdOf(card))).toEqual([]);
    await bot.fillIn('ada', marked, { 'Why?': 'the migration is running' });
    const silenced = await bot.becomes(card, /Silenced until .* by ada: the migration is running/);
    expect(silenced.text).toContain('silenced');

    // What gets worse meanwhile is counted on the card, and calls nobody.
    const since = bot.now();
    const worse = firing('reports', { instance: 'reports-2' });
    await bot.notify([alert, worse], { reason: 'new alerts added' });
    await bot.becomes(card, /⛔ CRITICAL reports[\s\S]*2 firing/);
    await bot.quiet();
    expect(bot.inChannel(since)).toEqual([]);

    const listed = await bot.ask('grace', 'silences');
    const [, id] = /silence (\d+)/i.exec(cardText(listed)) ?? [];
    expect(cardText(listed)).toContain('the migration is running');
    await bot.ask('ada', `silences --end ${id}`);
    const told = await bot.sees('grace', {
      channel: alertsChannel,
      since,
      matching: /CRITICAL now, was WARNING/,
    });
    expect(told).toMatchObject({ threadTs: card.ts, isBroadcast: true });
    const { rows } = await bot.database.pool.query(
      `SELECT kind, actor FROM countersign.ledger_entries WHERE kind LIKE 'silence.%' ORDER BY seq`,
    );
    expect(rows).toEqual([
      { kind: 'silence.begun', actor: 'U0ADA' },
      { kind: 'silence.ended', actor: 'U0ADA' },
    ]);
  });

  it('says how bad it is, which counts until it resolves; whoever raises it is not called', async () => {
    const { alert, card } = await fired('exports', { severity: 'warning' });
    const since = bot.now();
    await bot.choose('grace', card, 'Severity…');
    const form = await bot.modal('grace', /It counts instead of what the source says/);
    await bot.fillIn('grace', form, { Severity: 'critical', 'Why?': 'customers wait for it' });
    const raised = await bot.becomes(card, /⛔ CRITICAL exports[\s\S]*Severity set by grace/);
    expect(raised.text).toMatch(/^CRITICAL exports/);
    const reply = await bot.sees('ada', {
      channel: alertsChannel,
      since,
      matching: /CRITICAL now, was WARNING/,
    });
    expect(mentioned(reply)).toEqual(['S0ONCALL']);
    await bot.notify([alert], { reason: 'repeat interval elapsed' });
    await bot.quiet();
    expect(cardText(bot.again(card))).toContain('⛔ CRITICAL exports');
    expect(bot.inChannel(since)).toHaveLength(1);
    expect(await bot.kindsOf(groupIdOf(card))).toEqual(['alert.severity_set', 'alert.woke']);
  });

  it('calls level 2 at once, and once', async () => {
    const { card } = await fired('imports');
    const since = bot.now();
    await bot.choose('ada', card, 'Escalate now');
    const reply = await bot.sees('grace', { channel: alertsChannel, since, matching: /level 2 called/ });
    expect(reply).toMatchObject({ threadTs: card.ts, isBroadcast: true });
    expect(mentioned(reply)).toEqual([level2]);
    expect(cardText(reply)).toContain('Called by ada');
    const called = await bot.becomes(card, /Level 2 called .*by hand/);
    expect(menuOptions(called).map(({ label }) => label)).not.toContain('Escalate now');
    await bot.passes(31, groupIdOf(card));
    await bot.quiet();
    expect(bot.inChannel(since)).toHaveLength(1);
  });

  it('closes it by hand; when it fires again it is back, in the channel too', async () => {
    const { alert, card } = await fired('mailer');
    await bot.choose('ada', card, 'Close by hand');
    const closed = await bot.becomes(card, /✓ RESOLVED mailer[\s\S]*Closed by hand by ada/);
    expect(menuOptions(closed).map(({ label }) => label)).toEqual(['Start incident', 'Silence…', 'Raw']);
    const since = bot.now();
    // A copy of what was closed is late; a new episode is not.
    await bot.notify([alert], { reason: 'repeat interval elapsed' });
    await bot.quiet();
    expect(cardText(bot.again(card))).toContain('✓ RESOLVED mailer');
    await bot.notify([{ ...alert, startsAt: new Date() }]);
    const back = await bot.sees('grace', { channel: alertsChannel, since, matching: /CRITICAL again/ });
    expect(back).toMatchObject({ threadTs: card.ts, isBroadcast: true });
    expect(mentioned(back)).toEqual(['S0ONCALL', 'U0GRACE']);
    await bot.becomes(card, /⛔ CRITICAL mailer[\s\S]*Came back once/);
    expect(bot.inChannel(since)).toHaveLength(1);
    await bot.notify([over(alert)]);
  });

  it('shows what came, without its secrets', async () => {
    const { prometheus } = bot.secrets;
    const summary = `failed with Authorization: Bearer sk_live_51H8xyz, postgres://app:hunter2@db/orders and ${prometheus}`;
    const { card } = await fired('gateway', { summary });
    await bot.choose('ada', card, 'Raw');
    const raw = await bot.modal('ada', /Newest from/);
    const text = viewText(raw);
    expect(text).toContain('"alertname": "TooManyErrors"');
    expect(text).toContain('secrets taken out');
    const secrets = ['sk_live_51H8xyz', 'hunter2', prometheus];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).toContain('[redacted]');
    // Nor on the card itself, in what PagerDuty was told, or anywhere else that people read.
    await bot.quiet();
    const shown = JSON.stringify([
      bot.workspace.as('grace').state().messages,
      bot.monitoring.pagerDuty.events,
    ]);
    expect(shown).toContain('failed with Authorization: Bearer [redacted]');
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });
});
