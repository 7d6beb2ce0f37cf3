import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { startSlackWorkspace } from '../../sandbox/slack/server.ts';
import { boltLogger } from '../../src/slack/bolt-logger.ts';
import { slackClient } from '../../src/slack/connect.ts';
import { watchSlack } from '../../src/slack/watch.ts';
import { keptLog } from '../support/kept-log.ts';
import { until } from '../support/until.ts';

const manifest: unknown = parse(await readFile(new URL('../../manifest.yml', import.meta.url), 'utf8'));
const slack = await startSlackWorkspace({ manifest, rateLimits: { isOn: false } });
afterAll(() => slack.close());

function watched(isReached: boolean) {
  const log = keptLog();
  const client = slackClient(slack.app.botToken, { apiUrl: slack.apiUrl, logger: boltLogger(keptLog()) });
  const watch = watchSlack(client, log, () => new Date(), isReached, 10);
  onTestFinished(watch.stop);
  return { watch, said: () => log.lines.map(({ level }) => level) };
}

describe('watching Slack', () => {
  it('says once that it is away, and once that it is back', async () => {
    const { watch, said } = watched(true);
    slack.goDown();
    await until(() => watch.state().state === 'unreachable');
    slack.recorder.clear();
    slack.comeBack();
    await until(() => watch.state().state === 'connected');
    expect(said()).toEqual(['error', 'info']);
  });

  it('takes a refusal for an answer: Slack is there', async () => {
    slack.faults.next('auth.test', 'error:token_revoked', 3);
    const { watch, said } = watched(false);
    await until(() => watch.state().state === 'connected');
    expect(said()).toEqual(['info']);
    slack.faults.clear();
  });
});
