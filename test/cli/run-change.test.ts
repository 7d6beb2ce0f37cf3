import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSurroundings } from '../support/surroundings.ts';
import { runCli } from './countersign-cli.ts';

const surroundings = await startSurroundings({ mode: 'http', hasRms: true, umbrellaRecords: 300 });
const { database, folder } = surroundings;
const rms = surroundings.rms!;
const me = `cli:${userInfo().username}`;
const settings = join(folder, 'settings.yaml');
await writeFile(
  settings,
  (await readFile(settings, 'utf8')).replace('responder: { users: [', `responder: { users: ["${me}", `),
);
await database.pool.query(
  `INSERT INTO countersign.workspaces (token_hash, workspace_id, bot_user_id, bot_id, url)
   VALUES ('x', 'T0ACME', 'U0COUNTER', 'B0COUNTER', 'https://acme-ops.slack.com/')`,
);
const variables = { ...surroundings.variables, LOG_LEVEL: 'warn', COUNTERSIGN_SIGNING_KEY: '' };
const run = (...words: string[]) => runCli(['run', ...words], { folder, variables });
const lastRun = async () =>
  (
    await database.pool.query<{ id: string; state: string }>(
      'SELECT id, state FROM countersign.runs ORDER BY created_at DESC LIMIT 1',
    )
  ).rows[0];
const testEmail = ['run-operation', 'rms', 'test-email', '--param', 'to=ada@example.com'];

describe('a change from the command line', () => {
  it('shows its preview and changes nothing', async () => {
    const { code, out } = await run(...testEmail);
    expect(out).toContain('Calls POST /api/test-email on rms (production)');
    expect(out).toContain('Nothing has been changed. To go ahead, put --yes before the command.');
    expect(code).toBe(0);
    expect(await rms.effects()).toEqual([]);
    expect(await lastRun()).toMatchObject({ state: 'cancelled' });
  });

  it('goes ahead with --yes, once, and prints the outcome', async () => {
    const { code, out } = await run('--yes', ...testEmail);
    expect(out).toContain('test-email');
    expect(await lastRun()).toMatchObject({ state: 'succeeded' });
    expect(code).toBe(0);
    expect(await rms.effects()).toHaveLength(1);
  });

  it('with --plan only says what it would do', async () => {
    const before = (await rms.effects()).length;
    const { code, out } = await run('suspend-tenant', 'acme', '--reason', '"card testing"', '--plan');
    expect(out).toContain('Plan only, nothing asked or changed');
    expect(out).toMatch(/PATCH \/api\/tenants\/[0-9a-f]+…\/suspend on rms \(production\)/);
    expect(code).toBe(0);
    expect(await rms.effects()).toHaveLength(before);
  });
});
