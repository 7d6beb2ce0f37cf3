import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startUpkeep } from '../../src/jobs/upkeep.ts';
import { runbookWorld } from '../core/runbooks/runbook-world.ts';
import { doStep, runbookOf } from '../core/runbooks/sample-steps.ts';
import { testDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const database = await testDatabase();

describe('upkeep', () => {
  it('of two processes reminds once of a runbook whose date has passed, also while no checkpoint can be taken', async () => {
    const w = await runbookWorld(database.pool, [
      runbookOf('night', [doStep('look')], { reviewBy: '2026-01-31' }),
    ]);
    const looks = { count: 0 };
    for (const { runbooks, processId } of w.processes()) {
      const upkeep = startUpkeep({
        pool: database.pool,
        log: pino({ level: 'silent' }),
        // The first checkpoint is due at once, and fails for want of a key.
        ledger: {
          pool: database.pool,
          workspaceId: w.workspaceId,
          key: undefined as never,
          channel: () => 'C0LEDGER',
          processId,
          onWanted: () => undefined,
          now: () => new Date(),
        },
        checkpointEveryHours: () => 24,
        alertRetentionDays: () => {
          looks.count += 1;
          return { alerts: 90, raw: 14 };
        },
        runbooks,
        everyMilliseconds: 20,
      });
      onTestFinished(upkeep.stop);
    }
    const due = async () => (await w.ledger()).filter(({ kind }) => kind === 'runbook.review_due');
    await until(async () => (await due()).length > 0, { waitingFor: 'the reminder' });
    const seen = looks.count;
    await until(() => looks.count > seen + 4, { waitingFor: 'both to look again' });
    expect(await due()).toHaveLength(1);
    const told = (await w.messages()).filter(({ id }) => id.startsWith('runbook_review:'));
    expect(told.map(({ place }) => place)).toEqual([{ kind: 'dm', userId: 'U0GRACE' }]);
  });
});
