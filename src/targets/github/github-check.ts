import { isIP } from 'node:net';
import { CountersignError } from '../../core/errors.ts';
import type { TargetCheck } from '../audit-check.ts';
import type { GitHubClient } from './github-client.ts';
import { repositoryShape, workflowShape } from './github-shapes.ts';
import type { RepositoryCalls } from './repository-calls.ts';
import type { WorkflowsConfig } from './workflows-config.ts';

/** What run-workflow needs of GitHub, for `doctor`. Never throws: each failure is a line. */
export async function checkGitHub(options: {
  readonly target: string;
  readonly config: WorkflowsConfig;
  readonly client: GitHubClient;
  readonly calls: RepositoryCalls;
}): Promise<TargetCheck[]> {
  const { target, config, client, calls } = options;
  const where = `targets.${target}.workflows`;
  const checks: TargetCheck[] = [];
  try {
    const { archived } = await client.read(calls.repository(), repositoryShape);
    checks.push({
      name: 'github',
      status: archived === true ? 'warning' : 'ok',
      detail: archived === true ? `${config.repository} is archived` : `${config.repository} can be read`,
      fix: archived === true ? `name the repository that replaced it under ${where}.repository` : undefined,
    });
    const there = await client.all(calls.workflows(), workflowShape);
    const active = new Set(there.filter(({ state }) => state === 'active').map(({ path }) => path));
    const missing = [...new Set(Object.values(config.files).map(({ file }) => file))].filter(
      (file) => !active.has(`.github/workflows/${file}`),
    );
    checks.push({
      name: 'workflows',
      status: missing.length === 0 ? 'ok' : 'failed',
      detail:
        missing.length === 0
          ? 'every declared file is there and enabled'
          : `not there, or not enabled: ${missing.join(', ')}`,
      fix: missing.length === 0 ? undefined : `correct ${where}.files, or enable them under Actions`,
    });
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    checks.push({
      name: 'github',
      status: 'failed',
      detail: error.message,
      fix: `correct ${where}, and see that this host may reach ${config.apiUrl}`,
    });
  }
  const { protocol, hostname } = new URL(config.apiUrl);
  const isLoopback =
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
  if (protocol !== 'https:' && !isLoopback) {
    checks.push({
      name: 'encryption',
      status: 'warning',
      detail: 'the token travels unencrypted over http',
      fix: `use https in ${where}.apiUrl`,
    });
  }
  return checks;
}
