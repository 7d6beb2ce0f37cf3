import { beforeEach, describe, expect, it } from 'vitest';
import { buttons, cardText, menuOptions, viewText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { startSigningBot, tenantId } from './signing-bot.ts';

/** As in the sample, with a threshold that tests reach. */
const policy = `
  - { risk: read, run: [responder, approver, admin] }
  - { command: resend-notifications, when: data.count > 100, approvals: 1, approve: [approver, admin] }
  - { risk: change, run: [responder] }
  - { risk: dangerous, run: [responder], approve: [approver, admin], approvals: 1, expiresMinutes: 15 }`;

describe.each(['http', 'socket'] as const)('a change that needs no signature, by %s', async (mode) => {
  const bot = await startSigningBot({ mode, policy });
  beforeEach(() => bot.quiet());

  const sent = async (since: Date) =>
    (await bot.rms.effects({ since })).filter(({ endpoint }) => endpoint === 'resend');

  it('is shown first, and begun by the one who asked alone', async () => {
    const since = bot.now();
    const from = new Date();
    const { card, run } = await bot.asksToConfirm('ada', 'resend-notifications acme --limit 4');
    const text = cardText(card);
    expect(card.text.length).toBeLessThanOrEqual(90);
    expect(text).toContain('Resend 4 failed emails of Acme GmbH (acme)');
    expect(text).toMatch(/Why they failed: /);
    expect(text).toContain('Nothing has been changed yet');
    expect(text).not.toMatch(/@acme\.example/);
    expect(buttons(card).map(({ label }) => label)).toContain('Resend 4 emails');
    expect(await sent(from)).toEqual([]);
    expect(bot.screen('grace', 'D0GRACE').filter(({ ts }) => Number(ts) > Number(since))).toEqual([]);

    for (const other of ['grace', 'adaalt', 'mallory']) {
      const at = bot.now();
      await bot.click(other, card, 'Resend 4 emails');
      await bot.told(other, /Only the one who asked, ada, confirms/, at);
    }
    expect((await bot.run(run.id)).state).toBe('planned');
    await bot.click('ada', card, 'Resend 4 emails');
    const done = await bot.becomes(card, /acme: .*4 of 4 emails resent|acme: .*of 4 emails resent/);
    expect(cardText(done)).toMatch(/\d sent · \d already delivered/);
    expect(cardText(done)).toContain('Confirmed by ada');
    expect(buttons(done).map(({ label }) => label)).not.toContain('Resend 4 emails');
    expect(await bot.kinds(run.id)).toEqual([
      'run.requested',
      'run.confirmed',
      'run.started',
      'run.succeeded',
    ]);
    const effects = await sent(from);
    expect(new Set(effects.map(({ entityId }) => entityId)).size).toBe(effects.length);
    expect(effects.length).toBe(Number(/(\d) of 4 emails resent/.exec(cardText(done))?.[1]));
    expect(bot.screen('ada', 'D0ADA').filter(({ ts }) => Number(ts) > Number(since))).toEqual([]);
  });

  it('says how far it is, and stops between steps when somebody cancels it, saying what was done', async () => {
    const from = new Date();
    const { card, run } = await bot.asksToConfirm('ada', 'resend-notifications acme --limit 6');
    const first = bot.rms.faults.hold({ endpoint: 'resend', when: 'after_effect' });
    await bot.click('ada', card, 'Resend 6 emails');
    await first.reached;
    const third = bot.rms.faults.hold({ endpoint: 'resend', when: 'before_effect' });
    first.release();
    await third.reached;
    const running = await bot.becomes(card, /░.* 1 of 6|▓.* 1 of 6/);
    expect(running.text).toMatch(/^… running/);
    expect(menuOptions(running).map(({ label }) => label)).toEqual(['Details', 'Cancel between steps']);
    await bot.choose('grace', running, 'Cancel between steps');
    await bot.told('grace', /may cancel/, String(Number(card.ts)));
    await bot.choose('ada', running, 'Cancel between steps');
    await bot.becomes(card, /ada has asked it to stop/);
    third.release();
    const stopped = await bot.becomes(card, /○ cancelled by ada/);
    expect(cardText(stopped)).toContain('Cancelled between steps');
    expect(cardText(stopped)).toMatch(/Already done: resend ntf_\w+, resend ntf_\w+\./);
    expect(cardText(stopped)).toMatch(/Steps: ✓ 2 done · – 4 not begun/);
    const done = await sent(from);
    expect(done).toHaveLength(2);
    // Asked for again, it goes on with what is left.
    const { card: rest } = await bot.asksToConfirm('ada', 'resend-notifications acme --limit 6');
    await bot.choose('ada', rest, 'Details');
    const details = viewText(await bot.modal('ada', /Effects/));
    expect(done.filter(({ entityId }) => details.includes(entityId))).toEqual([]);
    await bot.close('ada', await bot.modal('ada'));
    await bot.click('ada', rest, 'Cancel');
    await bot.becomes(rest, /○ cancelled by ada/);
    expect(await bot.kinds(run.id)).toEqual([
      'run.requested',
      'run.confirmed',
      'run.started',
      'run.cancel_requested',
      'run.cancelled',
    ]);
  });

  it('asks for a signature when the policy says so of what was planned', async () => {
    const since = bot.now();
    const { card, run } = await bot.asksToSign('ada', 'resend-notifications acme --limit 120');
    expect(cardText(card)).toContain('1 signature needed (production): Resend 120 failed emails');
    await bot.seesDm('grace', /ada asks you to sign/, since);
    // Seven lines of plan, and 120 calls: what does not fit is signed in Details alone.
    expect(buttons(card).flatMap(({ label }) => label || [])).toEqual(['Details…', 'Deny…']);
    expect(cardText(card)).toMatch(/read Details before you decide/);
    expect(menuOptions(card).map(({ label }) => label)).not.toContain('Details');
    await bot.click('grace', card, 'Details…');
    const details = await bot.modal('grace', /Effects/);
    const ids = (await bot.failedIds('acme')).slice(0, 120);
    const text = viewText(details);
    expect(ids.filter((id) => !text.includes(id))).toEqual([]);
    await bot.close('grace', details);
    await bot.choose('ada', card, 'Cancel');
    await bot.becomes(card, /cancelled by ada/);
    expect((await bot.run(run.id)).state).toBe('cancelled');
  });

  it('is shown and nothing else with --plan', async () => {
    const runs = await bot.countRuns();
    const from = new Date();
    const card = await bot.ask('ada', 'suspend-tenant stark --reason "only to look" --plan', {
      matching: /Plan only/,
    });
    expect(cardText(card)).toMatch(/nothing asked or changed/);
    expect(cardText(card)).toContain('Suspend Stark Industries (stark)');
    expect(buttons(card)).toEqual([]);
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs + 1);
    expect(await bot.rms.effects({ since: from })).toEqual([]);
    const run = await bot.lastRun('U0ADA');
    expect(await bot.kinds(run!.id)).toEqual(['run.requested', 'run.succeeded']);
  });

  it('is previewed in its form when it was asked with one, and begun there', async () => {
    const from = new Date();
    const since = bot.now();
    await bot.ops('ada', 'resend-notifications');
    const form = await bot.modal('ada');
    await bot.chooseTenant('ada', form, 'stark');
    await bot.submit('ada', form);
    const preview = await bot.modal('ada', /Resend 2 failed emails/);
    expect(preview.id).toBe(form.id);
    expect(viewText(preview)).toContain('Nothing has been changed yet.');
    expect(JSON.stringify(preview.view.submit)).toContain('Resend 2 emails');
    await bot.submit('ada', preview);
    const card = await bot.sees('grace', { since, matching: /stark: .*2 of 2 emails resent/ });
    expect(cardText(card)).toContain('Confirmed by ada');
    expect(await sent(from)).toHaveLength(2);
    expect(bot.workspace.as('ada').state().views).toEqual([]);
  });

  it('cannot be resent when there is nothing to resend, and says where to look', async () => {
    const answer = await bot.ask('ada', 'resend-notifications wayne', { matching: /refused/ });
    expect(answer.ephemeralFor).toBe('U0ADA');
    expect(cardText(answer)).toContain('has no failed emails');
  });
});

