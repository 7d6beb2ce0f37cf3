import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { CountersignError } from '../../src/core/errors.ts';
import { playScript } from '../say/play.ts';
import { settleOn } from '../say/settle.ts';
import { type Demo, startDemo } from './compose.ts';

/** A storm's cards come at the pace that Slack allows. */
const settleWithinMilliseconds = 180_000;

const things = [
  '/ops verify-audit acme        a sound audit chain',
  '/ops verify-audit initech     a record somebody altered (globex, hooli, stark: other damage)',
  '/ops verify-audit umbrella    200,000 records, with progress',
  '/ops verify-audit             a form, with the tenants to choose from',
  '/ops help   /ops history   /ops explain verify-audit   /ops ledger',
  '@countersign verify-audit acme     in a thread, where Slack has no slash commands',
  '"Send alerts" in the sidebar, and #alerts',
];

interface Options {
  say?: string[];
  reset?: boolean;
  port: number;
  http?: boolean;
  data: string;
  verbose?: boolean;
}

const cli = new Command('npm run demo --')
  .description('Try Countersign on this machine: no Slack account, no Docker, no configuration.')
  .option('--say <line>', 'play a line instead of serving a page; may be repeated, in order', collect)
  .option('--reset', 'drop what an earlier demo left')
  .option('--port <n>', "the page's port; default: a free one", port, 0)
  .option('--http', 'deliver by signed HTTP requests instead of Socket Mode')
  .option('--data <folder>', 'where data is kept', '.countersign/demo')
  .option('--verbose', "show the bot's log")
  .exitOverride();

async function main(): Promise<number> {
  // A worker that loses its database rejects where nobody waits; it starts again by itself.
  process.on('unhandledRejection', (error) => console.error(error));
  const options = cli.parse().opts<Options>();
  const isScript = options.say !== undefined;
  const demo = await startDemo({
    dataDir: resolve(options.data),
    isReset: options.reset === true,
    port: options.port,
    mode: options.http === true ? 'http' : 'socket',
    hasPage: !isScript,
    onStage: (what) => console.error(isScript ? `# ${what}` : `  ${what}`),
    ...(options.verbose === true ? { log: process.stderr, logLevel: 'debug' } : {}),
  });
  return isScript ? play(demo, options.say!) : serve(demo);
}

async function play(demo: Demo, lines: readonly string[]): Promise<number> {
  const settling = settleOn({
    databaseUrl: demo.databaseUrl,
    workspace: demo.workspace,
    deadlineMilliseconds: settleWithinMilliseconds,
  });
  try {
    const { failed } = await playScript({
      workspace: demo.workspace,
      lines,
      settle: settling.settle,
      alerts: demo.alerts,
      write: (text) => void process.stdout.write(text),
    });
    if (failed !== undefined) console.error(`\n${failed}`);
    return failed === undefined ? 0 : 1;
  } finally {
    await settling.close();
    await demo.stop();
  }
}

async function serve(demo: Demo): Promise<number> {
  console.log(`
Countersign is running against a local Slack workspace.

  Open      ${demo.workspace.origin}/
  Act as    ada (responder), grace (approver), linus (admin), or anyone else in the list
  Try       ${things.join('\n            ')}

Stop with Ctrl-C. The data stays; --reset drops it.
`);
  await new Promise<void>((done) => {
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  console.log('\nStopping…');
  await demo.stop();
  return 0;
}

function collect(line: string, lines: string[] = []): string[] {
  return [...lines, line];
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) {
    throw new InvalidArgumentError('give a number from 0 (any free port) to 65535');
  }
  return number;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    console.error(error instanceof CountersignError ? error.message : error);
    process.exitCode = 1;
  }
}
