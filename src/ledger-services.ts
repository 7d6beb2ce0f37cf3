import type { Pool } from 'pg';
import type { LedgerStatus } from './command.ts';
import { type Checkpoint, checkpointLine } from './core/ledger/checkpoint.ts';
import { receiptOf } from './core/ledger/receipt.ts';
import type { SigningKey } from './core/ledger/signing-key.ts';
import { databaseSource, inSnapshot } from './ledger-cli/source.ts';
import { verifySource } from './ledger-cli/verify.ts';
import { addJob } from './postgres/jobs.ts';
import { isLedgerWriteProtected, ledgerHead } from './postgres/ledger.ts';
import { lastCheckpoint, takeCheckpoint } from './postgres/ledger-checkpoints.ts';
import { wantMessage } from './postgres/messages.ts';
import { inTransaction } from './postgres/transaction.ts';
import type { LedgerServices } from './services.ts';

export interface LedgerServicesContext {
  readonly pool: Pool;
  readonly workspaceId: string;
  readonly key: SigningKey;
  /** Where checkpoints are posted: a channel id or `#name`. */
  readonly channel: () => string;
  readonly processId: string;
  readonly onWanted: (messageIds: readonly string[]) => void;
  readonly now: () => Date;
}

export function ledgerServices(context: LedgerServicesContext): LedgerServices {
  return {
    status: (options) => status(context, options),
    checkpoint: async (asked) => {
      const checkpoint = await anchor(context, asked);
      return { seq: checkpoint.seq, receipt: receiptOf(checkpoint.seq, checkpoint.hash) };
    },
  };
}

/** Takes a checkpoint, and in the same transaction makes sure it reaches the file and the channel. */
async function anchor(
  { pool, workspaceId, key, channel, processId, onWanted, now }: LedgerServicesContext,
  asked: { actor: string; via: string; reason: string },
): Promise<Checkpoint> {
  const taken = await inTransaction(pool, async (client) => {
    const checkpoint = await takeCheckpoint(client, workspaceId, key, asked, now());
    await addJob(client, `write_checkpoint:${workspaceId}`, { workspaceId, checkpoint: { ...checkpoint } });
    await wantMessage(
      client,
      workspaceId,
      {
        id: messageId(checkpoint),
        place: { kind: 'channel', channelId: channel() },
        urgency: 'other',
        content: { text: checkpointLine(checkpoint) },
      },
      processId,
    );
    return checkpoint;
  });
  onWanted([messageId(taken)]);
  return taken;
}

function messageId({ seq }: Checkpoint): string {
  return `ledger:checkpoint:${seq}`;
}

/** Takes the daily checkpoint when one is due: there are entries since the last one, and it is old enough. */
export async function checkpointIfDue(context: LedgerServicesContext, everyHours: number): Promise<boolean> {
  const [head, last] = await Promise.all([
    ledgerHead(context.pool, context.workspaceId),
    lastCheckpoint(context.pool, context.workspaceId),
  ]);
  if (head === undefined || head.seq === last?.seq) return false;
  const age = last === undefined ? Number.POSITIVE_INFINITY : context.now().getTime() - last.at.getTime();
  if (age < everyHours * 3_600_000) return false;
  await anchor(context, { actor: 'countersign', via: 'timer', reason: 'daily' });
  return true;
}

async function status(
  { pool, workspaceId, key }: LedgerServicesContext,
  { verify }: { verify: boolean },
): Promise<LedgerStatus> {
  const client = await pool.connect();
  try {
    return await inSnapshot(client, async () => {
      const head = await ledgerHead(client, workspaceId);
      const last = await lastCheckpoint(client, workspaceId);
      // Only our own key is trusted: the keys stored beside the checkpoints are whatever their writer says.
      const verdict = verify
        ? await verifySource(await databaseSource(client, workspaceId), { keys: [key.publicKey] })
        : undefined;
      const problem = verdict?.problems[0];
      return {
        entries: head?.seq ?? 0,
        receipt: head === undefined ? undefined : receiptOf(head.seq, head.hash),
        headHash: head?.hash,
        lastCheckpoint: last,
        unanchored: verdict?.unanchored ?? (head?.seq ?? 0) - (last?.seq ?? 0),
        problem:
          problem && `${problem.seq === undefined ? '' : `Entry #${problem.seq}: `}${problem.explanation}`,
        isWriteProtected: await isLedgerWriteProtected(client),
      };
    });
  } finally {
    client.release();
  }
}
