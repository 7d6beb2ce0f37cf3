import type { ClientBase, Pool } from 'pg';
import type { JsonObject } from '../command.ts';
import type { ShownOn } from '../core/inbox.ts';
import type { BusyMessage, ClaimedMessage, Place, Urgency, WantedMessage } from '../core/message.ts';
import { livingProcesses } from './processes.ts';
import { storableJson } from './storable.ts';

/** `slackClient` gives up on a call after this. */
const longestCallMilliseconds = 8_000;

/**
 * Asks for a message to be as the present state says. Asking again raises `wanted`: a waiting delivery then
 * shows the newest state once. A message that was given up gets another chance with its new state.
 * @param processId who delivers it once this is committed; when that process is gone, any other does.
 */
export async function wantMessage(
  client: ClientBase,
  workspaceId: string,
  message: WantedMessage,
  processId: string,
): Promise<void> {
  await client.query({
    name: 'want-message',
    text: `
      INSERT INTO countersign.messages AS message (workspace_id, id, place, content, urgency, process_id)
      VALUES ($1::text, $2::text, $3::jsonb, $4::jsonb, $5::text, $6::text)
      ON CONFLICT (workspace_id, id) DO UPDATE SET wanted = message.wanted + 1, urgency = excluded.urgency,
        process_id = excluded.process_id,
        given_up_at = NULL, attempts = CASE WHEN message.given_up_at IS NULL THEN message.attempts ELSE 0 END`,
    values: [
      workspaceId,
      message.id,
      storableJson(message.place),
      message.content === undefined ? null : storableJson(message.content),
      message.urgency,
      processId,
    ],
  });
}

interface MessageRow {
  place: Place;
  content: JsonObject | null;
  urgency: Urgency;
  wanted: number;
  channel_id: string | null;
  ts: string | null;
  post_began_at: Date | null;
  attempts: number;
}

/**
 * Becomes the message's only sender for `claimMilliseconds`.
 * `nothing_owed`: it already shows the newest state, or was given up.
 */
export async function claimMessage(
  pool: Pool,
  workspaceId: string,
  id: string,
  claim: string,
  claimMilliseconds: number,
  processId: string,
): Promise<ClaimedMessage | BusyMessage | 'nothing_owed'> {
  const { rows } = await pool.query<
    MessageRow & { claimed: boolean; is_owed: boolean; free_in_milliseconds: number | null }
  >({
    name: 'claim-message',
    text: `
      WITH claimed AS (
        UPDATE countersign.messages
        SET claim = $3::uuid, claimed_until = clock_timestamp() + make_interval(secs => $4::double precision / 1000),
          attempts = attempts + 1, process_id = $5::text,
          post_began_at = CASE WHEN ts IS NULL AND place->>'kind' <> 'view' THEN coalesce(post_began_at, clock_timestamp())
            ELSE post_began_at END
        WHERE workspace_id = $1::text AND id = $2::text AND sent < wanted AND given_up_at IS NULL
          AND (claim IS NULL OR claimed_until < clock_timestamp()
            -- The sender is gone, and so is what it may have sent: past the longest Slack call.
            OR claimed_until < clock_timestamp() + make_interval(secs => ($4::double precision - ${longestCallMilliseconds}) / 1000)
              AND process_id <> $5::text AND process_id NOT IN (${livingProcesses}))
        RETURNING *
      )
      SELECT message.place, message.content, message.urgency, message.wanted, message.channel_id, message.ts,
        message.post_began_at, coalesce(claimed.attempts, message.attempts) AS attempts,
        claimed.id IS NOT NULL AS claimed,
        message.sent < message.wanted AND message.given_up_at IS NULL AS is_owed,
        ceil(extract(epoch FROM message.claimed_until - clock_timestamp()) * 1000)::double precision AS free_in_milliseconds
      FROM countersign.messages AS message LEFT JOIN claimed USING (workspace_id, id)
      WHERE workspace_id = $1::text AND id = $2::text`,
    values: [workspaceId, id, claim, claimMilliseconds, processId],
  });
  const row = rows[0];
  if (row === undefined || !row.is_owed) return 'nothing_owed';
  if (!row.claimed) return { freeInMilliseconds: Math.max(0, row.free_in_milliseconds ?? 0) };
  return {
    workspaceId,
    id,
    place: row.place,
    content: row.content ?? undefined,
    urgency: row.urgency,
    wanted: row.wanted,
    channelId: row.channel_id ?? undefined,
    ts: row.ts ?? undefined,
    // Before this claim: the mark the claim itself set is not an earlier post.
    postBeganAt: row.post_began_at ?? undefined,
    isPostMarked: row.ts === null && row.place.kind !== 'view',
    attempts: row.attempts,
  };
}

