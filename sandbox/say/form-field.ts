/** An input of the modal that is open, found by its label, and what to enter for a text somebody wrote. */
import type { ClientView, OptionsResult } from '../slack/client-api.ts';
import type { Directory } from '../slack/directory.ts';
import { type Element, optionsOf } from '../slack/element-state.ts';
import { folded } from './on-screen.ts';
import { ScriptProblem } from './script-problem.ts';

export interface FormField {
  readonly label: string;
  readonly viewId: string;
  readonly blockId: string;
  readonly actionId: string;
  readonly element: Element;
}

export function fieldsOf({ id, view }: ClientView): FormField[] {
  const blocks = (view.blocks ?? []) as Element[];
  return blocks
    .filter((block) => block.type === 'input')
    .map((block) => {
      const element = block.element as Element;
      return {
        label: String((block.label as Element).text),
        viewId: id,
        blockId: String(block.block_id),
        actionId: String(element.action_id),
        element,
      };
    });
}

/** @throws ScriptProblem naming the labels there are */
export function fieldLabelled(view: ClientView, label: string): FormField {
  const fields = fieldsOf(view);
  const found = fields.find((field) => folded(field.label) === folded(label));
  if (found) return found;
  throw new ScriptProblem(
    `the open modal has no field "${label}"; ${listed(
      'it has',
      fields.map((one) => one.label),
    )}`,
  );
}

/** Where a refusal's reason goes: the field called so, else the only one for text. @throws ScriptProblem */
export function reasonField(view: ClientView): FormField {
  const fields = fieldsOf(view).filter((field) => field.element.type === 'plain_text_input');
  const called = fields.find((field) => /reason|why/i.test(field.label));
  const found = called ?? (fields.length === 1 ? fields[0] : undefined);
  if (found) return found;
  throw new ScriptProblem(
    `the open modal has no field for a reason; ${listed(
      'it has',
      fieldsOf(view).map((one) => one.label),
    )}`,
  );
}

export type Search = (text: string) => Promise<OptionsResult>;

/**
 * The value the field takes for a text: an option by its label or value, a person or channel by name, yes
 * or no for a single box, a moment in ISO form. Several are separated by commas.
 *
 * @throws ScriptProblem naming what could have been entered
 */
export async function valueFor(
  field: FormField,
  text: string,
  directory: Directory,
  search: Search,
): Promise<unknown> {
  const { element, label } = field;
  const kind = String(element.type);
  if (text === '') return '';
  const each = async (one: (part: string) => unknown): Promise<unknown> => {
    if (!kind.startsWith('multi_') && kind !== 'checkboxes') return one(text);
    return Promise.all(
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map(one),
    );
  };
  if (kind.endsWith('external_select')) return each((part) => searched(field, part, search));
  if (kind === 'checkboxes' && /^(?:yes|no|true|false)$/i.test(text) && optionsOf(element).length === 1)
    return /^(?:yes|true)$/i.test(text);
  if (/static_select|checkboxes|radio_buttons/.test(kind))
    return each((part) => chosen(label, part, optionsOf(element).map(asOffered)));
  if (kind.endsWith('users_select'))
    return each((part) => userId(directory, part) ?? unknownName(label, 'person', part));
  if (/(?:conversations|channels)_select$/.test(kind))
    return each((part) => directory.channelNamed(part)?.id ?? unknownName(label, 'channel', part));
  if (kind === 'datetimepicker') return epochSeconds(label, text);
  if (kind === 'datepicker' && !/^\d{4}-\d{2}-\d{2}$/.test(text))
    throw new ScriptProblem(`"${label}" takes a date like 2026-11-20, not "${text}"`);
  if (kind === 'timepicker' && !/^\d{2}:\d{2}$/.test(text))
    throw new ScriptProblem(`"${label}" takes a time like 09:30, not "${text}"`);
  if (kind === 'file_input') throw new ScriptProblem(`"${label}" takes a file, which a script cannot give`);
  return text;
}

/** By id or name, with or without `@`, in any case. */
export function userId(directory: Directory, name: string): string | undefined {
  const wanted = name.trim().replace(/^@/, '').toLowerCase();
  return directory.users.find((user) => [user.id, user.name].some((one) => one.toLowerCase() === wanted))?.id;
}

interface Offered {
  readonly label: string;
  readonly value: string;
}

const asOffered = (option: Element): Offered => ({
  label: String((option.text as Element | undefined)?.text ?? ''),
  value: String(option.value),
});

/** What the search offers for the text; a single offer is what a person would take. */
async function searched({ label, element }: FormField, text: string, search: Search): Promise<string> {
  // https://docs.slack.dev/reference/block-kit/block-elements: the client asks from three characters on.
  const least = typeof element.min_query_length === 'number' ? element.min_query_length : 3;
  if (text.length < least)
    throw new ScriptProblem(`"${label}" is searched from ${least} characters on, "${text}" has fewer`);
  const result = await search(text);
  if (!result.ok) throw new ScriptProblem(`the search in "${label}" for "${text}" failed: ${result.error}`);
  const [only] = result.options;
  if (only && result.options.length === 1) return only.value;
  return chosen(label, text, result.options);
}

function chosen(label: string, text: string, options: readonly Offered[]): string {
  const wanted = text.trim().toLowerCase();
  const found =
    options.find((option) => [option.label, option.value].some((one) => one.toLowerCase() === wanted)) ??
    options.find((option) => folded(option.label) === folded(text));
  if (found) return found.value;
  throw new ScriptProblem(
    `"${label}" offers no "${text}"; ${listed(
      'it offers',
      options.map((option) => option.label),
    )}`,
  );
}

function epochSeconds(label: string, text: string): number {
  const at = Date.parse(/(?:Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(at))
    throw new ScriptProblem(`"${label}" takes a time like 2026-11-20T18:15:00Z, not "${text}"`);
  return Math.floor(at / 1000);
}

function unknownName(label: string, kind: string, name: string): never {
  throw new ScriptProblem(`"${label}" takes a ${kind}, and the workspace has none called "${name}"`);
}

/** @example listed('it has', ['Reason']) // 'it has "Reason"' */
export function listed(start: string, names: readonly string[]): string {
  const most = 8;
  if (names.length === 0) return `${start} none`;
  const shown = names.slice(0, most).map((name) => `"${name}"`);
  return `${start} ${shown.join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`;
}
