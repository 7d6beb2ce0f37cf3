import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { startSlackWorkspace } from '../../sandbox/slack/server.ts';
import { identityMemory } from '../../src/postgres/workspaces.ts';
import { boltLogger } from '../../src/slack/bolt-logger.ts';
import { channelResolver } from '../../src/slack/channels.ts';
import { slackClient } from '../../src/slack/connect.ts';
import { findIdentity } from '../../src/slack/identity.ts';
import { testDatabase } from '../support/database.ts';
import { keptLog } from '../support/kept-log.ts';

const database = await testDatabase();
const manifest: unknown = parse(await readFile(new URL('../../manifest.yml', import.meta.url), 'utf8'));
const slack = await startSlackWorkspace({ manifest, rateLimits: { isOn: false } });
afterAll(() => slack.close());

const clientOf = (token: string) =>
  slackClient(token, { apiUrl: slack.apiUrl, logger: boltLogger(keptLog()) });
const find = (token = slack.app.botToken) =>
  findIdentity(clientOf(token), token, identityMemory(database.pool));
const down = () => {
  slack.goDown();
  onTestFinished(() => slack.comeBack());
};

describe('who we are in Slack', () => {
  it('cannot be known when Slack is away and never said', async () => {
    down();
    await expect(find()).rejects.toMatchObject({ code: 'slack_unreachable' });
  });

  it('is what Slack says, and remembered for when it is away', async () => {
    const identity = { workspaceId: 'T0ACME', botUserId: 'U0COUNTER', botId: 'B0COUNTER' };
    expect(await find()).toMatchObject({ identity, isRemembered: false });
    down();
    expect(await find()).toMatchObject({ identity, isRemembered: true });
  });

  it('is remembered for that very token only, and the token is not kept', async () => {
    await find();
    down();
    await expect(find('xoxb-another')).rejects.toMatchObject({ code: 'slack_unreachable' });
    const { rows } = await database.pool.query('SELECT * FROM countersign.workspaces');
    expect(JSON.stringify(rows)).not.toContain(slack.app.botToken);
  });

  it('is not what it was when Slack refuses the token', async () => {
    await find();
    slack.faults.next('auth.test', 'error:token_revoked');
    await expect(find()).rejects.toThrow('Slack refused SLACK_BOT_TOKEN: token_revoked.');
  });

  it.each(['ratelimited', 'http_500', 'error:internal_error'] as const)(
    'is what it was while Slack has trouble: %s',
    async (fault) => {
      await find();
      slack.faults.next('auth.test', fault);
      expect(await find()).toMatchObject({ isRemembered: true });
    },
  );
});

describe('a channel named in the settings', () => {
  it('is found by its name, once', async () => {
    const resolve = channelResolver(clientOf(slack.app.botToken));
    slack.recorder.clear();
    expect([await resolve('#ops'), await resolve('#ops'), await resolve('C0INC')]).toEqual([
      'C0OPS',
      'C0OPS',
      'C0INC',
    ]);
    expect(slack.calls.map(({ method }) => method)).toEqual(['conversations.list']);
  });

  it('that is not there is named, with what to do', async () => {
    const resolve = channelResolver(clientOf(slack.app.botToken));
    await expect(resolve('#nowhere')).rejects.toThrow(
      'There is no channel "#nowhere" this app can see. Create it',
    );
  });
});
