import { describe, expect, it } from 'vitest';
import type { RunbookInstance } from '../../src/core/runbooks/instance.ts';
import { shiftWaits } from '../core/runbooks/shift-waits.ts';
import { endProcessesAfterwards } from '../support/countersign-process.ts';
import { buttons, cardText } from '../support/slack.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { messageChanges } from './alert-kill-points.ts';
import { startGuardedBot } from './guarded-bot.ts';
import { type Change, holdsCommits } from './held-commits.ts';
import { promisedMilliseconds, verifyLedger } from './killed-process.ts';
import { night, nightTold, runbookCards, runbookFiles, startedRunbooks } from './runbook-scene.ts';

const testMilliseconds = 3 * promisedMilliseconds;

const clicked = (like: string): Change => ({
  table: 'countersign.inbox',
  on: 'INSERT',
  when: `NEW.kind = 'runbook_action' AND NEW.key LIKE '${like}'`,
});
const step = (index: number, when: string): Change => ({
  table: 'countersign.runbook_instances',
  on: 'UPDATE',
  when: `OLD.data->'steps'->${index}->>'state' IS DISTINCT FROM NEW.data->'steps'->${index}->>'state' AND NEW.data->'steps'->${index}->>'state' = '${when}'`,
});
const run = (on: 'INSERT' | 'UPDATE', when: string): Change => ({ table: 'countersign.runs', on, when });

const points: readonly (readonly [string, Change, 'rollBack' | 'commit'])[] = [
  [
    'right before it is started',
    { table: 'countersign.runbook_instances', on: 'INSERT', when: 'true' },
    'rollBack',
  ],
  [
    'right after it was started',
    { table: 'countersign.runbook_instances', on: 'INSERT', when: 'true' },
    'commit',
  ],
  ["after its card left, before Slack's answer is known", messageChanges.known('runbook:%:card'), 'rollBack'],
  ['right after the click on a check was stored', clicked('action:%'), 'commit'],
  ['right before the run of a check is made', run('INSERT', 'NEW.runbook_id IS NOT NULL'), 'rollBack'],
  ['right after the run of a check was made', run('INSERT', 'NEW.runbook_id IS NOT NULL'), 'commit'],
  [
    "between the check's end and the card",
    run('UPDATE', `NEW.runbook_step = 'health' AND NEW.state = 'succeeded'`),
    'commit',
  ],
  [
    'right before the command is done',
    run('UPDATE', `NEW.runbook_step = 'proof' AND NEW.state = 'succeeded'`),
    'rollBack',
  ],
  [
    "between the command's end and the card",
    run('UPDATE', `NEW.runbook_step = 'proof' AND NEW.state = 'succeeded'`),
    'commit',
  ],
  ['right after a step was attested', step(2, 'done'), 'commit'],
  ['right before a message is sent', step(3, 'done'), 'rollBack'],
  ['right after a message was sent', step(3, 'done'), 'commit'],
  [
    'after a message left, before the answer is known',
    messageChanges.known('runbook:%:message:%'),
    'rollBack',
  ],
  ['right after a wait was begun', step(4, 'under_way'), 'commit'],
  ['right before a look of the wait is stored', clicked('runbook:%'), 'rollBack'],
  ['right after a look of the wait was stored', clicked('runbook:%'), 'commit'],
  [
    'right before the look has ended',
    run('UPDATE', `NEW.runbook_step = 'calm' AND NEW.state = 'succeeded'`),
    'rollBack',
  ],
  [
    'right after the look has ended',
    run('UPDATE', `NEW.runbook_step = 'calm' AND NEW.state = 'succeeded'`),
    'commit',
  ],
];

