import { z } from 'zod';
import type { Severity } from '../core/alerts/severity.ts';
import type { Signal } from '../core/alerts/signal.ts';
import { type GithubReading, repositorySchema, serviceOf } from './github-body.ts';
import { givenLinks } from './given-links.ts';
import { lenientObject, lenientText, lenientTime, readOrRefuse } from './lenient.ts';
import { requiredTime } from './required-time.ts';

const lenientFlag = z.boolean().optional().catch(undefined);

const bodySchema = z.object({
  action: lenientText,
  deployment_status: z.object({
    state: z.string(),
    environment: lenientText,
    description: lenientText,
    log_url: lenientText,
    target_url: lenientText,
    created_at: lenientTime,
    updated_at: requiredTime,
  }),
  deployment: lenientObject({
    environment: lenientText,
    ref: lenientText,
    task: lenientText,
    production_environment: lenientFlag,
    transient_environment: lenientFlag,
  }),
  repository: repositorySchema,
});
type DeploymentStatusEvent = z.infer<typeof bodySchema>;

/**
 * One alert per environment: what stands there now is what counts. `pending`, `queued`, `in_progress`, `waiting` and
 * `inactive` (another deployment took its place) say neither.
 */
export function deploymentStatusSignals(json: unknown): GithubReading {
  const event = readOrRefuse(bodySchema, json, 'a deployment_status event of GitHub');
  const { state, created_at: createdAt, updated_at: updatedAt } = event.deployment_status;
  const reading = { action: state, sentAt: updatedAt };
  if (state === 'failure' || state === 'error') {
    return { ...reading, signals: [{ ...deploymentSignal(event), startsAt: createdAt ?? updatedAt }] };
  }
  if (state !== 'success') return { ...reading, signals: [] };
  return { ...reading, signals: [{ ...deploymentSignal(event), status: 'resolved', endsAt: updatedAt }] };
}

function deploymentSignal({
  deployment_status: status,
  deployment,
  repository,
}: DeploymentStatusEvent): Signal {
  const environment = status.environment ?? deployment?.environment;
  const key = `deployment:${repository.full_name}:${environment ?? ''}`;
  return {
    status: 'firing',
    groupKey: key,
    fingerprint: key,
    severity: severityOf(environment, deployment),
    title: environment === undefined ? 'Deployment failed' : `Deployment to ${environment} failed`,
    summary: status.description,
    service: serviceOf(repository),
    environment,
    labels: {
      repository: repository.full_name,
      state: status.state,
      ...(deployment?.ref === undefined ? {} : { ref: deployment.ref }),
      ...(deployment?.task === undefined ? {} : { task: deployment.task }),
    },
    // Both are `""` where the deployer gives none.
    links: givenLinks(['Log', status.log_url ?? status.target_url]),
    order: status.updated_at.getTime(),
  };
}

/** A preview that goes with its pull request wakes nobody; what GitHub or its own name calls production is high. */
function severityOf(
  environment: string | undefined,
  deployment: DeploymentStatusEvent['deployment'],
): Severity {
  if (deployment?.transient_environment === true) return 'info';
  return deployment?.production_environment === true || /^(prod|production|live)\b/i.test(environment ?? '')
    ? 'high'
    : 'warning';
}
