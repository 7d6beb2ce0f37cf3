import { beforeEach, describe, expect, it } from 'vitest';
import { buttons, cardText, menuOptions, viewText } from '../support/slack.ts';
import { startSigningBot, tenantId } from './signing-bot.ts';

describe.each(['http', 'socket'] as const)('a signature by %s', async (mode) => {
  const bot = await startSigningBot({ mode });
  beforeEach(() => bot.quiet());

  it('lets a tenant be suspended by another person, once, seen and on record', async () => {
    const since = bot.now();
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant acme --reason "card testing"');
    expect(card.text.length).toBeLessThanOrEqual(90);
    expect(card.text).toMatch(/^● 1 signature needed \(production\): Suspend Acme GmbH/);
    const text = cardText(card);
    expect(text).toContain('Suspend Acme GmbH (acme) at once; it is active');
    expect(text).toContain('42 active users · 3 open invoices · 12 pending notifications');
    expect(text).toContain(tenantId('acme'));
    expect(text).toMatch(/Calls PATCH \/api\/tenants\/\S+\/suspend on rms \(production\)/);
    expect(text).toContain('Reason: card testing');
    expect(text).toMatch(/0 of 1 signed · can sign now: grace and linus · open until/);
    expect(text).toMatch(/Asked by ada · rms \(production\) · r-\w{8} · #\d+ · [0-9a-f]{6}/);
    expect(JSON.stringify(card.blocks)).toMatch(/"type":"date"/);
    expect(buttons(card).map(({ label }) => label)).toEqual(expect.arrayContaining(['Approve', 'Deny…']));
    expect(menuOptions(card).map(({ label }) => label)).toEqual([
      'Details',
      'Cancel',
      'Who can sign',
      'Break glass…',
    ]);
    const dialog = JSON.stringify(card.blocks);
    expect(dialog).toContain('Suspend Acme GmbH on rms (production)?');
    expect(dialog).toContain('Target rms, environment production.');

    for (const signer of ['grace', 'linus']) {
      const asked = await bot.seesDm(signer, /ada asks you to sign/, since);
      expect(cardText(asked)).toMatch(/1[45] min left/);
      expect(buttons(asked).map(({ label }) => label)).toEqual(['Approve', 'Details…']);
    }
    expect(bot.screen('margaret', 'D0MARGARET')).toEqual([]);

    for (const [self, why] of [
      ['ada', /You asked for this, so another person must sign it/],
      ['adaalt', /You asked for this from your other account/],
    ] as const) {
      const at = bot.now();
      await bot.click(self, card, 'Approve');
      await bot.told(self, why, at);
      expect((await bot.run(run.id)).state).toBe('awaiting_approval');
    }
    expect(await bot.effects('acme', 'suspend')).toEqual([]);

    const at = bot.now();
    await bot.click('grace', card, 'Approve');
    const settled = await bot.becomes(card, /✓ acme is suspended/);
    expect(cardText(settled)).toContain('Signed by grace');
    expect(cardText(settled)).toContain('Status: suspended, it was active');
    expect(cardText(settled)).toMatch(/Audit entry: tenant\.suspended by svc:countersign/);
    expect(cardText(settled)).toContain('Notification: sent');
    expect(cardText(settled)).toMatch(/· #\d+ · [0-9a-f]{6}/);
    expect(buttons(settled).map(({ label }) => label)).not.toContain('Approve');
    const told = await bot.seesDm('ada', /approved by grace/, at);
    expect(cardText(told)).toContain('Signed by grace');
    expect(bot.screen('grace', 'D0GRACE').filter(({ ts }) => Number(ts) > Number(at))).toEqual([]);
    await bot.quiet();
    const graces = bot.screen('grace', 'D0GRACE').at(-1)!;
    expect(cardText(graces)).toContain('acme is suspended');
    expect(buttons(graces)).toEqual([]);

    const effects = await bot.effects('acme', 'suspend');
    expect(effects).toHaveLength(1);
    expect(effects[0]!.idempotencyKey).toBeTruthy();
    expect(await bot.statusOf('acme')).toBe('suspended');
    const ledger = await bot.ledger(run.id);
    expect(ledger.map(({ kind, actor }) => [kind, actor])).toEqual([
      ['run.requested', 'U0ADA'],
      ['approval.requested', 'U0ADA'],
      ['approval.refused', 'U0ADA'],
      ['approval.refused', 'U0ADAALT'],
      ['approval.granted', 'U0GRACE'],
      ['run.started', 'U0ADA'],
      ['run.succeeded', 'U0ADA'],
    ]);
    expect(ledger[5]!.facts).toMatchObject({ signers: ['U0GRACE'], digest: run.digest });
    await bot.reset('acme');
  });

  it('is asked for with a form that shows what will happen before anybody is asked', async () => {
    const since = bot.now();
    expect(await bot.ops('ada', 'suspend-tenant')).toEqual({ ok: true });
    const modal = await bot.modal('ada');
    await bot.chooseTenant('ada', modal, 'wayne');
    await bot.fillIn('ada', modal, { Reason: 'contract ended today' });
    expect(
      bot.workspace
        .events()
        .some((event) => event.kind === 'view_updated' && /Reading…/.test(viewText(event.view))),
    ).toBe(true);
    const preview = await bot.modal('ada', /Suspend Wayne Enterprises/);
    expect(preview.id).toBe(modal.id);
    expect(viewText(preview)).toContain('Needs 1 signature');
    expect(viewText(preview)).toContain('Nothing has been changed yet.');
    expect(viewText(preview)).toMatch(/PATCH \/api\/tenants\/\S+\/suspend/);
    expect(bot.screen('grace').filter(({ ts }) => Number(ts) > Number(since))).toEqual([]);
    await bot.submit('ada', preview);
    const card = await bot.sees('grace', { since, matching: /1 signature needed.*Suspend wayne/i });
    expect(bot.workspace.as('ada').state().views).toEqual([]);
    await bot.click('grace', card, 'Approve');
    await bot.becomes(card, /✓ wayne is suspended/);
    await bot.reset('wayne');
  });

  it('can be refused with a reason that everybody reads', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "a mistake perhaps"');
    const at = bot.now();
    await bot.click('grace', card, 'Deny…');
    const form = await bot.modal('grace', /Why not\?/);
    expect(viewText(form)).toContain('Suspend Stark Industries');
    await bot.fillIn('grace', form, { 'Why not?': '     ' });
    const marked = await bot.modal('grace', /needed/);
    expect(marked.errors).toEqual({ reason: expect.stringMatching(/needed/) });
    expect((await bot.run(run.id)).state).toBe('awaiting_approval');
    await bot.fillIn('grace', marked, { 'Why not?': 'wrong tenant, ask again' });
    const denied = await bot.becomes(card, /⛔ denied by grace/);
    expect(cardText(denied)).toContain('wrong tenant, ask again');
    expect(buttons(denied)).toEqual([]);
    expect(cardText(await bot.seesDm('ada', /denied by grace/, at))).toContain('wrong tenant, ask again');
    expect(await bot.kinds(run.id)).toEqual(['run.requested', 'approval.requested', 'approval.denied']);
    expect(await bot.effects('stark', 'suspend')).toEqual([]);
    expect(bot.workspace.as('grace').state().views).toEqual([]);
  });

  it('can be given in the DM that asked for it', async () => {
    const since = bot.now();
    const { card, run } = await bot.asksToSign(
      'ada',
      'suspend-tenant hooli --reason "from the direct message"',
    );
    const asked = await bot.seesDm('linus', /ada asks you to sign.*Suspend Hooli/, since);
    await bot.click('linus', asked, 'Approve');
    await bot.becomes(card, /✓ hooli is suspended[\s\S]*Signed by linus/);
    await bot.becomes(asked, /✓ hooli is suspended/);
    expect(buttons(bot.again(asked))).toEqual([]);
    expect(await bot.kinds(run.id)).toContain('approval.granted');
    await bot.reset('hooli');
  });

  it('can be given in Details, which show everything that is signed', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "read in the details"');
    await bot.choose('grace', card, 'Details');
    const details = await bot.modal('grace', /Effects/);
    const text = viewText(details);
    expect(text).toContain(tenantId('stark'));
    expect(text).toContain('reason: read in the details');
    expect(text).toContain('Seen while planning, not signed');
    expect(text).toContain(run.digest!.slice(0, 16));
    expect(text).toContain('▲ Approve signs all of this, on rms (production)');
    await bot.submit('grace', details);
    await bot.becomes(card, /✓ stark is suspended[\s\S]*Signed by grace/);
    expect(bot.workspace.as('grace').state().views).toEqual([]);
    await bot.reset('stark');
  });

  it('is explained by name to whoever asks who can give it', async () => {
    const { card } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "who could sign this"');
    await bot.choose('mallory', card, 'Who can sign');
    const who = await bot.modal('mallory', /Can sign now/);
    expect(viewText(who)).toMatch(/Can sign now: .*grace.*linus/s);
    expect(viewText(who)).toMatch(/In approver when it was asked: /);
    expect(viewText(who)).toContain('cannot, nor through another account');
    await bot.close('mallory', who);
    await bot.choose('ada', card, 'Cancel');
    await bot.becomes(card, /○ cancelled by ada/);
  });

  it('and a no of another person at the same moment: one takes effect, and the other is told', async () => {
    const from = new Date();
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "yes or no, at once"');
    await bot.click('linus', card, 'Deny…');
    const form = await bot.modal('linus', /Why not\?/);
    await bot.fill('linus', form, 'Why not?', 'rather not today');
    const since = bot.now();
    await Promise.all([bot.submit('linus', form), bot.click('grace', card, 'Approve')]);
    await bot.becomes(card, /denied by linus|stark is suspended/);
    await bot.quiet();
    const kinds = await bot.kinds(run.id);
    const { state } = await bot.run(run.id);
    expect(await bot.effects('stark', 'suspend', from)).toHaveLength(state === 'succeeded' ? 1 : 0);
    expect(kinds.filter((kind) => /^approval\.(granted|denied)$/.test(kind))).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'approval.refused')).toHaveLength(1);
    await (state === 'denied'
      ? bot.told('grace', /already denied by linus/, since)
      : bot.told('linus', /already (approved|succeeded).* by grace/, since));
    await bot.reset('stark');
  });

  it('is no longer wanted when the request was cancelled from ⋯, by those who may', async () => {
    const since = bot.now();
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "taken back again"');
    await bot.choose('mallory', card, 'Cancel');
    await bot.told('mallory', /Only the one who asked.*may cancel/, since);
    expect((await bot.run(run.id)).state).toBe('awaiting_approval');
    await bot.choose('grace', card, 'Cancel');
    const cancelled = await bot.becomes(card, /○ cancelled by grace/);
    expect(buttons(cancelled)).toEqual([]);
    expect(menuOptions(cancelled)).toEqual([]);
    await bot.seesDm('ada', /cancelled by grace/, since);
    expect(await bot.kinds(run.id)).toEqual(['run.requested', 'approval.requested', 'run.cancelled']);
    expect(await bot.effects('stark', 'suspend', new Date(Number(since) * 1000))).toEqual([]);
  });

  it('is given in #ops for what was asked in another channel', async () => {
    const since = bot.now();
    await bot.ops('ada', 'suspend-tenant stark --reason "asked somewhere else"', 'C0GENERAL');
    const asked = await bot.sees('ada', { channel: 'C0GENERAL', since, matching: /waiting for 1 signature/ });
    const card = await bot.sees('grace', { since, matching: /1 signature needed/ });
    expect(buttons(asked).map(({ label }) => label)).not.toContain('Approve');
    const linked = await bot.becomes(asked, /its approval card/);
    expect(cardText(linked)).toContain(`/C0OPS/p${card.ts.replace('.', '')}`);
    await bot.click('grace', card, 'Approve');
    await bot.becomes(card, /✓ stark is suspended/);
    await bot.becomes(asked, /✓ stark is suspended[\s\S]*Signed by grace/);
    expect(buttons(bot.again(card)).map(({ label }) => label)).not.toContain('Approve');
    await bot.reset('stark');
  });

  it('is given in #ops for what was asked in a thread, which hears how it ended', async () => {
    const parent = await bot.say('grace', 'stark does not pay');
    await bot.say('ada', '@countersign suspend-tenant stark --reason "asked in a thread"', {
      threadTs: parent.ts!,
    });
    const asked = await bot.sees('ada', { since: parent.ts!, matching: /waiting for 1 signature/ });
    expect(asked.threadTs).toBe(parent.ts);
    const card = await bot.sees('grace', { since: parent.ts!, matching: /1 signature needed/ });
    expect(card.threadTs).toBeUndefined();
    await bot.click('grace', card, 'Approve');
    await bot.becomes(asked, /✓ stark is suspended/);
    await bot.becomes(card, /✓ stark is suspended/);
    await bot.reset('stark');
  });

  it('counts once when Slack delivers the click twice', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant wayne --reason "delivered twice"');
    const since = new Date();
    bot.workspace.faults.duplicateNextDelivery();
    await bot.click('grace', card, 'Approve');
    await bot.becomes(card, /✓ wayne is suspended/);
    await bot.quiet();
    expect((await bot.kinds(run.id)).filter((kind) => kind === 'approval.granted')).toHaveLength(1);
    expect(await bot.effects('wayne', 'suspend', since)).toHaveLength(1);
    await bot.reset('wayne');
  });
});

