import { randomBytes } from 'node:crypto';
import { type GitHub, startGitHub } from '../targets/github/server.ts';

const hour = 3_600_000;

/** A repository with the workflows of the sample system, which have run before and are green. */
export async function startSampleGitHub(undo: (() => Promise<unknown>)[]): Promise<{
  readonly github: GitHub;
  /** What the settings refer to. */
  readonly variables: Readonly<Record<string, string>>;
}> {
  const token = randomBytes(20).toString('hex');
  const github = await startGitHub({ token, repository: 'acme/rms', runningMilliseconds: 1_500 });
  undo.push(() => github.close());
  const { repository } = github;
  repository.names.secrets.add('POSTGRES_DSN_PROD');
  repository.environments.set('production', { secrets: new Set(), variables: new Set() });
  const now = new Date();
  for (const ref of ['main', 'release']) {
    const commit = repository.refs.get(ref);
    if (commit !== undefined) {
      repository.checkRuns.set(commit, [{ name: 'test', status: 'completed', conclusion: 'success' }]);
    }
    for (const file of ['ci.yml', 'policy_check.yml']) {
      repository.history(file, { ref, event: 'push', createdAt: new Date(now.getTime() - 3 * hour) }, now);
    }
    const daily = { ref, inputs: { mode: 'prod' }, createdAt: new Date(now.getTime() - 5 * hour) };
    repository.history('ops_daily.yml', daily, now);
  }
  return { github, variables: { GITHUB_API_URL: github.url, GITHUB_TOKEN: token } };
}