/** Written before a new post leaves, so that a lost answer is known to be one. Of several, the first counts. */
export async function postBegins(pool: Pool, message: ClaimedMessage): Promise<void> {
  await pool.query({
    name: 'post-begins',
    text: `UPDATE countersign.messages SET post_began_at = coalesce(post_began_at, clock_timestamp())
      WHERE workspace_id = $1::text AND id = $2::text`,
    values: [message.workspaceId, message.id],
  });
}

/** The post was refused for certain (an error answer from Slack): nothing is out there. */
export async function postRefused(pool: Pool, message: ClaimedMessage): Promise<void> {
  await pool.query(
    `UPDATE countersign.messages SET post_began_at = NULL WHERE workspace_id = $1::text AND id = $2::text`,
    [message.workspaceId, message.id],
  );
}

/**
 * Records what was shown and lets go. Together with the first post, the message that links to it is asked for again.
 * @param processId who delivers that one.
 * @returns whether a newer state has been asked for meanwhile.
 */
export async function messageSent(
  pool: Pool,
  message: ClaimedMessage,
  claim: string,
  posted: { channelId?: string; ts?: string; shown: number; hash?: string },
  processId: string,
): Promise<boolean> {
  const { rows } = await pool.query<{ is_owed: boolean }>({
    name: 'message-sent',
    text: `
      WITH sent AS (
        UPDATE countersign.messages
        SET sent = greatest(sent, $4::integer), claim = NULL, claimed_until = NULL, attempts = 0, last_error = NULL,
          channel_id = coalesce($5::text, channel_id), ts = coalesce($6::text, ts), post_began_at = NULL,
          shown_hash = coalesce(decode($7::text, 'hex'), shown_hash)
        WHERE workspace_id = $1::text AND id = $2::text AND claim = $3::uuid
        RETURNING sent < wanted AS is_owed
      ), linking AS (
        UPDATE countersign.messages SET wanted = wanted + 1, process_id = $9::text
        WHERE workspace_id = $1::text AND id = $8::text AND EXISTS (SELECT FROM sent)
      )
      SELECT is_owed FROM sent`,
    values: [
      message.workspaceId,
      message.id,
      claim,
      posted.shown,
      posted.channelId ?? null,
      posted.ts ?? null,
      posted.hash ?? null,
      maybeLinking(message, posted) ?? null,
      processId,
    ],
  });
  return rows[0]?.is_owed ?? false;
}

/** The message that links to this one, when this one stands for the first time. */
export function maybeLinking({ ts, content }: ClaimedMessage, posted: { ts?: string }): string | undefined {
  const linking = content?.linkedFrom;
  return ts === undefined && posted.ts !== undefined && typeof linking === 'string' ? linking : undefined;
}

/** Lets go after a failure; `giveUp` ends the attempts for good. */
export async function messageFailed(
  pool: Pool,
  message: ClaimedMessage,
  claim: string,
  error: string,
  giveUp: boolean,
): Promise<void> {
  await pool.query(
    `UPDATE countersign.messages
     SET claim = NULL, claimed_until = NULL, last_error = $4::text,
       given_up_at = CASE WHEN $5::boolean THEN clock_timestamp() END
     WHERE workspace_id = $1::text AND id = $2::text AND claim = $3::uuid`,
    [message.workspaceId, message.id, claim, error, giveUp],
  );
}

/** Lets go without counting an attempt: nothing was tried, so nothing failed. */
export async function messagePostponed(
  pool: Pool,
  message: ClaimedMessage,
  claim: string,
  why: string,
): Promise<void> {
  await pool.query(
    `UPDATE countersign.messages
     SET claim = NULL, claimed_until = NULL, last_error = $4::text, attempts = greatest(0, attempts - 1),
       post_began_at = CASE WHEN ts IS NULL THEN $5::timestamptz ELSE post_began_at END
     WHERE workspace_id = $1::text AND id = $2::text AND claim = $3::uuid`,
    [message.workspaceId, message.id, claim, why, message.postBeganAt ?? null],
  );
}

