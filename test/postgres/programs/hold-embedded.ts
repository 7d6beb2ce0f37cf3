import { startEmbeddedPostgres } from '../../../src/postgres/embedded.ts';

/**
 * Run as `hold-embedded.ts <data directory> [exit]`: starts PostgreSQL there, prints its URLs as one line of
 * JSON, and stays until it is ended, or ends at once.
 */
const [dataDir = '', ending] = process.argv.slice(2);
try {
  const { superuserUrl, ownerUrl } = await startEmbeddedPostgres({
    dataDir,
    isDurable: false,
    log: (line) => console.error(line),
  });
  console.log(JSON.stringify({ superuserUrl, ownerUrl }));
  if (ending === 'exit') process.exit(0);
  setInterval(() => {}, 60_000);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
