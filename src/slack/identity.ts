import { createHash } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import type { Pool } from 'pg';
import { Fault } from '../core/errors.ts';
import { callFailure } from './delivery/slack-answer.ts';

/** Who we are in Slack. */
export interface Identity {
  readonly workspaceId: string;
  readonly botUserId: string;
  readonly botId: string;
  /** e.g. `https://acme.slack.com/`. */
  readonly url: string;
}

/**
 * Asks Slack who the token belongs to. With Slack down, what it said last time serves: alert intake and
 * waiting deliveries must not depend on Slack being up at the moment of a restart.
 * @throws Fault `slack_token_refused` when Slack refuses the token, `slack_unreachable` when it cannot be
 *   asked and never was.
 */
export async function findIdentity(
  client: WebClient,
  token: string,
  pool: Pool,
): Promise<{ identity: Identity; isRemembered: boolean }> {
  const tokenHash = createHash('sha256').update(token).digest('hex');
  try {
    const answer = await client.auth.test();
    const identity: Identity = {
      workspaceId: answer.team_id!,
      botUserId: answer.user_id!,
      botId: answer.bot_id!,
      url: answer.url!,
    };
    await remember(pool, tokenHash, identity);
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
    const identity = await recall(pool, tokenHash);
    if (identity !== undefined) return { identity, isRemembered: true };
    const why = failure.kind === 'unknown' ? failure.error : failure.kind;
    throw new Fault(
      'slack_unreachable',
      `Slack could not be asked whose token SLACK_BOT_TOKEN is (${why}), and this token was never used with this database. Check the network and start again.`,
      { cause: error },
    );
  }
}

async function remember(pool: Pool, tokenHash: string, identity: Identity): Promise<void> {
  await pool.query(
    `INSERT INTO countersign.workspaces (token_hash, workspace_id, bot_user_id, bot_id, url)
     VALUES ($1::text, $2::text, $3::text, $4::text, $5::text)
     ON CONFLICT (token_hash) DO UPDATE SET workspace_id = excluded.workspace_id,
       bot_user_id = excluded.bot_user_id, bot_id = excluded.bot_id, url = excluded.url, seen_at = clock_timestamp()`,
    [tokenHash, identity.workspaceId, identity.botUserId, identity.botId, identity.url],
  );
}

async function recall(pool: Pool, tokenHash: string): Promise<Identity | undefined> {
  const { rows } = await pool.query<Identity>(
    `SELECT workspace_id AS "workspaceId", bot_user_id AS "botUserId", bot_id AS "botId", url
     FROM countersign.workspaces WHERE token_hash = $1::text`,
    [tokenHash],
  );
  return rows[0];
}
