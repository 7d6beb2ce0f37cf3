import { z } from 'zod';
import { parseSigningKey } from '../core/ledger/signing-key.ts';
import { Secret } from '../core/secret.ts';
import { type LogLevel, logLevels } from '../log.ts';
import { ConfigurationProblem } from './configuration-problem.ts';
import { isSafeForSecrets } from './safe-url.ts';

export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/** How Slack reaches us: over a WebSocket we open when there is an app token, else by signed HTTP requests. */
export type SlackConnection =
  | { readonly mode: 'socket'; readonly botToken: Secret; readonly appToken: Secret }
  | { readonly mode: 'http'; readonly botToken: Secret; readonly signingSecret: Secret };

export interface Environment {
  readonly slack: SlackConnection | undefined;
  /** Ends with a slash. Undefined: Slack itself. */
  readonly slackApiUrl: string | undefined;
  readonly databaseUrl: Secret | undefined;
  /** The login that migrates and owns the tables. Undefined: the ledger rests on checkpoints alone. */
  readonly databaseOwnerUrl: Secret | undefined;
  readonly redisUrl: Secret | undefined;
  readonly port: number;
  readonly host: string;
  /** Path of the YAML file. */
  readonly configFile: string;
  /** Further folders with runbooks. */
  readonly runbookFolders: readonly string[];
  /** Further folders or packages with commands. */
  readonly commandSources: readonly string[];
  /** An Ed25519 private key that `loadSigningKey` accepts: the key itself, or `file:/path`. */
  readonly signingKey: Secret | undefined;
  readonly logLevel: LogLevel;
}

/** What a process cannot do without. `ledger verify` needs no Slack; `--embedded` brings its own database. */
export type EnvironmentNeed = 'slack' | 'database';
export type EnvironmentWith<Need extends EnvironmentNeed> = Environment &
  ('slack' extends Need ? { readonly slack: SlackConnection } : unknown) &
  ('database' extends Need ? { readonly databaseUrl: Secret } : unknown);

const postgresUrl = url(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/countersign');

const variables = z.object({
  SLACK_BOT_TOKEN: text(/^xoxb-\S+$/, {
    problem: 'is not a bot token: those begin with "xoxb-"',
    fix: 'Copy "Bot User OAuth Token" from your app\'s "OAuth & Permissions" page',
  }),
  SLACK_SIGNING_SECRET: text(/^(?!xox|xapp-)\S{16,}$/, {
    problem: 'is not a signing secret: those are 32 letters and digits',
    fix: 'Copy "Signing Secret" from your app\'s "Basic Information" page',
  }),
  SLACK_APP_TOKEN: text(/^xapp-\S+$/, {
    problem: 'is not an app-level token: those begin with "xapp-"',
    fix: 'Make one with the scope connections:write on your app\'s "Basic Information" page, or remove the variable to use HTTP',
  }),
  SLACK_API_URL: text(undefined, undefined)
    .refine((value) => value === undefined || isSafeForSecrets(value), {
      error:
        'must be an https:// URL (http:// only on this machine, because the token travels with every call). Remove it to use Slack itself',
    })
    .transform((value) => (value === undefined || value.endsWith('/') ? value : `${value}/`)),
  DATABASE_URL: postgresUrl,
  DATABASE_OWNER_URL: postgresUrl,
  REDIS_URL: url(['redis:', 'rediss:', 'unix:'], 'redis://host:6379/0'),
  PORT: text(/^\d{1,5}$/, { problem: 'is not a port', fix: 'Use a number from 0 (any free port) to 65535' })
    .transform((value) => Number(value ?? 3000))
    .refine((port) => port <= 65_535, { error: 'is above 65535. Use a number from 0 to 65535' }),
  HOST: text(/^[A-Za-z0-9.:_-]+$/, {
    problem: 'is not an address to listen on',
    fix: 'Use 127.0.0.1 behind a proxy on this machine, 0.0.0.0 in a container',
  }).transform((value) => value ?? '127.0.0.1'),
  COUNTERSIGN_CONFIG: text(undefined, undefined).transform((value) => value ?? './countersign.yaml'),
  COUNTERSIGN_COMMANDS: text(undefined, undefined).transform(listed),
  COUNTERSIGN_RUNBOOKS: text(undefined, undefined).transform(listed),
  COUNTERSIGN_SIGNING_KEY: text(undefined, undefined).superRefine((value, context) => {
    try {
      // A file is read when the key is needed, and its mode checked then.
      if (value !== undefined && !value.startsWith('file:')) parseSigningKey(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: `is not usable. ${(error as Error).message}` });
    }
  }),
  LOG_LEVEL: text(new RegExp(`^(${logLevels.join('|')})$`), {
    problem: 'is not a log level',
    fix: `Use one of ${logLevels.join(', ')}`,
  }).transform((value) => (value ?? 'info') as LogLevel),
});

/** Every variable this process reads by name; `.env.example` lists exactly these and the ones its YAML names. */
export const environmentVariables = Object.keys(variables.shape);

/**
 * Reads and checks the environment.
 * @param needs what to insist on; default: everything `countersign start` needs.
 * @throws ConfigurationProblem with every problem, each naming its variable and the fix, never a value.
 */
