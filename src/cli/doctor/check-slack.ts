import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { WebClient } from '@slack/web-api';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Environment } from '../../config/environment.ts';
import type { CountersignSettings } from '../../runtime.ts';
import { channelResolver } from '../../slack/channels.ts';
import { slackClient } from '../../slack/connect.ts';
import { callFailure } from '../../slack/delivery/slack-answer.ts';
import type { Finding } from '../doctor.ts';

const manifest = z.object({ oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }) });
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => 'error' as never,
  setName() {},
};

/** The bot token, its scopes against our manifest, the app token, and the channels of the settings. */
export async function checkSlack(
  { slack, slackApiUrl }: Environment,
  settings: CountersignSettings,
): Promise<Finding[]> {
  if (slack === undefined) {
    return [
      {
        what: 'slack',
        status: 'failed',
        detail: 'SLACK_BOT_TOKEN is not set, or neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is',
        fix: 'See "Connect a real workspace" in the README.',
      },
    ];
  }
  const client = slackClient(slack.botToken.reveal(), { apiUrl: slackApiUrl, logger: silent });
  const token = await checkToken(client);
  if (token.status === 'failed') return [token];
  const connection: Finding[] =
    slack.mode === 'socket'
      ? [await checkAppToken(slackClient(slack.appToken.reveal(), { apiUrl: slackApiUrl, logger: silent }))]
      : [
          {
            what: 'slack connection',
            status: 'ok',
            detail: 'HTTP, requests are verified by their signature',
          },
        ];
  return [token, await checkScopes(client), ...connection, ...(await checkChannels(client, settings))];
}

async function checkToken(client: WebClient): Promise<Finding> {
  try {
    const { team, user } = await client.auth.test();
    return { what: 'slack token', status: 'ok', detail: `${user} in ${team}` };
  } catch (error) {
    const failure = callFailure(error);
    return {
      what: 'slack token',
      status: 'failed',
      detail: failure.kind === 'rate_limited' ? 'rate limited' : failure.error,
      fix:
        failure.kind === 'refused'
          ? 'Copy the bot token (xoxb-…) again from "OAuth & Permissions".'
          : 'Check that this machine can reach Slack.',
    };
  }
}

async function checkScopes(client: WebClient): Promise<Finding> {
  const root = resolve(import.meta.dirname, '../../..');
  const wanted = manifest.parse(parse(await readFile(join(root, 'manifest.yml'), 'utf8'))).oauth_config.scopes
    .bot;
  const { response_metadata: metadata } = await client.auth.test();
  const granted = new Set(metadata?.scopes ?? []);
  const missing = wanted.filter((scope) => !granted.has(scope));
  if (missing.length === 0)
    return { what: 'slack scopes', status: 'ok', detail: `all ${wanted.length} of the manifest` };
  return {
    what: 'slack scopes',
    status: 'failed',
    detail: `missing: ${missing.join(', ')}`,
    fix: 'Paste manifest.yml into "App Manifest" and reinstall the app to the workspace.',
  };
}

async function checkAppToken(client: WebClient): Promise<Finding> {
  try {
    await client.apps.connections.open({});
    return { what: 'slack connection', status: 'ok', detail: 'Socket Mode' };
  } catch (error) {
    const failure = callFailure(error);
    return {
      what: 'slack connection',
      status: 'failed',
      detail: `Socket Mode: ${failure.kind === 'rate_limited' ? 'rate limited' : failure.error}`,
      fix: 'Make an app-level token with connections:write and switch Socket Mode on.',
    };
  }
}

async function checkChannels(client: WebClient, settings: CountersignSettings): Promise<Finding[]> {
  const resolveChannel = channelResolver(client);
  const findings: Finding[] = [];
  for (const [name, reference] of namedChannels(settings)) {
    const what = `channel ${name}`;
    try {
      const { channel } = await client.conversations.info({ channel: await resolveChannel(reference) });
      findings.push(
        channel?.is_member === true
          ? { what, status: 'ok', detail: `#${channel.name}` }
          : {
              what,
              status: 'failed',
              detail: `the bot is not in ${reference}`,
              fix: `In that channel: /invite @countersign`,
            },
      );
    } catch (error) {
      const failure = callFailure(error);
      findings.push({
        what,
        status: 'failed',
        detail: `${reference}: ${failure.kind === 'rate_limited' ? 'rate limited' : failure.error}`,
        fix: 'Name a channel that exists and invite the bot: /invite @countersign',
      });
    }
  }
  return findings;
}

/** Every channel the settings name, each once, by where it is first named. */
function namedChannels({ channels, alerts }: CountersignSettings): [string, string][] {
  const named: [string, string | undefined][] = [
    ...Object.entries(channels),
    ...Object.entries(alerts.sources).map(([name, { channel }]): [string, string | undefined] => [
      `of source ${name}`,
      channel,
    ]),
    ...alerts.routes.map(({ channel }, index): [string, string | undefined] => [
      `of alerts.routes[${index}]`,
      channel,
    ]),
  ];
  const seen = new Set<string>();
  return named.flatMap(([name, reference]) => {
    if (reference === undefined || seen.has(reference)) return [];
    seen.add(reference);
    return [[name, reference]];
  });
}
