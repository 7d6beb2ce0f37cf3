import { expect, onTestFinished } from 'vitest';
import { type GitHub, type GitHubOptions, startGitHub } from '../../../sandbox/targets/github/server.ts';
import type { TargetKinds } from '../../../src/command.ts';
import { Secret } from '../../../src/core/secret.ts';
import { openGitHubTarget } from '../../../src/targets/github/github-target.ts';
import type { GitHubWorkflows } from '../../../src/targets/github/workflows.ts';
import { workflowsConfigSchema } from '../../../src/targets/github/workflows-config.ts';
import type { RequestContext } from '../../../src/targets/http/http-target.ts';

export const token = new Secret('GITHUB_TOKEN', 'ghp_a1b2c3d4e5f6');

/** Every sample workflow as the example settings declare it. */
export const files = {
  'migrate-dry': { file: 'migrate-dry.yml', risk: 'change', success: { line: 'migrate_dry' } },
  migrate: {
    file: 'migrate.yml',
    risk: 'dangerous',
    refs: ['release*'],
    success: { line: 'migrate' },
    requires: [{ workflow: 'migrate-dry', within: '24h' }],
  },
  deploy: {
    file: 'deploy.yml',
    risk: 'dangerous',
    lock: 'deploy',
    inputs: { environment: { enum: ['staging', 'production'], default: 'staging' } },
    success: { line: 'deploy' },
  },
  rollback: { file: 'rollback.yml', risk: 'dangerous', lock: 'deploy', success: { line: 'rollback' } },
  'seed-beta': { file: 'seed-beta.yml', risk: 'change', onlyEnvironments: ['staging'] },
  'db-bootstrap-dry-run': {
    file: 'db_bootstrap.yml',
    risk: 'change',
    inputs: { mode: { enum: ['dry_run'], default: 'dry_run' } },
    success: { line: 'db_bootstrap_dry_run' },
  },
  'db-bootstrap': {
    file: 'db_bootstrap.yml',
    risk: 'dangerous',
    inputs: { mode: { enum: ['all'], default: 'all' } },
    success: { line: 'db_bootstrap', where: { status: 'ok', mode: 'all' } },
    requires: [{ workflow: 'db-bootstrap-dry-run', within: '24h' }],
  },
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
  'policy-check': { file: 'policy_check.yml', risk: 'change' },
};

export interface Opened {
  readonly gitHub: GitHub;
  readonly workflows: GitHubWorkflows;
  readonly target: TargetKinds['workflows'];
  client(context: RequestContext): GitHubWorkflows;
  /** Of the target as a whole. */
  readonly check: ReturnType<typeof openGitHubTarget>['check'];
  close(): Promise<void>;
}

/** A sample GitHub and a target named rms that uses it, both gone after the test. */
export async function openGitHub(
  options: Partial<GitHubOptions> = {},
  settings: Record<string, unknown> = {},
  environment = 'production',
): Promise<Opened> {
  const gitHub = await startGitHub({ token: token.reveal(), repository: 'acme/rms', ...options });
  onTestFinished(() => gitHub.close());
  return { gitHub, ...openTarget(gitHub.url, settings, environment) };
}

export function openTarget(
  apiUrl: string,
  settings: Record<string, unknown> = {},
  environment = 'production',
) {
  const open = openGitHubTarget({
    target: { name: 'rms', environment },
    config: workflowsConfigSchema.parse({
      repository: 'acme/rms',
      token,
      apiUrl,
      runDetails: true,
      timeoutSeconds: 5,
      retries: 0,
      files,
      ...settings,
    }),
    redactor: undefined,
    log: undefined,
    now: () => new Date(),
  });
  onTestFinished(() => open.close());
  const target = open.for({ correlationId: 'run-9' });
  return {
    workflows: target.workflows,
    target,
    client: (context: RequestContext) => open.for(context).workflows,
    check: open.check,
    close: open.close,
  };
}

export const step = { idempotencyKey: 'k-1', signal: new AbortController().signal };

/** How it went wrong. */
export async function problemOf(
  work: Promise<unknown>,
): Promise<{ kind: string; code: string; message: string }> {
  const error = await work.then(
    () => new Error('It was answered.'),
    (thrown: unknown) => thrown,
  );
  expect(error).toHaveProperty('code');
  const { name, code, message } = error as Error & { code: string };
  return { kind: name, code, message };
}

/** Waits for a condition, ten seconds at most. */
export async function eventually<Seen>(look: () => Promise<Seen | undefined>): Promise<Seen> {
  let seen: Seen | undefined;
  await expect
    .poll(
      async () => {
        seen = await look();
        return seen !== undefined;
      },
      { timeout: 10_000, interval: 50 },
    )
    .toBe(true);
  return seen!;
}
