import pg from 'pg';

/** As many connections as the bot has for its runs. */
const poolSize = 12;
const clients = 20;

/** What a run at the least would be: a row that says it was asked for, and the same row saying that it is done. */
export async function plainTransactions(databaseUrl: string, count: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize });
  try {
    await pool.query(
      `CREATE TABLE IF NOT EXISTS bench_run (
         id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person text, text text, state text)`,
    );
    let left = count;
    const begun = performance.now();
    await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        while (left-- > 0) await one(pool, `person ${client}`);
      }),
    );
    return count / ((performance.now() - begun) / 1000);
  } finally {
    await pool.end();
  }
}

async function one(pool: pg.Pool, person: string): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<{ id: string }>({
      name: 'insert',
      text: `INSERT INTO bench_run (person, text, state) VALUES ($1, $2, 'asked') RETURNING id`,
      values: [person, 'suspend-tenant acme --reason "card testing since noon"'],
    });
    await client.query({
      name: 'update',
      text: `UPDATE bench_run SET state = 'done' WHERE id = $1`,
      values: [rows[0]!.id],
    });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}
