import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadOrCreateSigningKey } from '../../src/signing-key.ts';
import { startSurroundings } from '../support/surroundings.ts';
import { until } from '../support/until.ts';
import { runCli, startCli } from './countersign-cli.ts';

const empty = await mkdtemp(join(tmpdir(), 'countersign-start-'));
afterAll(() => rm(empty, { recursive: true, force: true }));

describe('countersign start', () => {
  it('without anything names every variable that is missing, and the way without a database', async () => {
    const { code, err } = await runCli(['start'], { folder: empty, variables: {} });
    expect(code).toBe(1);
    for (const text of [
      'SLACK_BOT_TOKEN: is missing',
      'SLACK_SIGNING_SECRET: is missing',
      'DATABASE_URL: is missing',
      'pass --embedded',
    ]) {
      expect(err).toContain(text);
    }
    expect(err).not.toMatch(/\n {4}at /);
  });

  it('names all problems of the settings at once', async () => {
    await writeFile(join(empty, 'bad.yaml'), 'channels: { ops: #ops }\nroles: 5\npolicy: []\n');
    const { code, err } = await runCli(['start'], {
      folder: empty,
      variables: {
        SLACK_BOT_TOKEN: 'xoxb-1-2',
        SLACK_SIGNING_SECRET: '0123456789abcdef',
        DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c',
        COUNTERSIGN_CONFIG: 'bad.yaml',
      },
    });
    expect(code).toBe(1);
    expect(err).toContain('bad.yaml');
  });

  it('shows its help, and an unknown command as a mistake', async () => {
    const help = await runCli(['--help'], { folder: empty, variables: {} });
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining('start [options]') });
    const unknown = await runCli(['strat'], { folder: empty, variables: {} });
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("unknown command 'strat'") });
  });
});

describe('a running bot', async () => {
  const surroundings = await startSurroundings({ mode: 'http', umbrellaRecords: 10 });
  const { folder, workspace, database } = surroundings;
  await loadOrCreateSigningKey(folder);
  const variables = {
    ...surroundings.variables,
    DATABASE_OWNER_URL: database.ownerUrl,
    COUNTERSIGN_SIGNING_KEY: `file:${join(folder, 'signing-key.pem')}`,
    LOG_LEVEL: 'info',
  };
  const settings = join(folder, 'settings.yaml');
  const sound = await readFile(settings, 'utf8');
  const policies = async () =>
    (
      await database.pool.query<{ body: string }>(
        "SELECT body FROM countersign.ledger_entries WHERE kind = 'policy.loaded' ORDER BY seq",
      )
    ).rows.map(({ body }) => (JSON.parse(String(body)) as { facts: { changes: unknown } }).facts.changes);
  const inOps = () =>
    workspace
      .as('ada')
      .state()
      .messages.filter(({ channel, userId }) => channel === 'C0OPS' && userId === workspace.app.botUserId)
      .map(({ text, blocks }) => text + JSON.stringify(blocks));

  it('says what several processes lack to sign checkpoints before it touches the database', async () => {
    const { code, err, out } = await runCli(['start'], {
      folder,
      variables: { ...variables, COUNTERSIGN_SIGNING_KEY: '', REDIS_URL: 'redis://127.0.0.1:1' },
    });
    expect(code).toBe(1);
    expect(err).toContain('COUNTERSIGN_SIGNING_KEY is missing');
    expect(out).not.toContain('Migrated');
  });

  it('keeps its settings when the file becomes invalid, says so in #ops, and follows a valid one on the record', async () => {
    const bot = startCli(['start'], { folder, variables });
    await until(() => bot.said().includes('Countersign is running') || bot.child.exitCode !== null, {
      deadlineMilliseconds: 20_000,
    });
    expect(bot.said()).toContain('Countersign is running');
    expect(await policies()).toHaveLength(1);

    await writeFile(settings, sound.replace('policy:', 'polcy:'));
    bot.child.kill('SIGHUP');
    await until(() => inOps().some((text) => text.includes('The settings were not reloaded')), {
      deadlineMilliseconds: 10_000,
    });
    expect(inOps().at(-1)).toContain('polcy');
    expect(await policies()).toHaveLength(1);

    await writeFile(
      settings,
      sound.replace('{ risk: read, run: [responder, approver, admin] }', '{ risk: read, run: [admin] }'),
    );
    bot.child.kill('SIGHUP');
    const [, changes] = await until(async () => {
      const known = await policies();
      return known.length === 2 ? known : undefined;
    });
    expect(JSON.stringify(changes)).toContain('responder');

    const address = /"port":(\d+)/.exec(bot.said());
    workspace.deliverByHttp(`http://127.0.0.1:${address![1]}/slack/events`);
    await workspace.as('ada').do({ kind: 'send', channel: 'C0OPS', text: '/ops verify-audit acme' });
    await until(() => inOps().some((text) => text.includes('Only admin may run')), {
      deadlineMilliseconds: 10_000,
    });

    bot.child.kill('SIGTERM');
    expect((await bot.finished).code).toBe(0);
  });
});
