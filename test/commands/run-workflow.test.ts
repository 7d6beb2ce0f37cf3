import { describe, expect, it } from 'vitest';
import runWorkflow from '../../commands/run-workflow.ts';
import { noTraffic } from '../../sandbox/targets/github/sample-workflows.ts';
import type { Line } from '../../src/command.ts';
import { RunLost, RunStopped } from '../../src/core/change/step-runner.ts';
import { UnknownOutcome, UserMistake } from '../../src/core/errors.ts';
import { plainText } from '../../src/core/text.ts';
import { files, type Opened, openGitHub, problemOf } from '../targets/github/open-github.ts';
import { lookAgainOf, planOf, planText, runOf, type World } from './guarded-world.ts';
import { cardText } from './report-of.ts';

const now = () => new Date();
const place = { target: 'rms', environment: 'production' };
const asked = (workflow: string, more: object = {}) => ({ target: 'rms', workflow, input: [], ...more });
const world = ({ target }: Opened, more: Partial<World> = {}): World => ({ target, now, ...more });

/** What differs from one test to the next: addresses, ids and times. */
function steady(text: string, { gitHub }: Opened): string {
  const commits = [...gitHub.repository.refs.values()].flatMap((sha) => [sha, sha.slice(0, 7)]);
  return commits
    .reduce((one, sha) => one.replaceAll(sha, sha.length > 7 ? '<commit>' : '<short>'), text)
    .replaceAll(gitHub.url, 'https://github.example.com')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| UTC)/g, '<time>')
    .replace(/, \d+ s\b/g, ', <n> s');
}

const golden = (name: string) => `../golden/commands/run-workflow-${name}.txt`;

