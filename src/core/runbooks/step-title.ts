import { fillText } from './fill-template.ts';
import type { RunbookInstance } from './instance.ts';

/** A step's title as people read it. What is recorded of a step has the title of the file: inputs are private. */
export function titleOf(
  { runbook, inputs }: Pick<RunbookInstance, 'runbook' | 'inputs'>,
  stepId: string,
): string {
  const step = runbook.steps.find(({ id }) => id === stepId);
  return step === undefined ? stepId : fillText(step.title, inputs);
}

/** The same runbook, the titles of its steps with their inputs. */
export function withTitles(instance: RunbookInstance): RunbookInstance {
  const { runbook } = instance;
  const [first, ...others] = runbook.steps;
  const titled = <Step extends { readonly id: string }>(step: Step) => ({
    ...step,
    title: titleOf(instance, step.id),
  });
  return { ...instance, runbook: { ...runbook, steps: [titled(first), ...others.map(titled)] } };
}
