import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { runCli, startCli } from './countersign-cli.ts';

const surroundings = await startSurroundings({ mode: 'http', umbrellaRecords: 300 });
const { database, folder, pilot } = surroundings;
const me = `cli:${userInfo().username}`;
const settings = join(folder, 'settings.yaml');
await writeFile(
  settings,
  (await readFile(settings, 'utf8')).replace('responder: { users: [', `responder: { users: ["${me}", `),
);

const pilotOwner = new pg.Pool({
  connectionString: pilot.superuserUrl,
  application_name: 'the test itself',
  max: 2,
});
afterAll(() => pilotOwner.end());

const {
  SLACK_BOT_TOKEN: _token,
  SLACK_SIGNING_SECRET: _secret,
  ...withoutSlack
} = surroundings.variables as Record<string, string>;
const variables = { ...withoutSlack, LOG_LEVEL: 'warn', COUNTERSIGN_SIGNING_KEY: '' };
const run = (...words: string[]) => runCli(['run', ...words], { folder, variables });
const lastRun = async () =>
  (
    await database.pool.query<{ id: string; state: string; attempt: number; requester: string }>(
      'SELECT id, state, attempt, requester FROM countersign.runs ORDER BY created_at DESC LIMIT 1',
    )
  ).rows[0];
const recorded = async (id: string) =>
  (
    await database.pool.query<{ kind: string }>(
      'SELECT kind FROM countersign.ledger_entries WHERE run_id = $1 ORDER BY seq',
      [id],
    )
  ).rows.map(({ kind }) => kind);

describe('countersign run', () => {
  it('says what is missing where the database was never connected to Slack, and ends', async () => {
    const { code, err } = await run('verify-audit', 'acme');
    expect(code).toBe(1);
    expect(err).toContain('This database has never been connected to a Slack workspace');
  });

  it('runs a read like a request from Slack: same parser, policy and ledger', async () => {
    await database.pool.query(
      `INSERT INTO countersign.workspaces (token_hash, workspace_id, bot_user_id, bot_id, url)
       VALUES ('x', 'T0ACME', 'U0COUNTER', 'B0COUNTER', 'https://acme-ops.slack.com/')`,
    );
    const { code, out } = await run('verify-audit', 'acme');
    expect(out).toMatch(/^✓ acme: audit chain intact, 200 records\n {2}verify-audit acme\n/);
    expect(code).toBe(0);
    const last = await lastRun();
    expect(last).toMatchObject({ state: 'succeeded', attempt: 1, requester: me });
    expect(await recorded(last!.id)).toEqual(['run.requested', 'run.succeeded']);
  });

  it.each([
    ['a chain that is broken', ['verify-audit', 'initech'], 1, /^✗ initech: audit chain broken/],
    [
      'a refusal',
      ['verify-audit', 'acmee'],
      1,
      /⛔ refused: There is no tenant "acmee" on pilot \(production\)\. Did you mean "acme"\?/,
    ],
    [
      'a target nobody has',
      ['verify-audit', 'acme', '--target', 'moon'],
      1,
      /⛔ refused: There is no target "moon"/,
    ],
  ])('ends with what came of it: %s', async (_what, words, code, text) => {
    const finished = await run(...words);
    expect(finished.out).toMatch(text);
    expect(finished.code).toBe(code);
  });

  it.each([
    [['verify-audit'], 'Missing: <tenant>\nUsage: countersign run verify-audit <tenant>'],
    [['verify-audit', 'acme', '--ful'], 'There is no --ful. Did you mean --full?'],
    [['verify'], 'There is no command "verify".'],
  ])('says how to type %j, records nothing and ends with 1', async (words, text) => {
    const before = await lastRun();
    const { code, err } = await run(...words);
    expect(err).toContain(text);
    expect(code).toBe(1);
    expect((await lastRun())!.id).toBe(before!.id);
  });

  it('leaves the requests of others to the bot, whose groups it cannot read', async () => {
    await database.pool.query(
      `INSERT INTO countersign.inbox (workspace_id, key, kind, request, correlation_id, process_id)
       VALUES ('T0ACME', 'command:slack', 'invocation', $1, 'c-1', 'p-bot')`,
      [
        JSON.stringify({
          kind: 'invocation',
          command: 'verify-audit',
          input: { tenant: 'acme' },
          requester: 'U0MARGARET',
          via: 'slash',
          origin: { channelId: 'C0OPS' },
        }),
      ],
    );
    expect((await run('verify-audit', 'acme')).code).toBe(0);
    const { rows } = await database.pool.query(
      "SELECT handled_at FROM countersign.inbox WHERE key = 'command:slack'",
    );
    expect(rows).toEqual([{ handled_at: null }]);
    await database.pool.query("DELETE FROM countersign.inbox WHERE key = 'command:slack'");
  });

  it('killed half-way leaves a run that another process finishes', async () => {
    const blocker = await pilotOwner.connect();
    let isHeld = true;
    const release = async () => {
      if (!isHeld) return;
      isHeld = false;
      await blocker.query('COMMIT');
      blocker.release();
    };
    onTestFinished(release);
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE "AuditLog" IN ACCESS EXCLUSIVE MODE');
    const before = await lastRun();
    const killed = startCli(['run', 'verify-audit', 'umbrella'], { folder, variables });
    const half = await until(
      async () => {
        const last = await lastRun();
        return last?.id !== before?.id && last?.state === 'executing' ? last : undefined;
      },
      { deadlineMilliseconds: 15_000, waitingFor: 'the run to be executing' },
    );
    killed.child.kill('SIGKILL');
    await killed.finished;
    await release();
    const { startCountersign } = await import('../../src/main.ts');
    const { findSigningKey, prepare } = await import('../../src/start.ts');
    const prepared = await prepare({
      variables: surroundings.variables,
      needs: ['slack', 'database'],
      folder,
      destination: { write: () => undefined },
    });
    const bot = await startCountersign({ ...prepared, signingKey: await findSigningKey(undefined, folder) });
    onTestFinished(() => bot.stop());
    await until(async () => (await lastRun())?.state === 'succeeded', { deadlineMilliseconds: 20_000 });
    expect(await recorded(half.id)).toEqual(['run.requested', 'run.taken_over', 'run.succeeded']);
  });
});
