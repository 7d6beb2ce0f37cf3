import { z } from 'zod';
import type { Severity } from '../core/alerts/severity.ts';
import type { Signal } from '../core/alerts/signal.ts';
import { type GithubReading, repositorySchema, serviceOf } from './github-body.ts';
import { givenLinks } from './given-links.ts';
import { lenientObject, lenientText, lenientTime, readOrRefuse } from './lenient.ts';
import { requiredTime } from './required-time.ts';

const bodySchema = z.object({
  action: z.string(),
  workflow: lenientObject({ name: lenientText, path: lenientText }),
  workflow_run: z.object({
    workflow_id: z.int().nonnegative(),
    run_number: z.int().nonnegative().max(1e9),
    // Older GitHub Enterprise Servers know no attempts.
    run_attempt: z.int().positive().catch(1),
    name: lenientText,
    path: lenientText,
    head_branch: lenientText,
    head_repository: lenientObject({ full_name: lenientText }),
    conclusion: lenientText,
    event: lenientText,
    display_title: lenientText,
    html_url: lenientText,
    created_at: lenientTime,
    run_started_at: lenientTime,
    updated_at: requiredTime,
  }),
  repository: repositorySchema,
});
export type WorkflowRunEvent = z.infer<typeof bodySchema>;

export function readWorkflowRunEvent(json: unknown): WorkflowRunEvent {
  return readOrRefuse(bodySchema, json, 'a workflow_run event of GitHub');
}

/**
 * One alert per workflow and branch, never per run: a green run with another id has to end it. `cancelled`, `skipped`,
 * `neutral`, `stale`, `action_required` and every conclusion that is not documented say neither.
 */
export function workflowRunSignals(event: WorkflowRunEvent): GithubReading {
  const { action, workflow_run: run } = event;
  const reading = { action: action === 'completed' ? (run.conclusion ?? action) : action };
  if (action !== 'completed') return { ...reading, signals: [] };
  const sentAt = run.updated_at;
  if (run.conclusion === 'success') {
    const note = `Run #${run.run_number} succeeded.`;
    const over: Signal = { ...runSignal(event), status: 'resolved', endsAt: run.updated_at, note };
    return { ...reading, sentAt, signals: [over] };
  }
  if (run.conclusion !== 'failure' && run.conclusion !== 'timed_out')
    return { ...reading, sentAt, signals: [] };
  const startsAt = run.run_started_at ?? run.created_at;
  return { ...reading, sentAt, signals: [{ ...runSignal(event), startsAt }] };
}

/** `workflow_run.name` can be `""`. */
export function workflowName({ workflow, workflow_run: run }: WorkflowRunEvent): string {
  const file = (workflow?.path ?? run.path)?.split('/').at(-1);
  return workflow?.name ?? run.name ?? file?.replace(/\.ya?ml(@.*)?$/, '') ?? 'workflow';
}

/** A pull request from a fork runs under the fork's branch name, which may be `main` as well. */
export function forkOf({ workflow_run: run, repository }: WorkflowRunEvent): string | undefined {
  const head = run.head_repository?.full_name;
  return head === undefined || head === repository.full_name ? undefined : head;
}

/**
 * The default branch; a schedule runs nowhere else. A branch called `main` or `master` is somebody's trunk even where the
 * other one is the default, as while a repository is being renamed.
 */
function isOnTrunk({ workflow_run: run, repository }: WorkflowRunEvent): boolean {
  if (run.event === 'schedule') return true;
  return (
    run.head_branch !== undefined && [repository.default_branch, 'main', 'master'].includes(run.head_branch)
  );
}

function runSignal(event: WorkflowRunEvent): Signal {
  const { workflow_run: run, repository } = event;
  const name = workflowName(event);
  const fork = forkOf(event);
  const branch = `${fork === undefined ? '' : `${fork}:`}${run.head_branch ?? ''}`;
  const key = `workflow:${repository.full_name}:${run.workflow_id}:${branch}`;
  return {
    status: 'firing',
    groupKey: key,
    fingerprint: key,
    severity: severityOf(event),
    title: branch === '' ? `${name} failed` : `${name} failed on ${branch}`,
    summary: run.display_title,
    service: serviceOf(repository),
    labels: {
      repository: repository.full_name,
      workflow: name,
      ...(branch === '' ? {} : { branch }),
      run: `#${run.run_number}`,
      ...(run.conclusion === undefined ? {} : { conclusion: run.conclusion }),
      ...(run.event === undefined ? {} : { event: run.event }),
    },
    links: givenLinks(['Run', run.html_url]),
    // Attempts of an older run are older, whenever they ran: what stands is the newest run.
    order: run.run_number * 1000 + Math.min(run.run_attempt, 999),
  };
}

/** A red branch is its author's own affair, and so is a fork's, whatever it is called. */
function severityOf(event: WorkflowRunEvent): Severity {
  if (forkOf(event) !== undefined) return 'info';
  if (isOnTrunk(event)) return 'high';
  return event.repository.default_branch === undefined ? 'warning' : 'info';
}
