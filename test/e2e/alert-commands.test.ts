import { beforeEach, describe, expect, it } from 'vitest';
import { startTestCountersign } from '../support/countersign.ts';
import { cardText } from '../support/slack.ts';

describe('commands about alerts', async () => {
  const bot = await startTestCountersign({ mode: 'http' });
  beforeEach(() => bot.quiet());

  it('silences, lists the silence with its owner, and ends it, all of it on record', async () => {
    const begun = await bot.ask('ada', 'silence --service payments --for 2h --reason "a migration"');
    expect(cardText(begun)).toContain('✓ Silenced for 2 hours: service payments');
    expect(cardText(begun)).toContain('Nothing that fires now matches.');
    const [, id] =
      /silences --end (\d+)|End silence (\d+)/.exec(JSON.stringify(begun))?.filter(Boolean) ?? [];
    const listed = await bot.ask('grace', 'silences');
    expect(cardText(listed)).toMatch(
      /service payments · until .* · (ada|Ada Moreau): a migration · hid nothing yet/,
    );
    const ended = await bot.ask('ada', `silences --end ${id}`);
    expect(cardText(ended)).toContain(`✓ Silence ${id} ended: service payments`);
    const again = await bot.ask('ada', `silences --end ${id}`);
    expect(cardText(again)).toContain(`Silence ${id} has ended already.`);
    const { rows } = await bot.database.pool.query(
      `SELECT kind, actor FROM countersign.ledger_entries WHERE kind LIKE 'silence.%' ORDER BY seq`,
    );
    expect(rows).toEqual([
      { kind: 'silence.begun', actor: 'U0ADA' },
      { kind: 'silence.ended', actor: 'U0ADA' },
    ]);
  });

  it.each([
    ['silence --for 2h --reason "everything"', /That would silence every alert/],
    ['silence --service a --for 2w --reason "long"', /"2w" is not a time such as 30m, 2h or 1d/],
    [
      'silence --source promethues --for 2h --reason "typed wrong"',
      /There is no monitoring source "promethues"/,
    ],
    ['silences --end 999', /There is no silence 999/],
    ['alerts --source promethues', /There is no monitoring source "promethues"/],
  ])('refuses %s, and says why', async (typed, why) => {
    expect(cardText(await bot.ask('ada', typed))).toMatch(why);
  });

  it('calls nothing well while no source is configured', async () => {
    for (const typed of ['alerts', 'monitoring-status']) {
      expect(cardText(await bot.ask('ada', typed))).toContain(
        '? Unknown: no monitoring source is configured',
      );
    }
  });
});
