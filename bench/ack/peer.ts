import { App, HTTPReceiver } from '@slack/bolt';
import pg from 'pg';

/**
 * What a good engineer writes in an afternoon: a Bolt app that INSERTs one row and acknowledges. With
 * `ack-only` it does not even insert. Run as a process of its own by the bench.
 */
const [kind, databaseUrl, signingSecret] = process.argv.slice(2) as [string, string, string];
const pool = new pg.Pool({ connectionString: databaseUrl, max: 12 });
const receiver = new HTTPReceiver({ signingSecret, port: 0 });
const app = new App({
  receiver,
  authorize: async () => ({ botToken: 'xoxb-bench', botId: 'B0BENCH', botUserId: 'U0BENCH' }),
  deferInitialization: true,
});
await app.init();
app.command('/ops', async ({ ack, command }) => {
  if (kind === 'insert') {
    await pool.query({
      name: 'insert',
      text: 'INSERT INTO bench_command (trigger_id, user_id, text) VALUES ($1, $2, $3)',
      values: [command.trigger_id, command.user_id, command.text],
    });
  }
  await ack();
});
if (kind === 'insert') {
  await pool.query(
    'CREATE TABLE IF NOT EXISTS bench_command (trigger_id text PRIMARY KEY, user_id text, text text)',
  );
}
const server = await app.start({ port: 0, host: '127.0.0.1' });
const address = server.address() as { port: number };
process.send?.({ port: address.port });
