import type { TargetInfo, WorkflowRun, Workflows } from '../../command.ts';
import { CountersignError, Refusal, UnknownOutcome } from '../../core/errors.ts';
import { boundedText } from '../../core/parse/clean-text.ts';
import { dispatchabilityOf } from './dispatchable.ts';
import type { GitHubClient } from './github-client.ts';
import {
  checkRunShape,
  commitShape,
  contentShape,
  dispatchedShape,
  namedShape,
  type RunAnswer,
  runShape,
  runsShape,
  statusesShape,
  workflowShape,
} from './github-shapes.ts';
import type { RepositoryCalls } from './repository-calls.ts';
import type { RunLogs } from './run-logs.ts';
import { judgeRun, needsLog, speaksOf } from './verdict.ts';
import { checkInputs, summaryOf, workflowNamed } from './workflow-inputs.ts';
import {
  asksForRunDetails,
  refPattern,
  type WorkflowConfig,
  type WorkflowsConfig,
} from './workflows-config.ts';

/** `dispatchedAt` is by GitHub's own clock, which tells whole seconds; more would let another's run in. */
const earlierMilliseconds = 2_000;
/** Runs are looked through so far for those of one declaration among those of others. */
const mostRunsLookedAt = 50;

/** One check of a commit, by an app (Actions among them) or by the older statuses API. */
export interface CommitCheck {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | undefined;
  readonly url: string | undefined;
}

/** What GitHub's client offers besides what every `Workflows` has. */
export interface GitHubWorkflows extends Workflows {
  /** What has been checked of the commit a ref points at, whole. @throws as `recent` */
  checks(ref: string): Promise<{ readonly commit: string; readonly checks: readonly CommitCheck[] }>;
}

export interface WorkflowsOptions {
  readonly target: TargetInfo;
  readonly config: WorkflowsConfig;
  readonly client: GitHubClient;
  readonly calls: RepositoryCalls;
  readonly logs: RunLogs;
  readonly webUrl: string;
  readonly redact: (text: string) => string;
  readonly now: () => Date;
}

