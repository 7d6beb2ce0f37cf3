import type { Run, Step } from '../run.ts';
import type { Line } from '../text.ts';
import type { RunView } from './run-view.ts';

const stepMarks: Readonly<Record<Step['state'], string>> = {
  begun: '…',
  succeeded: '✓',
  failed: '✗',
  unknown: '?',
};

/** More are counted: their names no longer fit one line. */
const mostNamed = 4;

/** What was done, what was not and what was never begun, in one line. */
export function stepLine({ run, steps }: Pick<RunView, 'run' | 'steps'>): Line {
  const begun = new Set(steps.map(({ name }) => name));
  const waiting = (run.performed ?? run.plan)?.effects.filter(({ step }) => !begun.has(step)) ?? [];
  if (steps.length === 0) {
    return run.state === 'executing' ? 'No step taken yet' : 'Nothing had begun: no step was taken';
  }
  if (steps.length + waiting.length <= mostNamed) {
    return [
      'Steps: ',
      [
        ...steps.map(({ name, state }) => `${stepMarks[state]} ${name}`),
        ...waiting.map(({ step }) => `– ${step} (not begun)`),
      ].join(' · '),
    ];
  }
  const count = (state: Step['state']) => steps.filter((step) => step.state === state).length;
  const counts = [
    `✓ ${count('succeeded')} done`,
    ...(count('failed') > 0 ? [`✗ ${count('failed')} failed`] : []),
    ...(count('unknown') > 0 ? [`? ${count('unknown')} unknown`] : []),
    ...(count('begun') > 0 ? [`… ${count('begun')} begun`] : []),
    ...(waiting.length > 0 ? [`– ${waiting.length} not begun`] : []),
  ];
  return `Steps: ${counts.join(' · ')}`;
}

/** The step whose outcome is not known. */
export function maybeLostStep(steps: readonly Step[]): Step | undefined {
  return steps.find(({ state }) => state === 'unknown') ?? steps.find(({ state }) => state === 'begun');
}

/** What less was done than signed, because less was left to do; undefined when it was all. */
export function maybeShrunkLine({ plan, performed }: Pick<Run, 'plan' | 'performed'>): Line | undefined {
  if (plan === undefined || performed === undefined) return undefined;
  const kept = new Set(performed.effects.map(({ step }) => step));
  const dropped = plan.effects.filter(({ step }) => !kept.has(step)).length;
  if (dropped > 0) return lessLine(dropped, plan.effects.length, 'calls');
  for (const [name, before] of Object.entries(plan.data)) {
    const after = performed.data[name];
    if (Array.isArray(before) && Array.isArray(after) && after.length < before.length) {
      return lessLine(before.length - after.length, before.length, name);
    }
  }
  return undefined;
}

function lessLine(dropped: number, all: number, of: string): Line {
  return `Less than signed: ${dropped} of the ${all} ${of} no longer applied and ${dropped === 1 ? 'was' : 'were'} left out`;
}
