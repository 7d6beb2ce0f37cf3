/** Runbooks as their files would give them, in as few words as a test needs. */
import type { Runbook, RunbookInput, RunbookStep } from '../../../src/core/runbooks/runbook.ts';

type Common = Partial<Pick<RunbookStep, 'title' | 'text' | 'role' | 'requires' | 'line'>>;

const base = (id: string, changes: Common) => ({
  id,
  title: `Step ${id}`,
  text: undefined,
  role: undefined,
  requires: [],
  line: 1,
  ...changes,
});

export const doStep = (
  id: string,
  changes: Common & { evidence?: 'optional' | 'required' } = {},
): RunbookStep => ({ ...base(id, changes), kind: 'do', evidence: changes.evidence ?? 'optional' });

/** Looks at what the test says under its id. */
export const checkStep = (id: string, changes: Common & { command?: string } = {}): RunbookStep => ({
  ...base(id, changes),
  kind: 'check',
  command: changes.command ?? `probe ${id}`,
});

/** `nudge` is confirmed by the one who asks; `halt` needs a signature. */
export const runStep = (id: string, command: string, changes: Common = {}): RunbookStep => ({
  ...base(id, changes),
  kind: 'run',
  command,
});

export const waitStep = (
  id: string,
  minutes: number,
  changes: Common & { untilEvery?: number } = {},
): RunbookStep => {
  const { untilEvery, ...common } = changes;
  return {
    ...base(id, common),
    kind: 'wait',
    minutes,
    until: untilEvery === undefined ? undefined : { command: `probe ${id}`, everyMinutes: untilEvery },
  };
};

export const messageStep = (
  id: string,
  changes: Common & { to?: string; template?: string } = {},
): RunbookStep => {
  const { to = 'thread', template = 'told', ...common } = changes;
  return { ...base(id, common), kind: 'message', to, template };
};

export function runbookOf(
  name: string,
  steps: readonly RunbookStep[],
  changes: Partial<Runbook> = {},
): Runbook {
  return {
    name,
    version: '0123456789ab',
    title: `Runbook ${name}`,
    summary: 'What to do',
    canonical: undefined,
    owner: 'on-call',
    reviewBy: '2099-01-01',
    alerts: [],
    inputs: {},
    steps: steps as [RunbookStep, ...RunbookStep[]],
    ...changes,
  };
}

export function input(changes: Partial<RunbookInput> = {}): RunbookInput {
  return { ask: 'Which one?', isRequired: true, default: undefined, from: undefined, ...changes };
}
