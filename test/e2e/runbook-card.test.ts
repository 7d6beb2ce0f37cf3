import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import { buttons, cardText, menuOptions } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { alertsChannel, firing, startAlertBot } from './alert-bot.ts';
import { nextLabel, runbookCards, runbookFiles, startedRunbooks } from './runbook-scene.ts';

const files = {
  'slow-checkout.yaml': `title: Checkout is slow
summary: Find out why
owner: on-call
reviewBy: 2099-01-01
alerts:
  - { title: "TooManyErrors*" }
inputs:
  what: { ask: What is slow?, from: service, default: checkout }
steps:
  - { id: health, title: "Look at {{what}}", check: check-health rms }
  - { id: why, title: Find the cause, do: Read the logs., evidence: required }
  - { id: halt, title: Suspend the tenant, requires: why, run: 'suspend-tenant acme --reason "card testing tonight"' }
  - { id: tell, title: Tell the others, message: slow-told, to: thread }
  - { id: last, title: Look back, role: admin, do: Write it down. }
`,
  'templates/slow-told.md': 'Slow: *{{what}}*.\n',
};

describe('a runbook in Slack', async () => {
  const folder = await runbookFiles(files);
  const bot = await startAlertBot({ mode: 'http', variables: { COUNTERSIGN_RUNBOOKS: folder } });
  beforeEach(() => bot.quiet());

  const newest = async (before: number) =>
    until(
      async () => {
        const started = await startedRunbooks(bot);
        return started.length > before
          ? started.toSorted((a, b) => +b.startedAt - +a.startedAt)[0]
          : undefined;
      },
      { deadlineMilliseconds: 10_000, waitingFor: 'a runbook to start' },
    );
  const cardOf = (id: string, matching = /./) =>
    until(() => runbookCards(bot, id).find((card) => matching.test(cardText(card))), {
      deadlineMilliseconds: 10_000,
      waitingFor: `the card of ${id} to read ${matching}`,
    });
  const next = async (who: string, card: ClientMessage) => bot.click(who, card, nextLabel(card)!);
  const startTyped = async () => {
    const before = (await startedRunbooks(bot)).length;
    await bot.ops('ada', 'runbook start slow-checkout');
    return (await newest(before)).id;
  };

  it('starts from the card of an alert, with what that knows', async () => {
    await bot.notify([firing('payments')]);
    const alert = await bot.card(/TooManyErrors/);
    const before = (await startedRunbooks(bot)).length;
    await bot.click('ada', alert, 'Runbook slow checkout');
    const { id, inputs, startedBy } = await newest(before);
    expect(inputs).toEqual({ what: 'payments' });
    expect(startedBy).toBe('U0ADA');
    expect((await cardOf(id)).channel).toBe(alertsChannel);
  });

  it("starts from the headline of an incident, in its thread, and is signed there in everybody's sight", async () => {
    await bot.notify([firing('ledger')]);
    const alert = await bot.card(/ledger/);
    await bot.click('ada', alert, 'Start incident');
    const headline = await bot.sees('ada', { channel: 'C0INC', matching: /ledger|TooManyErrors/ });
    const before = (await startedRunbooks(bot)).length;
    await bot.click('ada', headline, 'Runbook slow checkout');
    const { id, incidentId } = await newest(before);
    expect(incidentId).toBeDefined();
    const card = await cardOf(id);
    expect(card).toMatchObject({ channel: 'C0INC', threadTs: headline.ts });

    await bot.quiet();
    const quietSince = bot.now();
    await next('ada', card);
    await cardOf(id, /step 2 of 5/);
    await bot.quiet();
    // A check posts nothing.
    expect(bot.screen('ada').filter(({ ts }) => Number(ts) > Number(quietSince))).toEqual([]);

    // Needs evidence: the button opens the form, with the runbook and the step in it.
    const asked = await cardOf(id);
    const attest = buttons(asked).find(({ label }) => /^Attest/.test(label))!;
    await bot.click('grace', asked, attest.label);
    const form = await bot.modal('grace', /Evidence/);
    await bot.fillIn('grace', form, { Evidence: 'a lock on <!channel> since 18:02' });
    const guarded = await cardOf(id, /step 3 of 5/);
    expect(cardText(guarded)).toContain('a lock on');

    const since = bot.now();
    await next('ada', guarded);
    const signing = await bot.sees('grace', { channel: 'C0INC', since, matching: /1 signature needed/ });
    expect(signing).toMatchObject({ threadTs: headline.ts, isBroadcast: true });
    await bot.click('grace', signing, 'Approve');
    const told = await cardOf(id, /step 4 of 5/);
    expect(cardText(told)).toMatch(/Slow: .*ledger/);
    await next('ada', told);
    await bot.sees('linus', { channel: 'C0INC', since, matching: /^Slow: / });

    // Only for admins: refused to Ada, in private.
    const last = await cardOf(id, /step 5 of 5/);
    await next('ada', last);
    await bot.told('ada', /Only the role "admin" may do "Look back"/, since, 'C0INC');
    await next('linus', last);
    const ended = await cardOf(id, /✓ Finished: Checkout is slow · 5 of 5 went well/);
    expect(buttons(ended)).toEqual([]);
    expect(menuOptions(ended)).toEqual([]);
    expect(runbookCards(bot, id)).toHaveLength(1);
  });

  it('tells whoever clicks a stale card what became of the step, in private, and does nothing', async () => {
    const id = await startTyped();
    const stale = await cardOf(id, /step 1 of 5/);
    await next('ada', stale);
    await cardOf(id, /step 2 of 5/);
    await bot.quiet();
    const since = bot.now();
    const runs = await bot.countRuns();
    // What a client sends that has not seen the edit.
    const payload = bot.lastPayload('block_actions') as { actions: { action_ts: string; value: string }[] };
    expect(JSON.parse(payload.actions[0]!.value)).toEqual({ runbook: id, step: 'health' });
    payload.actions[0]!.action_ts = `${Date.now() / 1000}`;
    expect((await bot.sendSigned(payload)).status).toBe(200);
    await bot.told('ada', /"Look at checkout" is done already by ada/, since);
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs);
    // Two people at once: one has it.
    const card = await cardOf(id, /step 2 of 5/);
    await bot.ops('ada', `runbook attest ${id} why --evidence "the index is gone"`);
    await bot.ops('grace', `runbook attest ${id} why --evidence "me too"`);
    await cardOf(id, /step 3 of 5/);
    await bot.quiet();
    const refused = bot
      .screen('grace')
      .concat(bot.screen('ada'))
      .filter(({ ts, ephemeralFor }) => Number(ts) > Number(since) && ephemeralFor !== undefined);
    expect(refused.map(cardText).join('\n')).toMatch(/"Find the cause" is done already by/);
    expect(card.channel).toBe('C0OPS');
  });

  it('offers a form for each choice behind ⋯, filled in already', async () => {
    const id = await startTyped();
    const card = await cardOf(id);
    await bot.choose('ada', card, 'Skip…');
    const form = await bot.modal('ada', /Reason/);
    await bot.fillIn('ada', form, { Reason: 'the health is known' });
    const after = await cardOf(id, /step 2 of 5/);
    expect(cardText(after)).toContain('the health is known');
    await bot.choose('ada', after, 'Stop…');
    const stop = await bot.modal('ada', /what was done stays done/);
    await bot.fillIn('ada', stop, { Reason: 'false alarm' });
    const stopped = await cardOf(id, /○ Stopped: Checkout is slow/);
    expect(cardText(stopped)).toContain('false alarm');
  });
});