export function createWorkflows(options: WorkflowsOptions): GitHubWorkflows {
  const { target, config, client, calls, logs, webUrl, redact, now } = options;
  const { repository, files, needs } = config;
  const named = (name: string): WorkflowConfig => workflowNamed(files, name, target.name);
  // Links are made here: an address out of an answer could lead anywhere.
  const runUrl = (id: number): string => `${webUrl}/${repository}/actions/runs/${id}`;

  const runOf = (answer: RunAnswer): WorkflowRun => ({
    id: answer.id,
    url: runUrl(answer.id),
    ref: boundedText(redact(answer.head_branch ?? ''), 200),
    commit: answer.head_sha,
    event: wordOf(answer.event),
    status: wordOf(answer.status ?? 'unknown'),
    conclusion: answer.conclusion === null ? undefined : wordOf(answer.conclusion),
    startedAt: answer.run_started_at ?? answer.created_at,
    finishedAt: answer.status === 'completed' ? answer.updated_at : undefined,
  });

  /** A pull request of a fork may have a branch of any name, and runs what the fork says. */
  const isOurs = ({ event, head_repository: from }: RunAnswer): boolean =>
    !event.startsWith('pull_request') &&
    (from == null || from.full_name.toLowerCase() === repository.toLowerCase());

  /** Other declarations of the same file: their runs are listed with this one's. */
  const siblings = (name: string, { file }: WorkflowConfig): WorkflowConfig[] =>
    Object.entries(files).flatMap(([other, workflow]) =>
      other !== name && workflow.file === file ? [workflow] : [],
    );

  /** Whose a run is among the declarations of its file; where neither title nor log tells, it is everybody's. */
  async function belongs(name: string, workflow: WorkflowConfig, answer: RunAnswer): Promise<boolean> {
    if (workflow.title !== undefined) return answer.display_title === workflow.title;
    const others = siblings(name, workflow);
    if (others.length === 0) return true;
    if (others.some(({ title }) => title !== undefined && title === answer.display_title)) return false;
    const spoken = others.flatMap(({ title, success }) => (title === undefined && success ? [success] : []));
    const isDone = answer.status === 'completed' && ['success', 'failure'].includes(answer.conclusion ?? '');
    if (!isDone || spoken.length === 0) return true;
    try {
      const log = await logs.read(answer.id, answer.updated_at.toISOString());
      if (workflow.success !== undefined && speaksOf(workflow.success, log)) return true;
      return !spoken.some((success) => speaksOf(success, log));
    } catch (error) {
      // What cannot be told is shown; its verdict will say so.
      if (error instanceof CountersignError) return true;
      throw error;
    }
  }

  async function recent(
    name: string,
    { limit, ref }: { limit: number; ref?: string },
  ): Promise<WorkflowRun[]> {
    const workflow = named(name);
    const query = {
      branch: shortRef(ref ?? workflow.ref),
      exclude_pull_requests: true,
      per_page: mostRunsLookedAt,
    };
    const { workflow_runs: answers } = await client.read(calls.runs(workflow.file, query), runsShape);
    const found: WorkflowRun[] = [];
    for (const answer of answers) {
      if (found.length >= limit) break;
      if (isOurs(answer) && (await belongs(name, workflow, answer))) found.push(runOf(answer));
    }
    return found;
  }

  async function refuseWhileLocked(name: string, { lock }: WorkflowConfig): Promise<void> {
    if (lock === undefined) return;
    const sharing = new Set(
      Object.values(files).flatMap((workflow) => (workflow.lock === lock ? [workflow.file] : [])),
    );
    for (const file of sharing) {
      const { workflow_runs: runs } = await client.read(calls.runs(file, { per_page: 30 }), runsShape);
      const busy = runs.find((run) => run.status !== 'completed' && isOurs(run));
      if (busy !== undefined) {
        throw new Refusal(
          'workflow_locked',
          `"${name}" shares the lock "${lock}" with "${file}", whose run ${busy.id} is ${wordOf(busy.status ?? 'under way')} at GitHub (${runUrl(busy.id)}). Wait for its end, or cancel it.`,
        );
      }
    }
  }

  function refuseElsewhere(name: string, ref: string): void {
    const workflow = named(name);
    const { onlyEnvironments: only } = workflow;
    if (only !== undefined && !only.includes(target.environment)) {
      throw new Refusal(
        'workflow_not_here',
        `"${name}" runs in ${only.join(', ')} only, and ${target.name} is ${target.environment}. Nothing was done.`,
      );
    }
    const isAllowed = [workflow.ref, ...workflow.refs].some((pattern) => matches(pattern, ref));
    if (!isAllowed || !refPattern.test(ref)) {
      const allowed = [workflow.ref, ...workflow.refs].join(', ');
      throw new Refusal(
        'workflow_ref',
        `"${name}" may be run on ${allowed}, not on "${ref.slice(0, 80)}". Add it to "refs" under targets.${target.name}.workflows.files.${name} if that is right.`,
      );
    }
  }

  return {
    repository,
    needs: { secrets: needs.secrets, variables: needs.variables },
    list: () => Object.entries(files).map(([name, workflow]) => summaryOf(name, workflow)),
    find(name, inputs) {
      const workflow = named(name);
      checkInputs(name, workflow, inputs);
      return summaryOf(name, workflow);
    },
    recent,
    async commit(ref) {
      return (await client.read(calls.commit(ref), commitShape)).sha;
    },
    async refuseUndispatchable(name, ref) {
      refuseElsewhere(name, ref);
      const workflow = named(name);
      const { file } = workflow;
      const { state } = await client.read(calls.workflow(file), workflowShape);
      if (state !== 'active') {
        throw new Refusal(
          'workflow_disabled',
          `The workflow "${file}" is "${wordOf(state)}" at GitHub, so it cannot be run. Enable it under Actions in ${repository}.`,
        );
      }
      const { content } = await client.read(calls.file(file, ref), contentShape);
      const found = dispatchabilityOf(Buffer.from(content, 'base64').toString('utf8'));
      if (found.kind === 'unreadable') {
        throw new Refusal(
          'workflow_unreadable',
          `.github/workflows/${file} on "${ref}" is not a workflow that can be read.`,
        );
      }
      if (found.kind === 'deaf') {
        throw new Refusal(
          'workflow_not_dispatchable',
          `.github/workflows/${file} on "${ref}" does not listen to workflow_dispatch, so it cannot be run from here. Add "workflow_dispatch:" to its "on:".`,
        );
      }
      const declared = Object.keys(workflow.inputs);
      const extra = declared.find((input) => !found.inputs.some(({ name: one }) => one === input));
      if (extra !== undefined) {
        throw new Refusal(
          'workflow_inputs',
          `.github/workflows/${file} on "${ref}" takes no input "${extra}". Correct targets.${target.name}.workflows.files.${name}.inputs.`,
        );
      }
      const missing = found.inputs.find((input) => input.isRequired && !declared.includes(input.name));
      if (missing !== undefined) {
        throw new Refusal(
          'workflow_inputs',
          `.github/workflows/${file} on "${ref}" needs the input "${boundedText(missing.name, 80)}", which targets.${target.name}.workflows.files.${name}.inputs does not declare.`,
        );
      }
      await refuseWhileLocked(name, workflow);
    },
    dispatch(name, { ref, inputs }) {
      const workflow = named(name);
      refuseElsewhere(name, ref);
      checkInputs(name, workflow, inputs);
      const asks = asksForRunDetails(config);
      const body = { ref, inputs: { ...inputs }, ...(asks ? { return_run_details: true } : {}) };
      const call = calls.dispatch(workflow.file, body);
      const path = `/repos/${repository}/actions/workflows/${workflow.file}/dispatches`;
      return {
        summary: `POST ${path} on ${target.name} (${target.environment})`,
        call: { method: 'POST', path, body },
        isRepeatable: false,
        async send(step) {
          const askedAt = now();
          const answer = await client.change(call, step);
          // In GitHub's own time: what is looked for is what it wrote down.
          const date = Date.parse(String(answer.headers.date ?? ''));
          const at = Number.isNaN(date) ? askedAt : new Date(date - (now().getTime() - askedAt.getTime()));
          const dispatched: { dispatchedAt: string; runId?: number } = { dispatchedAt: at.toISOString() };
          if (answer.status === 204) return dispatched;
          const details = dispatchedShape.safeParse(answer.data);
          if (answer.status === 200 && details.success) {
            return { ...dispatched, runId: details.data.workflow_run_id };
          }
          throw new UnknownOutcome(
            'target_outcome_unknown',
            `GitHub answered ${answer.status} in an unexpected shape after a run of "${workflow.file}" was asked for; it may have happened`,
          );
        },
      };
    },
    async locate(
      name,
      dispatched: { ref: string; dispatchedAt: string; notIds: readonly number[]; runId?: number },
    ) {
      const { ref, dispatchedAt, notIds, runId } = dispatched;
      if (runId !== undefined) {
        const told = await client.maybeRead(calls.run(runId), runShape);
        return told === undefined ? undefined : runOf(told);
      }
      const since = new Date(Date.parse(dispatchedAt) - earlierMilliseconds);
      const query = {
        event: 'workflow_dispatch',
        branch: shortRef(ref),
        created: `>=${since.toISOString().slice(0, 19)}Z`,
        per_page: 100,
      };
      const workflow = named(name);
      const answer = await client.read(calls.runs(workflow.file, query), runsShape);
      // More than a page within seconds: nobody can tell which is ours.
      if (answer.total_count > 100) return undefined;
      const candidates = answer.workflow_runs.filter(
        (run) =>
          run.event === 'workflow_dispatch' &&
          run.head_branch === shortRef(ref) &&
          run.created_at >= new Date(since.getTime() - 1_000) &&
          !notIds.includes(run.id),
      );
      // One that has already ended as another declaration's is not ours.
      const ours: RunAnswer[] = [];
      for (const run of candidates) if (await belongs(name, workflow, run)) ours.push(run);
      const [only] = ours;
      return only !== undefined && ours.length === 1 ? runOf(only) : undefined;
    },
    async run(id) {
      return runOf(await client.read(calls.run(id), runShape));
    },
    async jobs(id) {
      return (await logs.jobs(id)).map((job) => ({
        name: boundedText(redact(job.name), 80),
        status: wordOf(job.status),
        conclusion: job.conclusion === null ? undefined : wordOf(job.conclusion),
        seconds:
          job.started_at == null || job.completed_at == null
            ? undefined
            : Math.max(0, Math.round((job.completed_at.getTime() - job.started_at.getTime()) / 1_000)),
        url: `${runUrl(id)}/job/${job.id}`,
      }));
    },
    async cancel(id) {
      await client.change(calls.cancel(id), { idempotencyKey: '', signal: new AbortController().signal });
    },
    async verdict(name, run) {
      const workflow = named(name);
      if (run.status !== 'completed') return { ...nothingRead, why: `it is ${run.status}` };
      if (!needsLog(workflow, run.conclusion)) return judgeRun(workflow, run.conclusion, undefined);
      try {
        const log = await logs.read(run.id, run.finishedAt?.toISOString() ?? '');
        return judgeRun(workflow, run.conclusion, log);
      } catch (error) {
        if (!(error instanceof CountersignError)) throw error;
        const why = `its log could not be read: ${error.message}`;
        // "No data" would be the milder reading; only the log could have said so.
        return run.conclusion === 'failure'
          ? { ...nothingRead, verdict: 'failure', why: `GitHub concluded "failure", and ${why}` }
          : { ...nothingRead, why };
      }
    },
    async settingNames() {
      const [secrets, variables] = await Promise.all([namesOf('secrets'), namesOf('variables')]);
      return { secrets, variables };
    },
    async checks(ref) {
      const { sha } = await client.read(calls.commit(ref), commitShape);
      const [runs, statuses] = await Promise.all([
        client.all(calls.checkRuns(sha), checkRunShape),
        client.read(calls.statuses(sha), statusesShape),
      ]);
      const checks = runs.map(
        ({ id, name, status, conclusion }): CommitCheck => ({
          name: boundedText(redact(name), 80),
          status: wordOf(status),
          conclusion: conclusion === null ? undefined : wordOf(conclusion),
          url: `${webUrl}/${repository}/runs/${id}`,
        }),
      );
      // The combined state of what uses the older statuses; without any GitHub says "pending".
      if (statuses.total_count > 0) {
        const isPending = statuses.state === 'pending';
        checks.push({
          name: 'commit statuses',
          status: isPending ? 'in_progress' : 'completed',
          conclusion: isPending ? undefined : wordOf(statuses.state),
          url: undefined,
        });
      }
      return { commit: sha, checks };
    },
  };

  async function namesOf(what: 'secrets' | 'variables'): Promise<string[]> {
    if (needs[what].length === 0) return [];
    const lists = [
      calls.names(what, undefined),
      ...(needs.environment === undefined ? [] : [calls.names(what, needs.environment)]),
      ...(needs.organization ? [calls.sharedNames(what)] : []),
    ];
    const found = await Promise.all(lists.map((call) => client.all(call, namedShape)));
    return [...new Set(found.flat().map(({ name }) => name))].sort();
  }
}

const nothingRead = { verdict: 'unknown', statusLine: undefined, unknownLines: 0 } as const;

/** GitHub lists runs by the branch's or tag's short name. */
function shortRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}

/** Words of GitHub's vocabulary only; anything else is not shown. */
function wordOf(word: string): string {
  return /^[a-z][a-z_]{0,40}$/.test(word) ? word : 'unknown';
}

function matches(pattern: string, ref: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(ref);
}
