import type { Pool } from 'pg';
import type { MessageStore, Place } from '../core/message.ts';
import { addJob } from './jobs.ts';
import {
  claimMessage,
  maybeLinking,
  maybePosted,
  messageFailed,
  messagePostponed,
  messageSent,
  postBegins,
  postRefused,
} from './messages.ts';

/** A delivery this near is kept in mind: should the process die, others find the message undelivered. */
const soonMilliseconds = 250;

export interface WholeMessage {
  readonly id: string;
  readonly createdAt: Date;
  readonly channelId: string;
  readonly ts: string;
  readonly threadTs?: string;
}

/** The messages of one workspace, as delivery needs them. A later delivery is a job, so that it outlives this process. */
export function messageStore(
  pool: Pool,
  workspaceId: string,
  processId: string,
  deliverNow: (id: string) => void,
): MessageStore & { maybeWhole(id: string): Promise<WholeMessage | undefined> } {
  const maybeThread = async (place: Place): Promise<string | undefined> => {
    if (place.kind === 'channel') return place.threadTs;
    if (place.kind !== 'thread_of') return undefined;
    const parent = await maybePosted(pool, workspaceId, place.messageId);
    return typeof parent === 'object' ? parent.ts : undefined;
  };
  return {
    claim: (id, claim, claimMilliseconds) =>
      claimMessage(pool, workspaceId, id, claim, claimMilliseconds, processId),
    postBegins: (message) => postBegins(pool, message),
    postRefused: (message) => postRefused(pool, message),
    sent: async (message, claim, posted) => {
      const isOwed = await messageSent(pool, message, claim, posted, processId);
      const linking = maybeLinking(message, posted);
      if (linking !== undefined) deliverNow(linking);
      return isOwed;
    },
    failed: (message, claim, error, giveUp) => messageFailed(pool, message, claim, error, giveUp),
    postponed: (message, claim, why) => messagePostponed(pool, message, claim, why),
    maybePosted: (id) => maybePosted(pool, workspaceId, id),
    again: async (task, id, delayMilliseconds) => {
      if (task === 'deliver' && delayMilliseconds === 0) return deliverNow(id);
      if (task === 'deliver' && delayMilliseconds <= soonMilliseconds) {
        setTimeout(deliverNow, delayMilliseconds, id).unref();
        return;
      }
      const key = `${task}:${workspaceId}:${id}`;
      await addJob(
        pool,
        `${task}:${workspaceId}`,
        { workspaceId, messageId: id },
        { key, delayMilliseconds },
      );
    },
    maybeWhole: async (id) => {
      const { rows } = await pool.query<{ place: Place; channel_id: string; ts: string; created_at: Date }>(
        `SELECT place, channel_id, ts, created_at FROM countersign.messages
         WHERE workspace_id = $1::text AND id = $2::text AND ts IS NOT NULL`,
        [workspaceId, id],
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      const threadTs = await maybeThread(row.place);
      return {
        id,
        createdAt: row.created_at,
        channelId: row.channel_id,
        ts: row.ts,
        ...(threadTs === undefined ? {} : { threadTs }),
      };
    },
  };
}
