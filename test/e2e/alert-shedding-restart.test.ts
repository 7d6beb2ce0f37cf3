import { expect, it, onTestFinished } from 'vitest';
import { startTestCountersign } from '../support/countersign.ts';
import { until } from '../support/until.ts';
import { startAlertBot } from './alert-bot.ts';

const first = await startAlertBot({ mode: 'http' });

it('says that a source is heard again after the process that turned its deliveries away is gone', async () => {
  const { database, monitoring } = first;
  await first.send('disk-filling');
  await first.quiet();
  await first.stop();
  // As it stands where a process died while it shed what prometheus sent.
  const { rows } = await database.pool.query<{ id: string }>(
    `UPDATE countersign.alert_groups SET source = 'countersign', key = 'shedding/prometheus'
     WHERE source = 'prometheus' AND state = 'firing' RETURNING id`,
  );
  expect(rows).toHaveLength(1);
  const { id } = rows[0]!;
  await database.pool.query(
    `DELETE FROM countersign.alerts WHERE group_id = $1 AND fingerprint <> (
       SELECT min(fingerprint) FROM countersign.alerts WHERE group_id = $1)`,
    [id],
  );
  await database.pool.query(
    `UPDATE countersign.alerts SET fingerprint = 'shedding', starts_at = NULL WHERE group_id = $1`,
    [id],
  );
  await database.pool.query(
    `UPDATE countersign.alert_groups SET state_data = state_data
       || '{"firing": 1, "counts": {"critical": 0, "high": 0, "warning": 1, "info": 0}}' WHERE id = $1`,
    [id],
  );

  const second = await startTestCountersign({ mode: 'http', in: first });
  onTestFinished(second.stop);
  onTestFinished(() => monitoring.alerts.stop());
  await monitoring.begin(second.url);
  const stateOf = async () =>
    (
      await database.pool.query<{ state: string }>(
        'SELECT state FROM countersign.alert_groups WHERE id = $1',
        [id],
      )
    ).rows[0]?.state;
  await until(async () => (await stateOf()) === 'resolved', {
    waitingFor: 'the source to be said to be heard again',
    deadlineMilliseconds: 15_000,
  });
});
