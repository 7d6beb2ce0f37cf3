import { describe, expect, it, onTestFinished } from 'vitest';
import { stormAlerts, stormGroups } from '../../sandbox/alerts/storm.ts';
import { startTestCountersign } from '../support/countersign.ts';
import { cardText } from '../support/slack.ts';
import { groupIdOf, startAlertBot } from './alert-bot.ts';

describe('a bot that is stopped in the middle of a storm', async () => {
  const first = await startAlertBot({ mode: 'http' });
  const { monitoring, database } = first;

  it('shows, once it is up again, how the storm ended', async () => {
    const sending = first.send('storm');
    await first.card(/CRITICAL/);
    await first.stop();
    const second = await startTestCountersign({ mode: 'http', in: first });
    onTestFinished(second.stop);
    // Before the bot goes, or its sources would miss it.
    onTestFinished(() => monitoring.alerts.stop());
    await monitoring.begin(second.url);
    await sending;
    await first.quiet();
    const { rows } = await database.pool.query<{ id: string; hasCard: boolean; firing: number }>(
      `SELECT id, state_data->'hasCard' = 'true' AS "hasCard", (state_data->>'firing')::int AS firing
       FROM countersign.alert_groups WHERE source = 'prometheus'`,
    );
    expect(rows).toHaveLength(stormGroups);
    const perGroup = stormAlerts / stormGroups;
    expect(rows.filter(({ firing }) => firing !== perGroup)).toEqual([]);

    const messages = first.inChannel();
    const cards = messages.filter((message) => /\bg-[0-9a-z]+/.test(cardText(message)));
    expect(cards.map(groupIdOf).sort()).toEqual(
      rows.flatMap(({ id, hasCard }) => (hasCard ? [id] : [])).sort(),
    );
    expect(cards.filter((card) => !cardText(card).includes(`${perGroup} firing`)).map(cardText)).toEqual([]);
    const shared = rows.filter(({ hasCard }) => !hasCard).length;
    const digests = messages.filter((message) => cardText(message).includes('alert groups at once'));
    const counted = digests.map((digest) => Number(/at once: (\d+) firing/.exec(cardText(digest))?.[1]));
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(shared);
    expect(messages).toHaveLength(cards.length + digests.length);

    await first.send('resolve storm');
    await first.quiet();
    const open = first.inChannel().filter((message) => !cardText(message).includes('✓ RESOLVED'));
    expect(open.map(cardText)).toEqual([]);
    expect(first.inChannel()).toHaveLength(messages.length);
  });
});