describe('a process killed in the middle of a runbook', async () => {
  const folder = await runbookFiles({ 'night.yaml': night, 'templates/night-told.md': nightTold });
  const surroundings = await startSurroundings({
    mode: 'http',
    hasRms: true,
    umbrellaRecords: 10,
    variables: { COUNTERSIGN_RUNBOOKS: folder },
  });
  endProcessesAfterwards();
  const { workspace, database } = surroundings;
  const rms = surroundings.rms!;
  let crashes = 0;
  const bot = await startGuardedBot(surroundings);
  const hold = await holdsCommits(database);

  const within = { deadlineMilliseconds: 2 * promisedMilliseconds };
  /** People do again what a restart has lost, and nothing else. */
  const insist = async (act: () => Promise<unknown>, isDone: () => Promise<boolean>, what: string) => {
    for (;;) {
      const before = crashes;
      await act();
      await until(async () => (await isDone()) || crashes > before, { ...within, waitingFor: what });
      await bot.quiet();
      if (await isDone()) return;
    }
  };
  const newest = async (): Promise<RunbookInstance | undefined> => (await startedRunbooks(surroundings))[0];
  const cardOf = (id: string, label: RegExp) =>
    until(
      () => runbookCards(bot, id).find((card) => buttons(card).some((button) => label.test(button.label))),
      { ...within, waitingFor: `a card of ${id} with ${label}` },
    );
  const standing = async (id: string, stepId: string) => {
    const found = (await startedRunbooks(surroundings)).find((one) => one.id === id);
    return found?.steps.find((one) => one.id === stepId);
  };
  const press = (id: string, stepId: string, label: RegExp) =>
    insist(
      async () => {
        const card = await cardOf(id, label);
        await bot.click('ada', card, buttons(card).find((button) => label.test(button.label))!.label);
      },
      async () => (await standing(id, stepId))?.state !== 'open',
      `${stepId} of ${id} to begin`,
    );

  it.each(points)(
    '%s: everything goes on, and nothing happens twice',
    { timeout: testMilliseconds },
    async (_, change, fate) => {
      const held = await hold(change);
      const killed = held
        .reached()
        .then(() => bot.crash(() => held[fate]()))
        .then(() => {
          crashes += 1;
        });
      const from = new Date();
      const since = bot.now();
      const before = (await startedRunbooks(surroundings)).length;
      await insist(
        () => bot.ops('ada', 'runbook start night'),
        async () => (await startedRunbooks(surroundings)).length > before,
        'the runbook to start',
      );
      const { id } = (await newest())!;
      await press(id, 'health', /^Check health/);
      await until(async () => (await standing(id, 'health'))?.outcome === 'green', {
        ...within,
        waitingFor: 'the check',
      });
      await press(id, 'proof', /^Run /);
      const confirm = async () => {
        const { runId } = (await standing(id, 'proof'))!;
        await bot.becomes(runId!, 'planned', 'approved', 'executing', 'succeeded');
        await bot.press('ada', runId!, 'Run test-email', 'planned');
        await bot.ends(runId!);
      };
      await confirm();
      await until(async () => (await standing(id, 'proof'))?.outcome === 'succeeded', {
        ...within,
        waitingFor: 'the command',
      });
      await press(id, 'asked', /^Done/);
      await press(id, 'tell', /^Send/);
      await press(id, 'calm', /^Start wait/);
      await until(
        async () => {
          if ((await standing(id, 'calm'))?.state === 'done') return true;
          // What was lost of a look is made good by the next one.
          if (crashes > 0) await shiftWaits(database.pool, workspace.directory.team.id, 5);
          await bot.quiet();
          return (await standing(id, 'calm'))?.state === 'done';
        },
        { ...within, waitingFor: 'the wait to end' },
      );
      await press(id, 'last', /^Done/);
      await killed;
      await bot.quiet();

      const [instance] = await startedRunbooks(surroundings);
      expect(instance).toMatchObject({ id, state: 'finished' });
      expect(instance!.steps.map(({ outcome }) => outcome)).toEqual([
        'green',
        'succeeded',
        'attested',
        'sent',
        'green',
        'attested',
      ]);
      expect(await startedRunbooks(surroundings)).toHaveLength(before + 1);
      const { rows } = await database.pool.query<{ kind: string; count: number }>(
        `SELECT kind, count(*)::int AS count FROM countersign.ledger_entries
       WHERE (body::jsonb)->'facts'->>'instance' = $1 GROUP BY kind ORDER BY kind`,
        [id],
      );
      expect(Object.fromEntries(rows.map(({ kind, count }) => [kind, count]))).toEqual({
        'runbook.attested': 2,
        'runbook.finished': 1,
        'runbook.message_sent': 1,
        'runbook.started': 1,
        'runbook.wait_begun': 1,
        'runbook.wait_ended': 1,
      });
      const sent = (await rms.effects({ since: from })).filter(({ endpoint }) => endpoint === 'test-email');
      expect(sent).toHaveLength(1);
      const runs = await database.pool.query<{ step: string; count: number }>(
        `SELECT runbook_step AS step, count(*)::int AS count FROM countersign.runs
       WHERE runbook_id = $1 AND runbook_step <> 'calm' GROUP BY 1 ORDER BY 1`,
        [id],
      );
      expect(runs.rows).toEqual([
        { step: 'health', count: 1 },
        { step: 'proof', count: 1 },
      ]);
      const cards = runbookCards(bot, id);
      expect(cards).toHaveLength(1);
      expect(cardText(cards[0]!)).toContain('✓ Finished: A quiet night · 6 of 6 went well');
      const told = bot
        .screen('ada', 'C0OPS')
        .filter(
          (message) => Number(message.ts) > Number(since) && cardText(message).includes('*sent* again'),
        );
      expect(told).toHaveLength(1);
      const ledger = await verifyLedger(database.appUrl);
      expect(ledger.code, ledger.text).toBe(0);
    },
  );
});
