import {
  type Countersign,
  type Runbook,
  type RunbookInstance,
  type RunbookServices,
  type RunbookStep,
  type StepRecord,
  UserMistake,
} from '../../src/command.ts';

export const instanceId = 'b-7k2m9q4x';
const at = new Date('2026-11-20T18:00:00Z');

const step = (id: string, title: string, changes: Partial<RunbookStep> = {}): RunbookStep =>
  ({
    id,
    title,
    kind: 'do',
    evidence: 'optional',
    text: undefined,
    role: undefined,
    requires: [],
    line: 1,
    ...changes,
  }) as RunbookStep;

export function runbook(changes: Partial<Runbook> = {}): Runbook {
  return {
    name: 'database-down',
    version: '0123456789ab',
    title: 'The database is down',
    summary: 'Find out why, bring it back, restart last',
    canonical: undefined,
    owner: 'on-call',
    reviewBy: '2027-03-01',
    alerts: [],
    inputs: {},
    steps: [
      step('backend', 'See that the backend answers', {
        kind: 'check',
        command: 'check-health rms',
      } as never),
      step('redis', 'Look at Redis'),
      step('restart', 'Restart the application', {
        kind: 'run',
        command: 'run-operation rms restart --param service=api',
        requires: ['backend', 'redis'],
      } as never),
      step('logs', 'Log more for an hour'),
    ],
    ...changes,
  };
}

export const record = (id: string, changes: Partial<StepRecord> = {}): StepRecord => ({
  id,
  state: 'open',
  outcome: undefined,
  by: undefined,
  at: undefined,
  runId: undefined,
  runState: undefined,
  finding: [],
  note: undefined,
  assignee: undefined,
  dueAt: undefined,
  overriddenBy: undefined,
  ...changes,
});

export const done = (id: string, changes: Partial<StepRecord> = {}): StepRecord =>
  record(id, { state: 'done', by: 'U0GRACE', at, ...changes });

export function instance(changes: Partial<RunbookInstance> = {}): RunbookInstance {
  const { runbook: started = runbook() } = changes;
  return {
    id: instanceId,
    runbook: started,
    incidentId: 'i-7k2m9q4x',
    origin: {},
    inputs: { target: 'rms' },
    templates: {},
    startedBy: 'U0ADA',
    startedAt: at,
    owners: ['U0GRACE', 'U0LINUS'],
    state: 'active',
    endedBy: undefined,
    endedAt: undefined,
    stopReason: undefined,
    steps: started.steps.map(({ id }) => record(id)),
    ...changes,
  };
}

export interface RunbookWorld {
  readonly runbooks?: readonly Runbook[];
  readonly instances?: readonly RunbookInstance[];
  readonly isNew?: boolean;
}

type Call = readonly [method: string, ...given: unknown[]];

/** Runbooks kept in memory, as a command sees them, and every call that changed something. */
export function runbookWorld(world: RunbookWorld = {}): Partial<Countersign> & { readonly calls: Call[] } {
  const kept = new Map((world.instances ?? [instance()]).map((one) => [one.id, one]));
  const calls: Call[] = [];

  function one(id: string): RunbookInstance {
    const found = kept.get(id);
    if (found === undefined) throw new UserMistake('unknown_runbook', `No runbook "${id}" was started.`);
    return found;
  }
  function keep(id: string, stepId: string, changes: Partial<StepRecord>): RunbookInstance {
    const before = one(id);
    const steps = before.steps.map((each) => (each.id === stepId ? { ...each, ...changes } : each));
    kept.set(id, { ...before, steps });
    return one(id);
  }
  const ended = (outcome: StepRecord['outcome'], note: string | undefined): Partial<StepRecord> => ({
    state: 'done',
    outcome,
    note,
    by: 'U0ADA',
    at,
  });

  const runbooks: RunbookServices = {
    list: () => world.runbooks ?? [runbook()],
    instances: async () => [...kept.values()],
    find: async (id) => one(id),
    start: async (asked) => {
      calls.push(['start', asked]);
      return { instance: [...kept.values()][0]!, isNew: world.isNew ?? true };
    },
    attest: async (id, stepId, evidence) => {
      calls.push(['attest', id, stepId, evidence]);
      return keep(id, stepId, ended('attested', evidence));
    },
    skip: async (id, stepId, reason) => {
      calls.push(['skip', id, stepId, reason]);
      return keep(id, stepId, ended('skipped', reason));
    },
    assign: async (id, stepId, assignee) => {
      calls.push(['assign', id, stepId, assignee]);
      return keep(id, stepId, { assignee });
    },
    stop: async (id, stopReason) => {
      calls.push(['stop', id, stopReason]);
      kept.set(id, { ...one(id), state: 'stopped', endedBy: 'U0ADA', endedAt: at, stopReason });
      return one(id);
    },
    override: async (id, stepId, reason) => {
      calls.push(['override', id, stepId, reason]);
      return keep(id, stepId, { overriddenBy: 'U0ADA' });
    },
  };
  return { runbooks, calls };
}
