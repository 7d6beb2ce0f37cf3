import { beforeEach, describe, expect, it } from 'vitest';
import { buttons, cardText, viewText } from '../support/slack.ts';
import { startSigningBot } from './signing-bot.ts';

const policy = `
  - { risk: read, run: [responder, approver, admin] }
  - { risk: change, run: [responder] }
  - { command: activate-tenant, run: [responder], approve: [approver, admin], approvals: 2 }
  - risk: dangerous
    run: [responder]
    approve: [approver, admin]
    breakGlass: { run: [responder], afterMinutes: 5 }`;

describe('requests that wait', async () => {
  const bot = await startSigningBot({ mode: 'socket', policy });
  const { pool } = bot.database;
  beforeEach(() => bot.quiet());

  it('expire: the one who asked is told, and asks again with one click', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant acme --reason "nobody looks at this"');
    const since = bot.now();
    await bot.makeDue('expire', run.id);
    const expired = await bot.becomes(card, /○ expired, 0 of 1 signed/);
    expect(buttons(expired).map(({ label }) => label)).toEqual(['Ask again']);
    const told = await bot.seesDm('ada', /expired, not enough signatures in time/, since);
    expect(cardText(told)).toContain('Nothing was done');
    expect(buttons(bot.again(told, 'ada')).map(({ label }) => label)).toEqual(['Ask again']);
    await bot.quiet();
    expect(buttons(bot.screen('grace', 'D0GRACE').at(-1)!)).toEqual([]);
    expect((await bot.ledger(run.id)).at(-1)).toMatchObject({
      kind: 'approval.expired',
      actor: 'countersign',
      via: 'timer',
    });

    await bot.click('ada', told, 'Ask again');
    const again = await bot.sees('grace', { since: told.ts, matching: /1 signature needed.*Suspend Acme/ });
    expect(cardText(again)).toContain('Reason: nobody looks at this');
    await bot.click('grace', again, 'Approve');
    await bot.becomes(again, /✓ acme is suspended/);
    expect((await bot.run(run.id)).state).toBe('expired');
    await bot.reset('acme');
  });

  it('remind at half-time those who could still sign, and nobody else', async () => {
    const { card, run } = await bot.asksToSign('ada', 'activate-tenant initech');
    const { rows } = await pool.query<{ share: number }>(
      `SELECT extract(epoch FROM jobs.run_at - runs.created_at) / extract(epoch FROM runs.expires_at - runs.created_at) AS share
       FROM graphile_worker._private_jobs jobs, countersign.runs WHERE runs.id = $1 AND jobs.key LIKE 'remind:%' || $1`,
      [run.id],
    );
    expect(Number(rows[0]!.share)).toBeCloseTo(0.5, 1);
    await bot.click('grace', card, 'Approve');
    await bot.becomes(card, /1 of 2 signed/);
    await bot.quiet();
    const since = bot.now();
    await bot.makeDue('remind', run.id);
    const reminder = await bot.seesDm('linus', /your signature is still needed.*\(production\)/, since);
    expect(buttons(reminder).map(({ label }) => label)).toEqual(['Approve', 'Details…']);
    await bot.quiet();
    expect(bot.screen('grace', 'D0GRACE').filter(({ ts }) => Number(ts) > Number(since))).toEqual([]);
    await bot.click('linus', reminder, 'Approve');
    await bot.becomes(card, /✓ .*initech/);
    await bot.becomes(reminder, /✓ .*initech/);
    expect(buttons(bot.again(reminder))).toEqual([]);
  });
});

