import { describe, expect, it } from 'vitest';
import type { Behaviour } from '../../../sandbox/targets/github/repository.ts';
import { runnerLog } from '../../../sandbox/targets/github/run.ts';
import { noTraffic } from '../../../sandbox/targets/github/sample-workflows.ts';
import { RunLogReader } from '../../../src/targets/github/run-log.ts';
import { openGitHub } from './open-github.ts';

const at = new Date('2026-11-20T18:15:00Z');

async function verdictOf(
  name: string,
  file: string,
  behaviour: Behaviour,
  inputs: Record<string, string> = {},
) {
  const opened = await openGitHub();
  opened.gitHub.repository.history(file, { ...behaviour, inputs }, new Date());
  const [run] = await opened.workflows.recent(name, { limit: 1 });
  return { ...opened, run: run!, verdict: await opened.workflows.verdict(name, run!) };
}

describe('what a run says', () => {
  it.each<[string, string, string, Behaviour, object]>([
    [
      'its line and GitHub both: success',
      'migrate',
      'migrate.yml',
      {},
      { verdict: 'success', statusLine: 'migrate status=ok applied=3 skipped=14', why: undefined },
    ],
    [
      'the last of three lines is the one that counts',
      'db-bootstrap',
      'db_bootstrap.yml',
      { output: ['db_bootstrap status=ok applied=17', 'db_bootstrap mode=all extra=x status=ok'] },
      { verdict: 'success', statusLine: 'db_bootstrap status=ok mode=all' },
    ],
    [
      'the JSON form',
      'migrate',
      'migrate.yml',
      { output: ['{"tool":"migrate","status":"ok","applied":3,"dsn":"postgres://u:p@h/d"}'] },
      { verdict: 'success', statusLine: 'migrate status=ok applied=3' },
    ],
    [
      'green at GitHub without its line is unknown',
      'db-bootstrap',
      'db_bootstrap.yml',
      { output: ['db_bootstrap status=ok mode=verify'] },
      { verdict: 'unknown', why: 'its log does not say "db_bootstrap status=ok mode=all"' },
    ],
    [
      'green at GitHub with nothing said is unknown',
      'migrate',
      'migrate.yml',
      { output: ['done'] },
      { verdict: 'unknown', statusLine: undefined, why: 'its log has no line "migrate status=ok"' },
    ],
    [
      'green at GitHub after a step that did nothing is unknown',
      'migrate',
      'migrate.yml',
      { output: ['migrate skipped reason=prod_not_configured'] },
      { verdict: 'unknown', statusLine: 'migrate skipped reason=prod_not_configured' },
    ],
    [
      'a bad line decides although GitHub is green',
      'migrate',
      'migrate.yml',
      { output: ['migrate status=fail reason=lock_timeout', 'migrate status=ok'] },
      { verdict: 'failure', why: 'migrate fail (lock_timeout)' },
    ],
    [
      'exit code 1',
      'migrate',
      'migrate.yml',
      { output: ['boom'], exitCode: 1 },
      { verdict: 'failure', why: 'exit code 1, an error' },
    ],
    [
      'exit code 2 without a line is the worse of its two meanings',
      'ops-daily',
      'ops_daily.yml',
      { output: ['boom'], exitCode: 2 },
      { verdict: 'failure', why: 'exit code 2, unhealthy or no data' },
    ],
    [
      'no traffic yet',
      'ops-daily',
      'ops_daily.yml',
      noTraffic,
      {
        verdict: 'insufficient_data',
        statusLine:
          'status=insufficient_data reason=delivered_total_0 window_days=7 delivered_total=0 positive_total=0 h=0.00',
      },
    ],
    [
      'another reason than no traffic is no "no traffic"',
      'ops-daily',
      'ops_daily.yml',
      { output: ['status=insufficient_data reason=delivered_total_lt_min_n'], exitCode: 2 },
      { verdict: 'failure' },
    ],
    [
      'no traffic and an error besides',
      'ops-daily',
      'ops_daily.yml',
      { ...noTraffic, exitCode: 1 },
      { verdict: 'failure', why: 'exit code 1, an error' },
    ],
    [
      'an unhealthy check behind one without data',
      'ops-daily',
      'ops_daily.yml',
      { output: [...noTraffic.output, 'generated_at=x sends=40 status=unhealthy reason=held_rate_high'] },
      { verdict: 'failure', why: 'a check unhealthy (held_rate_high)' },
    ],
    [
      'what was normalised to green is not green',
      'ops-daily',
      'ops_daily.yml',
      {
        output: [
          'window_days=7 status=healthy',
          'ops_ci_normalize status=normalized reason=insufficient_data',
        ],
      },
      { verdict: 'unknown', why: 'it says ops_ci_normalize normalized (insufficient_data)' },
    ],
    [
      'everything healthy',
      'ops-daily',
      'ops_daily.yml',
      { output: ['window_days=7 status=healthy', 'metrics_regression status=ok'] },
      { verdict: 'success', statusLine: 'status=healthy window_days=7' },
    ],
    ['cancelled', 'migrate', 'migrate.yml', { conclusion: 'cancelled' }, { verdict: 'cancelled' }],
    ['skipped', 'migrate', 'migrate.yml', { conclusion: 'skipped' }, { verdict: 'unknown' }],
    ['timed out', 'migrate', 'migrate.yml', { conclusion: 'timed_out' }, { verdict: 'failure' }],
    ['a word nobody knows', 'migrate', 'migrate.yml', { conclusion: 'exploded' }, { verdict: 'unknown' }],
    ['no line declared: GitHub alone', 'policy-check', 'policy_check.yml', {}, { verdict: 'success' }],
  ])('%s', async (_, name, file, behaviour, expected) => {
    expect((await verdictOf(name, file, behaviour)).verdict).toMatchObject(expected);
  });

  it('does not take the echo of a script for its output', async () => {
    const script = runnerLog('x', ['migrate status=ok'], 0, at).replace(/^.*Z migrate status=ok\n/gm, '');
    expect(script).toContain('migrate status=ok');
    const { verdict } = await verdictOf('migrate', 'migrate.yml', { rawLog: script });
    expect(verdict).toMatchObject({ verdict: 'unknown', why: 'its log has no line "migrate status=ok"' });
  });

  it('counts what it does not know, and shows none of it', async () => {
    const { verdict } = await verdictOf('migrate', 'migrate.yml', {
      output: [
        'user=ada@example.com token=s3cret',
        'hello',
        'migrate status=ok applied=3 user=ada key=AKIA123',
      ],
    });
    expect(verdict.statusLine).toBe('migrate status=ok applied=3');
    expect(JSON.stringify(verdict)).not.toMatch(/ada|s3cret|AKIA/);
    expect(verdict.unknownLines).toBeGreaterThan(2);
  });

  it('sends no token to where logs are kept', async () => {
    const { gitHub } = await verdictOf('migrate', 'migrate.yml', {});
    expect(gitHub.logRequests).toHaveLength(1);
    expect(gitHub.logRequests[0]?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(gitHub.logRequests)).not.toContain('ghp_');
  });

  it('reads the logs of every job, and each only once', async () => {
    const { gitHub, workflows, run, verdict } = await verdictOf('migrate', 'migrate.yml', {
      jobs: Array.from({ length: 35 }, (_, index) => `shard ${index}`),
    });
    expect(verdict.verdict).toBe('success');
    expect(gitHub.logRequests).toHaveLength(35);
    await workflows.verdict('migrate', run);
    expect(gitHub.logRequests).toHaveLength(35);
    expect(await workflows.jobs(run.id)).toHaveLength(35);
  });

  it.each([
    ['cut', 'broke off'],
    ['cut_after', 'broke off'],
    ['elsewhere', 'answered with 302'],
  ] as const)('is unknown where the log cannot be read: %s', async (fault, words) => {
    const { gitHub, workflows } = await openGitHub();
    gitHub.repository.history('migrate.yml', {}, new Date());
    const [run] = await workflows.recent('migrate', { limit: 1 });
    gitHub.fails('log', fault);
    const verdict = await workflows.verdict('migrate', run!);
    expect(verdict.verdict).toBe('unknown');
    expect(verdict.why).toContain(words);
    gitHub.works();
    expect((await workflows.verdict('migrate', run!)).verdict).toBe('success');
  });

  it('is unknown where the log is gone, and a failure stays one', async () => {
    const gone = await verdictOf('migrate', 'migrate.yml', { isLogGone: true });
    expect(gone.verdict).toMatchObject({ verdict: 'unknown', why: expect.stringContaining('410') });
    const failed = await verdictOf('migrate', 'migrate.yml', { isLogGone: true, conclusion: 'failure' });
    expect(failed.verdict).toMatchObject({
      verdict: 'failure',
      why: expect.stringContaining('could not be read'),
    });
  });

  it('is unknown where the log is longer than is read', async () => {
    const { gitHub, workflows } = await openGitHub({}, { maxLogBytes: 100_000 });
    const rawLog = `${'x'.repeat(200_000)}\nmigrate status=ok\n`;
    gitHub.repository.history('migrate.yml', { rawLog }, new Date());
    const [run] = await workflows.recent('migrate', { limit: 1 });
    expect(await workflows.verdict('migrate', run!)).toMatchObject({
      verdict: 'unknown',
      why: expect.stringContaining('longer than 100,000 bytes'),
    });
  });

  it('is none of a run that is not over', async () => {
    const { gitHub, workflows } = await openGitHub({ runningMilliseconds: Number.POSITIVE_INFINITY });
    gitHub.repository.history('migrate.yml', { createdAt: new Date() }, new Date());
    const [run] = await workflows.recent('migrate', { limit: 1 });
    expect((await workflows.verdict('migrate', run!)).why).toBe('it is in_progress');
  });
});

