import { createHash } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { Fault } from '../core/errors.ts';
import type { Identity, IdentityMemory } from '../core/identity-memory.ts';
import { callFailure } from './delivery/slack-answer.ts';

/** https://docs.slack.dev/reference/methods/auth.test; what is not needed to go on may be missing. */
const authAnswer = z.object({
  team_id: z.string().min(1),
  user_id: z.string().min(1),
  bot_id: z.string().default(''),
  url: z.string().default(''),
});

/**
 * Asks Slack who the token belongs to. With Slack down, what it said last time serves: alert intake and
 * waiting deliveries must not depend on Slack being up at the moment of a restart.
 * @throws Fault `slack_token_refused` when Slack refuses the token, `slack_unreachable` when it cannot be
 *   asked and never was.
 */
export async function findIdentity(
  client: WebClient,
  token: string,
  memory: IdentityMemory,
): Promise<{ identity: Identity; isRemembered: boolean }> {
  const tokenHash = createHash('sha256').update(token).digest('hex');
  try {
    const answer = authAnswer.parse(await client.auth.test());
    const identity: Identity = {
      workspaceId: answer.team_id,
      botUserId: answer.user_id,
      botId: answer.bot_id,
      url: answer.url,
    };
    await memory.remember(tokenHash, identity);
    return { identity, isRemembered: false };
  } catch (error) {
    const failure = callFailure(error);
    if (failure.kind === 'refused') {
      throw new Fault(
        'slack_token_refused',
        `Slack refused SLACK_BOT_TOKEN: ${failure.error}. Copy the bot token (xoxb-…) again from "OAuth & Permissions" of your app.`,
        { cause: error },
      );
    }
    const identity = await memory.recall(tokenHash);
    if (identity !== undefined) return { identity, isRemembered: true };
    const why = failure.kind === 'unknown' ? failure.error : failure.kind;
    throw new Fault(
      'slack_unreachable',
      `Slack could not be asked whose token SLACK_BOT_TOKEN is (${why}), and this token was never used with this database. Check the network and start again.`,
      { cause: error },
    );
  }
}
