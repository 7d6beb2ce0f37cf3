import type { KnownBlock, ModalView } from '@slack/types';
import type { Risk } from '../../command.ts';
import { checkArguments, checkValue } from '../../core/parse/check-value.ts';
import { type Coerced, coerceValue } from '../../core/parse/coerce-value.ts';
import type { CommandShape } from '../../core/parse/command-catalog.ts';
import { describeArguments, type FieldDescription } from '../../core/parse/describe-field.ts';
import type { ArgumentProblem } from '../../core/parse/parse-invocation.ts';
import { type ArgumentTarget, argumentInput, widgetOf } from './argument-input.ts';
import { type Entered, enteredIn } from './argument-state.ts';
import { modal } from './modal.ts';
import { plainTextObject, richText } from './rich-text.ts';

export const argumentsCallbackId = 'arguments';

/** What the modal needs of a command; every `CommandDefinition` has it. */
export interface AskedCommand extends CommandShape {
  readonly summary: string;
  readonly risk: Risk;
  readonly isOwnRecord?: boolean | undefined;
}

export interface ArgumentsModal {
  /** The command's name. */
  readonly command: string;
  readonly definition: AskedCommand;
  /** What was typed so far, as the parser read it. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly problems: readonly ArgumentProblem[];
  /** The targets that could serve the command; with exactly one it is named, with several it is asked. */
  readonly targets: readonly ArgumentTarget[];
  /** Ids only; at most 3,000 characters. */
  readonly privateMetadata: string;
}

/**
 * The modal that asks for a command's arguments, what was typed already filled in and what was wrong with
 * it beside the field. Opened in the request that brought the trigger, so nothing here reads anything.
 *
 * @throws Fault `private_metadata_too_long`
 */
export function argumentsModal(asked: ArgumentsModal): ModalView {
  const { command, definition, targets } = asked;
  const fields = describeArguments(definition.args);
  const inputs = fields.flatMap((field) => {
    const block = argumentInput({
      field,
      typed: asked.input[field.name],
      problems: asked.problems
        .filter((problem) => problem.argument === field.name)
        .map(({ message }) => message),
      targets,
      blockId: argumentBlockId(field.name),
      actionId: field.kind === 'reference' ? optionSearchActionId(command, field.name) : 'value',
    });
    return block ?? [];
  });
  const shown = new Set(inputs.map((block) => block.block_id));
  const others = asked.problems.filter(({ argument }) => !argument || !shown.has(argumentBlockId(argument)));
  return modal({
    title: command,
    callbackId: argumentsCallbackId,
    submit: submitLabel(definition),
    privateMetadata: asked.privateMetadata,
    blocks: [...heading(definition, targets), ...objections(others), ...inputs],
  });
}

/** What is done at once is named: `Resolve an incident` → `Resolve`. */
function submitLabel({ summary, risk, isOwnRecord = false }: AskedCommand): string {
  if (risk !== 'read') return 'Preview';
  return isOwnRecord ? (/^\p{L}+/u.exec(summary)?.[0] ?? 'Run') : 'Run';
}

const riskWords: Readonly<Record<Risk, string>> = {
  read: 'Only reads, changes nothing',
  change: 'You confirm a preview before anything changes',
  dangerous: 'Shows a preview; needs a second signature before anything changes',
};

const ownRecordWords = "Changes Countersign's own record, and nothing that is operated";

function heading(definition: AskedCommand, targets: readonly ArgumentTarget[]): KnownBlock[] {
  const only = targets.length === 1 ? targets[0] : undefined;
  const where = only ? `On ${only.name} (${only.environment}). ` : '';
  return [
    { type: 'section', text: plainTextObject(definition.summary, 150) },
    {
      type: 'context',
      elements: [
        plainTextObject(
          `${where}${definition.isOwnRecord === true ? ownRecordWords : riskWords[definition.risk]}.`,
          300,
        ),
      ],
    },
  ];
}

function objections(problems: readonly ArgumentProblem[]): KnownBlock[] {
  const block = richText(
    problems.slice(0, 5).map(({ message }) => `✗ ${message}`),
    { limit: 300 },
  );
  return block ? [block] : [];
}

export interface ReadArguments {
  readonly input: Record<string, unknown>;
  /** By block id, for `response_action: errors`; empty when the submission can go on. */
  readonly errors: Record<string, string>;
}

/**
 * What a submitted modal says, in the same shape the parser gives, judged by local checks alone so that
 * field errors fit the 3-second answer. Values equal to the default are left out: the canonical text stays
 * short.
 */
export function readArgumentsModal(
  values: unknown,
  { definition, targets }: Pick<ArgumentsModal, 'definition' | 'targets'>,
): ReadArguments {
  const states = isRecord(values) ? values : {};
  const fields = describeArguments(definition.args).filter((field) => widgetOf(field, targets) !== 'hidden');
  const input: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const blockId = argumentBlockId(field.name);
    const read = readField(field, enteredIn(field, states[blockId], targets));
    if ('problem' in read) errors[blockId] = read.problem;
    else if (read.value !== undefined) input[field.name] = read.value;
  }
  if (Object.keys(errors).length > 0) return { input, errors };
  const last = fields.at(-1);
  for (const { argument, message } of checkArguments(definition.args, input)) {
    const about = fields.find((field) => field.name === argument) ?? last;
    // Slack shows errors beside fields only; one about none of them goes to the last.
    if (about) errors[argumentBlockId(about.name)] ??= message;
  }
  return { input, errors };
}

function readField(field: FieldDescription, entered: Entered): Coerced {
  const coerced = coerceEntered(field, entered);
  if ('problem' in coerced) return coerced;
  const { value } = coerced;
  if (value === undefined) return field.isRequired ? { problem: 'This is needed.' } : coerced;
  const message = checkValue(field.schema, value);
  if (message !== undefined) return { problem: message };
  const isDefault =
    !field.isRequired && value === (field.kind === 'boolean' ? (field.default ?? false) : field.default);
  return isDefault ? { value: undefined } : coerced;
}

function coerceEntered(field: FieldDescription, entered: Entered): Coerced {
  if (entered === undefined || typeof entered === 'boolean') return { value: entered };
  if (typeof entered === 'string') return coerceValue(field, { text: entered });
  const items: unknown[] = [];
  for (const text of entered) {
    const coerced = coerceValue(field.item ?? field, { text });
    if ('problem' in coerced) return coerced;
    items.push(coerced.value);
  }
  return { value: items };
}

export function argumentBlockId(name: string): string {
  return `argument:${name}`;
}

/** The option search of a reference says for which argument of which command it searches. */
export function optionSearchActionId(command: string, argument: string): string {
  return `option_search:${command}:${argument}`;
}

/** @example parseOptionSearch('option_search:verify-audit:tenant') // { command: 'verify-audit', argument: 'tenant' } */
export function parseOptionSearch(actionId: string): { command: string; argument: string } | undefined {
  const match = /^option_search:([^:]+):([^:]+)$/.exec(actionId);
  return match?.[1] && match[2] ? { command: match[1], argument: match[2] } : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
