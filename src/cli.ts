import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import pg from 'pg';
import { checkpointFile } from './checkpoint-file.ts';
import { runDoctor } from './cli/doctor.ts';
import { runIncidentExport } from './cli/incident-export.ts';
import { loadIncident } from './cli/load-incident.ts';
import { runCommandLine } from './cli/run-command.ts';
import { readEnvironment } from './config/environment.ts';
import { currentEnvironment } from './config.ts';
import { CountersignError } from './core/errors.ts';
import type { PublicKey } from './core/ledger/signing-key.ts';
import { createRedactor } from './core/redact.ts';
import { Secrets } from './core/secret.ts';
import { runLedgerCheckpoint } from './ledger-cli/checkpoint.ts';
import { runLedgerErase } from './ledger-cli/erase.ts';
import { runLedgerExport } from './ledger-cli/export.ts';
import { runLedgerVerify } from './ledger-cli/verify.ts';
import { createLog, type Log } from './log.ts';
import { entryHashAt } from './postgres/ledger.ts';
import { openPool } from './postgres/pool.ts';
import { loadSigningKey } from './signing-key.ts';
import { findSigningKey, migrateFor, prepare, runStart } from './start.ts';

const projectRoot = resolve(import.meta.dirname, '..');
/** Commands that print an answer keep their log off standard output. */
const toStandardError = { write: (line: string) => void process.stderr.write(line) };

export function program(folder: string, setExitCode: (code: number) => void): Command {
  const cli = new Command('countersign')
    .description('The ChatOps bot for people who run production.')
    .enablePositionalOptions()
    .exitOverride()
    .showHelpAfterError();

  cli
    .command('start')
    .description('serve a Slack workspace until a signal')
    .option('--embedded', 'run a PostgreSQL of its own instead of using DATABASE_URL')
    .option('--data <folder>', 'where --embedded keeps its data', '.countersign')
    .action(({ embedded, data }: { embedded?: boolean; data: string }) =>
      runStart({ isEmbedded: embedded === true, dataDir: resolve(folder, data), folder }),
    );

  cli
    .command('demo')
    .description('try everything on this machine, without a Slack account')
    .allowUnknownOption()
    .argument('[options...]', 'see: npm run demo -- --help')
    .action(async (options: string[]) => setExitCode(await runScript('sandbox/demo/main.ts', options)));

  cli
    .command('migrate')
    .description("bring the database to this version's tables")
    .action(async () => {
      const environment = readEnvironment(await currentEnvironment(folder), ['database']);
      await migrateFor(environment, plainLog());
      process.stdout.write('The database is up to date.\n');
    });

  cli
    .command('doctor')
    .description('check everything that can be reached, with the fix for each failure')
    .action(async () =>
      setExitCode(await runDoctor(await currentEnvironment(folder), folder, process.stdout)),
    );

  cli
    .command('run')
    .description('run a command from here, for when Slack is down; you act as cli:<your login>')
    .argument('<command...>', 'as after /ops')
    .option('--yes', 'go ahead after the preview of a change that needs no signature')
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (words: string[], { yes }: { yes?: boolean }) => {
      const variables = await currentEnvironment(folder);
      const prepared = await prepare({
        variables,
        needs: ['database'],
        folder,
        destination: toStandardError,
      });
      const key = await findSigningKey(prepared.environment.signingKey, resolve(folder, '.countersign'));
      setExitCode(
        await runCommandLine(
          words,
          prepared,
          key,
          (text) => void process.stdout.write(`${text}\n`),
          yes === true,
        ),
      );
    });

  addIncident(cli, folder, setExitCode);
  addLedger(cli, folder, setExitCode);
  return cli;
}

function addIncident(cli: Command, folder: string, setExitCode: (code: number) => void): void {
  const incident = cli.command('incident').description('what the record says of an incident');

  incident
    .command('export')
    .description('the draft of its postmortem, in Markdown; every line cites its ledger entry')
    .argument('<incident>', 'such as i-7k2m9q4x')
    .option('--out <file>', 'a new file; default: standard output')
    .option('--force', 'write over a file that is there')
    .action(async (id: string, { out, force }: { out?: string; force?: boolean }) => {
      const variables = await currentEnvironment(folder);
      const prepared = await prepare({
        variables,
        needs: ['database'],
        folder,
        destination: toStandardError,
      });
      setExitCode(
        await runIncidentExport({
          incidentId: id,
          loadRecord: (wanted) => loadIncident(wanted, prepared),
          out,
          isForced: force === true,
          output: process.stdout,
          messages: process.stderr,
        }),
      );
    });
}