export function readEnvironment<Need extends EnvironmentNeed = EnvironmentNeed>(
  env: EnvironmentVariables,
  needs: readonly Need[] = ['slack', 'database'] as Need[],
): EnvironmentWith<Need> {
  const parsed = variables.safeParse(env);
  const problems = (parsed.error?.issues ?? []).map((issue) => ({
    place: String(issue.path[0]),
    message: issue.message,
  }));
  const named = new Set(problems.map(({ place }) => place));
  for (const problem of missing(env, new Set<EnvironmentNeed>(needs))) {
    if (!named.has(problem.place)) problems.push(problem);
  }
  if (!parsed.success || problems.length > 0) throw new ConfigurationProblem('The environment', problems);

  const values = parsed.data;
  const secretNamed = (name: keyof typeof values & string): Secret | undefined => {
    const value = values[name];
    return typeof value === 'string' ? new Secret(name, value) : undefined;
  };
  const environment: Environment = {
    slack: slackConnection(secretNamed),
    slackApiUrl: values.SLACK_API_URL,
    databaseUrl: secretNamed('DATABASE_URL'),
    databaseOwnerUrl: secretNamed('DATABASE_OWNER_URL'),
    redisUrl: secretNamed('REDIS_URL'),
    port: values.PORT,
    host: values.HOST,
    configFile: values.COUNTERSIGN_CONFIG,
    commandSources: Object.freeze(values.COUNTERSIGN_COMMANDS),
    runbookFolders: Object.freeze(values.COUNTERSIGN_RUNBOOKS),
    signingKey: secretNamed('COUNTERSIGN_SIGNING_KEY'),
    logLevel: values.LOG_LEVEL,
  };
  return Object.freeze(environment) as EnvironmentWith<Need>;
}

/** The secrets in an environment, for the redactor. */
export function secretsOfEnvironment({ slack, ...others }: Environment): Secret[] {
  return [...Object.values(slack ?? {}), ...Object.values(others)].filter((value) => value instanceof Secret);
}

function slackConnection(
  secretNamed: (name: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN' | 'SLACK_SIGNING_SECRET') => Secret | undefined,
): SlackConnection | undefined {
  const botToken = secretNamed('SLACK_BOT_TOKEN');
  const appToken = secretNamed('SLACK_APP_TOKEN');
  const signingSecret = secretNamed('SLACK_SIGNING_SECRET');
  if (botToken === undefined) return undefined;
  if (appToken !== undefined) return Object.freeze({ mode: 'socket', botToken, appToken });
  return signingSecret && Object.freeze({ mode: 'http', botToken, signingSecret });
}

function missing(env: EnvironmentVariables, needs: ReadonlySet<EnvironmentNeed>) {
  const problems: { place: string; message: string }[] = [];
  const has = (name: string): boolean => (env[name] ?? '').trim() !== '';
  if (needs.has('slack') && !has('SLACK_BOT_TOKEN')) {
    problems.push({
      place: 'SLACK_BOT_TOKEN',
      message: 'is missing. Copy "Bot User OAuth Token" from your app\'s "OAuth & Permissions" page',
    });
  }
  if (needs.has('slack') && !has('SLACK_APP_TOKEN') && !has('SLACK_SIGNING_SECRET')) {
    problems.push({
      place: 'SLACK_SIGNING_SECRET',
      message:
        'is missing. Give it to receive HTTP requests, or give SLACK_APP_TOKEN to use Socket Mode; both are on your app\'s "Basic Information" page',
    });
  }
  if (needs.has('database') && !has('DATABASE_URL')) {
    problems.push({
      place: 'DATABASE_URL',
      message:
        'is missing. Give a PostgreSQL database, for example postgres://countersign:password@localhost:5432/countersign, or pass --embedded to run one here',
    });
  }
  if (has('DATABASE_OWNER_URL') && isSameLogin(env.DATABASE_URL, env.DATABASE_OWNER_URL)) {
    problems.push({
      place: 'DATABASE_OWNER_URL',
      message:
        'names the same login as DATABASE_URL, which could then rewrite the ledger. Give the bot a second login, or remove this variable',
    });
  }
  return problems;
}

function isSameLogin(first = '', second = ''): boolean {
  if (!URL.canParse(first) || !URL.canParse(second)) return false;
  const [a, b] = [new URL(first), new URL(second)];
  return a.username !== '' && a.username === b.username && a.host === b.host && a.pathname === b.pathname;
}

/** An empty variable (`FOO=` in an env file) is one that is not given. */
function text(shape: RegExp | undefined, mistake: { problem: string; fix: string } | undefined) {
  return z
    .string()
    .optional()
    .transform((value) => {
      const trimmed = value?.trim();
      return trimmed === '' ? undefined : trimmed;
    })
    .refine((value) => value === undefined || shape === undefined || shape.test(value), {
      error: mistake && `${mistake.problem}. ${mistake.fix}`,
      // Without this a later transform would run on a value already refused.
      abort: true,
    });
}

function url(protocols: readonly string[], example: string) {
  return text(undefined, undefined).refine(
    (value) => value === undefined || (URL.canParse(value) && protocols.includes(new URL(value).protocol)),
    {
      error: `is not a URL of the kind needed. It looks like ${example}; in a password, write @ : / ? # as %40 %3A %2F %3F %23`,
    },
  );
}

/** Several values of one variable, separated by ":" or ",". */
function listed(value: string | undefined): string[] {
  return (value ?? '')
    .split(/[:,]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
