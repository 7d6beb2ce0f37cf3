import { describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { startCrashedAlerts } from './alert-crash-life.ts';
import { startAlertScene } from './alert-crash-scene.ts';
import { groupChanges, messageChanges, pageChanges } from './alert-kill-points.ts';
import type { Change } from './held-commits.ts';
import { bothSides } from './kill-points.ts';
import { promisedMilliseconds, verifyLedger } from './killed-process.ts';

const testMilliseconds = 2 * promisedMilliseconds + 20_000;

/** Every state change of a group that becomes critical, is taken and ends, and both sides of what it does outside. */
const changes: Readonly<Record<string, Change>> = {
  'its delivery is stored': { table: 'countersign.deliveries', on: 'INSERT', when: 'true' },
  'its group is opened': groupChanges.opened,
  'its card is posted': messageChanges.begins('group:%:card'),
  'its card is known to be posted': messageChanges.known('group:%:card'),
  'it is worse': groupChanges.worse,
  'its reply is known to be posted': messageChanges.known('group:%:reply:%'),
  'its page is sent': pageChanges.begins('trigger'),
  'its page is known to be sent': pageChanges.known('trigger'),
  'the click is stored': { table: 'countersign.inbox', on: 'INSERT', when: `NEW.kind = 'alert_action'` },
  'it is acknowledged': groupChanges.acknowledged,
  'its acknowledgement is known to be sent': pageChanges.known('acknowledge'),
  'it is resolved': groupChanges.resolved,
  'its end is known to be sent': pageChanges.known('resolve'),
};

describe('a process killed in the life of an alert', async () => {
  const scene = await startAlertScene();
  endProcessesAfterwards();
  const alerts = await startCrashedAlerts(scene);
  const { witness } = alerts;

  it.each(Object.entries(changes).flatMap(([name, change]) => bothSides(name, change)))(
    '$name leaves one card that is right, people called once, and one incident brought to its end',
    async ({ point }) => {
      const name = alerts.newName();
      const killed = await alerts.killAt(point);
      await Promise.all([killed.done, liveToTheEnd(name)]);
      await alerts.nothingOwed();

      const [card, ...others] = witness.cards(name);
      expect(others).toEqual([]);
      expect(alerts.textOf(card)).toMatch(/✓ RESOLVED/);
      expect(alerts.textOf(card)).toMatch(/2 resolved/);
      expect(alerts.textOf(card)).toMatch(/Acknowledged by/);
      expect(witness.replies(name).map(alerts.textOf)).toEqual([
        expect.stringContaining('CRITICAL now, was WARNING'),
      ]);
      expect([firstCalls(name), secondCalls(name)]).toEqual([1, 0]);
      expect(witness.incidents(name)).toMatchObject([{ status: 'resolved' }]);
      expect(witness.paged(name)).toEqual(['trigger', 'acknowledge', 'resolve']);
      const { code, text } = await verifyLedger(scene.surroundings.database.appUrl);
      expect(code, text).toBe(0);
    },
    testMilliseconds,
  );

  const firstCalls = (name: string) => witness.calls(name, 'U0GRACE');
  const secondCalls = (name: string) => witness.calls(name, 'U0MARGARET');

  async function liveToTheEnd(name: string): Promise<void> {
    await alerts.fire(name, 'warning');
    await witness.card(name, /● WARNING/);
    await alerts.fire(name, 'critical');
    await witness.card(name, /⛔ CRITICAL[\s\S]*2 firing/);
    await alerts.acknowledge('ada', name);
    await alerts.resolve(name);
    await witness.card(name, /✓ RESOLVED/);
  }
});