describe('a log', () => {
  it('reads the same in whatever pieces it comes', () => {
    const text = runnerLog('x', ['migrate status=ok applied=3', 'hello'], 2, at);
    const whole = new RunLogReader();
    whole.write(text);
    whole.endJob();
    const pieces = new RunLogReader();
    for (const character of text) pieces.write(character);
    pieces.endJob();
    expect(pieces.result()).toEqual(whole.result());
    expect(whole.result()).toMatchObject({ lines: [{ tool: 'migrate', status: 'ok' }], exitCodes: [2] });
  });

  it('keeps neither an endless line nor endless reports', () => {
    const reader = new RunLogReader();
    for (let index = 0; index < 1_000; index += 1) reader.write('y'.repeat(10_000));
    reader.write('\nmigrate status=ok\n');
    for (let index = 0; index < 5_000; index += 1) reader.write(`step_${index} status=ok\n`);
    reader.endJob();
    const { lines, unread } = reader.result();
    expect(lines).toHaveLength(2_000);
    expect(lines[0]?.tool).toBe('migrate');
    expect(lines.at(-1)?.tool).toBe('step_4999');
    expect(unread).toBe(1 + 3_001);
  });

  it('of one job does not hide the next one’s', () => {
    const reader = new RunLogReader();
    reader.write('##[group]Run x\nmigrate status=fail');
    reader.endJob();
    reader.write('migrate status=ok');
    reader.endJob();
    expect(reader.result().lines).toMatchObject([{ status: 'ok' }]);
  });
});
