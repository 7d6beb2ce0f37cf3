import { describe, expect, it } from 'vitest';
import type { PolicySettings } from '../src/core/policy/rule.ts';
import { recordPolicy } from '../src/policy-record.ts';
import { testDatabase } from './support/database.ts';

const database = await testDatabase();
const now = () => new Date('2026-11-20T18:15:00Z');
const policy = (users: string[]): PolicySettings =>
  ({
    roles: { responder: { users, usergroups: [] } },
    identities: [],
    policy: [{ risk: ['read'], run: ['responder'], expiresMinutes: 15 }],
  }) as never;
const record = (settings: PolicySettings, workspaceId = 'T0ACME') =>
  recordPolicy({ pool: database.pool, workspaceId, policy: settings, now });
const recorded = async (workspaceId = 'T0ACME') =>
  (
    await database.pool.query<{ body: string }>(
      'SELECT body FROM countersign.ledger_entries WHERE workspace_id = $1 ORDER BY seq',
      [workspaceId],
    )
  ).rows.map(
    ({ body }) => JSON.parse(String(body)) as { kind: string; actor: string; facts: Record<string, unknown> },
  );

describe('the policy in force', () => {
  it('is recorded when it is new, with what changed, and not again while it stays', async () => {
    expect(await record(policy(['U0ADA']))).toBe(true);
    expect(await record(policy(['U0ADA']))).toBe(false);
    expect(await record(policy(['U0ADA', 'U0GRACE']))).toBe(true);
    const [first, second, ...others] = await recorded();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ kind: 'policy.loaded', actor: 'countersign' });
    expect(second!.facts.before).toBe(first!.facts.digest);
    expect(JSON.stringify(second!.facts.changes)).toContain('U0GRACE');
  });

  it('is recorded again when an older one comes back', async () => {
    expect(await record(policy(['U0ADA']))).toBe(true);
    expect(await record(policy(['U0ADA', 'U0GRACE']))).toBe(true);
    expect(await recorded()).toHaveLength(4);
  });

  it('is recorded once by replicas that start together', async () => {
    const results = await Promise.all(
      Array.from({ length: 5 }, () => record(policy(['U0LINUS']), 'T0OTHER')),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await recorded('T0OTHER')).toHaveLength(1);
  });
});
