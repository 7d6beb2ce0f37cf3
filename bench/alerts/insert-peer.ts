import pg from 'pg';
import { alertsPerBatch, type PostedAlert } from './batches.ts';

/** What has to be done at the least: one connection that inserts one row per alert, a hundred together, one commit each. */
export interface InsertPeer {
  /** @returns alerts per second. */
  insert(batches: readonly (readonly PostedAlert[])[]): Promise<number>;
  close(): Promise<void>;
}

export async function openInsertPeer(databaseUrl: string): Promise<InsertPeer> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`
    CREATE TABLE IF NOT EXISTS bench_alert (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, fingerprint text, status text, labels jsonb,
      annotations jsonb, starts_at timestamptz, ends_at timestamptz, generator_url text)`);
  return {
    insert: async (batches) => {
      const begun = performance.now();
      for (const batch of batches) {
        await client.query({
          name: 'insert',
          text: `INSERT INTO bench_alert (fingerprint, status, labels, annotations, starts_at, ends_at, generator_url)
            SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::jsonb[], $5::timestamptz[], $6::timestamptz[],
              $7::text[])`,
          values: [
            batch.map(({ fingerprint }) => fingerprint),
            batch.map(({ status }) => status),
            batch.map(({ labels }) => JSON.stringify(labels)),
            batch.map(({ annotations }) => JSON.stringify(annotations)),
            batch.map(({ startsAt }) => startsAt),
            batch.map(({ endsAt }) => endsAt),
            batch.map(({ generatorURL }) => generatorURL),
          ],
        });
      }
      return (batches.length * alertsPerBatch) / ((performance.now() - begun) / 1000);
    },
    close: () => client.end(),
  };
}
