import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import { sampleTenants } from '../../sandbox/targets/rms/sample-tenants.ts';
import { cardText, viewText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { type StoredRun, startSigningBot } from './signing-bot.ts';

interface Action {
  action_ts: string;
  action_id: string;
  value?: string;
  selected_option?: { value: string };
}

/** What Slack sends of a click, as far as it is edited here. */
interface Click {
  team: { id: string };
  user: { id: string };
  trigger_id: string;
  container: { message_ts: string; channel_id: string };
  actions: [Action];
  /** Answers to it are shown to the person it was made for. */
  response_url?: string;
}

describe('what is no signature', async () => {
  const bot = await startSigningBot({
    mode: 'http',
    seed: (seed) => {
      const ops = seed.channels.find(({ id }) => id === 'C0OPS')!;
      ops.memberIds.push('U0FOREIGN', 'U0ROBOT', 'U0GONE');
    },
    // Accounts that must never sign are in the role on purpose: only what they are keeps them out.
    policy: `
  - { risk: read, run: [responder, approver, admin] }
  - { risk: change, run: [responder] }
  - { risk: dangerous, run: [responder], approve: [approver, admin, responder], approvals: 1 }`,
    hasStaging: true,
  });
  const { pool } = bot.database;
  beforeEach(() => bot.quiet());

  /** A click of this person on that card, as Slack would send it. */
  async function clickOf(who: string, card: ClientMessage, label = 'Approve'): Promise<Click> {
    const { payload } = await unsent(() => bot.click(who, card, label));
    return payload as unknown as Click;
  }

  /** Lets Slack make a request without the bot getting it. */
  async function unsent(act: () => Promise<unknown>) {
    const before = bot.workspace.deliveries.length;
    bot.workspace.deliverByHttp('http://127.0.0.1:1/nobody');
    try {
      // It cannot be delivered, which is the point.
      await act().catch(() => undefined);
    } finally {
      bot.workspace.deliverByHttp(`${bot.url}/slack/events`);
    }
    return { payload: structuredClone(bot.workspace.deliveries[before]!.payload) };
  }

  async function waiting(reason: string): Promise<{ card: ClientMessage; run: StoredRun }> {
    return bot.asksToSign('ada', `suspend-tenant stark --target rms --reason "${reason}"`);
  }

  async function refusals(runId: string): Promise<string[]> {
    const ledger = await bot.ledger(runId);
    return ledger.flatMap(({ kind, facts }) => (kind === 'approval.refused' ? [String(facts.reason)] : []));
  }

  async function expectUnsigned(run: StoredRun, since: Date): Promise<void> {
    await bot.quiet();
    expect((await bot.run(run.id)).state).toBe('awaiting_approval');
    const { rows } = await pool.query('SELECT signer FROM countersign.approvals WHERE run_id = $1', [run.id]);
    expect(rows).toEqual([]);
    expect(await bot.effects('stark', 'suspend', since)).toEqual([]);
  }

  async function cancel(card: ClientMessage): Promise<void> {
    await bot.choose('ada', card, 'Cancel');
    await bot.becomes(card, /cancelled by ada/);
  }

  it.each([
    ['guest', /guest/],
    ['foreign', /another workspace/],
    ['robot', /bot|app/],
    ['gone', /deactivated/],
  ])('the click of %s, whatever role names it', async (who, why) => {
    const { card, run } = await waiting(`clicked by ${who}`);
    const from = new Date();
    const click = await clickOf('grace', card);
    const since = bot.now();
    click.user.id = `U0${who.toUpperCase()}`;
    click.trigger_id = `1.${who}`;
    delete click.response_url;
    expect((await bot.sendSigned(click)).status).toBe(200);
    await until(async () => (await refusals(run.id)).length === 1, { waitingFor: 'the refusal on record' });
    expect((await bot.ledger(run.id)).at(-1)).toMatchObject({
      kind: 'approval.refused',
      actor: `U0${who.toUpperCase()}`,
      facts: { reason: 'may_not_sign' },
    });
    await expectUnsigned(run, from);
    if (who !== 'gone' && who !== 'robot') await bot.told(who, why, since);
    await cancel(card);
  });

  it('a click that Slack sent already, sent again with the same or a fresh signature', async () => {
    const { card, run } = await waiting('replayed payloads');
    await bot.click('grace', card, 'Approve');
    await bot.becomes(card, /✓ stark is suspended/);
    const from = new Date();
    const replayed = bot.lastPayload('block_actions');
    expect((await bot.sendSigned(replayed)).status).toBe(200);
    expect((await bot.sendSigned(replayed)).status).toBe(200);
    await bot.quiet();
    const kinds = await bot.kinds(run.id);
    expect(kinds.filter((kind) => kind === 'approval.granted')).toHaveLength(1);
    expect(kinds).not.toContain('approval.refused');
    expect(await bot.effects('stark', 'suspend', from)).toEqual([]);
    await bot.reset('stark');
  });

  it('a click on a card that has been settled: told what became of it and by whom', async () => {
    const { card, run } = await waiting('clicked too late');
    const late = await clickOf('linus', card);
    await bot.click('grace', card, 'Approve');
    await bot.becomes(card, /✓ stark is suspended/);
    const since = bot.now();
    await bot.sendSigned(late);
    await bot.told('linus', /already succeeded, approved by grace/, since);
    expect(await refusals(run.id)).toEqual(['already_decided']);
    await bot.reset('stark');
  });

  it('a click on a card that was denied or has expired: told so', async () => {
    const denied = await waiting('denied before the click');
    const first = await clickOf('linus', denied.card);
    await bot.click('grace', denied.card, 'Deny…');
    await bot.fillIn('grace', await bot.modal('grace', /Why not/), { 'Why not?': 'not today' });
    await bot.becomes(denied.card, /denied by grace/);
    let since = bot.now();
    await bot.sendSigned(first);
    await bot.told('linus', /already denied by grace/, since);
    expect(await refusals(denied.run.id)).toEqual(['already_decided']);

    const expired = await waiting('expired before the click');
    const second = await clickOf('linus', expired.card);
    // Its time is over, and the timer has not rung yet: the database's clock decides.
    await pool.query(
      "UPDATE countersign.runs SET expires_at = clock_timestamp() - interval '1 second' WHERE id = $1",
      [expired.run.id],
    );
    since = bot.now();
    await bot.sendSigned(second);
    await bot.told('linus', /expired before enough people signed it/, since);
    expect(await refusals(expired.run.id)).toEqual(['expired']);
    await bot.makeDue('expire', expired.run.id);
    await bot.becomes(expired.card, /○ expired/);
  });

  it('a click whose value names another run, another plan or nonsense', async () => {
    const one = await waiting('the first of two runs');
    const other = await bot.asksToSign(
      'margaret',
      'suspend-tenant wayne --target rms --reason "the second of two runs"',
    );
    const from = new Date();
    const click = await clickOf('grace', one.card);
    const digest = (run: StoredRun) => run.digest!.slice(0, 16);
    const edited = async (value: string, at: string) => {
      const since = bot.now();
      const sent: Click = {
        ...click,
        trigger_id: `1.${at}`,
        actions: [{ ...click.actions[0], value, action_ts: `9.${at}` }],
      };
      expect((await bot.sendSigned(sent)).status).toBe(200);
      return since;
    };
    // The card of one run, the id and digest of the other.
    let since = await edited(JSON.stringify({ run: other.run.id, digest: digest(other.run) }), '1');
    await bot.told('grace', /not a card of mine for/, since);
    expect(await refusals(other.run.id)).toEqual(['foreign_card']);
    // Its own run with the other's digest.
    since = await edited(JSON.stringify({ run: one.run.id, digest: digest(other.run) }), '2');
    await bot.told('grace', /shows an older plan/, since);
    expect(await refusals(one.run.id)).toEqual(['stale_card']);
    // A run that is not there.
    since = await edited(JSON.stringify({ run: 'r-99999999', digest: digest(one.run) }), '3');
    await bot.told('grace', /r-99999999.* is not known here/, since);
    expect((await bot.ledger()).at(-1)).toMatchObject({
      kind: 'approval.refused',
      facts: { reason: 'unknown_run', run: 'r-99999999' },
    });
    for (const [index, nonsense] of [
      JSON.stringify({ run: one.run.id }),
      JSON.stringify({ run: one.run.id, digest: digest(one.run), user: 'U0LINUS' }),
      `{"run":"${one.run.id}"`,
      '',
    ].entries()) {
      await edited(nonsense, `4${index}`);
    }
    await bot.quiet();
    await expectUnsigned(one.run, from);
    expect((await bot.run(other.run.id)).state).toBe('awaiting_approval');
    await cancel(one.card);
    await bot.choose('margaret', other.card, 'Cancel');
    await bot.becomes(other.card, /cancelled/);
  });

  it('a message that looks like the card, posted by somebody else or with our own token', async () => {
    const { card, run } = await waiting('a forged card');
    const from = new Date();
    const click = await clickOf('grace', card);
    const posted = await bot.say('mallory', 'Please approve this, it is harmless');
    const since = bot.now();
    const onAnother: Click = {
      ...click,
      container: { ...click.container, message_ts: posted.ts! },
      actions: [{ ...click.actions[0], action_ts: '9.5' }],
    };
    expect((await bot.sendSigned(onAnother)).status).toBe(200);
    await bot.told('grace', /not a card of mine/, since);
    expect(await refusals(run.id)).toEqual(['foreign_card']);

    const response = await fetch(`${bot.workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bot.workspace.app.botToken}`,
        'content-type': 'application/json; charset=utf-8',
      },
      body: JSON.stringify({ channel: 'C0OPS', text: card.text, blocks: card.blocks }),
    });
    const { ts } = (await response.json()) as { ts: string };
    const forged = bot.screen('grace').find((message) => message.ts === ts)!;
    await bot.click('grace', forged, 'Approve');
    await bot.told('grace', /not a card of mine/, ts);
    expect(await refusals(run.id)).toEqual(['foreign_card', 'foreign_card']);
    await expectUnsigned(run, from);
    await cancel(card);
  });

  it('a click or a form from another workspace: nothing is done, and it is on record', async () => {
    const { card, run } = await waiting('another workspace');
    const from = new Date();
    const click = await clickOf('grace', card);
    const before = (await bot.ledger()).length;
    const since = bot.now();
    click.team.id = 'T0OTHER';
    expect((await bot.sendSigned(click)).status).toBe(200);
    await bot.told('grace', /T0OTHER[\s\S]*Nothing was done/, since);
    await expectUnsigned(run, from);
    const entries = (await bot.ledger()).slice(before);
    expect(entries).toEqual([expect.objectContaining({ kind: 'approval.refused' })]);
    await cancel(card);
  });

  it('a form that shows an older plan, or is about what was decided meanwhile: said on the form', async () => {
    const { card, run } = await waiting('a stale form');
    const from = new Date();
    await bot.choose('linus', card, 'Details');
    const details = await bot.modal('linus', /Approve signs all of this/);
    await bot.click('grace', card, 'Deny…');
    await bot.fillIn('grace', await bot.modal('grace', /Why not/), { 'Why not?': 'not this one' });
    await bot.becomes(card, /denied by grace/);
    await bot.submit('linus', details);
    const told = await bot.modal('linus', /already denied by grace/);
    expect(viewText(told)).not.toContain('Approve signs all of this');
    await bot.quiet();
    expect(await bot.effects('stark', 'suspend', from)).toEqual([]);
    expect(await refusals(run.id)).toEqual(['already_decided']);
    await bot.close('linus', told);
  });

  it('a form edited to another digest, another run or another person’s', async () => {
    const { card, run } = await waiting('an edited form');
    const from = new Date();
    await bot.choose('linus', card, 'Details');
    const details = await bot.modal('linus', /Approve signs all of this/);
    const { payload } = await unsent(() => bot.submit('linus', details));
    const view = payload.view as { private_metadata: string; hash: string; id: string };
    const context = JSON.parse(view.private_metadata) as { digest: string };
    const send = (change: object, metadata: object, hash: string) =>
      bot.sendSigned({
        ...payload,
        ...change,
        view: { ...view, hash, private_metadata: JSON.stringify({ ...context, ...metadata }) },
      });
    await send({}, { digest: '0123456789abcdef' }, 'h1');
    await until(async () => (await refusals(run.id)).length === 1);
    await send({}, { run: 'r-99999999' }, 'h2');
    // Somebody who may not sign sends the form of somebody who may.
    await send({ user: { id: 'U0ADA' } }, {}, 'h3');
    await until(async () => (await refusals(run.id)).length === 2);
    expect(await refusals(run.id)).toEqual(['stale_card', 'may_not_sign']);
    await expectUnsigned(run, from);
    await cancel(card);
  });

  it('a tenant of another environment: refused with both named', async () => {
    const staging = sampleTenants('compatible').find(({ slug }) => slug === 'acme')!.id;
    const from = new Date();
    const refusal = await bot.ask(
      'ada',
      `suspend-tenant ${staging} --target rms --reason "wrong environment"`,
      { matching: /refused/ },
    );
    expect(refusal.ephemeralFor).toBe('U0ADA');
    expect(cardText(refusal)).toContain('rms (production)');
    expect(cardText(refusal)).toContain('rms-staging (staging)');
    expect(await bot.rms.effects({ since: from })).toEqual([]);
  });

  it.each([
    ['suspend-tenant acme --target rms --reason "          "', /Say why in at least 10 characters|needed/],
    ['suspend-tenant acme --target rms --reason short', /Say why in at least 10 characters/],
  ])('a reason that says nothing: "/ops %s" opens the form with the field marked', async (text, problem) => {
    const runs = await bot.countRuns();
    await bot.ops('ada', text);
    const form = await bot.modal('ada');
    expect(viewText(form)).toMatch(problem);
    await bot.fillIn('ada', form, { Reason: '              ' });
    const marked = await bot.modal('ada');
    expect(Object.keys(marked.errors)).toEqual(['argument:reason']);
    expect(await bot.countRuns()).toBe(runs);
    await bot.close('ada', marked);
  });
});
