import { describe, expect, it } from 'vitest';
import { answeringServer, hangUp, json, refusingUrl, silence } from '../http/answering-server.ts';
import { eventually, openGitHub, openTarget, problemOf, step } from './open-github.ts';

const main = { ref: 'main', inputs: {} };

describe('a dispatch', () => {
  it('is prepared as what will be sent, and sent exactly so', async () => {
    const { gitHub, workflows } = await openGitHub();
    const call = workflows.dispatch('deploy', { ref: 'main', inputs: { environment: 'production' } });
    const path = '/repos/acme/rms/actions/workflows/deploy.yml/dispatches';
    const body = { ref: 'main', inputs: { environment: 'production' }, return_run_details: true };
    expect(call).toMatchObject({
      summary: `POST ${path} on rms (production)`,
      call: { method: 'POST', path, body },
      isRepeatable: false,
    });
    expect(gitHub.requests).toHaveLength(0);
    const { dispatchedAt } = await call.send(step);
    expect(Math.abs(Date.parse(dispatchedAt) - Date.now())).toBeLessThan(5_000);
    expect(gitHub.requests.map(({ method, path: at, body: sent }) => [method, at, sent])).toEqual([
      ['POST', path, body],
    ]);
    expect(gitHub.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer ghp_a1b2c3d4e5f6',
      'x-correlation-id': 'run-9',
      'x-github-api-version': '2022-11-28',
      'content-type': 'application/json; charset=utf-8',
    });
  });

  it('has its run by the id it was told', async () => {
    const { gitHub, workflows } = await openGitHub();
    const sent = await workflows.dispatch('migrate-dry', main).send(step);
    // Another one, which without an id could not be told from it.
    gitHub.repository.dispatch('migrate-dry.yml', 'main', {}, new Date());
    const run = await workflows.locate('migrate-dry', { ...sent, ref: 'main', notIds: [] });
    expect(run?.id).toBe(gitHub.repository.runs[0]?.id);
  });

  it('has its run found by file, event, branch and time where no id is told', async () => {
    const { gitHub, workflows } = await openGitHub({ knowsRunDetails: false }, { runDetails: false });
    const { repository } = gitHub;
    const before = repository.history('migrate-dry.yml', { event: 'workflow_dispatch' }, new Date());
    const recent = repository.dispatch('migrate-dry.yml', 'main', {}, new Date());
    repository.behaves('migrate-dry.yml', { hiddenMilliseconds: 300 });
    const sent = await workflows.dispatch('migrate-dry', main).send(step);
    const look = () => workflows.locate('migrate-dry', { ...sent, ref: 'main', notIds: [recent.id] });
    expect(await look()).toBeUndefined();
    repository.history('migrate-dry.yml', { event: 'push', createdAt: new Date() }, new Date());
    repository.dispatch('migrate-dry.yml', 'release', {}, new Date());
    repository.dispatch('migrate.yml', 'main', {}, new Date());
    const run = await eventually(look);
    const ours = repository.runs[2]!;
    expect(run).toMatchObject({
      id: ours.id,
      url: `${gitHub.url}/acme/rms/actions/runs/${ours.id}`,
      commit: ours.commit,
      event: 'workflow_dispatch',
      ref: 'main',
    });
    expect(before.id).not.toBe(ours.id);
  });

  it('has no run while two could be it', async () => {
    const { gitHub, workflows } = await openGitHub({}, { runDetails: false });
    const sent = await workflows.dispatch('migrate-dry', main).send(step);
    const other = gitHub.repository.dispatch('migrate-dry.yml', 'main', {}, new Date());
    const where = { ...sent, ref: 'main' };
    expect(await workflows.locate('migrate-dry', { ...where, notIds: [] })).toBeUndefined();
    const run = await workflows.locate('migrate-dry', { ...where, notIds: [other.id] });
    expect(run?.id).toBe(gitHub.repository.runs[0]?.id);
  });

  it.each([
    ['cut_after', 1, 'UnknownOutcome', 'cut the connection'],
    ['error_after', 1, 'UnknownOutcome', 'GitHub answered 502 (Server Error)'],
    ['wrong_shape', 1, 'UnknownOutcome', 'in an unexpected shape'],
    ['garbage', 0, 'UnknownOutcome', 'in an unexpected shape'],
    ['cut', 0, 'UnknownOutcome', 'it may have happened'],
    ['hang', 0, 'UnknownOutcome', 'did not answer within 0.5 s'],
    ['secondary_limit', 0, 'Refusal', 'Nothing was done. Try again in 73 s'],
  ] as const)('that meets %s is sent once and told as it is', async (fault, effects, kind, words) => {
    const { gitHub, workflows } = await openGitHub({}, { retries: 3, timeoutSeconds: 0.5 });
    gitHub.fails('dispatch', fault);
    const problem = await problemOf(workflows.dispatch('migrate-dry', main).send(step));
    expect(problem).toMatchObject({ kind, message: expect.stringContaining(words) });
    expect(gitHub.requests).toHaveLength(1);
    expect(gitHub.repository.runs).toHaveLength(effects);
  });

  it('that could not leave has not happened', async () => {
    const { workflows } = openTarget(await refusingUrl());
    expect(await problemOf(workflows.dispatch('migrate-dry', main).send(step))).toMatchObject({
      kind: 'Fault',
      message: expect.stringContaining('Nothing was sent'),
    });
    const stopped = { idempotencyKey: 'k', signal: AbortSignal.abort(new Error('over')) };
    const { gitHub, workflows: there } = await openGitHub();
    expect(await problemOf(there.dispatch('migrate-dry', main).send(stopped))).toMatchObject({
      kind: 'Fault',
      code: 'target_not_sent',
    });
    expect(gitHub.requests).toHaveLength(0);
  });

  it.each([
    [301, 'Refusal'],
    [303, 'UnknownOutcome'],
    [307, 'Refusal'],
    [308, 'Refusal'],
    [400, 'Refusal'],
    [408, 'UnknownOutcome'],
    [409, 'Refusal'],
    [429, 'Refusal'],
    [500, 'UnknownOutcome'],
    [503, 'UnknownOutcome'],
    [201, 'UnknownOutcome'],
    [202, 'UnknownOutcome'],
  ])('answered %i is a %s', async (status, kind) => {
    const server = await answeringServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' }).end('{}');
    });
    const { workflows } = openTarget(server.url, { retries: 3 });
    expect(await problemOf(workflows.dispatch('migrate-dry', main).send(step))).toMatchObject({ kind });
    expect(server.received).toHaveLength(1);
  });

  it.each([
    [hangUp, 'cut'],
    [silence, 'did not answer'],
  ])('is not sent again by any layer below', async (answering, words) => {
    const server = await answeringServer(answering);
    const { workflows } = openTarget(server.url, { retries: 5, timeoutSeconds: 0.3 });
    const problem = await problemOf(workflows.dispatch('migrate-dry', main).send(step));
    expect(problem).toMatchObject({ kind: 'UnknownOutcome', message: expect.stringContaining(words) });
    expect(server.received).toHaveLength(1);
  });

  it('refused for its inputs is refused in GitHub’s words', async () => {
    const { gitHub, workflows } = await openGitHub();
    gitHub.repository.workflow('deploy.yml').state = 'disabled_manually';
    const call = workflows.dispatch('deploy', { ref: 'main', inputs: { environment: 'staging' } });
    expect(await problemOf(call.send(step))).toMatchObject({
      kind: 'Refusal',
      message: expect.stringContaining(
        '422 for a run of the workflow "deploy.yml": Cannot trigger a \'workflow_dispatch\'',
      ),
    });
  });

  it('without the details an older server does not know is accepted there', async () => {
    const { gitHub, workflows } = await openGitHub({ knowsRunDetails: false });
    expect(await problemOf(workflows.dispatch('migrate-dry', main).send(step))).toMatchObject({
      kind: 'Refusal',
      message: expect.stringContaining('"return_run_details" is not a permitted key'),
    });
    const { workflows: older } = openTarget(gitHub.url, { runDetails: false });
    await older.dispatch('migrate-dry', main).send(step);
    expect(gitHub.repository.runs).toHaveLength(1);
  });

  it('shows no token in what goes wrong', async () => {
    const server = await answeringServer(
      json(422, { message: 'got Bearer ghp_a1b2c3d4e5f6 and ghp_a1b2c3d4e5f6' }),
    );
    const { workflows } = openTarget(server.url);
    const { message } = await problemOf(workflows.dispatch('migrate-dry', main).send(step));
    expect(message).toContain('[redacted]');
    expect(message).not.toContain('a1b2c3d4e5f6');
  });
});

describe('a cancel', () => {
  it('cancels the run, and is refused where it is over', async () => {
    const { gitHub, workflows } = await openGitHub({ runningMilliseconds: Number.POSITIVE_INFINITY });
    await workflows.dispatch('migrate-dry', main).send(step);
    const [run] = gitHub.repository.runs;
    await workflows.cancel(run!.id);
    expect(await workflows.run(run!.id)).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
    expect(await problemOf(workflows.cancel(run!.id))).toMatchObject({
      kind: 'Refusal',
      message: expect.stringContaining('409'),
    });
  });
});
