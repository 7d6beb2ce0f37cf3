import { describe, expect, it, onTestFinished } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { cardText } from '../support/slack.ts';
import { until } from '../support/until.ts';
import { startCrashedAlerts } from './alert-crash-life.ts';
import { startAlertScene } from './alert-crash-scene.ts';
import { promisedMilliseconds } from './killed-process.ts';
import type { PagerDutyRoad } from './pager-duty-road.ts';
import { startPagerDutyRoad } from './pager-duty-road.ts';

const testMilliseconds = 3 * promisedMilliseconds;

describe('paging while PagerDuty has trouble', async () => {
  let road!: PagerDutyRoad;
  const scene = await startAlertScene({
    pagerDutyUrl: async (url) => {
      road = await startPagerDutyRoad(url);
      return road.url;
    },
  });
  endProcessesAfterwards();
  const { workspace } = scene.surroundings;
  const alerts = await startCrashedAlerts(scene);
  const { bot, witness } = alerts;
  const toldOf = (name: string) =>
    bot.screen('linus', 'C0OPS').filter((one) => cardText(one).includes(`the page for "${name}"`));

  const liveToTheEnd = async (name: string) => {
    await alerts.fire(name, 'critical');
    await alerts.acknowledge('ada', name);
    await alerts.resolve(name);
    await witness.card(name, /✓ RESOLVED/);
  };
  const expectOneIncident = (name: string) => {
    expect(witness.incidents(name)).toMatchObject([{ status: 'resolved' }]);
    expect(witness.paged(name)).toEqual(['trigger', 'acknowledge', 'resolve']);
    expect(witness.calls(name, 'U0GRACE')).toBe(1);
  };

  it.each<[string, (name: string) => void]>([
    ['answers 500 for a while', () => scene.pagerDuty.fails('error', 3)],
    ['cuts the connection before anything happens', () => scene.pagerDuty.fails('cut', 2)],
    ['cuts the connection after it has taken the event', () => scene.pagerDuty.fails('cut_after', 2)],
    [
      'says that there are too many',
      () => road.answers('trigger', 429, { times: 2, headers: { 'retry-after': '1' } }),
    ],
    ['answers 503 to everything but the trigger', () => road.answers('acknowledge', 503, { times: 2 })],
  ])(
    'opens one incident, acknowledges and resolves it, in that order, when PagerDuty %s',
    async (_what, breaks) => {
      const name = alerts.newName();
      breaks(name);
      await liveToTheEnd(name);
      await alerts.nothingOwed();
      expectOneIncident(name);
      expect(toldOf(name)).toEqual([]);
    },
    testMilliseconds,
  );

  it(
    'overtakes no trigger that is still on its way',
    async () => {
      const name = alerts.newName();
      const held = road.hold('trigger');
      await alerts.fire(name, 'critical');
      await held.reached;
      await alerts.acknowledge('ada', name);
      await alerts.resolve(name);
      await witness.card(name, /✓ RESOLVED/);
      await held.release();
      await alerts.nothingOwed();
      expectOneIncident(name);
    },
    testMilliseconds,
  );

  it(
    'opens no second incident when the one who sent it was killed, and it arrives at last',
    async () => {
      const name = alerts.newName();
      const held = road.hold('trigger');
      await alerts.fire(name, 'critical');
      await held.reached;
      await bot.crash();
      await witness.card(name, /⛔ CRITICAL/);
      await alerts.nothingOwed();
      expect(witness.incidents(name)).toMatchObject([{ status: 'triggered', triggers: 1 }]);
      await held.release();
      await alerts.acknowledge('ada', name);
      await alerts.resolve(name);
      await alerts.nothingOwed();
      expectOneIncident(name);
    },
    testMilliseconds,
  );

  it(
    'tells people in #ops, once, when PagerDuty refuses the page',
    async () => {
      const name = alerts.newName();
      road.answers('trigger', 400);
      await alerts.fire(name, 'critical');
      await until(() => toldOf(name).length > 0, { deadlineMilliseconds: promisedMilliseconds });
      expect(cardText(toldOf(name)[0]!)).toMatch(/did not take the page .*400.* Call people yourself/);
      await alerts.nothingOwed();
      expect(toldOf(name)).toHaveLength(1);
      expect(witness.calls(name, 'U0GRACE')).toBe(1);
    },
    testMilliseconds,
  );

  it(
    'tells people so once Slack is back, when that was away',
    async () => {
      const name = alerts.newName();
      road.answers('trigger', 400);
      workspace.goDown();
      onTestFinished(() => workspace.comeBack());
      await alerts.fire(name, 'critical');
      await refused(name);
      workspace.comeBack();
      await until(() => toldOf(name).length > 0, {
        deadlineMilliseconds: promisedMilliseconds,
        waitingFor: 'people to be told',
      });
      await witness.card(name, /⛔ CRITICAL/);
      await alerts.nothingOwed();
      expect(toldOf(name)).toHaveLength(1);
    },
    testMilliseconds,
  );

  it.each(['rollBack', 'commit'] as const)(
    'tells people so when the process was killed as that was written down (%s)',
    async (fate) => {
      const name = alerts.newName();
      road.answers('trigger', 400, { times: fate === 'rollBack' ? 2 : 1 });
      const killed = await alerts.killAt({
        change: {
          table: 'countersign.pages',
          on: 'UPDATE',
          when: 'OLD.problem IS NULL AND NEW.problem IS NOT NULL',
        },
        fate,
      });
      await Promise.all([killed.done, alerts.fire(name, 'critical')]);
      await witness.card(name, /⛔ CRITICAL/);
      await until(() => toldOf(name).length > 0, {
        deadlineMilliseconds: promisedMilliseconds,
        waitingFor: 'people to be told',
      });
      await alerts.nothingOwed();
      expect(toldOf(name)).toHaveLength(1);
    },
    testMilliseconds,
  );

  async function refused(name: string): Promise<void> {
    const { pool } = scene.surroundings.database;
    await until(
      async () =>
        (
          await pool.query(
            `SELECT FROM countersign.pages JOIN countersign.alert_groups AS of ON of.id = group_id
             WHERE state_data->>'title' = $1 AND problem IS NOT NULL`,
            [name],
          )
        ).rowCount === 1,
      { deadlineMilliseconds: promisedMilliseconds, waitingFor: 'PagerDuty to refuse the page' },
    );
  }
});