/** Where a message stands in Slack, once it does; `nowhere` when it has no place of its own and will get none. */
export async function maybePosted(
  pool: Pool,
  workspaceId: string,
  id: string,
): Promise<{ channelId: string; ts: string } | 'nowhere' | undefined> {
  const { rows } = await pool.query<{ channel_id: string | null; ts: string | null; is_over: boolean }>({
    name: 'posted-message',
    text: `SELECT channel_id, ts, given_up_at IS NOT NULL OR sent > 0 AS is_over FROM countersign.messages
           WHERE workspace_id = $1::text AND id = $2::text`,
    values: [workspaceId, id],
  });
  const row = rows[0];
  if (row === undefined) return 'nowhere';
  if (row.channel_id !== null && row.ts !== null) return { channelId: row.channel_id, ts: row.ts };
  return row.is_over ? 'nowhere' : undefined;
}

/**
 * Asks for every standing message that shows a run as it is: its cards and what its signers got. Answers to one
 * person, details and notices of one moment stay as they are.
 * @returns their ids.
 */
export async function refreshMessages(
  client: ClientBase,
  workspaceId: string,
  runId: string,
  { urgency, signers }: { readonly urgency: Urgency; readonly signers: readonly string[] },
  processId: string,
): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>({
    name: 'refresh-messages',
    text: `
      UPDATE countersign.messages
      SET wanted = wanted + 1,
        -- Everybody looks at the card; what each signer was sent follows when there is room.
        urgency = CASE WHEN place->>'kind' = 'dm' THEN 'other' ELSE $2::text END, process_id = $3::text, given_up_at = NULL,
        attempts = CASE WHEN given_up_at IS NULL THEN attempts ELSE 0 END
      WHERE workspace_id = $1::text AND id = ANY ($4::text[])
      RETURNING id`,
    values: [
      workspaceId,
      urgency,
      processId,
      [
        ...['card', 'approval', 'thread'].map((part) => `run:${runId}:${part}`),
        ...signers.flatMap((signer) => [`run:${runId}:ask:${signer}`, `run:${runId}:remind:${signer}`]),
      ],
    ],
  });
  return rows.map(({ id }) => id);
}

/** Asks once more for a message that was asked for before; one that never was stays unasked. */
export async function refreshMessage(
  client: ClientBase,
  workspaceId: string,
  id: string,
  processId: string,
): Promise<void> {
  await client.query({
    name: 'refresh-message',
    text: `
      UPDATE countersign.messages
      SET wanted = wanted + 1, process_id = $3::text, given_up_at = NULL,
        urgency = CASE WHEN sent = 0 THEN urgency ELSE 'other' END,
        attempts = CASE WHEN given_up_at IS NULL THEN attempts ELSE 0 END
      WHERE workspace_id = $1::text AND id = $2::text`,
    values: [workspaceId, id, processId],
  });
}

/** Which message or form of ours stands there, and the hash of the blocks it shows. */
export async function maybeShown(
  pool: Pool,
  workspaceId: string,
  where: ShownOn,
): Promise<{ id: string; hash: string } | undefined> {
  const { rows } = await ('viewId' in where
    ? pool.query<{ id: string; hash: string | null }>(
        `SELECT id, encode(shown_hash, 'hex') AS hash FROM countersign.messages
         WHERE workspace_id = $1::text AND place->>'kind' = 'view' AND place->>'viewId' = $2::text`,
        [workspaceId, where.viewId],
      )
    : pool.query<{ id: string; hash: string | null }>({
        name: 'shown-message',
        text: `SELECT id, encode(shown_hash, 'hex') AS hash FROM countersign.messages
               WHERE workspace_id = $1::text AND channel_id = $2::text AND ts = $3::text`,
        values: [workspaceId, where.channelId, where.ts],
      }));
  const row = rows[0];
  return row?.hash == null ? undefined : { id: row.id, hash: row.hash };
}
