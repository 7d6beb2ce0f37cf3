import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientView } from '../../sandbox/slack/client-api.ts';
import { startTestCountersign, type TestCountersign } from '../support/countersign.ts';
import { buttons, cardText, fieldOf, viewText } from '../support/slack.ts';

async function chooseTenant(bot: TestCountersign, who: string, modal: ClientView, text: string) {
  const at = { viewId: modal.id, ...fieldOf(modal, 'Tenant') };
  const offered = await bot.workspace.as(who).options({ ...at, text });
  const [first] = offered.options;
  if (first === undefined) throw new Error(`Nothing was offered for "${text}": ${JSON.stringify(offered)}`);
  await bot.workspace.as(who).do({ kind: 'fill', ...at, value: first.value });
  return offered.options;
}

const submit = (bot: TestCountersign, who: string, modal: ClientView) =>
  bot.workspace.as(who).do({ kind: 'submit', viewId: modal.id });

describe.each(['http', 'socket'] as const)('forms by %s', async (mode) => {
  const bot = await startTestCountersign({ mode });
  beforeEach(() => bot.quiet());

  it('asks for a missing argument, searches as one types, and shows reading, then the result', async () => {
    const runs = await bot.countRuns();
    const since = bot.now();
    expect(await bot.ops('ada', 'verify-audit')).toEqual({ ok: true });
    const modal = await bot.modal('ada');
    expect(viewText(modal)).toContain("Verify a tenant's audit chain");
    expect(viewText(modal)).toContain('On pilot (production). Only reads, changes nothing.');
    expect(await bot.countRuns()).toBe(runs);

    const offered = await chooseTenant(bot, 'ada', modal, 'umbr');
    expect(offered).toEqual([{ label: 'umbrella · Umbrella Corporation', value: 'umbrella' }]);
    expect(await submit(bot, 'ada', modal)).toEqual({ ok: true });
    const updates = () =>
      bot.workspace
        .events()
        .flatMap((event) =>
          event.kind === 'view_updated' && event.view.id === modal.id ? [event.view] : [],
        );
    expect(viewText(updates()[0]!)).toContain('Reading…');
    const result = await bot.modal('ada', /umbrella: audit chain intact/);
    expect(result.id).toBe(modal.id);
    const card = await bot.sees('grace', { since, matching: /umbrella: audit chain intact/ });
    expect(card.channel).toBe('C0OPS');
    expect(await bot.countRuns()).toBe(runs + 1);
    await bot.workspace.as('ada').do({ kind: 'close', viewId: modal.id });
  });

  it('offers every tenant before anything is typed, and the typed text when none fits', async () => {
    await bot.ops('ada', 'verify-audit');
    const modal = await bot.modal('ada');
    const at = { viewId: modal.id, ...fieldOf(modal, 'Tenant') };
    const all = await bot.workspace.as('ada').options({ ...at, text: '' });
    expect(all.options.map(({ value }) => value)).toEqual(
      expect.arrayContaining(['acme', 'globex', 'hooli', 'initech', 'stark', 'umbrella', 'wayne']),
    );
    const none = await bot.workspace.as('ada').options({ ...at, text: 'zzzzzzzz' });
    expect(none.options).toEqual([{ label: 'Use "zzzzzzzz"', value: 'zzzzzzzz' }]);
    await bot.workspace.as('ada').do({ kind: 'fill', ...at, value: 'zzzzzzzz' });
    await submit(bot, 'ada', modal);
    const told = await bot.modal('ada', /There is no tenant "zzzzzzzz"/);
    await bot.workspace.as('ada').do({ kind: 'close', viewId: told.id });
  });

  it('shows a mistake beside its field, takes the corrected form, and runs it once', async () => {
    const runs = await bot.countRuns();
    await bot.ops('ada', 'explain');
    const modal = await bot.modal('ada');
    const at = { viewId: modal.id, ...fieldOf(modal, 'Command') };
    await bot.workspace.as('ada').do({ kind: 'fill', ...at, value: '   ' });
    await submit(bot, 'ada', modal);
    const marked = await bot.modal('ada', /needed/);
    expect(marked.errors).toEqual({ 'argument:command': 'This is needed.' });
    expect(await bot.countRuns()).toBe(runs);
    await bot.workspace.as('ada').do({ kind: 'fill', ...at, value: 'verify-audit' });
    await submit(bot, 'ada', modal);
    const result = await bot.modal('ada', /You may run verify-audit/);
    expect(await bot.countRuns()).toBe(runs + 1);
    await bot.workspace.as('ada').do({ kind: 'close', viewId: result.id });
  });

  it('keeps what was typed and says beside the field what is wrong with it', async () => {
    await bot.ops('ada', 'history acme --before yesterday');
    const modal = await bot.modal('ada');
    expect(viewText(modal)).toMatch(/✗ .*number/i);
    expect(modal.values['argument:about']).toMatchObject({ value: { value: 'acme' } });
    await bot.workspace.as('ada').do({ kind: 'close', viewId: modal.id });
  });

  it('offers a button where a mention lacks an argument, and opens the form on the click', async () => {
    const parent = await bot.say('grace', 'how about globex?');
    await bot.say('ada', '@countersign verify-audit', { threadTs: parent.ts! });
    const offer = await bot.sees('ada', { since: parent.ts!, matching: /needs <tenant>/ });
    expect(offer).toMatchObject({ ephemeralFor: 'U0ADA', threadTs: parent.ts });
    expect(await bot.click('ada', offer, buttons(offer)[0]!.label)).toEqual({ ok: true });
    const modal = await bot.modal('ada');
    await chooseTenant(bot, 'ada', modal, 'globex');
    await submit(bot, 'ada', modal);
    const card = await bot.sees('grace', { since: parent.ts!, matching: /globex: audit chain broken/ });
    expect(card.threadTs).toBe(parent.ts);
    const result = await bot.modal('ada', /globex: audit chain broken/);
    await bot.workspace.as('ada').do({ kind: 'close', viewId: result.id });
  });

  it('runs a form that is submitted twice only once', async () => {
    const runs = await bot.countRuns();
    await bot.ops('ada', 'verify-audit');
    const modal = await bot.modal('ada');
    await chooseTenant(bot, 'ada', modal, 'acme');
    bot.workspace.faults.duplicateNextDelivery();
    await submit(bot, 'ada', modal);
    const result = await bot.modal('ada', /acme: audit chain intact/);
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs + 1);
    await bot.workspace.as('ada').do({ kind: 'close', viewId: result.id });
  });

  it('answers in the channel when the form was closed before the result', async () => {
    const since = bot.now();
    await bot.ops('ada', 'verify-audit');
    const modal = await bot.modal('ada');
    await chooseTenant(bot, 'ada', modal, 'hooli');
    const submitting = submit(bot, 'ada', modal);
    await submitting;
    await bot.workspace.as('ada').do({ kind: 'close', viewId: modal.id });
    const card = await bot.sees('grace', { since, matching: /hooli: audit chain broken/ });
    await bot.quiet();
    expect(cardText(card)).toContain('verify-audit hooli');
  });

  it('shows nothing of the target to someone without a role', async () => {
    await bot.ops('mallory', 'verify-audit');
    const modal = await bot.modal('mallory');
    const offered = await bot.workspace
      .as('mallory')
      .options({ viewId: modal.id, ...fieldOf(modal, 'Tenant'), text: 'acm' });
    expect(offered).toEqual({ ok: true, options: [] });
    await bot.workspace.as('mallory').do({ kind: 'close', viewId: modal.id });
  });
});

