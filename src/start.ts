import { isAbsolute, join, resolve } from 'node:path';
import pg from 'pg';
import {
  type EnvironmentVariables,
  type EnvironmentWith,
  readEnvironment,
  secretsOfEnvironment,
} from './config/environment.ts';
import { secretsOfSettings } from './config/settings.ts';
import { currentEnvironment, loadSettings } from './config.ts';
import { Fault } from './core/errors.ts';
import type { SigningKey } from './core/ledger/signing-key.ts';
import { createRedactor, type Redactor } from './core/redact.ts';
import type { Commands } from './core/registered-command.ts';
import { type Secret, Secrets } from './core/secret.ts';
import { createLog, type Log } from './log.ts';
import { type RunningCountersign, startCountersign } from './main.ts';
import { startEmbeddedPostgres } from './postgres/embedded.ts';
import { isLedgerWriteProtected as isProtected } from './postgres/ledger.ts';
import { migrate } from './postgres/migrate.ts';
import { migrationStatus } from './postgres/migration-status.ts';
import { loadCommands } from './registry.ts';
import { holdSettings, type SettingsHolder, watchSettings } from './reload.ts';
import { type LoadedRunbooks, loadRunbooks } from './runbook-files/load-runbooks.ts';
import type { CountersignSettings } from './runtime.ts';
import { loadOrCreateSigningKey, loadSigningKey } from './signing-key.ts';
import { targetKinds, targetSchemas } from './targets/targets.ts';
import type { SourceKind } from './webhooks/source-kind.ts';
import { loadSourceKinds } from './webhooks/source-kinds.ts';

const projectRoot = resolve(import.meta.dirname, '..');

export interface Prepared<Need extends 'slack' | 'database'> {
  readonly environment: EnvironmentWith<Need>;
  readonly settings: SettingsHolder<CountersignSettings>;
  readonly reload: () => Promise<CountersignSettings>;
  readonly commands: Commands;
  readonly sourceKinds: ReadonlyMap<string, SourceKind>;
  readonly runbooks: LoadedRunbooks;
  readonly log: Log;
  readonly redactor: Redactor;
}

/** Everything read from outside before anything is started: each problem is reported here, all at once. */
export async function prepare<Need extends 'slack' | 'database'>(options: {
  readonly variables: EnvironmentVariables;
  readonly needs: readonly Need[];
  readonly folder: string;
  readonly destination?: { write(line: string): void };
}): Promise<Prepared<Need>> {
  const { variables, folder } = options;
  const environment = readEnvironment(variables, options.needs);
  const secrets = new Secrets();
  for (const secret of secretsOfEnvironment(environment)) secrets.add(secret);
  const redactor = createRedactor(secrets);
  const log = createLog({
    level: environment.logLevel,
    redactor,
    ...(options.destination === undefined ? {} : { destination: options.destination }),
  });
  const commands = await loadCommands(environment.commandSources, targetKinds);
  const sourceKinds = loadSourceKinds();
  const file = isAbsolute(environment.configFile)
    ? environment.configFile
    : join(folder, environment.configFile);
  const reload = async () => {
    const settings = await loadSettings({
      file,
      env: variables,
      targetSchemas,
      sourceSchemas: Object.fromEntries(sourceKinds),
      commandNames: [...commands.keys()],
    });
    for (const secret of secretsOfSettings(settings)) secrets.add(secret);
    return settings;
  };
  const settings = await reload();
  const runbooks = await loadRunbooks([join(projectRoot, 'runbooks'), ...environment.runbookFolders], {
    commands,
    roles: Object.keys(settings.roles),
  });
  return {
    environment,
    settings: holdSettings(settings, log),
    reload,
    commands,
    sourceKinds,
    runbooks,
    log,
    redactor,
  };
}

