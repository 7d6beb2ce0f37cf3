import type { CommandShape } from './command-catalog.ts';
import { describeArguments, type FieldDescription } from './describe-field.ts';

/** Longer lists of values are shown by name only; the modal and `explain` list them. */
const longestOptionList = 40;

/**
 * One line that shows how to type the command.
 *
 * @example usage('verify-audit', definition) // 'verify-audit <tenant> [--target TARGET] [--full]'
 */
export function usage(command: string, shape: CommandShape): string {
  const fields = describeArguments(shape.args).filter(({ metadata }) => metadata.isHidden !== true);
  const positionals = (shape.positionals ?? []).flatMap((name) =>
    fields.filter((field) => field.name === name),
  );
  const others = fields.filter((field) => !positionals.includes(field));
  return [command, ...positionals.map(positional), ...others.map(flag)].join(' ');
}

function positional(field: FieldDescription): string {
  const dots = field.isRest || field.kind === 'list' ? '…' : '';
  return field.isRequired ? `<${field.flag}${dots}>` : `[${field.flag}${dots}]`;
}

function flag(field: FieldDescription): string {
  const text =
    field.kind === 'boolean'
      ? `--${field.default === true ? 'no-' : ''}${field.flag}`
      : `--${field.flag} ${valueName(field)}${field.kind === 'list' ? '…' : ''}`;
  return field.isRequired && field.kind !== 'boolean' ? text : `[${text}]`;
}

function valueName(field: FieldDescription): string {
  const options = (field.item ?? field).options.map(String).join('|');
  if (options !== '' && options.length <= longestOptionList) return options;
  if ((field.item ?? field).kind === 'date') return 'YYYY-MM-DD';
  return field.flag.toUpperCase();
}
