import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const lookEveryMilliseconds = 20;

/** Waits until the bot has nothing left to do now: requests, runs, messages, jobs that are due. */
export async function quiet(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ due: number }>({
      name: 'what-is-due',
      text: `SELECT (
          (SELECT count(*) FROM countersign.inbox WHERE handled_at IS NULL AND voided_at IS NULL)
          + (SELECT count(*) FROM countersign.runs
             WHERE state IN ('approved', 'executing') OR state = 'planned' AND plan IS NULL)
          + (SELECT count(*) FROM countersign.messages WHERE sent < wanted AND given_up_at IS NULL)
          + (SELECT count(*) FROM graphile_worker._private_jobs
             WHERE locked_at IS NOT NULL OR (run_at <= now() AND attempts < max_attempts))
        )::integer AS due`,
    });
    if (rows[0]!.due === 0) return;
    await sleep(lookEveryMilliseconds);
  }
}