describe('what follows a change', async () => {
  const bot = await startSigningBot({ mode: 'http', policy });
  beforeEach(() => bot.quiet());

  it('is undone by the one who asked without a new signature', async () => {
    const { card } = await bot.asksToSign('ada', 'suspend-tenant hooli --reason "to be taken back"');
    await bot.click('grace', card, 'Approve');
    const settled = await bot.becomes(card, /✓ hooli is suspended/);
    expect(buttons(settled).map(({ label }) => label)).toContain('Undo…');
    const since = bot.now();
    await bot.click('ada', settled, 'Undo…');
    const preview = await bot.sees('ada', { since, matching: /To be confirmed.*Activate Hooli/ });
    expect(cardText(preview)).toContain('Activate Hooli Inc.');
    const [begin] = buttons(preview).map(({ label }) => label);
    expect(begin).toBe('Activate Hooli Inc.');
    await bot.click('ada', preview, begin!);
    const undone = await bot.becomes(preview, /✓ hooli/);
    expect(cardText(undone)).toMatch(/Takes back r-\w{8}, which needs no new signature/);
    expect(await bot.statusOf('hooli')).toBe('active');
  });

  it('is undone only with a new signature by anybody else', async () => {
    const { card } = await bot.asksToSign('ada', 'suspend-tenant hooli --reason "taken back by another"');
    await bot.click('grace', card, 'Approve');
    const settled = await bot.becomes(card, /✓ hooli is suspended/);
    const since = bot.now();
    await bot.click('margaret', settled, 'Undo…');
    const asked = await bot.sees('grace', { since, matching: /1 signature needed.*Activate Hooli/ });
    expect(cardText(asked)).toContain('can sign now: grace and linus');
    const at = bot.now();
    await bot.click('mallory', settled, 'Undo…');
    await bot.told('mallory', /refused|may run/, at);
    await bot.choose('margaret', asked, 'Cancel');
    await bot.becomes(asked, /cancelled by margaret/);
    await bot.reset('hooli');
  });

  it('is found by its id, with what was done and by whom', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "to be found again"');
    const waiting = await bot.ask('grace', `run ${run.id}`, { matching: /awaiting approval/ });
    expect(cardText(waiting)).toContain(`/ops run ${run.id} --cancel`);
    await bot.click('grace', card, 'Approve');
    await bot.becomes(card, /✓ stark is suspended/);
    const found = await bot.ask('linus', `run ${run.id}`, { matching: /succeeded: suspend-tenant/ });
    expect(cardText(found)).toMatch(/Signed by grace/);
    const thread = await bot.sees('linus', { since: found.ts, matching: /Step suspend: succeeded/ });
    expect(thread.threadTs).toBe(found.ts);
    await bot.reset('stark');
  });

  it('is cancelled by its id', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "cancelled by its id"');
    await bot.ask('ada', `run ${run.id} --cancel`, { matching: /cancelled: suspend-tenant/ });
    await bot.becomes(card, /○ cancelled by ada/);
  });

  it('an identical request that waits already shows its card, and asks nobody twice', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "asked for twice"');
    await bot.quiet();
    const asked = bot.screen('linus', 'D0LINUS').length;
    const since = bot.now();
    await bot.ops('margaret', 'suspend-tenant stark --reason "asked for twice"');
    const told = await bot.told('margaret', /asked for exactly this already/, since);
    expect(cardText(told)).toContain(run.id);
    const copy = await bot.told('margaret', /Suspend stark|Suspend Stark/, since);
    expect(buttons(copy)).toEqual([]);
    await bot.quiet();
    expect(bot.screen('linus', 'D0LINUS').length).toBe(asked);
    await bot.choose('ada', card, 'Cancel');
    await bot.becomes(card, /cancelled by ada/);
  });

  it('another change of the same tenant waits for it, is told by whom, and goes when it is free', async () => {
    const from = new Date();
    const first = await bot.asksToSign('ada', 'suspend-tenant wayne --reason "the first of two"');
    const second = await bot.asksToSign('margaret', 'suspend-tenant wayne --reason "the second of two"');
    const held = bot.rms.faults.hold({ endpoint: 'suspend', when: 'before_effect' });
    await bot.click('grace', first.card, 'Approve');
    await held.reached;
    const since = bot.now();
    await bot.click('grace', second.card, 'Approve');
    const waiting = await bot.becomes(second.card, /waiting for ada’s run/);
    expect(cardText(waiting)).toContain(`${first.run.id} goes first`);
    await bot.seesDm('margaret', new RegExp(`waiting for ${first.run.id}`), since);
    held.release();
    await bot.becomes(first.card, /✓ wayne is suspended/);
    await bot.seesDm('margaret', /your turn|starting/, since);
    // By now it is suspended already, which is not what was signed.
    const refused = await bot.becomes(second.card, /⛔ refused/);
    expect(cardText(refused)).toMatch(/was active when this was asked and is suspended/);
    expect(await bot.effects('wayne', 'suspend', from)).toHaveLength(1);
    await bot.reset('wayne');
  });

  it('is carried out with less when less is left of what was signed, and says so', async () => {
    const from = new Date();
    const { card } = await bot.asksToSign('ada', 'resend-notifications acme --limit 101');
    const [already] = await bot.failedIds('acme');
    await fetch(`${bot.rms.url}/api/notifications/${already}/resend`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${bot.rms.token}`, 'content-type': 'application/json' },
      body: '{}',
    });
    await bot.click('grace', card, 'Details…');
    const details = await bot.modal('grace', /Effects/);
    const hold = bot.rms.faults.hold({ endpoint: 'resend', when: 'before_effect' });
    await bot.submit('grace', details);
    await hold.reached;
    await bot.choose('ada', await bot.becomes(card, /… running/), 'Cancel between steps');
    hold.release();
    const stopped = await bot.becomes(card, /○ cancelled by ada/);
    expect(cardText(stopped)).toMatch(/Less than signed: 1 of the 101 calls no longer applied/);
    const twice = (await bot.rms.effects({ since: from })).filter(({ entityId }) => entityId === already);
    expect(twice.length).toBeLessThanOrEqual(1);
  });

  it('refuses when the state has changed since it was signed, and shows how', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "somebody is faster"');
    await fetch(`${bot.rms.url}/api/tenants/${tenantId('stark')}/suspend`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${bot.rms.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'by hand' }),
    });
    const from = new Date();
    await bot.click('grace', card, 'Approve');
    const refused = await bot.becomes(card, /⛔ refused/);
    expect(cardText(refused)).toContain(
      'was active when this was asked and is suspended on rms (production) now',
    );
    expect(await bot.effects('stark', 'suspend', from)).toEqual([]);
    expect((await bot.ledger(run.id)).at(-1)).toMatchObject({ kind: 'run.refused' });
    await bot.reset('stark');
  });

  it('of the same tenant by several people at once runs each effect once', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant umbrella --reason "everyone clicks"');
    await Promise.all([
      bot.click('grace', card, 'Approve'),
      bot.click('linus', card, 'Approve'),
      bot.click('grace', card, 'Approve'),
    ]);
    await bot.becomes(card, /✓ umbrella is suspended/);
    await bot.quiet();
    expect(await bot.effects('umbrella', 'suspend')).toHaveLength(1);
    const kinds = await bot.kinds(run.id);
    expect(kinds.filter((kind) => kind === 'run.started')).toHaveLength(1);
    expect(kinds.filter((kind) => /^approval\.(granted|refused)$/.test(kind))).toHaveLength(3);
    await until(async () => (await bot.statusOf('umbrella')) === 'suspended');
    await bot.reset('umbrella');
  });
});