/** `countersign start`: runs until a signal. */
export async function runStart(options: {
  isEmbedded: boolean;
  dataDir: string;
  folder: string;
}): Promise<void> {
  const outside = await currentEnvironment(options.folder);
  const embedded = options.isEmbedded
    ? await startEmbeddedPostgres({ dataDir: join(options.dataDir, 'postgres'), log: console.error })
    : undefined;
  try {
    const variables =
      embedded === undefined
        ? outside
        : { ...outside, DATABASE_URL: embedded.appUrl, DATABASE_OWNER_URL: embedded.ownerUrl };
    const prepared = await prepare({ variables, needs: ['slack', 'database'], folder: options.folder });
    const { environment, log } = prepared;
    // A lone process may keep a key of its own; several have to share one, or verification would miss some.
    const isAlone = embedded !== undefined || environment.redisUrl === undefined;
    const signingKey = await findSigningKey(environment.signingKey, isAlone ? options.dataDir : undefined);
    if (environment.signingKey === undefined) {
      log.warn(
        { folder: options.dataDir, keyId: signingKey.publicKey.keyId },
        'COUNTERSIGN_SIGNING_KEY is not set: checkpoints are signed with the key kept in this folder. Back it up',
      );
    }
    await migrateFor(environment, log);
    const countersign = await startCountersign({ ...prepared, signingKey });
    log.info(
      { port: countersign.port, workspaceId: countersign.workspaceId, mode: environment.slack.mode },
      'Countersign is running',
    );
    await untilStopped(countersign, prepared);
  } finally {
    await embedded?.stop();
  }
}

/**
 * Migrates as the owner when there is one, and says what the ledger then rests on. Without an owner's URL a
 * database that an owner has already migrated is taken as it is.
 */
export async function migrateFor(
  environment: Pick<EnvironmentWith<'database'>, 'databaseUrl' | 'databaseOwnerUrl'>,
  log: Log,
): Promise<void> {
  const { databaseUrl, databaseOwnerUrl } = environment;
  const appRole =
    databaseOwnerUrl === undefined ? undefined : decodeURIComponent(new URL(databaseUrl.reveal()).username);
  const isUpToDate = databaseOwnerUrl === undefined && (await isMigrated(databaseUrl.reveal()));
  const { isLedgerWriteProtected } = isUpToDate
    ? { isLedgerWriteProtected: await asLogin(databaseUrl.reveal(), isProtected) }
    : await migrate({
        ownerUrl: (databaseOwnerUrl ?? databaseUrl).reveal(),
        appRole,
        log: (line) => log.info({}, line),
      });
  if (!isLedgerWriteProtected) {
    log.warn(
      {},
      'One database login owns everything, so the ledger rests on its checkpoints alone. Give DATABASE_OWNER_URL another login to protect it.',
    );
  }
}

/** False also when the database cannot be asked: migrating will say why. */
function isMigrated(databaseUrl: string): Promise<boolean> {
  return asLogin(databaseUrl, async (client) => (await migrationStatus(client)).pending.length === 0).catch(
    () => false,
  );
}

async function asLogin<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, application_name: 'countersign start' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** @param dataDir where a key may be made (mode 0600) and kept; undefined: one has to be given. */
export async function findSigningKey(
  given: Secret | undefined,
  dataDir: string | undefined,
): Promise<SigningKey> {
  if (given !== undefined) return loadSigningKey(given.reveal());
  if (dataDir !== undefined) return loadOrCreateSigningKey(resolve(dataDir));
  throw new Fault(
    'signing_key_missing',
    'COUNTERSIGN_SIGNING_KEY is missing, and processes that share REDIS_URL must share it. Make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem && chmod 600 signing-key.pem, and set COUNTERSIGN_SIGNING_KEY=file:/path/to/signing-key.pem',
  );
}

/** Follows signals: SIGHUP reloads the settings, SIGTERM and SIGINT end the process in order. */
async function untilStopped(
  countersign: RunningCountersign,
  prepared: Prepared<'slack' | 'database'>,
): Promise<void> {
  const { log } = prepared;
  const unwatch = watchSettings({
    holder: prepared.settings,
    load: prepared.reload,
    log,
    trigger: (reload) => {
      process.on('SIGHUP', reload);
      return () => process.off('SIGHUP', reload);
    },
    onInvalid: (sentence) => countersign.announce(prepared.redactor.text(sentence)),
  });
  // Slack's socket client rejects where nobody can catch it; its watchdog makes a new connection.
  process.on('unhandledRejection', (error) =>
    log.error({ err: error }, 'a promise nobody waited for was rejected'),
  );
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  log.info({ signal }, 'stopping');
  await unwatch();
  await countersign.stop();
  log.info({}, 'stopped');
}
