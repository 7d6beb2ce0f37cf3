import { expect, it } from 'vitest';
import { digestView, insertDigest } from '../../src/postgres/alerts/digests.ts';
import { testDatabase } from '../support/database.ts';

const database = await testDatabase();
const workspaceId = 'T0ACME';

async function digestOf(groups: readonly [service: string, severity: string, state: string][]) {
  const id = await insertDigest(database.pool, workspaceId, 'C0ALERTS');
  for (const [index, [service, severity, state]] of groups.entries()) {
    await database.pool.query(
      `INSERT INTO countersign.alert_groups (workspace_id, id, source, key, is_current, state, severity, channel,
         digest_id, first_seen_at, opened_at, last_seen_at, state_data)
       VALUES ($1, $2, 'prometheus', $2, true, $3, $4, 'C0ALERTS', $5, now(), now(), now(), $6)`,
      [workspaceId, `g-${id}x${index}`, state, severity, id, JSON.stringify({ service })],
    );
  }
  return digestView(database.pool, workspaceId, id);
}

it('calls a service as bad as what fires there now, not as what is over', async () => {
  const view = await digestOf([
    ['search', 'high', 'resolved'],
    ['search', 'warning', 'firing'],
  ]);
  expect(view?.services).toEqual([{ service: 'search', firing: 1, resolved: 1, worst: 'warning' }]);
});

it('is as bad as the worst that fires in a service it has no room to name', async () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((service): [string, string, string][] => [
    [service, 'warning', 'firing'],
    [service, 'warning', 'firing'],
  ]);
  const view = await digestOf([...many, ['ledger', 'high', 'firing']]);
  expect(view?.services.map(({ service }) => service)).not.toContain('ledger');
  expect(view).toMatchObject({ worst: 'high', moreServices: 1 });
});
