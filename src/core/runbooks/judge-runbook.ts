import { nearest } from '../parse/nearest.ts';
import { type Inputs, placeholdersOf } from './fill-template.ts';
import { type CommandUse, commandProblems, type RunbookCommands } from './judge-command.ts';
import { guardFindings } from './judge-guards.ts';
import type { MessageTemplate, Runbook, RunbookStep } from './runbook.ts';
import type { RunbookFinding } from './runbook-finding.ts';

export interface KnownToRunbooks {
  readonly commands: RunbookCommands;
  readonly templates: ReadonlyMap<string, MessageTemplate>;
  /** Role names of the settings; undefined: not checked. */
  readonly roles: readonly string[] | undefined;
}

/** Every mistake that only shows when the file is held against itself and against what there is. */
export function judgeRunbook(
  runbook: Runbook,
  known: KnownToRunbooks,
  examples: Inputs = {},
): RunbookFinding[] {
  const { inputs, steps } = runbook;
  const samples = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      input.default ?? examples[name] ?? `sample-of-${name}`,
    ]),
  );
  const written = steps.flatMap((step, index) => textsOf(step, ['steps', index], known.templates));
  return [
    ...roleFindings(runbook, known.roles),
    ...duplicateIds(steps),
    ...guardFindings(runbook),
    ...written.flatMap((text) => textFindings(text, runbook)),
    ...unusedInputs(inputs, written),
    ...steps.flatMap((step, index) => templateFindings(step, index, known.templates)),
    ...written.flatMap(({ path, text, use }) => {
      const canBeFilled = placeholdersOf(text).every((name) => Object.hasOwn(inputs, name));
      if (use === undefined || !canBeFilled) return [];
      const problems = commandProblems(text, use, { commands: known.commands, samples });
      return problems.map((message): RunbookFinding => ({ path, message }));
    }),
  ];
}

/** A text that may hold inputs; `use` of those that are commands. */
interface Written {
  readonly path: readonly (string | number)[];
  readonly text: string;
  readonly use?: CommandUse;
  readonly template?: string;
}

function textsOf(
  step: RunbookStep,
  path: readonly (string | number)[],
  templates: KnownToRunbooks['templates'],
): Written[] {
  const texts: Written[] = [{ path: [...path, 'title'], text: step.title }];
  if (step.text !== undefined)
    texts.push({ path: [...path, step.kind === 'do' ? 'do' : 'text'], text: step.text });
  if (step.kind === 'check' || step.kind === 'run')
    texts.push({ path: [...path, step.kind], text: step.command, use: step.kind });
  if (step.kind === 'wait' && step.until !== undefined)
    texts.push({ path: [...path, 'until'], text: step.until.command, use: 'check' });
  const template = step.kind === 'message' ? templates.get(step.template) : undefined;
  if (template !== undefined)
    texts.push({ path: [...path, 'message'], text: template.text, template: template.name });
  return texts;
}

/** Placeholders without an input, and what was meant as one. */
function textFindings({ path, text, use, template }: Written, { inputs }: Runbook): RunbookFinding[] {
  const names = Object.keys(inputs);
  const place = template === undefined ? '' : `the template "${template}" holds `;
  const finding = (quote: string, message: string): RunbookFinding => ({
    path,
    quote,
    message: `${place}${message}`,
  });
  const whole = placeholdersOf(text).flatMap((name): RunbookFinding[] => {
    const quote = `{{${name}}}`;
    if (!Object.hasOwn(inputs, name))
      return [finding(quote, `${quote}, and there is no such input${near(name.trim(), names)}`)];
    const { isRequired, default: standard } = inputs[name]!;
    if (use === undefined || isRequired || standard !== undefined) return [];
    return [finding(quote, `${quote}, which need not be given: a command needs it, or a default`)];
  });
  const left = text.replace(/\{\{[^{}]*\}\}/g, '');
  const halves = left.includes('{{') || left.includes('}}') ? [finding('{{', 'half a placeholder')] : [];
  const singles = [...left.matchAll(/\{([a-z][a-z0-9-]*)\}/g)].flatMap(([quote, name]) =>
    names.includes(name as string) ? [finding(quote, `${quote}: an input is written {${quote}}`)] : [],
  );
  return [...whole, ...halves, ...singles];
}

function unusedInputs(inputs: Runbook['inputs'], written: readonly Written[]): RunbookFinding[] {
  const used = new Set(written.flatMap(({ text }) => placeholdersOf(text)));
  return Object.keys(inputs)
    .filter((name) => !used.has(name))
    .map((name) => ({
      path: ['inputs', name],
      message: `is asked for and never used. Write {{${name}}} where it is needed, or remove it`,
    }));
}

function duplicateIds(steps: readonly RunbookStep[]): RunbookFinding[] {
  return steps.flatMap(({ id }, index) => {
    const first = steps.findIndex((other) => other.id === id);
    if (first === index) return [];
    return [
      { path: ['steps', index, 'id'], message: `"${id}" is the step of line ${steps[first]!.line} already` },
    ];
  });
}

function templateFindings(
  step: RunbookStep,
  index: number,
  templates: KnownToRunbooks['templates'],
): RunbookFinding[] {
  if (step.kind !== 'message' || templates.has(step.template)) return [];
  const hint = near(step.template, [...templates.keys()]);
  return [{ path: ['steps', index, 'message'], message: `there is no templates/${step.template}.md${hint}` }];
}

function roleFindings({ owner, steps }: Runbook, roles: readonly string[] | undefined): RunbookFinding[] {
  if (roles === undefined) return [];
  const unknown = (
    role: string,
    path: RunbookFinding['path'],
    others: readonly string[],
  ): RunbookFinding[] =>
    others.includes(role)
      ? []
      : [{ path, message: `there is no role "${role}" in the settings${near(role, others)}` }];
  return [
    ...unknown(owner, ['owner'], [...roles, 'on-call']),
    ...steps.flatMap(({ role }, index) =>
      role === undefined ? [] : unknown(role, ['steps', index, 'role'], roles),
    ),
  ];
}

function near(name: string, names: readonly string[]): string {
  const [best] = nearest(name, names, 1);
  if (best !== undefined) return `. Did you mean "${best}"?`;
  return names.length === 0 ? '. There are none' : `. There is ${names.join(', ')}`;
}
