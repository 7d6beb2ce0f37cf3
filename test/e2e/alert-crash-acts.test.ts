import { describe, expect, it } from 'vitest';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { until } from '../support/until.ts';
import { startCrashedAlerts } from './alert-crash-life.ts';
import { firstCalled, secondCalled, startAlertScene } from './alert-crash-scene.ts';
import { groupChanges, messageChanges, pageChanges } from './alert-kill-points.ts';
import type { Change } from './held-commits.ts';
import { bothSides } from './kill-points.ts';
import { promisedMilliseconds, verifyLedger } from './killed-process.ts';

const testMilliseconds = 2 * promisedMilliseconds + 20_000;

const at = (changes: Readonly<Record<string, Change>>) =>
  Object.entries(changes).flatMap(([name, change]) => bothSides(name, change));
const silences = (on: Change['on'], when = 'true'): Change => ({ table: 'countersign.silences', on, when });
const jobDone = (task: string): Change => ({
  table: 'graphile_worker._private_jobs',
  on: 'DELETE',
  when: `OLD.key LIKE '${task}:%'`,
});

describe('a process killed while people and timers act on alerts', async () => {
  const scene = await startAlertScene();
  endProcessesAfterwards();
  const alerts = await startCrashedAlerts(scene);
  const { bot, witness, textOf } = alerts;
  const { pool } = scene.surroundings.database;

  const expectCalls = (name: string, first: number, second: number) =>
    expect([witness.calls(name, firstCalled), witness.calls(name, secondCalled)]).toEqual([first, second]);
  const expectHonest = async () => {
    const { code, text } = await verifyLedger(scene.surroundings.database.appUrl);
    expect(code, text).toBe(0);
  };

  it.each(
    at({
      'the incident is begun': { table: 'countersign.incidents', on: 'INSERT', when: 'true' },
      'its headline is posted': messageChanges.begins('incident:%:headline'),
      'its headline is known to be posted': messageChanges.known('incident:%:headline'),
    }),
  )(
    '$name leaves one headline, and the card linking to it',
    async ({ point }) => {
      const name = alerts.newName();
      await alerts.fire(name, 'critical');
      await witness.card(name, /⛔ CRITICAL/);
      const killed = await alerts.killAt(point);
      await Promise.all([
        killed.done,
        alerts.press('ada', name, 'Start incident', () => witness.headlines(name).length > 0),
      ]);
      await alerts.nothingOwed();
      expect(witness.headlines(name)).toHaveLength(1);
      const card = await witness.card(name, /Incident thread/);
      expect(textOf(card)).toContain(`/p${witness.headlines(name)[0]!.ts.replace('.', '')}`);
      expectCalls(name, 1, 0);
      await expectHonest();
    },
    testMilliseconds,
  );

  it.each(
    at({
      'level 2 is called': groupChanges.escalated,
      'its call is posted': messageChanges.begins('group:%:reply:%'),
      'its call is known to be posted': messageChanges.known('group:%:reply:%'),
      'PagerDuty is told again': pageChanges.begins('trigger'),
      'its timer is done': jobDone('level2_unacknowledged'),
    }),
  )(
    '$name calls level 2 once',
    async ({ point }) => {
      const name = alerts.newName();
      await alerts.fire(name, 'critical');
      await witness.card(name, /⛔ CRITICAL/);
      await alerts.nothingOwed();
      const killed = await alerts.killAt(point);
      await unacknowledgedFor(10);
      await Promise.all([killed.done, witness.card(name, /Level 2 called/)]);
      await alerts.nothingOwed();
      expect(witness.replies(name).map(textOf)).toEqual([expect.stringContaining('level 2 called')]);
      expectCalls(name, 1, 1);
      expect(witness.incidents(name)).toMatchObject([{ status: 'triggered' }]);
      await alerts.resolve(name);
      await witness.card(name, /✓ RESOLVED/);
      await alerts.nothingOwed();
      expect(witness.paged(name)).toEqual(['trigger', 'resolve']);
      await expectHonest();
    },
    testMilliseconds,
  );

  it.each(at({ 'it begins': silences('INSERT'), 'its card says so': messageChanges.shown('group:%:card') }))(
    'with a silence, $name, leaves one that hides what it says, and calls nobody',
    async ({ point }) => {
      const name = alerts.newName();
      await alerts.fire(name, 'warning');
      await witness.card(name, /● WARNING/);
      await alerts.nothingOwed();
      const before = await silencesNow();
      const killed = await alerts.killAt(point);
      await Promise.all([killed.done, silence(name)]);
      await witness.card(name, /Silenced until/);
      await alerts.nothingOwed();
      expect(await silencesNow()).toBe(before + 1);
      await alerts.fire(name, 'critical');
      await witness.card(name, /2 firing/);
      await alerts.nothingOwed();
      expectCalls(name, 0, 0);
      expect(witness.incidents(name)).toEqual([]);
      await expectHonest();
    },
    testMilliseconds,
  );

  it.each(
    at({
      'it ends': silences('UPDATE', 'OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL'),
      'its timer is done': jobDone('silence_ends'),
    }),
  )(
    'when the time of a silence is over, $name, calls people once for what it hid',
    async ({ point }) => {
      const name = alerts.newName();
      await silence(name);
      await alerts.fire(name, 'critical');
      await alerts.nothingOwed();
      expect(witness.cards(name)).toEqual([]);
      const killed = await alerts.killAt(point);
      await silenceIsOver();
      await Promise.all([killed.done, witness.card(name, /⛔ CRITICAL/)]);
      await alerts.nothingOwed();
      expect(textOf(witness.cards(name)[0])).not.toContain('Silenced');
      expectCalls(name, 1, 0);
      expect(witness.incidents(name)).toMatchObject([{ status: 'triggered' }]);
      await expectHonest();
    },
    testMilliseconds,
  );

  /** `/ops silence`, again if that was lost, until there is a run of it that is over. */
  async function silence(name: string): Promise<void> {
    const run = await bot.request(`silence --title ${name} --for 2h --reason "a migration"`);
    await bot.becomes(run, 'succeeded');
  }

  /** How many last, as `/ops silences` tells. */
  async function silencesNow(): Promise<number> {
    const since = bot.now();
    await bot.ops('ada', 'silences');
    const listed = await bot.sees('ada', { since, matching: /silence/i, deadlineMilliseconds: 30_000 });
    await bot.quiet();
    return Number(/(\d+) silences?,/.exec(textOf(listed))?.[1] ?? 0);
  }

  /** Nobody waits for minutes here: what began then began earlier. */
  async function unacknowledgedFor(minutes: number): Promise<void> {
    const { rows } = await pool.query<{ id: string }>(
      `UPDATE countersign.alert_groups
       SET state_data = jsonb_set(state_data, '{wokenAt}',
         to_jsonb(to_char(clock_timestamp() AT TIME ZONE 'UTC' - make_interval(mins => $1), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
       WHERE id = (SELECT id FROM countersign.alert_groups ORDER BY opened_at DESC LIMIT 1) RETURNING id`,
      [minutes],
    );
    await dueNow(`level2_unacknowledged:%:${rows[0]!.id}`);
  }

  async function silenceIsOver(): Promise<void> {
    const { rows } = await pool.query<{ id: number }>(
      `UPDATE countersign.silences SET until = clock_timestamp()
       WHERE id = (SELECT max(id) FROM countersign.silences) RETURNING id`,
    );
    await dueNow(`silence_ends:%:${rows[0]!.id}`);
  }

  async function dueNow(key: string): Promise<void> {
    await until(
      async () =>
        (await pool.query(`UPDATE graphile_worker._private_jobs SET run_at = now() WHERE key LIKE $1`, [key]))
          .rowCount === 1,
      { waitingFor: `a job ${key}` },
    );
  }
});
