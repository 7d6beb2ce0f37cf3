import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { SlackWorkspace } from '../slack/server.ts';

export type SettleOptions = {
  readonly workspace: Pick<SlackWorkspace, 'idle'>;
  /** Default 30,000. */
  readonly deadlineMilliseconds?: number;
} & ({ readonly pool: pg.Pool } | { readonly databaseUrl: string });

/** Short beside the work waited for, long beside the query. */
const pollMilliseconds = 25;

export interface Settling {
  /** @throws Error at the deadline, naming what is still pending and why it last failed */
  readonly settle: () => Promise<void>;
  /** Ends the connections made for `databaseUrl`; a pool that was given is its owner's. */
  readonly close: () => Promise<void>;
}

/**
 * Waits, each time it is asked to, until the app has nothing left to do: no request under way between Slack
 * and the app, no job due or at work, no message owed, no request or alert stored and not handled, no page not
 * tried yet. Seen twice in a
 * row, because work passes from one of these to the next.
 *
 * @example
 * const { settle, close } = settleOn({ databaseUrl, workspace });
 */
export function settleOn(options: SettleOptions): Settling {
  const own = 'pool' in options ? undefined : new pg.Pool({ connectionString: options.databaseUrl, max: 1 });
  // A connection lost while idle; one lost in use rejects the query.
  own?.on('error', () => {});
  const pool = 'pool' in options ? options.pool : own!;
  return { settle: () => settled(pool, options), close: async () => own?.end() };
}

async function settled(pool: pg.Pool, options: SettleOptions): Promise<void> {
  const { workspace, deadlineMilliseconds = 30_000 } = options;
  const deadline = performance.now() + deadlineMilliseconds;
  let quietInARow = 0;
  for (;;) {
    const isIdle = await within(deadline, workspace.idle());
    const pending = await pendingWork(pool);
    quietInARow = isIdle && pending.length === 0 ? quietInARow + 1 : 0;
    if (quietInARow === 2) return;
    if (performance.now() >= deadline) throw tooLate(deadlineMilliseconds, isIdle, pending);
    await pause(pollMilliseconds);
  }
}

async function within(deadline: number, work: Promise<void>): Promise<boolean> {
  const given = new AbortController();
  const outOfTime = pause(Math.max(0, deadline - performance.now()), false, { signal: given.signal });
  try {
    return await Promise.race([work.then(() => true), outOfTime]);
  } finally {
    given.abort();
  }
}

interface Pending {
  readonly what: string;
  readonly error: string | null;
}

/**
 * Jobs out of attempts never run again and are nobody's to wait for. A retry of the app's own conversation
 * with Slack is waited for when it is seconds away; what waits longer for Slack's rate limits shows as a
 * message owed.
 */
async function pendingWork(pool: pg.Pool): Promise<Pending[]> {
  const { rows } = await pool.query<Pending>(
    `SELECT format('job %s (attempt %s%s)', task_identifier, attempts,
                   CASE WHEN locked_at IS NULL THEN '' ELSE ', at work' END) AS "what",
            last_error AS "error"
     FROM graphile_worker.jobs
     WHERE locked_at IS NOT NULL
        OR (attempts < max_attempts
            AND (run_at <= now()
                 OR (run_at <= now() + interval '5 seconds'
                     AND task_identifier ~ '^(deliver|receive|execute)')))
     UNION ALL
     SELECT format('message %s', id), last_error
     FROM countersign.messages WHERE sent < wanted AND given_up_at IS NULL
     UNION ALL
     SELECT format('stored request %s (%s)', key, kind), NULL
     FROM countersign.inbox WHERE handled_at IS NULL AND voided_at IS NULL
     UNION ALL
     SELECT format('run %s (%s)', id, state), NULL
     FROM countersign.runs WHERE (state = 'executing' OR state = 'planned' AND plan IS NULL)
     UNION ALL
     SELECT format('notifications of %s: %s', source, count(*)), NULL
     FROM countersign.deliveries WHERE processed_at IS NULL GROUP BY source
     UNION ALL
     SELECT format('page about %s (%s)', group_id, action), NULL
     FROM countersign.pages WHERE sent_at IS NULL AND problem IS NULL AND attempts = 0
     ORDER BY 1`,
  );
  return rows;
}

function tooLate(deadlineMilliseconds: number, isIdle: boolean, pending: readonly Pending[]): Error {
  const all = [
    ...(isIdle ? [] : ['a request between Slack and the app']),
    ...pending.map(({ what, error }) => (error ? `${what}: ${error}` : what)),
  ];
  const left = all.length > 0 ? all.map((one) => `\n  - ${one}`).join('') : ' work that keeps coming';
  return new Error(`After ${deadlineMilliseconds / 1000} s there is still pending:${left}`);
}
