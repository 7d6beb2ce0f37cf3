import type { CommandShape } from './command-catalog.ts';
import { describeArguments, type FieldDescription } from './describe-field.ts';

/** Slack: an option's text and value hold 75 characters, a modal 100 blocks of which a few are ours. */
const longestOption = 75;
const mostArguments = 90;

/**
 * What keeps a command's arguments from being typed or asked for, each with its fix; empty when all is
 * well. The registry stops the start with these.
 */
export function argumentProblems(shape: CommandShape): string[] {
  const fields = describeArguments(shape.args);
  const positionals = shape.positionals ?? [];
  return [
    ...(fields.length > mostArguments
      ? [`args: at most ${mostArguments} fit a modal, there are ${fields.length}`]
      : []),
    ...fields.flatMap(fieldProblems),
    ...duplicates(fields.map((field) => field.flag)).map(
      (flag) => `args: two of them are both typed --${flag}; rename one`,
    ),
    ...duplicates(positionals).map((name) => `positionals: "${name}" is listed twice`),
    ...positionals
      .filter((name) => !fields.some((field) => field.name === name))
      .map((name) => `positionals: there is no argument "${name}"`),
    ...fields.flatMap((field) => restProblems(field, positionals)),
    ...negationProblems(fields),
  ];
}

function fieldProblems(field: FieldDescription): string[] {
  const name = `args.${field.name}`;
  if (!/^[a-z][A-Za-z0-9_]{0,79}$/.test(field.name)) {
    return [`${name}: begin the name with a small letter and use at most 80 letters and digits`];
  }
  if (field.kind === 'unsupported') {
    return [
      `${name}: people cannot type this; use text, a number, a boolean, an enum, isoDate(), isoTime() or a list of those`,
    ];
  }
  const options = (field.item ?? field).options.map(String);
  return [
    ...options
      .filter((option) => option.trim() === '' || option.length > longestOption)
      .map(
        (option) => `${name}: the option "${option.slice(0, 20)}" must have 1 to ${longestOption} characters`,
      ),
    ...duplicates(options).map((option) => `${name}: the option "${option}" is there twice`),
  ];
}

/** A rest or a list takes every word that is left, so nothing can come after it. */
function restProblems(field: FieldDescription, positionals: readonly string[]): string[] {
  const isLast = positionals.at(-1) === field.name;
  if (field.isRest && !isLast) return [`args.${field.name}: "rest" must be the last positional`];
  if (field.kind === 'list' && positionals.includes(field.name) && !isLast) {
    return [`args.${field.name}: a list must be the last positional`];
  }
  return [];
}

function negationProblems(fields: readonly FieldDescription[]): string[] {
  return fields
    .filter((field) => fields.some((other) => other.kind === 'boolean' && `no-${other.flag}` === field.flag))
    .map(
      (field) => `args.${field.name}: --${field.flag} already turns off --${field.flag.slice(3)}; rename it`,
    );
}

function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
