import type { ClientBase, Pool } from 'pg';
import type { JsonObject } from '../command.ts';

/**
 * Adds a job; inside a transaction it exists exactly when the decision does.
 * A `key` names the work: adding it again replaces a waiting job of that name.
 */
export async function addJob(
  client: ClientBase | Pool,
  task: string,
  payload: JsonObject,
  options: { key?: string; at?: Date; delayMilliseconds?: number } = {},
): Promise<void> {
  await client.query({
    name: 'add-job',
    text: `SELECT graphile_worker.add_job($1::text, $2::json,
             run_at => coalesce($5::timestamptz, now()) + make_interval(secs => $3::double precision / 1000),
             job_key => $4::text)`,
    values: [
      task,
      JSON.stringify(payload),
      options.delayMilliseconds ?? 0,
      options.key ?? null,
      options.at ?? null,
    ],
  });
}