describe('two signatures', async () => {
  const bot = await startSigningBot({
    mode: 'http',
    policy: `
  - { risk: read, run: [responder, approver, admin] }
  - { risk: dangerous, run: [responder], approve: [approver, admin], approvals: 2, expiresMinutes: 15 }`,
  });
  beforeEach(() => bot.quiet());

  it('are both counted when they are given at the same moment', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant acme --reason "two at once"');
    expect(cardText(card)).toContain('2 signatures needed');
    expect(cardText(card)).toContain('0 of 2 signed');
    await Promise.all([bot.click('grace', card, 'Approve'), bot.click('linus', card, 'Approve')]);
    const settled = await bot.becomes(card, /✓ acme is suspended/);
    expect(cardText(settled)).toMatch(/Signed by (grace and linus|linus and grace)/);
    const ledger = await bot.ledger(run.id);
    const granted = ledger.filter(({ kind }) => kind === 'approval.granted');
    expect(granted.map(({ actor }) => actor).sort()).toEqual(['U0GRACE', 'U0LINUS']);
    expect(granted.map(({ facts }) => facts.isEnough)).toEqual([false, true]);
    expect(ledger.find(({ kind }) => kind === 'run.started')!.facts.signers).toHaveLength(2);
    expect(await bot.effects('acme', 'suspend')).toHaveLength(1);
    await bot.reset('acme');
  });

  it('stand on the card one by one, and one person gives only one', async () => {
    const since = bot.now();
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant hooli --reason "one by one"');
    await bot.click('grace', card, 'Approve');
    const half = await bot.becomes(card, /1 of 2 signed \(grace\)/);
    expect(cardText(half)).toContain('can sign now: linus');
    const graces = await bot.seesDm('grace', /you signed, 1 more needed/, since);
    expect(buttons(graces)).toEqual([]);
    const twice = bot.now();
    await bot.click('grace', half, 'Approve');
    await bot.told('grace', /You have signed|already signed/, twice);
    expect((await bot.run(run.id)).state).toBe('awaiting_approval');
    expect(await bot.effects('hooli', 'suspend')).toEqual([]);
    await bot.click('linus', half, 'Approve');
    await bot.becomes(card, /✓ hooli is suspended[\s\S]*Signed by grace and linus/);
    await bot.reset('hooli');
  });

  it('and a no at the same moment: one takes effect, and the other person is told', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant stark --reason "yes and no at once"');
    await bot.click('grace', card, 'Approve');
    const half = await bot.becomes(card, /1 of 2 signed/);
    await bot.click('grace', half, 'Deny…');
    const form = await bot.modal('grace', /Why not\?/);
    await bot.fill('grace', form, 'Why not?', 'I have changed my mind');
    const since = bot.now();
    const both = await Promise.all([bot.submit('grace', form), bot.click('linus', half, 'Approve')]);
    expect(both).toEqual([{ ok: true }, { ok: true }]);
    await bot.becomes(card, /denied by grace|stark is suspended|signature needed/);
    await bot.quiet();
    const { state } = await bot.run(run.id);
    const effects = await bot.effects('stark', 'suspend');
    const kinds = await bot.kinds(run.id);
    if (state === 'denied') {
      expect(effects).toEqual([]);
      expect(kinds.filter((kind) => kind === 'approval.denied')).toHaveLength(1);
      if (kinds.filter((kind) => kind === 'approval.granted').length === 1) {
        await bot.told('linus', /already denied by grace/, since);
      }
    } else {
      expect(state).toBe('succeeded');
      expect(effects).toHaveLength(1);
      await bot.told('grace', /already|under way/, since);
    }
    await bot.reset('stark');
  });
});
