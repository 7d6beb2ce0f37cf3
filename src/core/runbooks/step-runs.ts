import type { Report } from '../../command.ts';
import type { Run } from '../run.ts';
import type { Line } from '../text.ts';
import type { RunbookInstance, StepOutcome, StepRecord } from './instance.ts';
import type { StepKind } from './runbook.ts';

export type StepRun = Pick<Run, 'id' | 'state' | 'report' | 'problem' | 'finishedAt'>;

/** A finding is a glance; all of it stands on the run's own card or in `/ops run`. */
const mostFindingLines = 4;

/** The instance as its runs stand now: what came of a step is read from its run, and never kept twice. */
export function afterRuns(instance: RunbookInstance, runs: readonly StepRun[]): RunbookInstance {
  if (instance.steps.every(({ state }) => state !== 'under_way')) return instance;
  const byId = new Map(runs.map((run) => [run.id, run]));
  return {
    ...instance,
    steps: instance.steps.map((step, index) => {
      const run = step.state === 'under_way' && step.runId !== undefined ? byId.get(step.runId) : undefined;
      const kind = instance.runbook.steps[index]?.kind;
      return run === undefined || kind === undefined ? step : afterRun(step, kind, run);
    }),
  };
}

function afterRun(step: StepRecord, kind: StepKind, run: StepRun): StepRecord {
  const finding = findingOf(run);
  const done = (outcome: StepOutcome): StepRecord => ({
    ...step,
    state: 'done',
    outcome,
    at: run.finishedAt ?? step.at,
    finding,
    runState: undefined,
  });
  // Somebody has to begin it again: nothing came of it.
  const open = (why: string): StepRecord => ({ ...step, state: 'open', finding, runState: why });
  switch (run.state) {
    case 'succeeded': {
      const outcome = kind === 'run' ? outcomeOfChange(run.report) : outcomeOfCheck(run.report);
      // A wait goes on until its check is green, or its time is over.
      if (kind === 'wait') return outcome === 'green' ? done('green') : { ...step, finding };
      return done(outcome);
    }
    case 'failed':
      if (kind === 'wait') return { ...step, finding };
      // What could not be looked at is unknown, never green.
      return kind === 'check' ? done('unknown') : open('failed');
    case 'refused':
    case 'denied':
    case 'expired':
    case 'cancelled':
      return kind === 'wait' ? { ...step, finding } : open(run.state);
    case 'unknown':
      return { ...step, finding, runState: 'outcome unknown: settle it on its card' };
    case 'awaiting_approval':
      return { ...step, runState: 'waits for signatures' };
    case 'approved':
      return { ...step, runState: 'approved' };
    case 'planned':
      return { ...step, runState: 'waits to be confirmed' };
    case 'executing':
      return { ...step, runState: 'runs' };
  }
}

function outcomeOfCheck(report: Report | undefined): StepOutcome {
  switch (report?.status) {
    // A warning is worth reading, and nothing is broken: "healthy, or too little data" lets people go on.
    case 'ok':
    case 'warning':
      return 'green';
    case 'info':
      return 'seen';
    case 'bad':
      return 'red';
    default:
      return 'unknown';
  }
}

function outcomeOfChange(report: Report | undefined): StepOutcome {
  switch (report?.status) {
    case 'bad':
      return 'red';
    case 'unknown':
      return 'unknown';
    default:
      return 'succeeded';
  }
}

function findingOf({ report, problem }: StepRun): readonly Line[] {
  if (report === undefined) return problem === undefined || problem === '' ? [] : [problem];
  return [report.headline, ...(report.lines ?? [])].slice(0, mostFindingLines);
}
