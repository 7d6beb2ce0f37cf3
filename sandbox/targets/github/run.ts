import type { SampleWorkflow } from './sample-workflows.ts';

export interface SampleJob {
  readonly id: number;
  readonly name: string;
  /** The log's text; undefined: GitHub has thrown it away. */
  readonly log: string | undefined;
  readonly conclusion: string;
}

/** One run; where it stands follows from the time alone. */
export interface SampleRun {
  readonly id: number;
  readonly workflow: SampleWorkflow;
  readonly workflowId: number;
  readonly ref: string;
  readonly commit: string;
  readonly event: string;
  readonly title: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  /** Not listed before. */
  readonly visibleAt: Date;
  readonly startsAt: Date;
  /** Infinity: until it is cancelled or finished by hand. */
  endsAtMilliseconds: number;
  readonly conclusion: string;
  readonly jobs: readonly SampleJob[];
  cancelledAt: Date | undefined;
  readonly headRepository: string;
}

export interface Standing {
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly updatedAt: Date;
}

export function standingAt(run: SampleRun, now: Date): Standing {
  const { cancelledAt, startsAt, endsAtMilliseconds, createdAt } = run;
  if (cancelledAt !== undefined)
    return { status: 'completed', conclusion: 'cancelled', updatedAt: cancelledAt };
  if (now < startsAt) return { status: 'queued', conclusion: null, updatedAt: createdAt };
  if (now.getTime() < endsAtMilliseconds)
    return { status: 'in_progress', conclusion: null, updatedAt: startsAt };
  return { status: 'completed', conclusion: run.conclusion, updatedAt: new Date(endsAtMilliseconds) };
}

const stamp = (at: Date): string => at.toISOString().replace(/(\.\d{3})Z$/, '$14567Z');

/** A job's log as the runner writes it: a byte order mark, times, the script echoed in colour, the exit code at the end. */
export function runnerLog(script: string, output: readonly string[], exitCode: number, at: Date): string {
  const lines = [
    "Current runner version: '2.330.0'",
    '##[group]Runner Image',
    'Image: ubuntu-24.04',
    '##[endgroup]',
    `##[group]Run ${script}`,
    `\u001b[36;1m${script}\u001b[0m`,
    // What the script would print, echoed and not yet said by anyone.
    ...output.map((line) => `\u001b[36;1mecho '${line}'\u001b[0m`),
    ...output.map((line) => `\u001b[36;1m${line}\u001b[0m`),
    'shell: /usr/bin/bash -e {0}',
    '##[endgroup]',
    ...output,
    ...(exitCode === 0 ? [] : [`##[error]Process completed with exit code ${exitCode}.`]),
    'Cleaning up orphan processes',
  ];
  return `\uFEFF${lines.map((line) => `${stamp(at)} ${line}\n`).join('')}`;
}

export function runJson(run: SampleRun, now: Date, url: string, repository: string): object {
  const { status, conclusion, updatedAt } = standingAt(run, now);
  const second = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
  return {
    id: run.id,
    name: run.workflow.file.replace(/\.yml$/, ''),
    node_id: `WFR_${run.id}`,
    head_branch: run.ref,
    head_sha: run.commit,
    path: `.github/workflows/${run.workflow.file}`,
    display_title: run.title,
    run_number: run.id % 1_000,
    event: run.event,
    status,
    conclusion,
    workflow_id: run.workflowId,
    url: `${url}/repos/${repository}/actions/runs/${run.id}`,
    html_url: `https://github.com/${repository}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: second(run.createdAt),
    updated_at: second(updatedAt),
    run_attempt: 1,
    run_started_at: second(run.startsAt),
    actor: { login: 'countersign', type: 'Bot' },
    head_repository: { id: 1, full_name: run.headRepository },
    repository: { id: 1, full_name: repository },
  };
}

export function jobJson(run: SampleRun, job: SampleJob, now: Date, url: string, repository: string): object {
  const { status, updatedAt } = standingAt(run, now);
  const isDone = status === 'completed';
  return {
    id: job.id,
    run_id: run.id,
    head_sha: run.commit,
    name: job.name,
    status,
    conclusion: !isDone ? null : run.cancelledAt === undefined ? job.conclusion : 'cancelled',
    started_at: status === 'queued' ? null : run.startsAt.toISOString(),
    completed_at: isDone ? updatedAt.toISOString() : null,
    url: `${url}/repos/${repository}/actions/jobs/${job.id}`,
    html_url: `https://github.com/${repository}/actions/runs/${run.id}/job/${job.id}`,
    steps: [],
  };
}
