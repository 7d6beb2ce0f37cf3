import { describe, expect, it, onTestFinished } from 'vitest';
import { type GitHubOptions, startGitHub } from '../../../../sandbox/targets/github/server.ts';

async function open(options: Partial<GitHubOptions> = {}) {
  const gitHub = await startGitHub({ token: 'tok', repository: 'acme/rms', ...options });
  onTestFinished(() => gitHub.close());
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${gitHub.url}/repos/acme/rms${path}`, {
      redirect: 'manual',
      ...init,
      headers: { authorization: 'Bearer tok', 'user-agent': 'test', ...init.headers },
    });
  const dispatch = (file: string, body: object) =>
    ask(`/actions/workflows/${file}/dispatches`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  return { gitHub, ask, dispatch };
}

const messageOf = async (response: Response) => ((await response.json()) as { message: string }).message;

describe('the sample GitHub', () => {
  it('takes no caller without its token', async () => {
    const { ask } = await open();
    expect((await ask('', { headers: { authorization: 'Bearer other' } })).status).toBe(401);
    expect((await ask('')).status).toBe(200);
    expect((await ask('/nothing')).status).toBe(404);
  });

  it.each([
    ['migrate.yml', { ref: 'gone' }, 'No ref found for: gone'],
    ['ci.yml', { ref: 'main' }, "Workflow does not have 'workflow_dispatch' trigger"],
    ['migrate.yml', { ref: 'main', inputs: { a: '1' } }, 'Unexpected inputs provided: ["a"]'],
    ['deploy.yml', { ref: 'main' }, "Required input 'environment' not provided"],
    [
      'deploy.yml',
      { ref: 'main', inputs: { environment: 'moon' } },
      "Provided value 'moon' for input 'environment' not in the list of allowed values",
    ],
    ['migrate.yml', { ref: 'main', extra: 1 }, 'Invalid request.\n\n"extra" is not a permitted key.'],
  ])('refuses a dispatch of %s with %j', async (file, body, message) => {
    const { gitHub, dispatch } = await open();
    const response = await dispatch(file, body);
    expect(response.status).toBe(422);
    expect(await messageOf(response)).toBe(message);
    expect(gitHub.repository.runs).toHaveLength(0);
  });

  it('answers a dispatch with nothing, or with its run when asked', async () => {
    const { gitHub, dispatch } = await open();
    expect((await dispatch('migrate.yml', { ref: 'main' })).status).toBe(204);
    const told = await dispatch('migrate.yml', { ref: 'main', return_run_details: true });
    expect(told.status).toBe(200);
    expect(await told.json()).toMatchObject({ workflow_run_id: gitHub.repository.runs[1]?.id });
  });

  it('moves a run from queued over in_progress to completed by itself, and cancels one that is not over', async () => {
    let now = new Date('2026-11-20T18:00:00Z');
    const { gitHub, ask, dispatch } = await open({ now: () => now });
    await dispatch('migrate.yml', { ref: 'main' });
    const { id } = gitHub.repository.runs[0]!;
    const status = async () =>
      ((await (await ask(`/actions/runs/${id}`)).json()) as { status: string }).status;
    const seen: string[] = [];
    for (const milliseconds of [0, 200, 600]) {
      now = new Date(Date.parse('2026-11-20T18:00:00Z') + milliseconds);
      seen.push(await status());
    }
    expect(seen).toEqual(['queued', 'in_progress', 'completed']);
    expect((await ask(`/actions/runs/${id}/cancel`, { method: 'POST' })).status).toBe(409);
    await dispatch('migrate.yml', { ref: 'main' });
    const next = gitHub.repository.runs[1]!.id;
    expect((await ask(`/actions/runs/${next}/cancel`, { method: 'POST' })).status).toBe(202);
  });

  it('cuts lists into pages with links', async () => {
    const { gitHub, ask } = await open();
    for (let index = 0; index < 5; index += 1) gitHub.repository.names.secrets.add(`S_${index}`);
    const first = await ask('/actions/secrets?per_page=2');
    expect(await first.json()).toMatchObject({ total_count: 5, secrets: [{ name: 'S_0' }, { name: 'S_1' }] });
    const base = `${gitHub.url}/repositories/1/actions/secrets`;
    expect(first.headers.get('link')).toBe(
      `<${base}?per_page=2&page=2>; rel="next", <${base}?per_page=2&page=3>; rel="last"`,
    );
  });

  it('keeps logs elsewhere, where a token is refused', async () => {
    const { gitHub, ask } = await open();
    const run = gitHub.repository.history('migrate.yml', {}, new Date());
    const answer = await ask(`/actions/jobs/${run.jobs[0]!.id}/logs`);
    expect(answer.status).toBe(302);
    const location = answer.headers.get('location')!;
    expect(new URL(location).origin).toBe(gitHub.logsUrl);
    expect(gitHub.logsUrl).not.toBe(gitHub.url);
    expect(await (await fetch(location)).text()).toMatch(/Z migrate status=ok applied=3 skipped=14\n/);
    expect((await fetch(location, { headers: { authorization: 'Bearer tok' } })).status).toBe(400);
  });

  it('limits, and says until when', async () => {
    const { ask } = await open({ hourlyLimit: 2 });
    const answers = [await ask(''), await ask(''), await ask('')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403]);
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['1', '0', '0']);
    expect(Number(answers[2]!.headers.get('x-ratelimit-reset')) * 1_000).toBeGreaterThan(Date.now());
  });

  it('names the permission a token lacks', async () => {
    const { dispatch } = await open({ permissions: { actions: 'read' } });
    const response = await dispatch('migrate.yml', { ref: 'main' });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-accepted-github-permissions')).toBe('actions=write');
  });

  it('refuses a fault for an endpoint there is not', async () => {
    const { gitHub } = await open();
    expect(() => gitHub.fails('nothing', 'cut')).toThrow('No endpoint is named "nothing"');
  });
});
