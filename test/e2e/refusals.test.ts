import { beforeEach, describe, expect, it } from 'vitest';
import { startTestCountersign } from '../support/countersign.ts';
import { buttons, cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';

describe.each(['http', 'socket'] as const)('refusals by %s', async (mode) => {
  const bot = await startTestCountersign({
    mode,
    seed: (seed) => {
      const ops = seed.channels.find((channel) => channel.id === 'C0OPS')!;
      ops.memberIds.push('U0FOREIGN', 'U0ROBOT');
      // Active until a test deactivates it.
      const gone = seed.users.find((user) => user.id === 'U0GONE')!;
      gone.isDeactivated = false;
      ops.memberIds.push('U0GONE');
    },
  });
  beforeEach(() => bot.quiet());

  it('counts a user group that cannot be read as empty, and says so', async () => {
    // First in this file: a group that was read is kept for a minute.
    bot.workspace.faults.next('usergroups.users.list', 'error:internal_error');
    const refusal = await bot.ask('margaret', 'verify-audit acme');
    expect(refusal.ephemeralFor).toBe('U0MARGARET');
    expect(cardText(refusal)).toContain('Only responder, approver or admin may run "verify-audit"');
    expect(cardText(refusal)).toContain(
      'The user group S0ONCALL cannot be read from Slack now and counts as empty.',
    );
    const card = await bot.ask('margaret', 'verify-audit acme');
    expect(cardText(card)).toContain('acme: audit chain intact');
  });

  it('refuses an account that was deactivated after it asked', async () => {
    const asked = bot.ops('gone', 'verify-audit acme');
    bot.workspace.directory.deactivate('U0GONE');
    await asked;
    await bot.quiet();
    const run = await bot.lastRun('U0GONE');
    expect(run?.state).toBe('refused');
    expect(run?.problem).toContain('your account is deactivated');
  });

  it.each(['verify-audit acme', 'history', 'ledger', 'run r-22222222'])(
    'refuses /ops %s to someone without a role, privately and on record',
    async (text) => {
      const refusal = await bot.ask('mallory', text, { matching: /⛔ refused/ });
      expect(refusal.ephemeralFor).toBe('U0MALLORY');
      expect(cardText(refusal)).toContain('you are not in those roles');
      expect(buttons(refusal)).toEqual([]);
      const { rows } = await bot.database.pool.query(
        'SELECT kind, actor FROM countersign.ledger_entries ORDER BY seq DESC LIMIT 1',
      );
      expect(rows).toEqual([{ kind: 'run.refused', actor: 'U0MALLORY' }]);
    },
  );

  it('helps anyone, and tells them what they may run', async () => {
    const answer = await bot.ask('mallory', 'help', { matching: /You can run/ });
    expect(cardText(answer)).toContain('You can run 2 of 45 commands');
    const why = await bot.ask('mallory', 'explain verify-audit', { matching: /You may not run/ });
    expect(cardText(why)).toContain('Only responder, approver or admin may run "verify-audit"');
    // Who is in the role and could not act is no help to anyone.
    expect(cardText(why)).not.toMatch(/guest|gone|foreign|robot/);
  });

  it('refuses a guest, whatever role names it', async () => {
    const refusal = await bot.ask('guest', 'verify-audit acme');
    expect(refusal.ephemeralFor).toBe('U0GUEST');
    expect(cardText(refusal)).toContain('your account is a guest');
  });

  it('refuses an account of another workspace', async () => {
    const said = await bot.say('foreign', '@countersign verify-audit acme');
    const refusal = await bot.sees('foreign', { since: said.ts!, matching: /refused/ });
    expect(refusal.ephemeralFor).toBe('U0FOREIGN');
    expect(cardText(refusal)).toContain('your account belongs to another workspace');
  });

  it('does not hear other bots', async () => {
    const runs = await bot.countRuns();
    const said = await bot.say('robot', '@countersign verify-audit acme');
    await until(() => bot.workspace.deliveries.some(({ type }) => type === 'app_mention'));
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs);
    expect(bot.screen('ada').filter(({ ts }) => Number(ts) > Number(said.ts))).toEqual([]);
  });

  it('answers by the response URL where it is no member, and says so', async () => {
    const card = await bot.ask('ada', 'verify-audit acme', { channel: 'C0RANDOM' });
    expect(cardText(card)).toContain('acme: audit chain intact');
    expect(cardText(card)).toContain('I cannot post in this channel myself (not_in_channel)');
    expect(card.ephemeralFor).toBeUndefined();
    await bot.quiet();
    expect(bot.screen('ada', 'C0RANDOM')).toHaveLength(1);
  });

  it('says that a card of an unknown run can do nothing', async () => {
    const runs = await bot.countRuns();
    const { ts } = await postAsBot('Retry', { run: 'r-99999999' });
    const stale = bot.screen('ada').find((message) => message.ts === ts)!;
    expect(await bot.click('ada', stale, 'Retry')).toEqual({ ok: true });
    const told = await bot.sees('ada', { since: ts, matching: /r-99999999/ });
    expect(told.ephemeralFor).toBe('U0ADA');
    expect(cardText(told)).toContain('is not known here, so nothing was done');
    expect(await bot.countRuns()).toBe(runs);
  });

  it('refuses what comes from another workspace', async () => {
    const { team } = bot.workspace.directory;
    const runs = await bot.countRuns();
    const since = bot.now();
    const ours = team.id;
    team.id = 'T0OTHER';
    try {
      await bot.ops('ada', 'verify-audit acme');
    } finally {
      team.id = ours;
    }
    const told = await bot.sees('ada', { since, matching: /T0OTHER/ });
    expect(told.ephemeralFor).toBe('U0ADA');
    expect(cardText(told)).toContain('Nothing was done.');
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs);
  });

  it.each(['a slash command', 'an event', 'a click'] as const)(
    'makes one run of %s that is delivered twice',
    async (what) => {
      const card = await bot.ask('ada', 'verify-audit globex');
      const runs = await bot.countRuns();
      bot.workspace.faults.duplicateNextDelivery();
      if (what === 'a slash command') await bot.ops('ada', 'verify-audit globex --full');
      if (what === 'an event') await bot.say('ada', '@countersign verify-audit globex --full');
      if (what === 'a click') await bot.click('ada', card, 'Verify again, full');
      await bot.sees('ada', { since: card.ts, matching: /verify-audit globex --full/ });
      await bot.quiet();
      expect(await bot.countRuns()).toBe(runs + 1);
      expect(
        bot
          .screen('ada')
          .filter(({ ts, threadTs }) => Number(ts) > Number(card.ts) && threadTs === undefined),
      ).toHaveLength(1);
    },
  );

  it('makes one run of an event whose acknowledgement was lost', async () => {
    const runs = await bot.countRuns();
    bot.workspace.faults.loseNextAck();
    const said = await bot.say('ada', '@countersign verify-audit acme');
    await until(() => bot.workspace.deliveries.some(({ retry }) => retry === 1), {
      deadlineMilliseconds: 8_000,
      waitingFor: 'Slack to send the event again',
    });
    await bot.sees('ada', { since: said.ts!, matching: /acme: audit chain intact/ });
    await bot.quiet();
    expect(await bot.countRuns()).toBe(runs + 1);
  });

  async function postAsBot(label: string, value: object): Promise<{ ts: string }> {
    const button = {
      type: 'button',
      action_id: 'retry',
      text: { type: 'plain_text', text: label },
      value: JSON.stringify(value),
    };
    const response = await fetch(`${bot.workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bot.workspace.app.botToken}`,
        'content-type': 'application/json; charset=utf-8',
      },
      body: JSON.stringify({
        channel: 'C0OPS',
        text: 'an old card',
        blocks: [{ type: 'actions', block_id: 'buttons', elements: [button] }],
      }),
    });
    return (await response.json()) as { ts: string };
  }
});