function addLedger(cli: Command, folder: string, setExitCode: (code: number) => void): void {
  const ledger = cli.command('ledger').description('check, export and anchor the record');

  ledger
    .command('verify')
    .description('exit 0: sound, 1: bad, 2: could not be checked')
    .option('--file <export>', 'an exported file instead of the database; needs nothing else')
    .option('--public-key <key...>', 'trust only checkpoints signed by these: PEM, base64 or a file')
    .option('--checkpoints <file...>', 'checkpoints kept elsewhere: JSON lines, or lines copied from Slack')
    .option('--receipt <receipt>', 'also check that this entry is in it, e.g. "#1234 · 9f3ab2"')
    .option('--workspace <id>', 'only this workspace')
    .action(
      async (given: {
        file?: string;
        publicKey?: string[];
        checkpoints?: string[];
        receipt?: string;
        workspace?: string;
      }) => {
        const check = {
          output: process.stdout,
          publicKeys: given.publicKey ?? [],
          checkpointFiles: given.checkpoints ?? [],
          receipt: given.receipt,
          workspaceId: given.workspace,
        };
        if (given.file !== undefined) {
          return setExitCode(await runLedgerVerify({ ...check, from: { file: given.file } }));
        }
        await withDatabase(folder, async ({ client, ownKey }) =>
          setExitCode(await runLedgerVerify({ ...check, ownKey, from: { client } })),
        );
      },
    );

  ledger
    .command('export')
    .description('write the whole ledger as JSON lines, to be verified elsewhere')
    .option('--out <file>', 'a new file; default: standard output')
    .option('--redact', 'leave names, reasons and notes out; the chain still verifies')
    .option('--workspace <id>', 'only this workspace')
    .action(async (given: { out?: string; redact?: boolean; workspace?: string }) =>
      withDatabase(folder, async ({ client, ownKey }) =>
        setExitCode(
          await runLedgerExport({
            client,
            output: process.stdout,
            messages: process.stderr,
            out: given.out,
            workspaceId: given.workspace,
            isRedacted: given.redact === true,
            publicKey: ownKey,
            now: new Date(),
          }),
        ),
      ),
    );

  ledger
    .command('checkpoint')
    .description('sign the present head and keep it outside the database')
    .requiredOption('--workspace <id>', 'e.g. T0123ABCD')
    .action(async ({ workspace }: { workspace: string }) => {
      const variables = await currentEnvironment(folder);
      const { environment, settings, log } = await prepare({
        variables,
        needs: ['database'],
        folder,
        destination: toStandardError,
      });
      const key = await findSigningKey(environment.signingKey, undefined);
      const pool = openPool(
        environment.databaseUrl.reveal(),
        { max: 2, name: 'countersign checkpoint' },
        log,
      );
      const client = await pool.connect();
      try {
        const file = checkpointFile(settings.current.ledger.checkpointFile, (id, seq) =>
          entryHashAt(pool, id, seq),
        );
        const request = { client, workspaceId: workspace, key, sinks: [file], output: process.stdout };
        const asked = { actor: `cli:${userInfo().username}`, via: 'cli', reason: 'demand' };
        setExitCode(await runLedgerCheckpoint({ ...request, ...asked, now: new Date() }));
      } finally {
        client.release();
        await pool.end();
      }
    });

  ledger
    .command('erase')
    .description(
      "remove a person's private texts; the chain keeps verifying and says so. Needs DATABASE_OWNER_URL",
    )
    .requiredOption('--workspace <id>', 'e.g. T0123ABCD')
    .argument('<person>', 'a Slack user id')
    .action(async (person: string, { workspace }: { workspace: string }) => {
      const environment = readEnvironment(await currentEnvironment(folder), ['database']);
      const url = environment.databaseOwnerUrl ?? environment.databaseUrl;
      await withClient(url.reveal(), async (owner) => {
        setExitCode(
          await runLedgerErase({
            owner,
            workspaceId: workspace,
            person,
            actor: `cli:${userInfo().username}`,
            via: 'cli',
            output: process.stdout,
            now: new Date(),
          }),
        );
      });
    });
}

async function withDatabase(
  folder: string,
  work: (opened: { client: pg.Client; ownKey: PublicKey | undefined }) => Promise<void>,
): Promise<void> {
  const environment = readEnvironment(await currentEnvironment(folder), ['database']);
  const given = environment.signingKey;
  const ownKey = given === undefined ? undefined : (await loadSigningKey(given.reveal())).publicKey;
  await withClient(environment.databaseUrl.reveal(), (client) => work({ client, ownKey }));
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'countersign ledger' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function plainLog(): Log {
  return createLog({ level: 'info', redactor: createRedactor(new Secrets()), destination: toStandardError });
}

function runScript(script: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(projectRoot, script), ...args], { stdio: 'inherit' });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => done(code ?? 1));
  });
}

/** @returns the exit code. */
export async function main(argv: readonly string[], folder: string): Promise<number> {
  let exitCode = 0;
  try {
    await program(folder, (code) => {
      exitCode = code;
    }).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    // Ours say what happened and what to do; anything else needs its stack.
    console.error(error instanceof CountersignError ? error.message : error);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.cwd());
