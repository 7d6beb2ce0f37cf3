import type { WorkflowSummary } from '../../command.ts';
import { UserMistake } from '../../core/errors.ts';
import { nearest } from '../../core/parse/nearest.ts';
import type { WorkflowConfig, WorkflowsConfig } from './workflows-config.ts';

/** GitHub takes 65,535 characters of all inputs together; more than this is a file. */
const longestValue = 1_000;

/**
 * Workflows like to paste inputs into shell scripts (`run: ./migrate ${{ inputs.mode }}`), where a quote or a backtick
 * would be a command of its own.
 */
const harmless = /^[\p{L}\p{N} ._:/@+,=-]*$/u;

/** What is wrong with a value, completing "… must be …"; undefined when nothing is. */
export function inputMistake(
  given: { readonly enum?: readonly string[] | undefined; readonly pattern?: string | undefined },
  value: string,
): string | undefined {
  if (value.length > longestValue) return `must be at most ${longestValue} characters long`;
  if (given.enum !== undefined && !given.enum.includes(value))
    return `must be one of ${given.enum.join(', ')}`;
  if (given.pattern !== undefined) {
    return new RegExp(`^(?:${given.pattern})$`, 'u').test(value) ? undefined : `must match ${given.pattern}`;
  }
  return given.enum !== undefined || harmless.test(value)
    ? undefined
    : 'must be letters, digits, spaces and ". _ : / @ + , = -", unless the settings give it a pattern';
}

export function isRequired({ required, default: standard }: WorkflowConfig['inputs'][string]): boolean {
  return required ?? standard === undefined;
}

/** @throws UserMistake `unknown_workflow` naming the nearest. */
export function workflowNamed(files: WorkflowsConfig['files'], name: string, target: string): WorkflowConfig {
  const workflow = Object.hasOwn(files, name) ? files[name] : undefined;
  if (workflow !== undefined) return workflow;
  const names = Object.keys(files);
  const near = nearest(name, names);
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((one) => `"${one}"`).join(', ')}?`
      : `There are ${names.join(', ')}.`;
  throw new UserMistake('unknown_workflow', `${target} has no workflow "${name.slice(0, 80)}". ${hint}`);
}

/** @throws UserMistake `unknown_input`, `missing_input` or `unusable_input`, naming it. */
export function checkInputs(
  name: string,
  { inputs }: WorkflowConfig,
  given: Readonly<Record<string, string>>,
): void {
  const names = Object.keys(inputs);
  for (const input of Object.keys(given)) {
    if (Object.hasOwn(inputs, input)) continue;
    const [near] = nearest(input, names, 1);
    const hint =
      near !== undefined
        ? ` Did you mean "${near}"?`
        : names.length === 0
          ? ' It takes none.'
          : ` It takes ${names.join(', ')}.`;
    throw new UserMistake(
      'unknown_input',
      `The workflow "${name}" has no input "${input.slice(0, 80)}".${hint}`,
    );
  }
  for (const [input, config] of Object.entries(inputs)) {
    const value = Object.hasOwn(given, input) ? given[input] : undefined;
    if (value !== undefined) {
      const mistake = inputMistake(config, value);
      if (mistake !== undefined)
        throw new UserMistake('unusable_input', `"${input}" ${mistake}, not "${value.slice(0, 80)}".`);
    } else if (isRequired(config)) {
      const allowed = config.enum === undefined ? '…' : config.enum.join('|');
      throw new UserMistake(
        'missing_input',
        `The workflow "${name}" needs "${input}". Add --input ${input}=${allowed}`,
      );
    }
  }
}

export function summaryOf(name: string, workflow: WorkflowConfig): WorkflowSummary {
  return {
    name,
    summary: workflow.summary ?? workflow.file,
    risk: workflow.risk,
    file: workflow.file,
    ref: workflow.ref,
    lock: workflow.lock,
    inputs: Object.entries(workflow.inputs).map(([input, config]) => ({
      name: input,
      isRequired: isRequired(config),
      default: config.default,
      allowed: config.enum,
    })),
    requires: workflow.requires.map(({ workflow: required, within }) => ({
      workflow: required,
      withinMinutes: within,
    })),
  };
}
