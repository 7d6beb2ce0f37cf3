import type { GitHubCall } from './github-wording.ts';

export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** Every call about a repository, with what it is about and which permission it takes. */
export function repositoryCalls(repository: RepositoryName) {
  const call = (
    method: GitHubCall['method'],
    path: string,
    parameters: Readonly<Record<string, unknown>>,
    about: string,
    permission: string,
  ): GitHubCall => ({
    method,
    path: `/repos/{owner}/{repo}${path}`,
    parameters: { ...repository, ...parameters },
    about,
    permission,
  });
  const workflow = (file: string) => `the workflow "${file}"`;

  return {
    repository: () => call('GET', '', {}, 'the repository', 'metadata=read'),
    workflows: () => call('GET', '/actions/workflows', {}, 'its workflows', 'actions=read'),
    workflow: (file: string) =>
      call('GET', '/actions/workflows/{workflow_id}', { workflow_id: file }, workflow(file), 'actions=read'),
    file: (file: string, ref: string) =>
      call(
        'GET',
        '/contents/{path}',
        { path: `.github/workflows/${file}`, ref },
        `".github/workflows/${file}" on "${ref}"`,
        'contents=read',
      ),
    runs: (file: string, query: Readonly<Record<string, unknown>>) =>
      call(
        'GET',
        '/actions/workflows/{workflow_id}/runs',
        { workflow_id: file, ...query },
        `runs of ${workflow(file)}`,
        'actions=read',
      ),
    run: (id: number) => call('GET', '/actions/runs/{run_id}', { run_id: id }, `run ${id}`, 'actions=read'),
    dispatch: (file: string, body: Readonly<Record<string, unknown>>) =>
      call(
        'POST',
        '/actions/workflows/{workflow_id}/dispatches',
        { workflow_id: file, ...body },
        `a run of ${workflow(file)}`,
        'actions=write',
      ),
    cancel: (id: number) =>
      call('POST', '/actions/runs/{run_id}/cancel', { run_id: id }, `cancelling run ${id}`, 'actions=write'),
    commit: (ref: string) =>
      call('GET', '/commits/{ref}', { ref }, `the branch or tag "${ref}"`, 'contents=read'),
    checkRuns: (commit: string) =>
      call(
        'GET',
        '/commits/{ref}/check-runs',
        { ref: commit, filter: 'latest' },
        `the checks of ${commit.slice(0, 7)}`,
        'checks=read',
      ),
    statuses: (commit: string) =>
      call(
        'GET',
        '/commits/{ref}/status',
        { ref: commit },
        `the statuses of ${commit.slice(0, 7)}`,
        'statuses=read',
      ),
    names: (what: 'secrets' | 'variables', environment: string | undefined) =>
      environment === undefined
        ? call(
            'GET',
            `/actions/${what}`,
            {},
            `the names of its ${what}`,
            what === 'secrets' ? 'secrets=read' : 'actions_variables=read',
          )
        : call(
            'GET',
            `/environments/{environment_name}/${what}`,
            { environment_name: environment },
            `the names of the ${what} of the environment "${environment}"`,
            'environments=read',
          ),
    sharedNames: (what: 'secrets' | 'variables') =>
      call(
        'GET',
        `/actions/organization-${what}`,
        {},
        `the names of the organisation's ${what}`,
        what === 'secrets' ? 'secrets=read' : 'actions_variables=read',
      ),
  };
}

export type RepositoryCalls = ReturnType<typeof repositoryCalls>;
