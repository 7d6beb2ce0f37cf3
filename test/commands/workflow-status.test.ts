import { describe, expect, it } from 'vitest';
import preflight from '../../commands/preflight.ts';
import workflowStatus from '../../commands/workflow-status.ts';
import { noTraffic } from '../../sandbox/targets/github/sample-workflows.ts';
import type { CommandDefinition, JsonObject, Report } from '../../src/command.ts';
import { UserMistake } from '../../src/core/errors.ts';
import { plainText } from '../../src/core/text.ts';
import { type Opened, openGitHub } from '../targets/github/open-github.ts';

async function reportOf(definition: unknown, input: JsonObject, { target }: Opened): Promise<Report> {
  const context = { target, targets: [target], now: () => new Date(), signal: new AbortController().signal };
  return (definition as CommandDefinition).run(
    { args: input, summary: [], data: input } as never,
    context as never,
  );
}

const linesOf = ({ lines = [] }: Report) => lines.map((line) => plainText(line)).join('\n');

const two = {
  migrate: { file: 'migrate.yml', risk: 'dangerous', success: { line: 'migrate' } },
  'ops-daily': {
    file: 'ops_daily.yml',
    risk: 'change',
    inputs: { mode: { enum: ['prod'], default: 'prod' } },
    success: {
      where: { status: 'healthy' },
      checks: ['*'],
      insufficient: { status: 'insufficient_data', reason: 'delivered_total_0' },
    },
  },
};
const healthy = { inputs: { mode: 'prod' } };

describe('workflow-status', () => {
  it.each<[string, object | undefined, object | undefined, Report['status'], string]>([
    ['all green', {}, healthy, 'ok', 'All 2 workflows are green on rms (production)'],
    ['no traffic', {}, noTraffic, 'warning', 'ops-daily has no traffic yet to judge on rms (production)'],
    ['never ran', {}, undefined, 'unknown', 'ops-daily never ran on rms (production)'],
    ['failed', { exitCode: 1 }, noTraffic, 'bad', 'migrate FAILED on rms (production)'],
    ['silent', { output: ['done'] }, healthy, 'unknown', 'migrate is unknown on rms (production)'],
    [
      'both bad',
      { exitCode: 1 },
      { exitCode: 1, output: [] },
      'bad',
      'migrate FAILED on rms (production) (and 1 more)',
    ],
  ])('%s', async (_, migrate, daily, status, headline) => {
    const opened = await openGitHub({}, { files: two });
    if (migrate) opened.gitHub.repository.history('migrate.yml', migrate, new Date());
    if (daily) opened.gitHub.repository.history('ops_daily.yml', daily, new Date());
    const report = await reportOf(workflowStatus, { target: 'rms' }, opened);
    expect(report).toMatchObject({ status, headline });
  });

  it('looks behind one that is under way, and says so', async () => {
    const opened = await openGitHub({ runningMilliseconds: Number.POSITIVE_INFINITY }, { files: two });
    opened.gitHub.repository.history('migrate.yml', { runningMilliseconds: 10 }, new Date());
    const { id } = opened.gitHub.repository.dispatch('migrate.yml', 'main', {}, new Date());
    const report = await reportOf(workflowStatus, { target: 'rms', workflow: 'migrate' }, opened);
    expect(report).toMatchObject({ status: 'ok', headline: 'migrate is green on rms (production)' });
    expect(linesOf(report)).toContain(`run ${id}`);
  });

  it('never takes for green what it may not read', async () => {
    const opened = await openGitHub({ permissions: { actions: 'none' } }, { files: two });
    const report = await reportOf(workflowStatus, { target: 'rms' }, opened);
    expect(report.status).toBe('unknown');
    expect(linesOf(report)).toContain('actions: read');
  });

  it('names the nearest workflow for one there is not', async () => {
    const opened = await openGitHub({}, { files: two });
    const asking = reportOf(workflowStatus, { target: 'rms', workflow: 'ops-dayly' }, opened);
    await expect(asking).rejects.toThrow(UserMistake);
    await expect(asking).rejects.toThrow('Did you mean "ops-daily"');
  });
});

