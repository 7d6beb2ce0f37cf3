import type { Runbook, RunbookStep } from './runbook.ts';
import type { RunbookFinding } from './runbook-finding.ts';

/** What keeps a step from ever beginning: its guards, or those of what it requires. */
export function guardFindings({ steps }: Pick<Runbook, 'steps'>): RunbookFinding[] {
  const placeOf = new Map<string, number>();
  for (const [index, { id }] of steps.entries()) if (!placeOf.has(id)) placeOf.set(id, index);
  const stuck = new Set<string>();
  return steps.flatMap((step, index) => {
    const found = step.requires.flatMap((required, place): RunbookFinding[] => {
      const message = problemOf(required, { step, index, place, steps, placeOf, stuck });
      return message === undefined ? [] : [{ path: ['steps', index, 'requires', place], message }];
    });
    if (found.length > 0) stuck.add(step.id);
    return found;
  });
}

function problemOf(
  required: string,
  at: {
    readonly step: RunbookStep;
    readonly index: number;
    readonly place: number;
    readonly steps: readonly RunbookStep[];
    readonly placeOf: ReadonlyMap<string, number>;
    readonly stuck: ReadonlySet<string>;
  },
): string | undefined {
  const { step, index, place, steps, placeOf, stuck } = at;
  if (required === step.id) return 'requires itself, so it could never begin';
  if (step.requires.indexOf(required) !== place) return `names "${required}" twice`;
  const where = placeOf.get(required);
  if (where === undefined)
    return `names no step "${required}". Earlier there is ${listed(steps.slice(0, index))}`;
  const circle = circleFrom(step.id, required, steps);
  if (circle !== undefined)
    return `goes in a circle, so none of it could ever begin: ${[step.id, ...circle].join(' → ')}`;
  const { line } = steps[where]!;
  if (where > index) return `names "${required}", which comes later (line ${line}). Move it up`;
  if (stuck.has(required))
    return `names "${required}" (line ${line}), which can never begin itself, so this could not either`;
  return undefined;
}

/** The way back to `start`, when following the guards from `from` leads there. */
function circleFrom(start: string, from: string, steps: readonly RunbookStep[]): string[] | undefined {
  const seen = new Set<string>();
  const walk = (id: string): string[] | undefined => {
    if (id === start) return [id];
    if (seen.has(id)) return undefined;
    seen.add(id);
    for (const next of steps.find((step) => step.id === id)?.requires ?? []) {
      const rest = walk(next);
      if (rest !== undefined) return [id, ...rest];
    }
    return undefined;
  };
  return walk(from);
}

function listed(steps: readonly RunbookStep[]): string {
  return steps.length === 0 ? 'none' : steps.map(({ id }) => id).join(', ');
}
