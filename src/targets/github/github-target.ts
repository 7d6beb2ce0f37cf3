import type { TargetInfo, TargetKinds } from '../../command.ts';
import { createRedactor, type Redactor } from '../../core/redact.ts';
import { Secrets } from '../../core/secret.ts';
import type { TargetCheck } from '../audit-check.ts';
import { httpConfigSchema } from '../http/http-config.ts';
import { type CallLog, openHttpTarget, type RequestContext } from '../http/http-target.ts';
import { checkGitHub } from './github-check.ts';
import { type GitHubShared, gitHubClient } from './github-client.ts';
import { repositoryCalls } from './repository-calls.ts';
import type { RunLog } from './run-log.ts';
import { runLogs } from './run-logs.ts';
import { createWorkflows, type GitHubWorkflows } from './workflows.ts';
import { type WorkflowsConfig, webUrl } from './workflows-config.ts';

/** A page of a hundred runs is some 2 MB: each tells its whole repository twice. */
const maxResponseBytes = 8_000_000;

export interface GitHubTargetOptions {
  readonly target: TargetInfo;
  readonly config: WorkflowsConfig;
  readonly redactor: Redactor | undefined;
  readonly log: CallLog | undefined;
  readonly now: () => Date;
}

/** The GitHub repository of one target. */
export interface GitHubTarget {
  for(context: RequestContext): TargetKinds['workflows'] & { readonly workflows: GitHubWorkflows };
  check(): Promise<TargetCheck[]>;
  /** Waits for the calls under way. */
  retire(): Promise<void>;
  /** Ends the calls under way: reads fail, the outcome of a dispatch that was sent is unknown. */
  close(): Promise<void>;
}

/** Opens nothing yet: connections are made when they are first needed. */
export function openGitHubTarget(options: GitHubTargetOptions): GitHubTarget {
  const { target, config, redactor, log, now } = options;
  const secrets = new Secrets();
  secrets.add(config.token);
  const own = createRedactor(secrets);
  const redact = (text: string): string => own.text(redactor === undefined ? text : redactor.text(text));
  // The same slots, circuit breaker, bounds and log as any other target; the sentences name GitHub.
  const http = openHttpTarget({
    target: { ...target, name: 'GitHub' },
    http: httpConfigSchema.parse({
      baseUrl: config.apiUrl,
      auth: { bearer: config.token },
      timeoutSeconds: config.timeoutSeconds,
      retries: config.retries,
      maxResponseBytes,
    }),
    redact,
    log,
    now,
  });
  const shared: GitHubShared = {
    http: { ...http.shared, target },
    words: {
      target: target.name,
      repository: config.repository,
      origin: http.shared.connections.origin,
      timeoutSeconds: config.timeoutSeconds,
      tokenName: `env:${config.token.name}`,
      redact,
      now,
    },
    running: new Set(),
  };
  const [owner = '', repo = ''] = config.repository.split('/');
  const calls = repositoryCalls({ owner, repo });
  const kept = new Map<string, RunLog>();

  return {
    for(context) {
      const client = gitHubClient(shared, context);
      const logs = runLogs({
        client,
        repository: { owner, repo },
        maxLogBytes: config.maxLogBytes,
        isEncrypted: new URL(config.apiUrl).protocol === 'https:',
        kept,
        signal: AbortSignal.any([http.shared.closing, ...(context.signal ? [context.signal] : [])]),
      });
      const web = webUrl(config.apiUrl);
      return {
        ...target,
        workflows: createWorkflows({ target, config, client, calls, logs, webUrl: web, redact, now }),
      };
    },
    check: () => checkGitHub({ target: target.name, config, client: gitHubClient(shared, {}), calls }),
    async retire() {
      await Promise.allSettled(shared.running);
    },
    async close() {
      await http.close();
      await Promise.allSettled(shared.running);
    },
  };
}