describe('a broken glass', async () => {
  const bot = await startSigningBot({ mode: 'http', policy });
  const { pool } = bot.database;
  beforeEach(() => bot.quiet());

  it('by an admin at once: loud, on record, and reviewed by somebody else', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant acme --reason "fraud is going on"');
    const since = bot.now();
    await bot.choose('linus', card, 'Break glass…');
    const form = await bot.modal('linus', /Why can it not wait\?/);
    expect(viewText(form)).toContain('Suspend Acme GmbH');
    expect(viewText(form)).toMatch(/PATCH \/api\/tenants\/\S+\/suspend/);
    expect(viewText(form)).toContain('without the signatures that are missing');
    await bot.fillIn('linus', form, { 'Why can it not wait?': '            ' });
    const marked = await bot.modal('linus', /needed/);
    expect(marked.errors).toHaveProperty('reason');
    expect((await bot.run(run.id)).state).toBe('awaiting_approval');
    await bot.fillIn('linus', marked, { 'Why can it not wait?': 'money leaves as we speak' });

    const settled = await bot.becomes(card, /✓ acme is suspended/);
    expect(cardText(settled)).toContain('linus broke the glass: no second signature was given');
    for (const channel of ['C0OPS', 'C0LEDGER']) {
      const notice = await bot.sees('grace', { channel, since, matching: /▲ glass broken by linus/ });
      expect(cardText(notice)).toContain('money leaves as we speak');
      expect(notice.threadTs).toBeUndefined();
      expect(notice.text.length).toBeLessThanOrEqual(90);
    }
    const headline = await bot.sees('grace', { channel: 'C0INC', since, matching: /SEV2 .*Glass broken/ });
    expect(headline.text.length).toBeLessThanOrEqual(90);
    const thread = { channel: 'C0INC', since: headline.ts };
    for (const matching of [
      /1 signature|suspended|Suspend Acme/,
      /broke the glass.*money leaves as we speak/,
    ]) {
      const inThread = await bot.sees('grace', { ...thread, matching });
      expect(inThread.threadTs).toBe(headline.ts);
    }
    await bot.seesDm('ada', /glass broken by linus/, since);
    const ledger = await bot.ledger(run.id);
    expect(ledger.map(({ kind }) => kind)).toEqual([
      'run.requested',
      'approval.requested',
      'glass.broken',
      'run.started',
      'run.succeeded',
    ]);
    expect(ledger[3]!.facts).toMatchObject({ brokeGlassBy: 'U0LINUS', signers: [] });

    const { rows } = await pool.query<{ hours: number }>(
      `SELECT extract(epoch FROM due_at - broken_at) / 3600 AS hours FROM countersign.reviews WHERE run_id = $1`,
      [run.id],
    );
    expect(Number(rows[0]!.hours)).toBeCloseTo(24, 1);
    await bot.makeDue('review', run.id);
    const review = await bot.sees('grace', { channel: 'C0INC', since: headline.ts, matching: /review due/ });
    expect(review.threadTs).toBe(headline.ts);
    expect(cardText(review)).toContain('money leaves as we speak');
    for (const [who, why] of [
      ['linus', /somebody else must review/],
      ['ada', /may not review/],
    ] as const) {
      const at = bot.now();
      await bot.click(who, review, 'Reviewed');
      await bot.told(who, why, at, 'C0INC');
    }
    await bot.click('grace', review, 'Reviewed');
    const reviewed = await bot.becomes(review, /✓ reviewed by grace/);
    expect(buttons(reviewed)).toEqual([]);
    expect((await bot.ledger(run.id)).at(-1)).toMatchObject({ kind: 'glass.reviewed', actor: 'U0GRACE' });
    await bot.reset('acme');
  });

  it('by a role of the policy only after its wait, also by the one who asked', async () => {
    const { card, run } = await bot.asksToSign('ada', 'suspend-tenant hooli --reason "nobody is awake now"');
    const since = bot.now();
    const ask = async (who: string) => {
      await bot.choose(who, bot.again(card), 'Break glass…');
      const form = await bot.modal(who, /Why can it not wait\?/);
      await bot.fillIn(who, form, { 'Why can it not wait?': 'the approvers are asleep' });
    };
    await ask('mallory');
    await bot.told('mallory', /Only .*may run this without a signature/, since);
    await ask('ada');
    await bot.told('ada', /only after 5 min without one/, since);
    expect((await bot.run(run.id)).state).toBe('awaiting_approval');
    expect((await bot.kinds(run.id)).filter((kind) => kind === 'approval.refused')).toHaveLength(2);
    // Asked six minutes ago.
    await pool.query(
      "UPDATE countersign.runs SET expires_at = expires_at - interval '6 minutes' WHERE id = $1",
      [run.id],
    );
    await ask('ada');
    const settled = await bot.becomes(card, /✓ hooli is suspended/);
    expect(cardText(settled)).toContain('ada broke the glass');
    await bot.sees('grace', { channel: 'C0LEDGER', since, matching: /▲ glass broken by ada/ });
    await bot.quiet();
    expect(bot.screen('ada', 'D0ADA').filter(({ ts }) => Number(ts) > Number(since))).toEqual([]);
    await bot.reset('hooli');
  });
});