describe('forms where several targets match', async () => {
  const bot = await startTestCountersign({ mode: 'http', targets: ['pilot', 'pilot-eu'] });

  it('asks which, and runs on the one that was chosen', async () => {
    const since = bot.now();
    expect(await bot.ops('ada', 'verify-audit acme')).toEqual({ ok: true });
    const modal = await bot.modal('ada');
    const at = { viewId: modal.id, ...fieldOf(modal, 'Target') };
    expect(viewText(modal)).toContain('pilot-eu (production)');
    await bot.workspace.as('ada').do({ kind: 'fill', ...at, value: 'pilot-eu' });
    expect(await submit(bot, 'ada', modal)).toEqual({ ok: true });
    const card = await bot.sees('grace', { since, matching: /acme: audit chain intact/ });
    expect(cardText(card)).toContain('pilot-eu (production)');
    const result = await bot.modal('ada', /acme: audit chain intact/);
    await bot.workspace.as('ada').do({ kind: 'close', viewId: result.id });
  });

  it('takes the one that was named', async () => {
    const card = await bot.ask('ada', 'verify-audit acme --target pilot');
    expect(cardText(card)).toContain('· pilot (production)');
  });

  it('refuses one that does not exist, naming those that do', async () => {
    const answer = await bot.ask('ada', 'verify-audit acme --target moon');
    expect(answer.ephemeralFor).toBe('U0ADA');
    expect(cardText(answer)).toContain(
      'There is no target "moon". Known: pilot (production), pilot-eu (production).',
    );
  });

  it('offers a mention a form that asks which', async () => {
    const said = await bot.say('ada', '@countersign verify-audit acme');
    const offer = await bot.sees('ada', { since: said.ts!, matching: /needs to know which target/ });
    expect(await bot.click('ada', offer, buttons(offer)[0]!.label)).toEqual({ ok: true });
    const modal = await bot.modal('ada');
    expect(modal.values['argument:tenant']).toMatchObject({
      'option_search:verify-audit:tenant': { selected_option: { value: 'acme' } },
    });
  });
});
