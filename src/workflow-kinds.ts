/** What commands may ask of a target's GitHub Actions workflows; part of `target-kinds.ts`. */
import type { Risk } from './command.ts';
import type { PreparedCall } from './target-kinds.ts';

/** A GitHub Actions workflow declared under `targets.<name>.workflows`. */
export interface WorkflowSummary {
  /** Its name in the settings. */
  readonly name: string;
  readonly summary: string;
  readonly risk: Risk;
  /** Its file under `.github/workflows/`. */
  readonly file: string;
  /** The ref it is dispatched on unless another is asked for. */
  readonly ref: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly isRequired: boolean;
    readonly default: string | undefined;
    /** Undefined: anything. */
    readonly allowed: readonly string[] | undefined;
  }[];
  /** Workflows of one lock keep each other out. Default: its own name. */
  readonly lock: string | undefined;
  /** Other workflows of the target that must have come out well before, and how long ago at most. */
  readonly requires: readonly { readonly workflow: string; readonly withinMinutes: number | undefined }[];
}

/** One run of a workflow, as GitHub tells it. */
export interface WorkflowRun {
  readonly id: number;
  readonly url: string;
  readonly ref: string;
  readonly commit: string;
  readonly event: string;
  /** GitHub's word: `queued`, `in_progress`, `completed`, … */
  readonly status: string;
  /** GitHub's word once it is completed: `success`, `failure`, `cancelled`, … */
  readonly conclusion: string | undefined;
  readonly startedAt: Date;
  readonly finishedAt: Date | undefined;
}

export interface WorkflowJob {
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | undefined;
  readonly seconds: number | undefined;
  readonly url: string | undefined;
}

/** What a finished run says, from GitHub's conclusion and its log's status line together. */
export interface WorkflowVerdict {
  /** `insufficient_data`: it ran, and there was too little to judge. `unknown`: it could not be told. */
  readonly verdict: 'success' | 'failure' | 'insufficient_data' | 'cancelled' | 'unknown';
  /** What a person reads, e.g. `db_bootstrap status=ok mode=all`. Known lines only, never a log. */
  readonly statusLine: string | undefined;
  /** Lines of the log that are not known, which are counted and never shown. */
  readonly unknownLines: number;
  /** Why, when it is not a success. */
  readonly why: string | undefined;
}

export interface Workflows {
  readonly repository: string;
  list(): readonly WorkflowSummary[];
  /** @throws UserMistake naming the nearest workflows, or the input that is missing, unknown or not allowed. */
  find(name: string, inputs: Readonly<Record<string, string>>): WorkflowSummary;
  /**
   * Its newest runs on the ref (default: its own), newest first.
   * @throws Refusal naming the permission that is missing (403), what was not found (404), or when to try again.
   */
  recent(
    name: string,
    options: { readonly limit: number; readonly ref?: string },
  ): Promise<readonly WorkflowRun[]>;
  /** The commit a ref points at now. @throws as {@link recent} */
  commit(ref: string): Promise<string>;
  /** What continuous integration said of the commit a ref points at now. @throws as {@link recent} */
  checks(ref: string): Promise<{
    readonly commit: string;
    readonly checks: readonly {
      readonly name: string;
      /** GitHub's word: `completed` once its conclusion is known. */
      readonly status: string;
      readonly conclusion: string | undefined;
    }[];
  }>;
  /** @throws Refusal when the workflow does not listen to `workflow_dispatch`; as {@link recent} */
  refuseUndispatchable(name: string, ref: string): Promise<void>;
  /** Sent once. The run it makes is found by {@link locate}. */
  dispatch(
    name: string,
    options: { readonly ref: string; readonly inputs: Readonly<Record<string, string>> },
  ): PreparedCall<{ readonly dispatchedAt: string }>;
  /** The run a dispatch has made; undefined while it cannot be seen, or not told from another's. */
  locate(
    name: string,
    dispatched: {
      readonly ref: string;
      readonly dispatchedAt: string;
      /** Of runs that stood there before. */
      readonly notIds: readonly number[];
    },
  ): Promise<WorkflowRun | undefined>;
  run(id: number): Promise<WorkflowRun>;
  jobs(id: number): Promise<readonly WorkflowJob[]>;
  cancel(id: number): Promise<void>;
  /** Of a completed run: reads its log for the declared success line. */
  verdict(name: string, run: WorkflowRun): Promise<WorkflowVerdict>;
  /**
   * Names of the repository's Actions secrets and variables, and of the environment's where one is declared. Never values.
   * @throws as {@link recent}
   */
  settingNames(): Promise<{ readonly secrets: readonly string[]; readonly variables: readonly string[] }>;
  /** Names that the settings say must be there: `targets.<name>.workflows.needs`. */
  readonly needs: { readonly secrets: readonly string[]; readonly variables: readonly string[] };
}
