import { Writable } from 'node:stream';
import pg from 'pg';
import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import { runLedgerVerify } from '../../src/ledger-cli/verify.ts';
import { looking, quiet, type TestCountersign } from '../support/countersign.ts';
import { type CountersignProcess, startCountersignProcess } from '../support/countersign-process.ts';
import { type People, people } from '../support/slack.ts';
import type { Surroundings } from '../support/surroundings.ts';

/** What is promised: finished or reported within 30 s of any process being up. */
export const promisedMilliseconds = 30_000;

/** A bot that can be killed, and what is left of its work. */
export interface KilledProcess extends People, Pick<TestCountersign, 'lastRun' | 'countRuns'> {
  kill(): Promise<void>;
  /** After it was killed or stopped. */
  startAgain(): Promise<void>;
  stop(): Promise<number | null>;
  quiet(): Promise<void>;
  /** Waits for what was promised. */
  finished(what: RegExp, since: string): Promise<ClientMessage>;
  /** What #ops shows since then, without threads. */
  topLevel(since: string): ClientMessage[];
  /** What the ledger says of a run, in order. */
  kindsOf(runId: string): Promise<string[]>;
  /** How many messages wait to be delivered. */
  countOwed(): Promise<number>;
  verifyLedger(): Promise<{ code: number; text: string }>;
}

export async function startToKill(surroundings: Surroundings): Promise<KilledProcess> {
  const { workspace, database } = surroundings;
  const slack = people(workspace);
  let running: CountersignProcess = await startCountersignProcess(surroundings);
  return {
    ...slack,
    ...looking(surroundings),
    kill: () => running.kill(),
    stop: () => running.stop(),
    startAgain: async () => {
      running = await startCountersignProcess(surroundings);
    },
    quiet: () => quiet(surroundings),
    finished: (matching, since) =>
      slack.sees('ada', { since, matching, deadlineMilliseconds: promisedMilliseconds }),
    topLevel: (since) =>
      slack
        .screen('ada', 'C0OPS')
        .filter((message) => Number(message.ts) > Number(since) && message.threadTs === undefined),
    kindsOf: async (runId) => {
      const { rows } = await database.pool.query<{ kind: string }>(
        'SELECT kind FROM countersign.ledger_entries WHERE run_id = $1 ORDER BY seq',
        [runId],
      );
      return rows.map(({ kind }) => kind);
    },
    countOwed: async () => {
      const { rows } = await database.pool.query<{ owed: number }>(
        'SELECT count(*)::int AS owed FROM countersign.messages WHERE sent < wanted',
      );
      return rows[0]!.owed;
    },
    verifyLedger: () => verifyLedger(database.appUrl),
  };
}

export async function verifyLedger(databaseUrl: string): Promise<{ code: number; text: string }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  let text = '';
  const output = new Writable({
    write: (chunk, _, done) => {
      text += chunk;
      done();
    },
  });
  try {
    return { code: await runLedgerVerify({ from: { client }, output }), text };
  } finally {
    await client.end();
  }
}