describe('preflight', () => {
  const files = {
    ...two,
    deploy: {
      file: 'deploy.yml',
      risk: 'dangerous',
      inputs: { environment: { default: 'staging' } },
      requires: [{ workflow: 'ops-daily', within: '24h' }],
    },
  };
  const needs = { secrets: ['POSTGRES_DSN_PROD'], variables: ['DATABASE_URL'] };

  async function ready() {
    const opened = await openGitHub({}, { files, needs });
    const { repository } = opened.gitHub;
    repository.names.secrets.add('POSTGRES_DSN_PROD');
    repository.names.variables.add('DATABASE_URL');
    repository.checkRuns.set(repository.refs.get('main')!, [
      { name: 'test', status: 'completed', conclusion: 'success' },
      { name: 'optional', status: 'completed', conclusion: 'skipped' },
    ]);
    repository.history('ops_daily.yml', healthy, new Date());
    return opened;
  }

  it('is ready when names, checks and required workflows are all there', async () => {
    const report = await reportOf(preflight, { target: 'rms' }, await ready());
    expect(report).toMatchObject({
      status: 'ok',
      headline: 'Ready: rms (production) on main, 3 checks passed',
    });
    expect(linesOf(report)).toContain('1 secret and 1 variable there, by name');
    expect(JSON.stringify(report)).not.toContain('a-value-nobody-should-show');
  });

  it.each<[string, (opened: Opened) => void, Report['status'], string]>([
    [
      'a secret is missing',
      ({ gitHub }) => gitHub.repository.names.secrets.clear(),
      'bad',
      'missing: secret POSTGRES_DSN_PROD',
    ],
    [
      'a check failed',
      ({ gitHub: { repository } }) =>
        repository.checkRuns
          .get(repository.refs.get('main')!)!
          .push({ name: 'e2e', status: 'completed', conclusion: 'failure' }),
      'bad',
      'e2e (failure)',
    ],
    [
      'a check goes on',
      ({ gitHub: { repository } }) =>
        repository.checkRuns
          .get(repository.refs.get('main')!)!
          .push({ name: 'e2e', status: 'queued', conclusion: null }),
      'unknown',
      'still going on: e2e',
    ],
    ['there are no checks', ({ gitHub }) => gitHub.repository.checkRuns.clear(), 'unknown', 'has no checks'],
    [
      'every check was skipped',
      ({ gitHub: { repository } }) =>
        repository.checkRuns.set(repository.refs.get('main')!, [
          { name: 'a', status: 'completed', conclusion: 'skipped' },
        ]),
      'unknown',
      'were skipped',
    ],
    [
      'a status is red',
      ({ gitHub: { repository } }) => repository.statuses.set(repository.refs.get('main')!, 'error'),
      'bad',
      'commit statuses (error)',
    ],
    [
      'a required workflow failed',
      ({ gitHub }) =>
        void gitHub.repository.history(
          'ops_daily.yml',
          { exitCode: 1, output: [], createdAt: new Date(Date.now() - 9_000) },
          new Date(),
        ),
      'bad',
      'ops-daily: failure, exit code 1, an error',
    ],
    [
      'a required workflow has no data',
      ({ gitHub }) =>
        void gitHub.repository.history(
          'ops_daily.yml',
          { ...noTraffic, createdAt: new Date(Date.now() - 9_000) },
          new Date(),
        ),
      'warning',
      'no traffic yet',
    ],
    [
      'names cannot be read',
      ({ gitHub }) => gitHub.fails('secrets', 'error'),
      'unknown',
      'secrets and variables: GitHub answered 502',
    ],
    ['checks cannot be read', ({ gitHub }) => gitHub.fails('check-runs', 'cut'), 'unknown', 'checks of main'],
  ])('is not when %s', async (_, change, status, words) => {
    const opened = await ready();
    change(opened);
    const report = await reportOf(preflight, { target: 'rms' }, opened);
    expect(report.status).toBe(status);
    expect(linesOf(report)).toContain(words);
    expect(report.headline.length).toBeLessThanOrEqual(88);
  });

  it('holds what one workflow requires to its age', async () => {
    const opened = await openGitHub({}, { files });
    const { repository } = opened.gitHub;
    repository.checkRuns.set(repository.refs.get('main')!, [
      { name: 'a', status: 'completed', conclusion: 'success' },
    ]);
    repository.history(
      'ops_daily.yml',
      { ...healthy, createdAt: new Date(Date.now() - 90_000_000) },
      new Date(),
    );
    expect((await reportOf(preflight, { target: 'rms' }, opened)).status).toBe('ok');
    const report = await reportOf(preflight, { target: 'rms', workflow: 'deploy' }, opened);
    expect(report.status).toBe('bad');
    expect(linesOf(report)).toContain('it must be within 1 day');
  });

  it('is unknown on a ref that is not there', async () => {
    const report = await reportOf(preflight, { target: 'rms', ref: 'gone' }, await ready());
    expect(report.status).toBe('unknown');
  });
});