describe('the plan of run-workflow', () => {
  it('shows file, ref and commit, inputs, the last result and what had to come first', async () => {
    const opened = await openGitHub();
    const { repository } = opened.gitHub;
    repository.history(
      'db_bootstrap.yml',
      {
        inputs: { mode: 'all' },
        exitCode: 1,
        output: ['db_bootstrap status=fail reason=dsn_missing'],
        createdAt: new Date(Date.now() - 7_200_000),
      },
      now(),
    );
    repository.history('db_bootstrap.yml', { inputs: { mode: 'dry_run' } }, now());
    const planned = await planOf(runWorkflow, asked('db-bootstrap'), world(opened));
    expect(planned.plan.action!.length).toBeLessThan(24);
    expect(planned.plan.data).toMatchObject({
      workflow: 'db-bootstrap',
      file: 'db_bootstrap.yml',
      ref: 'main',
      inputs: { mode: 'all' },
    });
    await expect(steady(planText(planned), opened)).toMatchFileSnapshot(golden('plan'));
  });

  it('keeps to what was signed when it is made again', async () => {
    const opened = await openGitHub();
    const first = await planOf(runWorkflow, asked('migrate-dry'), world(opened));
    const other = opened.gitHub.repository.history('migrate-dry.yml', { event: 'workflow_dispatch' }, now());
    const again = await planOf(runWorkflow, asked('migrate-dry'), world(opened), first.plan.data);
    expect(again.plan.data).toEqual(first.plan.data);
    expect(again.plan.effects).toEqual(first.plan.effects);
    expect(again.plan.context).toMatchObject({ knownIds: [other.id] });
  });

  it('takes its risk from the declaration', async () => {
    const { target } = await openGitHub();
    const args = { target: 'rms', input: [], ref: undefined };
    expect(runWorkflow.riskOf!({ ...args, workflow: 'migrate' }, target)).toBe('dangerous');
    expect(runWorkflow.riskOf!({ ...args, workflow: 'migrate-dry' }, target)).toBe('change');
    expect(() => runWorkflow.riskOf!({ ...args, workflow: 'migrat' }, target)).toThrow(
      'Did you mean "migrate"',
    );
  });

  it.each([
    [['mode=all', 'mode=all'], 'given twice'],
    [['modus=all'], 'has no input "modus". Did you mean "mode"?'],
    [['mode=dry_run'], '"mode" must be one of all, not "dry_run"'],
  ])('refuses %j', async (input, words) => {
    const opened = await openGitHub();
    const planning = planOf(runWorkflow, asked('db-bootstrap', { input }), world(opened));
    await expect(planning).rejects.toThrow(UserMistake);
    await expect(planning).rejects.toThrow(words);
  });

  it.each<[string, (opened: Opened) => void, string]>([
    ['never ran', () => undefined, 'and it has not run there'],
    [
      'failed',
      ({ gitHub }) => void gitHub.repository.history('migrate-dry.yml', { exitCode: 1, output: [] }, now()),
      'came out failure (exit code 1, an error)',
    ],
    [
      'is green at GitHub alone',
      ({ gitHub }) => void gitHub.repository.history('migrate-dry.yml', { output: ['fine'] }, now()),
      'came out unknown (its log has no line "migrate_dry status=ok")',
    ],
    [
      'is too old',
      ({ gitHub }) =>
        void gitHub.repository.history(
          'migrate-dry.yml',
          { createdAt: new Date(Date.now() - 93_700_000) },
          now(),
        ),
      'is 26 hours old',
    ],
    [
      'was green before it failed',
      ({ gitHub }) => {
        gitHub.repository.history('migrate-dry.yml', {}, now());
        gitHub.repository.history(
          'migrate-dry.yml',
          { exitCode: 1, createdAt: new Date(Date.now() - 60_000) },
          now(),
        );
      },
      'came out failure',
    ],
    [
      'was green on another branch',
      ({ gitHub }) => void gitHub.repository.history('migrate-dry.yml', { ref: 'release' }, now()),
      'and it has not run there',
    ],
  ])('is refused while a required workflow %s', async (_, prepare, words) => {
    const opened = await openGitHub();
    prepare(opened);
    const problem = await problemOf(planOf(runWorkflow, asked('migrate'), world(opened)));
    expect(problem).toMatchObject({ kind: 'Refusal', code: 'workflow_required' });
    expect(problem.message).toContain('It needs a successful "migrate-dry" on main within 1 day first');
    expect(problem.message).toContain(words);
    expect(problem.message).toContain('/ops run-workflow rms migrate-dry');
    expect(opened.gitHub.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('warns when what was tried was another commit', async () => {
    const opened = await openGitHub();
    opened.gitHub.repository.history('migrate-dry.yml', {}, now());
    opened.gitHub.repository.moves('main', 'a later commit');
    const { plan } = await planOf(runWorkflow, asked('migrate'), world(opened));
    expect(plan.warnings?.map((line) => plainText(line)).join()).toContain('migrate-dry was of');
  });

  it('cannot be made while GitHub cannot be read', async () => {
    const opened = await openGitHub();
    opened.gitHub.fails('contents', 'error');
    expect((await problemOf(planOf(runWorkflow, asked('migrate-dry'), world(opened)))).kind).toBe('Fault');
  });
});

describe('run-workflow', () => {
  it.each<[string, string, string, object]>([
    ['ok', 'ok', 'db-bootstrap-dry-run', {}],
    [
      'failed',
      'bad',
      'migrate-dry',
      {
        output: ['migrate_dry status=fail reason=lock_timeout', 'postgres://u:p@h'],
        exitCode: 1,
        jobs: ['plan', 'apply'],
      },
    ],
    ['insufficient', 'warning', 'ops-daily', noTraffic],
    ['unsaid', 'unknown', 'migrate-dry', { output: ['all good'] }],
    ['cancelled-there', 'bad', 'migrate-dry', { conclusion: 'cancelled' }],
  ])('reports as kept in run-workflow-%s, %s', async (name, status, workflow, behaviour) => {
    const opened = await openGitHub();
    opened.gitHub.repository.behaves(files[workflow as keyof typeof files].file, behaviour);
    const planned = await planOf(runWorkflow, asked(workflow), world(opened));
    const shown: Line[] = [];
    const report = await runOf(runWorkflow, planned, world(opened), {
      onProgress: (line) => shown.push(line),
    });
    expect(report.status).toBe(status);
    expect(report.headline.length).toBeLessThanOrEqual(88);
    expect(opened.gitHub.repository.runs).toHaveLength(1);
    expect(shown.map((line) => plainText(line)).join('\n')).toMatch(/jobs done/);
    await expect(steady(cardText(`run-workflow rms ${workflow}`, report, place), opened)).toMatchFileSnapshot(
      golden(name),
    );
  });

  it('says when another commit ran than was planned', async () => {
    const opened = await openGitHub();
    const planned = await planOf(runWorkflow, asked('migrate-dry'), world(opened));
    opened.gitHub.repository.moves('main', 'a later commit');
    const report = await runOf(runWorkflow, planned, world(opened));
    expect(report.lines?.map((line) => plainText(line)).join()).toContain('when it was planned main was at');
  });

  it('goes on where it was when another process takes it up', async () => {
    const opened = await openGitHub();
    const planned = await planOf(runWorkflow, asked('migrate-dry'), world(opened));
    const steps = new Map();
    opened.gitHub.fails('logs', 'error', 1);
    await runOf(runWorkflow, planned, world(opened), { steps });
    await runOf(runWorkflow, planned, world(opened), { steps });
    expect(opened.gitHub.repository.runs).toHaveLength(1);
    expect(opened.gitHub.requests.filter(({ endpoint }) => endpoint === 'dispatch')).toHaveLength(1);
  });

  it('goes on following while GitHub cannot be read for a moment', async () => {
    const opened = await openGitHub({ runningMilliseconds: 1_500 });
    const planned = await planOf(runWorkflow, asked('migrate-dry'), world(opened));
    opened.gitHub.fails('run', 'error', 2);
    const report = await runOf(runWorkflow, planned, world(opened));
    expect(report.status).toBe('ok');
  });

  it('leaves a dispatch without an outcome unknown, and does not send it again', async () => {
    const opened = await openGitHub();
    const planned = await planOf(runWorkflow, asked('migrate-dry'), world(opened));
    opened.gitHub.fails('dispatch', 'cut_after');
    await expect(runOf(runWorkflow, planned, world(opened))).rejects.toThrow(UnknownOutcome);
    const { happened, lines } = await lookAgainOf(runWorkflow, planned, world(opened));
    expect(happened).toBe('unclear');
    expect(lines.map((line) => plainText(line)).join()).toContain(
      `run ${opened.gitHub.repository.runs[0]!.id}`,
    );
  });

  it.each<[string, (opened: Opened) => void, string]>([
    ['nothing', () => undefined, 'No single run of migrate-dry.yml'],
    [
      'several',
      ({ gitHub }) => {
        for (let count = 0; count < 2; count += 1)
          gitHub.repository.dispatch('migrate-dry.yml', 'main', {}, now());
      },
      'No single run',
    ],
    ['no answer', ({ gitHub }) => gitHub.fails('workflow-runs', 'error'), 'Unknown, GitHub answered 502'],
  ])('looks again and sees %s', async (_, prepare, words) => {
    const opened = await openGitHub();
    const planned = await planOf(runWorkflow, asked('migrate-dry'), world(opened));
    prepare(opened);
    const { happened, lines } = await lookAgainOf(runWorkflow, planned, world(opened));
    expect(happened).toBe('unclear');
    expect(lines.map((line) => plainText(line)).join()).toContain(words);
  });
});

describe('a run that is stopped', () => {
  it.each<[string, Error, string]>([
    ['is cancelled at GitHub when a person stops it', new RunStopped('U0ADA'), 'cancelled'],
    ['goes on there when another process has taken it up', new RunLost(), 'in_progress'],
    ['goes on there when this process ends', new Error('stopping'), 'in_progress'],
  ])('%s', async (_, reason, expected) => {
    const opened = await openGitHub({ runningMilliseconds: Number.POSITIVE_INFINITY });
    const planned = await planOf(runWorkflow, asked('migrate-dry'), world(opened));
    const stop = new AbortController();
    const running = runStopped(planned, opened, stop);
    running.catch(() => undefined);
    await expect.poll(() => running.isFollowing(), { timeout: 10_000 }).toBe(true);
    stop.abort(reason);
    // A person's wish is answered; what only ends here is left to whoever takes it up.
    if (reason instanceof RunStopped) {
      expect((await running).headline).toContain('GitHub was asked to cancel its run');
    } else await expect(running).rejects.toBe(reason);
    const [run] = await opened.workflows.recent('migrate-dry', { limit: 1 });
    expect(run?.conclusion ?? run?.status).toBe(expected);
  });
});

/** As the runtime has it: what is looked at ends with the run's own signal. */
function runStopped(planned: Awaited<ReturnType<typeof planOf>>, { target }: Opened, stop: AbortController) {
  let isFollowing = false;
  const context = {
    target,
    targets: [target],
    now,
    signal: stop.signal,
    requester: { id: 'U0ADA', via: 'slash' },
    countersign: {},
    progress: (line: Line) => {
      isFollowing ||= plainText(line).includes('in_progress');
    },
    step: (_: string, call: { send(step: object): Promise<unknown> }) =>
      call.send({ idempotencyKey: 'k', signal: new AbortController().signal }),
    observe: (_: string, look: (signal: AbortSignal) => Promise<unknown>) => look(stop.signal),
  };
  const running = runWorkflow.run({ ...planned.plan, args: planned.args } as never, context as never);
  return Object.assign(running, { isFollowing: () => isFollowing });
}
