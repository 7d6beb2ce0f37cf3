import { describe, expect, it } from 'vitest';
import { commitOf } from '../../../sandbox/targets/github/repository.ts';
import { answeringServer, json, reply } from '../http/answering-server.ts';
import { openGitHub, openTarget, problemOf, token } from './open-github.ts';

describe('reading GitHub', () => {
  it('lists a workflow’s runs on its ref, newest first', async () => {
    const { gitHub, workflows } = await openGitHub();
    const { repository } = gitHub;
    const hours = (count: number) => new Date(Date.now() - count * 3_600_000);
    const older = repository.history('migrate.yml', { createdAt: hours(5) }, new Date());
    const newer = repository.history(
      'migrate.yml',
      { createdAt: hours(1), conclusion: 'failure' },
      new Date(),
    );
    repository.history('migrate.yml', { createdAt: hours(1), ref: 'release' }, new Date());
    const runs = await workflows.recent('migrate', { limit: 10 });
    expect(runs.map(({ id, conclusion }) => [id, conclusion])).toEqual([
      [newer.id, 'failure'],
      [older.id, 'success'],
    ]);
    expect(await workflows.recent('migrate', { limit: 1 })).toHaveLength(1);
    expect(await workflows.recent('migrate', { limit: 9, ref: 'release' })).toHaveLength(1);
  });

  it('takes no run of a pull request or a fork for one of the branch', async () => {
    const { gitHub, workflows } = await openGitHub();
    const now = new Date();
    gitHub.repository.history(
      'policy_check.yml',
      { event: 'pull_request', headRepository: 'mallory/rms' },
      now,
    );
    gitHub.repository.history(
      'policy_check.yml',
      { event: 'workflow_run', headRepository: 'mallory/rms' },
      now,
    );
    gitHub.repository.history('policy_check.yml', { event: 'pull_request_target' }, now);
    expect(await workflows.recent('policy-check', { limit: 10 })).toEqual([]);
  });

  it('tells the runs of two declarations of one file apart by what they print', async () => {
    const { gitHub, workflows } = await openGitHub();
    const now = new Date();
    const all = gitHub.repository.history('db_bootstrap.yml', { inputs: { mode: 'all' } }, now);
    const dry = gitHub.repository.history('db_bootstrap.yml', { inputs: { mode: 'dry_run' } }, now);
    expect((await workflows.recent('db-bootstrap', { limit: 5 })).map(({ id }) => id)).toEqual([all.id]);
    expect((await workflows.recent('db-bootstrap-dry-run', { limit: 5 })).map(({ id }) => id)).toEqual([
      dry.id,
    ]);
  });

  it('tells them apart by their titles where they are declared', async () => {
    const declared = (mode: string) => ({
      file: 'prod_verify.yml',
      risk: 'change',
      title: `prod_verify ${mode}`,
      inputs: { mode: { enum: [mode], default: mode } },
    });
    const files = { dry: declared('dry_run'), verify: declared('verify') };
    const { gitHub, workflows } = await openGitHub({}, { files });
    const { id } = gitHub.repository.history('prod_verify.yml', { inputs: { mode: 'verify' } }, new Date());
    expect(await workflows.recent('dry', { limit: 5 })).toEqual([]);
    expect((await workflows.recent('verify', { limit: 5 })).map((run) => run.id)).toEqual([id]);
    expect(gitHub.logRequests).toEqual([]);
  });

  it('reads every page of names, and gives no values', async () => {
    const needs = { secrets: ['S_249'], variables: ['V_0'], environment: 'production', organization: true };
    const { gitHub, workflows } = await openGitHub({}, { needs });
    const { names, environments } = gitHub.repository;
    for (let index = 0; index < 250; index += 1) names.secrets.add(`S_${index}`);
    names.variables.add('V_0');
    names.organizationSecrets.add('SHARED');
    environments.set('production', { secrets: new Set(['ONLY_HERE']), variables: new Set() });
    const found = await workflows.settingNames();
    expect(found.secrets).toHaveLength(252);
    expect(found.secrets).toEqual(expect.arrayContaining(['S_249', 'SHARED', 'ONLY_HERE']));
    expect(found.variables).toEqual(['V_0']);
    expect(gitHub.requests.filter(({ endpoint }) => endpoint === 'secrets').map(({ path }) => path)).toEqual([
      '/repos/acme/rms/actions/secrets?per_page=100',
      '/repositories/1/actions/secrets?per_page=100&page=2',
      '/repositories/1/actions/secrets?per_page=100&page=3',
    ]);
  });

  it('does not follow a next page to another host', async () => {
    const { gitHub, workflows } = await openGitHub({}, { needs: { secrets: ['A'] }, retries: 2 });
    for (let index = 0; index < 150; index += 1) gitHub.repository.names.secrets.add(`S_${index}`);
    gitHub.fails('secrets', 'elsewhere');
    expect(await problemOf(workflows.settingNames())).toMatchObject({
      code: 'target_redirected',
      message: expect.stringContaining('"https://elsewhere.example.com"'),
    });
  });

  it('does not take an endless list for a whole one', async () => {
    const server = await answeringServer((request, response) => {
      const page = Number(new URL(request.url, 'http://x').searchParams.get('page') ?? 1);
      const next = `<${server.url}/repos/acme/rms/actions/secrets?page=${page + 1}>; rel="next"`;
      response
        .writeHead(200, { 'content-type': 'application/json', link: next })
        .end(JSON.stringify({ total_count: 1, secrets: [{ name: `S_${page}` }] }));
    });
    const { workflows } = openTarget(server.url, { needs: { secrets: ['A'] } });
    expect((await problemOf(workflows.settingNames())).message).toContain('more than 2000 entries');
  });

  it('does not take a page answered 409 for the end of a list', async () => {
    const server = await answeringServer((request, response) => {
      const next = `<${server.url}/repos/acme/rms/actions/secrets?page=2>; rel="next"`;
      if (request.url.includes('page=2')) return reply(response, 409, { message: 'Conflict' });
      response
        .writeHead(200, { 'content-type': 'application/json', link: next })
        .end(JSON.stringify({ total_count: 2, secrets: [{ name: 'A' }] }));
    });
    const { workflows } = openTarget(server.url, { needs: { secrets: ['A'] } });
    expect((await problemOf(workflows.settingNames())).message).toContain('409');
  });

  it('counts every check of a commit, on every page, and its statuses', async () => {
    const { gitHub, workflows } = await openGitHub();
    const commit = gitHub.repository.refs.get('main')!;
    const green = { status: 'completed', conclusion: 'success' };
    gitHub.repository.checkRuns.set(commit, [
      ...Array.from({ length: 130 }, (_, index) => ({ name: `test ${index}`, ...green })),
      { name: 'last', status: 'completed', conclusion: 'failure' },
    ]);
    gitHub.repository.statuses.set(commit, 'pending');
    const found = await workflows.checks('main');
    expect(found.commit).toBe(commit);
    expect(found.checks).toHaveLength(132);
    expect(found.checks.slice(-2)).toMatchObject([
      { name: 'last', conclusion: 'failure' },
      { name: 'commit statuses', status: 'in_progress', conclusion: undefined },
    ]);
  });

  it('tries again where it may pass, and not where it cannot', async () => {
    const { gitHub, workflows } = await openGitHub({}, { retries: 2 });
    gitHub.fails('commit', 'error', 1);
    expect(await workflows.commit('main')).toBe(commitOf('main'));
    gitHub.fails('commit', 'cut', 1);
    expect(await workflows.commit('main')).toBe(commitOf('main'));
    expect(gitHub.requests).toHaveLength(4);
    await problemOf(workflows.commit('gone'));
    expect(gitHub.requests).toHaveLength(5);
    gitHub.fails('commit', 'error');
    expect(await problemOf(workflows.commit('main'))).toMatchObject({ kind: 'Fault', code: 'target_failed' });
    expect(gitHub.requests).toHaveLength(8);
  });

  it('gives up at the deadline, and at once when the run is stopped', async () => {
    const { gitHub, workflows, client } = await openGitHub({}, { timeoutSeconds: 0.3, retries: 5 });
    gitHub.fails('commit', 'hang');
    expect(await problemOf(workflows.commit('main'))).toMatchObject({ code: 'target_timeout' });
    const stop = new AbortController();
    const reading = client({ signal: stop.signal }).commit('main');
    stop.abort(new Error('the run is over'));
    await expect(reading).rejects.toThrow('the run is over');
    gitHub.works();
    gitHub.fails('commit', 'error');
    // Octokit would wait longer between its attempts than the deadline allows.
    const began = performance.now();
    expect((await problemOf(workflows.commit('main'))).kind).toBe('Fault');
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it.each([
    ['garbage', 'target_unexpected_answer'],
    ['wrong_shape', 'target_unexpected_answer'],
    ['cut', 'target_connection_lost'],
  ] as const)('names what it could not read: %s', async (fault, code) => {
    const { gitHub, workflows } = await openGitHub();
    gitHub.fails('commit', fault);
    expect(await problemOf(workflows.commit('main'))).toMatchObject({ kind: 'Fault', code });
  });

  it('follows a renamed repository on the same host, and nowhere else', async () => {
    const server = await answeringServer((request, response) => {
      if (request.url.startsWith('/repositories/1')) return reply(response, 200, { sha: commitOf('x') });
      response.writeHead(301, { location: '/repositories/1/commits/main' }).end();
    });
    expect(await openTarget(server.url).workflows.commit('main')).toBe(commitOf('x'));
    const other = await answeringServer(json(200, { sha: commitOf('x') }));
    server.answer((_, response) => void response.writeHead(302, { location: `${other.url}/x` }).end());
    expect((await problemOf(openTarget(server.url).workflows.commit('main'))).code).toBe('target_redirected');
    expect(other.received).toEqual([]);
  });
});

describe('what GitHub refuses', () => {
  it('401 names the token’s variable, never the token', async () => {
    const { gitHub, workflows } = await openGitHub({ token: 'ghp_another' });
    const { code, message } = await problemOf(workflows.commit('main'));
    expect(code).toBe('github_unauthorized');
    expect(message).toContain('Bad credentials');
    expect(message).toContain('env:GITHUB_TOKEN');
    expect(message).not.toContain(token.reveal());
    expect(gitHub.requests).toHaveLength(1);
  });

  it('403 names the permission', async () => {
    const permissions = { actions: 'read', secrets: 'none', environments: 'none' } as const;
    const needs = { secrets: ['A'], environment: 'production' };
    const { workflows } = await openGitHub({ permissions }, { needs });
    const sending = workflows
      .dispatch('migrate-dry', { ref: 'main', inputs: {} })
      .send({ idempotencyKey: 'k', signal: new AbortController().signal });
    expect(await problemOf(sending)).toEqual({
      kind: 'Refusal',
      code: 'github_forbidden',
      message:
        'GitHub refuses a run of the workflow "migrate-dry.yml" (403): the token in env:GITHUB_TOKEN needs "actions: write" on acme/rms. Nothing was done. It says: Resource not accessible by personal access token',
    });
    expect((await problemOf(workflows.settingNames())).message).toMatch(/"(?:secrets|environments): read"/);
  });

  it('404 says what was not found', async () => {
    const files = { gone: { file: 'gone.yml', risk: 'change' } };
    const { workflows } = await openGitHub({}, { files });
    const { code, message } = await problemOf(workflows.recent('gone', { limit: 1 }));
    expect(code).toBe('github_not_found');
    expect(message).toContain('no runs of the workflow "gone.yml" in acme/rms (404)');
  });

  it('says when the primary rate limit is over, and asks no more', async () => {
    const { gitHub, workflows } = await openGitHub({}, { retries: 3 });
    const resetsAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 1_500_000);
    gitHub.limits({ remaining: 0, resetsAt });
    const { kind, code, message } = await problemOf(workflows.commit('main'));
    expect([kind, code]).toEqual(['Refusal', 'github_rate_limited']);
    const at = `${resetsAt.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    expect(message).toContain(at);
    expect(message).toMatch(/in 2[56] minutes/);
    expect(gitHub.requests).toHaveLength(1);
  });

  it('waits out a limit that is over in a moment', async () => {
    const server = await answeringServer((_, response) => {
      if (server.received.length > 1) return reply(response, 200, { sha: commitOf('x') });
      response
        .writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' })
        .end(JSON.stringify({ message: 'You have exceeded a secondary rate limit.' }));
    });
    expect(await openTarget(server.url).workflows.commit('main')).toBe(commitOf('x'));
  });

  it.each<[string, Record<string, string>, object]>([
    ['retry-after', { 'retry-after': '73' }, { message: 'slow down' }],
    [
      'its page of the documentation',
      {},
      {
        message: 'x',
        documentation_url:
          'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
      },
    ],
  ])('knows a secondary limit by %s', async (_, headers, body) => {
    const server = await answeringServer((__, response) => {
      response.writeHead(403, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
    const { code, message } = await problemOf(openTarget(server.url).workflows.commit('main'));
    expect(code).toBe('github_rate_limited');
    expect(message).toMatch(/Try again in (73|60) s/);
  });
});

describe('a workflow that cannot be dispatched', () => {
  it.each<[string, (files: Record<string, object>) => void, string, string]>([
    ['deaf', () => undefined, 'policy-check', 'does not listen to workflow_dispatch'],
    ['elsewhere', () => undefined, 'seed-beta', 'runs in staging only, and rms is production'],
    [
      'with another input',
      (files) => Object.assign(files.migrate!, { inputs: { step: { required: false } } }),
      'migrate',
      'takes no input "step"',
    ],
    [
      'without a needed input',
      (files) => Object.assign(files.deploy!, { inputs: {} }),
      'deploy',
      'needs the input "environment"',
    ],
  ])('is refused before anything is asked for: %s', async (_, change, name, words) => {
    const { files } = structuredClone({ files: (await import('./open-github.ts')).files });
    change(files as Record<string, object>);
    const { gitHub, workflows } = await openGitHub({}, { files });
    expect(await problemOf(workflows.refuseUndispatchable(name, 'main'))).toMatchObject({
      kind: 'Refusal',
      message: expect.stringContaining(words),
    });
    expect(gitHub.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('is refused on a ref that is not declared, also when it is sent', async () => {
    const { gitHub, workflows } = await openGitHub();
    for (const ref of ['feature', 'main/../x', 'release; rm']) {
      expect(await problemOf(workflows.refuseUndispatchable('migrate', ref))).toMatchObject({
        code: 'workflow_ref',
      });
      expect(() => workflows.dispatch('migrate', { ref, inputs: {} })).toThrow(
        'may be run on main, release*',
      );
    }
    await workflows.refuseUndispatchable('migrate', 'release');
    expect(gitHub.requests.length).toBeGreaterThan(0);
  });

  it('is refused while one that shares its lock is under way, whoever began it', async () => {
    const { gitHub, workflows } = await openGitHub({ runningMilliseconds: Number.POSITIVE_INFINITY });
    await workflows.refuseUndispatchable('rollback', 'main');
    const run = gitHub.repository.dispatch('deploy.yml', 'release', {}, new Date());
    const { code, message } = await problemOf(workflows.refuseUndispatchable('rollback', 'main'));
    expect(code).toBe('workflow_locked');
    expect(message).toMatch(new RegExp(`run ${run.id} is (queued|in_progress)`));
    run.cancelledAt = new Date();
    await workflows.refuseUndispatchable('rollback', 'main');
  });

  it('is refused while it is disabled', async () => {
    const { gitHub, workflows } = await openGitHub();
    gitHub.repository.workflow('migrate.yml').state = 'disabled_inactivity';
    expect((await problemOf(workflows.refuseUndispatchable('migrate', 'main'))).message).toContain(
      '"disabled_inactivity"',
    );
  });
});

describe('doctor', () => {
  it('finds files that are not there, and a token that is not accepted', async () => {
    const { gitHub, check } = await openGitHub();
    expect((await check()).map(({ name, status }) => [name, status])).toEqual([
      ['github', 'ok'],
      ['workflows', 'ok'],
    ]);
    gitHub.repository.workflow('migrate.yml').state = 'disabled_manually';
    expect((await check())[1]).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('migrate.yml'),
    });
    const { check: other } = await openGitHub({ token: 'ghp_another' });
    expect((await other())[0]).toMatchObject({ status: 'failed', detail: expect.stringContaining('401') });
  });
});
