import type { Queryable } from '../ledger.ts';

/** A runbook's date, as its file has it. */
interface Review {
  readonly name: string;
  /** `YYYY-MM-DD` */
  readonly reviewBy: string;
}

/** Those whose day is over by the database's clock, and that nobody was reminded of. */
export async function manyReviewsDue<One extends Review>(
  client: Queryable,
  workspaceId: string,
  reviews: readonly One[],
): Promise<readonly One[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($2::text[], $3::date[]) AS due (name, review_by)
     WHERE review_by < (clock_timestamp() AT TIME ZONE 'UTC')::date
       AND NOT EXISTS (SELECT FROM countersign.runbook_reviews AS known
         WHERE known.workspace_id = $1::text AND known.name = due.name AND known.review_by = due.review_by)`,
    [workspaceId, ...columns(reviews)],
  );
  return those(reviews, rows);
}

/** Marks them as reminded of; whoever is second waits for the first and gets none of the same. */
export async function takeReviews<One extends Review>(
  client: Queryable,
  workspaceId: string,
  reviews: readonly One[],
): Promise<readonly One[]> {
  const { rows } = await client.query<{ name: string }>(
    // In one order, so that two processes wait for each other and never in a circle.
    `INSERT INTO countersign.runbook_reviews (workspace_id, name, review_by)
     SELECT $1::text, name, review_by FROM unnest($2::text[], $3::date[]) AS due (name, review_by)
     ORDER BY name, review_by
     ON CONFLICT DO NOTHING RETURNING name`,
    [workspaceId, ...columns(reviews)],
  );
  return those(reviews, rows);
}

function columns(reviews: readonly Review[]): [string[], string[]] {
  return [reviews.map(({ name }) => name), reviews.map(({ reviewBy }) => reviewBy)];
}

function those<One extends Review>(reviews: readonly One[], rows: readonly { name: string }[]): One[] {
  const names = new Set(rows.map(({ name }) => name));
  return reviews.filter(({ name }) => names.has(name));
}
