import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationProblem, type Problem } from '../src/config/configuration-problem.ts';
import { environmentVariables, readEnvironment, secretsOfEnvironment } from '../src/config/environment.ts';
import { currentEnvironment } from '../src/config.ts';

const socket = {
  SLACK_BOT_TOKEN: 'xoxb-1234-abcdefgh',
  SLACK_APP_TOKEN: 'xapp-1-A0-99-abcdef',
  DATABASE_URL: 'postgres://bot:hunter22@localhost:5432/countersign',
};

function problemsOf(read: () => unknown): Record<string, string> {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationProblem);
    const { problems } = error as ConfigurationProblem;
    return Object.fromEntries(problems.map(({ place, message }: Problem) => [place, message]));
  }
  throw new Error('It was accepted.');
}

describe('reading the environment', () => {
  it('takes Socket Mode when there is an app token, with defaults for the rest', () => {
    const environment = readEnvironment(socket);
    expect(environment.slack.mode).toBe('socket');
    expect(environment.databaseUrl.reveal()).toBe(socket.DATABASE_URL);
    expect(environment).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      configFile: './countersign.yaml',
      commandSources: [],
      logLevel: 'info',
      redisUrl: undefined,
      slackApiUrl: undefined,
    });
  });

  it('takes HTTP when there is only a signing secret', () => {
    const { SLACK_APP_TOKEN: _, ...http } = {
      ...socket,
      SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
    };
    const { slack } = readEnvironment(http);
    expect(slack.mode === 'http' && slack.signingSecret.reveal()).toBe(http.SLACK_SIGNING_SECRET);
  });

  it('names every missing variable at once, and the way out of each', () => {
    const problems = problemsOf(() => readEnvironment({}));
    expect(Object.keys(problems)).toEqual(['SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET', 'DATABASE_URL']);
    expect(problems.DATABASE_URL).toContain('--embedded');
    expect(problems.SLACK_SIGNING_SECRET).toContain('SLACK_APP_TOKEN');
  });

  it('asks only for what the caller needs', () => {
    expect(readEnvironment({}, []).slack).toBeUndefined();
    expect(readEnvironment({ DATABASE_URL: socket.DATABASE_URL }, ['database']).slack).toBeUndefined();
    expect(Object.keys(problemsOf(() => readEnvironment({}, ['database'])))).toEqual(['DATABASE_URL']);
  });

  it('reports wrong and missing variables together and never shows a value', () => {
    const wrong = {
      SLACK_BOT_TOKEN: 'xoxp-very-private-1',
      SLACK_APP_TOKEN: 'xoxb-very-private-2',
      SLACK_SIGNING_SECRET: 'xoxb-very-private-3',
      SLACK_API_URL: 'http://very-private-4.example/api/',
      DATABASE_OWNER_URL: 'mysql://very-private-5@localhost/x',
      REDIS_URL: 'very-private-6',
      PORT: '99999',
      HOST: 'very private 7',
      COUNTERSIGN_SIGNING_KEY: 'very-private-8',
      LOG_LEVEL: 'very-private-9',
    };
    const problems = problemsOf(() => readEnvironment(wrong));
    expect(Object.keys(problems).sort()).toEqual([...Object.keys(wrong), 'DATABASE_URL'].sort());
    try {
      readEnvironment(wrong);
    } catch (error) {
      expect(inspect(error)).not.toMatch(/very.private/);
    }
  });

  it('counts an empty variable as not given', () => {
    const environment = readEnvironment({ ...socket, PORT: '', SLACK_SIGNING_SECRET: ' ', REDIS_URL: '' });
    expect(environment.port).toBe(3000);
    expect(environment.redisUrl).toBeUndefined();
    expect(Object.keys(problemsOf(() => readEnvironment({ ...socket, SLACK_BOT_TOKEN: '' })))).toEqual([
      'SLACK_BOT_TOKEN',
    ]);
  });

  it('refuses an owner login that is the bot login', () => {
    const same = { ...socket, DATABASE_OWNER_URL: 'postgres://bot:other@localhost:5432/countersign' };
    expect(Object.keys(problemsOf(() => readEnvironment(same)))).toEqual(['DATABASE_OWNER_URL']);
    const other = { ...socket, DATABASE_OWNER_URL: 'postgres://owner:other@localhost:5432/countersign' };
    expect(readEnvironment(other).databaseOwnerUrl?.reveal()).toBe(other.DATABASE_OWNER_URL);
  });

  it('ends the API URL with a slash and takes plain HTTP on this machine only', () => {
    const read = (SLACK_API_URL: string) => readEnvironment({ ...socket, SLACK_API_URL }).slackApiUrl;
    expect(read('http://127.0.0.1:4000/api')).toBe('http://127.0.0.1:4000/api/');
    expect(read('https://proxy.example/api/')).toBe('https://proxy.example/api/');
    expect(Object.keys(problemsOf(() => read('http://127.0.0.1.example/api')))).toEqual(['SLACK_API_URL']);
  });

  it('splits further command folders and packages at ":" and ","', () => {
    const { commandSources } = readEnvironment({ ...socket, COUNTERSIGN_COMMANDS: './a:/srv/b, @acme/ops,' });
    expect(commandSources).toEqual(['./a', '/srv/b', '@acme/ops']);
  });

  it('accepts an Ed25519 signing key and refuses another kind', () => {
    const pem = (kind: 'ed25519' | 'x25519') =>
      (kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519')).privateKey
        .export({ type: 'pkcs8', format: 'pem' })
        .toString()
        .replaceAll('\n', '\\n');
    const read = (COUNTERSIGN_SIGNING_KEY: string) => readEnvironment({ ...socket, COUNTERSIGN_SIGNING_KEY });
    expect(read(pem('ed25519')).signingKey?.name).toBe('COUNTERSIGN_SIGNING_KEY');
    expect(Object.keys(problemsOf(() => read(pem('x25519'))))).toEqual(['COUNTERSIGN_SIGNING_KEY']);
  });

  it('prints no secret when the environment is printed, and lists all of them for the redactor', () => {
    const environment = readEnvironment({ ...socket, REDIS_URL: 'redis://:topsecret@localhost' });
    const printed = `${inspect(environment, { depth: 9 })}${JSON.stringify(environment)}`;
    expect(printed).not.toMatch(/hunter22|abcdef|topsecret/);
    expect(printed).toContain('[secret SLACK_BOT_TOKEN]');
    expect(
      secretsOfEnvironment(environment)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['DATABASE_URL', 'REDIS_URL', 'SLACK_APP_TOKEN', 'SLACK_BOT_TOKEN']);
  });

  it('knows each variable by name', () => {
    expect(environmentVariables).toContain('SLACK_BOT_TOKEN');
    expect(environmentVariables).toHaveLength(14);
  });
});

describe('the .env file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'countersign-env-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is optional, and gives way to what is set outside', async () => {
    expect(await currentEnvironment(folder, { PORT: '1' })).toEqual({ PORT: '1' });
    await writeFile(path.join(folder, '.env'), 'PORT=2\nHOST="0.0.0.0" # in a container\n');
    expect(await currentEnvironment(folder, { PORT: '1' })).toEqual({ PORT: '1', HOST: '0.0.0.0' });
  });
});
