import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { runnerLog, type SampleJob, type SampleRun } from './run.ts';
import type { Outcome, SampleWorkflow } from './sample-workflows.ts';

/** How the next runs of a workflow go, instead of as its sample says. */
export interface Behaviour extends Partial<Outcome> {
  /** GitHub's word at the end; default by the exit code. */
  readonly conclusion?: string;
  readonly queuedMilliseconds?: number;
  /** Infinity: until it is cancelled or finished by hand. */
  readonly runningMilliseconds?: number;
  /** A dispatch is accepted, and its run is listed only after so long. Default 0. */
  readonly hiddenMilliseconds?: number;
  /** Names of its jobs; each prints the same. Default one, `run`. */
  readonly jobs?: readonly string[];
  /** The log as it is, instead of the runner's. */
  readonly rawLog?: string;
  /** GitHub has thrown the logs away. */
  readonly isLogGone?: boolean;
}

export interface CheckRun {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
}

export interface HistoricRun extends Behaviour {
  readonly ref?: string;
  readonly event?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** Default: an hour ago. */
  readonly createdAt?: Date;
  readonly commit?: string;
  /** Where the code came from; default the repository itself. */
  readonly headRepository?: string;
}

interface Timing {
  readonly queuedMilliseconds: number;
  readonly runningMilliseconds: number;
}

/** Everything there is in one repository. */
export class SampleRepository {
  readonly name: string;
  readonly workflows: { readonly id: number; readonly sample: SampleWorkflow; state: string }[];
  readonly runs: SampleRun[] = [];
  readonly refs = new Map<string, string>();
  readonly checkRuns = new Map<string, CheckRun[]>();
  /** Of the older statuses API, by commit. */
  readonly statuses = new Map<string, string>();
  readonly names = {
    secrets: new Set<string>(),
    variables: new Set<string>(),
    organizationSecrets: new Set<string>(),
    organizationVariables: new Set<string>(),
  };
  readonly environments = new Map<
    string,
    { readonly secrets: Set<string>; readonly variables: Set<string> }
  >();
  private readonly behaviours = new Map<string, Behaviour>();
  private readonly timing: Timing;
  private nextId = 17_000_000_001;

  constructor(name: string, workflows: readonly SampleWorkflow[], timing: Timing) {
    this.name = name;
    this.timing = timing;
    this.workflows = workflows.map((sample, index) => ({ id: 9_001 + index, sample, state: 'active' }));
    for (const ref of ['main', 'release']) this.refs.set(ref, commitOf(ref));
  }

  behaves(file: string, behaviour: Behaviour): void {
    this.workflow(file);
    this.behaviours.set(file, behaviour);
  }

  /** @throws RangeError when there is no such file */
  workflow(file: string) {
    const found = this.workflows.find(({ sample }) => sample.file === file);
    if (found === undefined) throw new RangeError(`The sample repository has no workflow "${file}"`);
    return found;
  }

  /** A new commit on a branch. */
  moves(ref: string, words: string): string {
    const commit = commitOf(words);
    this.refs.set(ref, commit);
    return commit;
  }

  dispatch(file: string, ref: string, inputs: Readonly<Record<string, string>>, now: Date): SampleRun {
    return this.add(file, {
      ...this.behaviours.get(file),
      ref,
      inputs,
      event: 'workflow_dispatch',
      createdAt: now,
    });
  }

  /** A run that was there before. */
  history(file: string, run: HistoricRun, now: Date): SampleRun {
    const createdAt = run.createdAt ?? new Date(now.getTime() - 3_600_000);
    return this.add(file, { queuedMilliseconds: 0, event: 'schedule', ...run, createdAt });
  }

  private add(file: string, given: HistoricRun & { readonly createdAt: Date }): SampleRun {
    const { id: workflowId, sample } = this.workflow(file);
    const { createdAt, ref = 'main', inputs = {}, event = 'push', headRepository = this.name } = given;
    const queued = given.queuedMilliseconds ?? this.timing.queuedMilliseconds;
    const running = given.runningMilliseconds ?? this.timing.runningMilliseconds;
    const startsAt = new Date(createdAt.getTime() + queued);
    const outcome = given.output === undefined ? sample.outcome(inputs) : { output: given.output };
    const exitCode = given.exitCode ?? outcome.exitCode ?? 0;
    const conclusion = given.conclusion ?? (exitCode === 0 ? 'success' : 'failure');
    const log = given.rawLog ?? runnerLog(`./scripts/${file}`, outcome.output, exitCode, startsAt);
    const id = this.nextId;
    this.nextId += 7;
    const jobs = (given.jobs ?? ['run']).map(
      (name, index): SampleJob => ({
        id: id * 10 + index,
        name,
        log: given.isLogGone === true ? undefined : log,
        conclusion,
      }),
    );
    const run: SampleRun = {
      id,
      workflow: sample,
      workflowId,
      ref,
      commit: given.commit ?? this.refs.get(ref) ?? commitOf(ref),
      event,
      title: sample.title?.(inputs) ?? sample.file.replace(/\.yml$/, ''),
      inputs,
      createdAt,
      visibleAt: new Date(createdAt.getTime() + (given.hiddenMilliseconds ?? 0)),
      startsAt,
      endsAtMilliseconds: startsAt.getTime() + running,
      conclusion,
      jobs,
      cancelledAt: undefined,
      headRepository,
    };
    this.runs.push(run);
    return run;
  }
}

export function commitOf(words: string): string {
  return createHash('sha1').update(words).digest('hex');
}

/** What is wrong with a dispatch, in GitHub's words; undefined when nothing is. */
export function dispatchMistake(
  repository: SampleRepository,
  file: string,
  ref: string,
  inputs: Readonly<Record<string, unknown>>,
): string | undefined {
  const { sample, state } = repository.workflow(file);
  if (!repository.refs.has(ref)) return `No ref found for: ${ref}`;
  const { on } = parse(sample.yaml) as { on: Record<string, DispatchTrigger | null> };
  if (!Object.hasOwn(on, 'workflow_dispatch')) return "Workflow does not have 'workflow_dispatch' trigger";
  if (state !== 'active') return "Cannot trigger a 'workflow_dispatch' on a disabled workflow";
  const declared = on.workflow_dispatch?.inputs ?? {};
  const extra = Object.keys(inputs).filter((name) => !Object.hasOwn(declared, name));
  if (extra.length > 0) return `Unexpected inputs provided: ${JSON.stringify(extra)}`;
  for (const [name, { required, default: standard, options }] of Object.entries(declared)) {
    const value = inputs[name];
    if (value === undefined && required === true && standard === undefined)
      return `Required input '${name}' not provided`;
    if (value !== undefined && options !== undefined && !options.map(String).includes(String(value)))
      return `Provided value '${String(value)}' for input '${name}' not in the list of allowed values`;
  }
  return undefined;
}

interface DispatchTrigger {
  readonly inputs?: Readonly<
    Record<
      string,
      { readonly required?: boolean; readonly default?: unknown; readonly options?: readonly unknown[] }
    >
  >;
}
