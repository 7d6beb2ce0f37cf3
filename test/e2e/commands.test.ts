import { beforeEach, describe, expect, it } from 'vitest';
import { sampleTenants } from '../../sandbox/targets/pilot/seed.ts';
import { startTestCountersign } from '../support/countersign.ts';
import { buttons, cardText } from '../support/slack.ts';

describe.each(['http', 'socket'] as const)('commands by %s', async (mode) => {
  const bot = await startTestCountersign({ mode });
  beforeEach(() => bot.quiet());

  it.each([
    ['acme', /✓ acme: audit chain intact, 200 records/],
    ['umbrella', /✓ umbrella: audit chain intact, 1,500 records/],
    ['initech', /✗ initech: audit chain broken, a record was altered/],
    ['globex', /✗ globex: audit chain broken, a record is missing/],
    ['hooli', /✗ hooli: audit chain broken, two records on one parent/],
    ['stark', /▲ stark: audit chain sound, but clocks disagree/],
    ['wayne', /\? wayne: no audit records yet, so nothing was verified/],
  ])('tells the truth about %s, in the channel, for everyone', async (tenant, verdict) => {
    const card = await bot.ask('ada', `verify-audit ${tenant}`);
    expect(cardText(card)).toMatch(verdict);
    expect(cardText(card)).toMatch(/Asked by (ada|Ada Moreau) · pilot \(production\) .*#\d+ · [0-9a-f]{6}/);
    expect(card.ephemeralFor).toBeUndefined();
    expect(card.text.length).toBeLessThanOrEqual(90);
    expect(bot.screen('grace').find(({ ts }) => ts === card.ts)?.text).toBe(card.text);
  });

  it('finds a tenant by its id', async () => {
    const acme = sampleTenants().find(({ slug }) => slug === 'acme');
    const card = await bot.ask('ada', `verify-audit ${acme?.id}`);
    expect(cardText(card)).toContain('acme: audit chain intact');
  });

  it('re-reads everything when asked in full, with a phone’s dash', async () => {
    const card = await bot.ask('ada', 'Verify-audit acme —full', { matching: /acme/ });
    expect(cardText(card)).toContain('verify-audit acme --full');
    expect(cardText(card)).toContain('all re-read');
  });

  it('answers help to the one who asked and to nobody else', async () => {
    const before = bot.now();
    const answer = await bot.ask('ada', 'help', { matching: /You can run/ });
    expect(answer.ephemeralFor).toBe('U0ADA');
    expect(cardText(answer)).toMatch(/You can run 35 of 45 commands/);
    expect(bot.screen('grace').filter((message) => Number(message.ts) > Number(before))).toEqual([]);
    const details = await bot.sees('ada', { since: before, matching: /\/ops verify-audit <tenant>/ });
    expect(details.ephemeralFor).toBe('U0ADA');
  });

  it('takes a bare /ops for help', async () => {
    const answer = await bot.ask('ada', '', { matching: /You can run/ });
    expect(answer.ephemeralFor).toBe('U0ADA');
  });

  it('helps with one command', async () => {
    const answer = await bot.ask('ada', 'help verify-audit');
    expect(cardText(answer)).toContain("verify-audit: Verify a tenant's audit chain");
    expect(cardText(answer)).toContain('/ops verify-audit acme --full');
  });

  it('explains who may run a command, privately', async () => {
    const answer = await bot.ask('ada', 'explain verify-audit');
    expect(answer.ephemeralFor).toBe('U0ADA');
    expect(cardText(answer)).toContain('You may run verify-audit');
    expect(cardText(answer)).toMatch(/May run it: responder \(.*margaret.*\)/);
  });

  it('tells the history page by page', async () => {
    const card = await bot.ask('grace', 'history', { matching: /15 entries, newest first/ });
    const thread = await bot.sees('grace', { since: card.ts, matching: /asked for/ });
    expect(thread.threadTs).toBe(card.ts);
    expect(await bot.click('grace', card, 'Show older')).toEqual({ ok: true });
    const older = await bot.sees('grace', {
      since: thread.ts,
      matching: /history --before \d+/,
    });
    expect(cardText(older)).toMatch(/15 entries|\d+ entr/);
    const oldThread = await bot.sees('grace', { since: older.ts, matching: /#\d+/ });
    const numbers = (text: string) => [...text.matchAll(/#(\d+) ·/g)].map((match) => Number(match[1]));
    const newest = Math.max(...numbers(cardText(oldThread)));
    expect(newest).toBe(Math.min(...numbers(cardText(thread))) - 1);
  });

  it('tells what one person did about one tenant', async () => {
    const card = await bot.ask('grace', 'history @ada initech', { matching: /entr/ });
    const thread = await bot.sees('grace', { since: card.ts, matching: /initech/ });
    const told = thread.blocks.length > 0 ? cardText(thread).split('\n').slice(1) : [];
    expect(told.filter((line) => line !== '')).not.toEqual([]);
    expect(cardText(thread)).not.toContain('globex');
  });

  it('says when nothing is on record', async () => {
    const card = await bot.ask('grace', 'history nobody-ever-heard-of');
    expect(cardText(card)).toContain('Nothing on record');
    expect(cardText(card)).toContain('About nobody-ever-heard-of');
  });

  it('verifies its own ledger', async () => {
    const card = await bot.ask('linus', 'ledger');
    expect(cardText(card)).toMatch(/✓ The ledger verifies: \d+ entries/);
    expect(cardText(card)).toContain('cannot change or delete entries');
  });

  it('lets an admin take a checkpoint, posts it, and refuses it to others', async () => {
    const card = await bot.ask('linus', 'ledger --checkpoint', { matching: /Signed and posted/ });
    expect(cardText(card)).toMatch(/Signed and posted: #\d+ · [0-9a-f]{6}/);
    const posted = await bot.sees('linus', { channel: 'C0LEDGER' });
    expect(posted.ephemeralFor).toBeUndefined();
    const refusal = await bot.ask('ada', 'ledger --checkpoint', { matching: /Only an admin/ });
    expect(refusal.ephemeralFor).toBe('U0ADA');
  });

  it('finds a run by its id, with a link to its card', async () => {
    const asked = await bot.ask('ada', 'verify-audit acme');
    const run = await bot.lastRun('U0ADA');
    const card = await bot.ask('grace', `run ${run?.id.toUpperCase()}`);
    expect(cardText(card)).toContain(`${run?.id} succeeded: verify-audit`);
    const thread = await bot.sees('grace', { since: card.ts, matching: /Open its card/ });
    expect(cardText(thread)).toContain(`/p${asked.ts.replace('.', '')}`);
  });

  it('says that a run does not exist', async () => {
    const answer = await bot.ask('grace', 'run r-22222222');
    expect(answer.ephemeralFor).toBe('U0GRACE');
    expect(cardText(answer)).toContain('There is no run "r-22222222"');
  });

  it.each([
    ['verfy-audit acme', /There is no command "verfy-audit"\. Did you mean "verify-audit"\?/],
    ['dance', /There is no command "dance"\./],
    ['verify-audit acme --ful', /There is no --ful\. Did you mean --full\?/],
    ['verify-audit acme globex', /"globex" is one word too many/],
    ['verify-audit "acme', /quote/],
  ])('answers the mistake in "/ops %s" at once, privately, and runs nothing', async (text, sentence) => {
    const runs = await bot.countRuns();
    const since = bot.now();
    const answer = await bot.ask('ada', text, { matching: sentence });
    expect(answer.ephemeralFor).toBe('U0ADA');
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs);
    expect(bot.screen('grace').filter((message) => Number(message.ts) > Number(since))).toEqual([]);
  });

  it('refuses an unknown tenant and names the nearest', async () => {
    const answer = await bot.ask('ada', 'verify-audit acmee');
    expect(answer.ephemeralFor).toBe('U0ADA');
    expect(cardText(answer)).toContain(
      'There is no tenant "acmee" on pilot (production). Did you mean "acme"?',
    );
    expect(buttons(answer)).toEqual([]);
  });

  it('runs a mention inside a thread and answers in that thread', async () => {
    const parent = await bot.say('grace', 'is acme fine?');
    await bot.say('ada', '@countersign verify-audit acme', { threadTs: parent.ts! });
    const card = await bot.sees('grace', { since: parent.ts!, matching: /acme: audit chain intact/ });
    expect(card.threadTs).toBe(parent.ts);
    expect(card.ephemeralFor).toBeUndefined();
  });

  it('keeps a private answer to a mention in the thread it was asked in', async () => {
    const parent = await bot.say('grace', 'who may verify?');
    await bot.say('ada', '@countersign explain verify-audit', { threadTs: parent.ts! });
    const answer = await bot.sees('ada', { since: parent.ts!, matching: /You may run verify-audit/ });
    expect(answer).toMatchObject({ ephemeralFor: 'U0ADA', threadTs: parent.ts });
  });

  it('keeps quiet when it is only talked about', async () => {
    const runs = await bot.countRuns();
    const said = await bot.say('ada', 'ask @countersign to verify-audit acme');
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs);
    expect(bot.screen('ada').filter((message) => Number(message.ts) > Number(said.ts))).toEqual([]);
  });

  it('runs what a card suggests', async () => {
    const broken = await bot.ask('ada', 'verify-audit globex');
    expect(await bot.click('grace', broken, 'Verify again, full')).toEqual({ ok: true });
    const again = await bot.sees('ada', { since: broken.ts, matching: /verify-audit globex --full/ });
    expect(cardText(again)).toMatch(/Asked by (grace|Grace Okafor)/);
  });
});
