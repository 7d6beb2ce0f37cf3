import { describe, expect, it } from 'vitest';
import { metadataEventType } from '../../src/slack/delivery/post.ts';
import { startTestCountersign } from '../support/countersign.ts';
import { cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';

/** The bot waits 8 s for Slack before it calls an answer lost. */
const lostAnswerMilliseconds = 20_000;

describe('posts whose answer was lost', async () => {
  const bot = await startTestCountersign({
    mode: 'socket',
    seed: (seed) => {
      seed.channels.find(({ id }) => id === 'C0SECRET')?.memberIds.push('U0COUNTER');
      seed.channels.find(({ id }) => id === 'C0SECRET')?.memberIds.push('U0ADA');
    },
  });
  const { faults } = bot.workspace;
  const calls = (method: string) => bot.workspace.calls.filter((call) => call.method === method);
  const copies = (channel: string, since: string, text: RegExp) =>
    bot
      .screen('ada', channel)
      .filter((message) => Number(message.ts) > Number(since) && text.test(cardText(message)));

  it(
    'leave exactly one message wherever it was: in public, in private, in a thread and to a person',
    async () => {
      const parent = await bot.say('grace', 'acme?');
      const since = bot.now();
      faults.next('chat.postMessage', 'timeout_after_effect', 4);
      // Not in the channel any more when the answer comes: told in person.
      faults.next('chat.postEphemeral', 'error:user_not_in_channel', 2);
      await Promise.all([
        bot.ops('ada', 'verify-audit acme', 'C0OPS'),
        bot.ops('ada', 'verify-audit globex', 'C0SECRET'),
        bot.say('ada', '@countersign verify-audit hooli', { threadTs: parent.ts! }),
        bot.say('ada', '@countersign explain verify-audit'),
      ]);
      await until(() => calls('chat.postMessage').filter(({ outcome }) => outcome === 'fault').length === 4);
      const found = () => calls('chat.update').length + calls('conversations.history').length;
      await until(() => found() > 0, { deadlineMilliseconds: 15_000, waitingFor: 'a search for the post' });

      await until(
        async () => {
          const { rows } = await bot.database.pool.query<{ owed: number }>(
            'SELECT count(*)::int AS owed FROM countersign.messages WHERE sent < wanted AND given_up_at IS NULL',
          );
          return rows[0]!.owed === 0;
        },
        { deadlineMilliseconds: 15_000, waitingFor: 'every message to be delivered' },
      );
      await bot.quiet();
      expect(copies('C0OPS', since, /✓ acme/)).toHaveLength(1);
      expect(copies('C0SECRET', since, /✗ globex/)).toHaveLength(1);
      const inThread = copies('C0OPS', since, /✗ hooli/);
      expect(inThread.map(({ threadTs }) => threadTs)).toEqual([parent.ts]);
      expect(copies('D0ADA', since, /You may run verify-audit/)).toHaveLength(1);
      expect(calls('chat.postMessage').filter(({ outcome }) => outcome === 'ok')).toHaveLength(0);
    },
    lostAnswerMilliseconds + 10_000,
  );

  it(
    'are posted again when they were lost before Slack had them, and a twin that comes late is deleted',
    async () => {
      const since = bot.now();
      faults.next('chat.postMessage', 'timeout_before_effect');
      await bot.ops('ada', 'verify-audit initech', 'C0GENERAL');
      const card = await bot.sees('ada', {
        channel: 'C0GENERAL',
        matching: /✗ initech/,
        deadlineMilliseconds: lostAnswerMilliseconds,
      });
      const run = await bot.lastRun('U0ADA');
      const late = await postAsBot({
        channel: 'C0GENERAL',
        text: 'the first attempt, late',
        metadata: {
          event_type: metadataEventType,
          event_payload: { message_id: `run:${run?.id}:card` },
        },
      });
      expect(late.ok).toBe(true);
      // The search for twins is due in a minute; now is late enough here.
      await bot.database.pool.query(
        `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE key LIKE 'remove_twins:%'`,
      );
      await until(() => copies('C0GENERAL', since, /initech|first attempt/).length === 1);
      expect(copies('C0GENERAL', since, /initech|first attempt/)).toEqual([card]);
    },
    lostAnswerMilliseconds + 10_000,
  );

  it(
    'leave one card when an edit’s answer was lost',
    async () => {
      const card = await bot.ask('ada', 'verify-audit stark', { channel: 'C0ALERTS' });
      const run = await bot.lastRun('U0ADA');
      faults.next('chat.update', 'timeout_after_effect');
      await wantAgain(`run:${run?.id}:card`);
      await until(() => calls('chat.update').some(({ outcome }) => outcome === 'fault'));
      await until(() => calls('chat.update').at(-1)?.outcome === 'ok', { deadlineMilliseconds: 15_000 });
      expect(copies('C0ALERTS', '0', /▲ stark/).map(({ ts }) => ts)).toEqual([card.ts]);
    },
    lostAnswerMilliseconds + 10_000,
  );

  /** Something about the run changed: the card is to show it. */
  async function wantAgain(id: string): Promise<void> {
    await bot.database.pool.query(
      `WITH wanted AS (UPDATE countersign.messages SET wanted = wanted + 1 WHERE id = $1 RETURNING workspace_id, id)
       SELECT graphile_worker.add_job('deliver:' || workspace_id,
         json_build_object('workspaceId', workspace_id, 'messageId', id)) FROM wanted`,
      [id],
    );
  }

  async function postAsBot(message: object): Promise<{ ok: boolean; ts: string }> {
    const response = await fetch(`${bot.workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${bot.workspace.app.botToken}`,
        'content-type': 'application/json; charset=utf-8',
      },
      body: JSON.stringify(message),
    });
    return (await response.json()) as { ok: boolean; ts: string };
  }
});
