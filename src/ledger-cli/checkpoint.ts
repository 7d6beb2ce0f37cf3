import type { Writable } from 'node:stream';
import type { ClientBase } from 'pg';
import type { CheckpointSink } from '../checkpoint-file.ts';
import { type Checkpoint, checkpointLine } from '../core/ledger/checkpoint.ts';
import type { SigningKey } from '../core/ledger/signing-key.ts';
import { takeCheckpoint } from '../postgres/ledger-checkpoints.ts';

export interface CheckpointRequest {
  readonly client: ClientBase;
  readonly workspaceId: string;
  readonly key: SigningKey;
  readonly actor: string;
  readonly via: string;
  readonly reason: string;
  readonly sinks: readonly CheckpointSink[];
  readonly now: Date;
}

export interface PostedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** Sinks that did not take it; the next checkpoint covers everything this one does. */
  readonly failures: readonly { readonly sink: string; readonly error: Error }[];
}

/** Takes a checkpoint in a transaction of its own, then hands it to every sink. */
export async function postCheckpoint(request: CheckpointRequest): Promise<PostedCheckpoint> {
  const { client, workspaceId, key, sinks, now } = request;
  await client.query('BEGIN');
  let checkpoint: Checkpoint;
  try {
    checkpoint = await takeCheckpoint(client, workspaceId, key, request, now);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  const failures: { sink: string; error: Error }[] = [];
  for (const sink of sinks) {
    await sink.write(checkpoint).catch((error: Error) => failures.push({ sink: sink.name, error }));
  }
  return { checkpoint, failures };
}

/** `ledger checkpoint`. @returns the exit code: 0, or 1 when a sink did not take it. */
export async function runLedgerCheckpoint(
  request: CheckpointRequest & { readonly output: Writable },
): Promise<0 | 1> {
  const { checkpoint, failures } = await postCheckpoint(request);
  request.output.write(`${checkpointLine(checkpoint)}\n`);
  const failed = new Set(failures.map(({ sink }) => sink));
  for (const { name } of request.sinks.filter((sink) => !failed.has(sink.name))) {
    request.output.write(`Kept in ${name}.\n`);
  }
  for (const { sink, error } of failures) request.output.write(`Not kept in ${sink}: ${error.message}\n`);
  return failures.length === 0 ? 0 : 1;
}
