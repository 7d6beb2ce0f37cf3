import type { CommandCatalog } from './command-catalog.ts';
import { describeArguments, type FieldDescription } from './describe-field.ts';
import { plainWord, quoted } from './quoted.ts';
import { escapeSlackNotation } from './slack-entity.ts';

/**
 * The canonical text of an invocation, which {@link parseInvocation} reads back to the same command and
 * input: positionals first, then flags in declared order. Texts must be as `cleanTyped` leaves them,
 * which all input from the parser and the modal is.
 *
 * @throws RangeError when the command is not in the catalog.
 * @example formatInvocation(catalog, 'verify-audit', { tenant: 'acme', full: true }) // 'verify-audit acme --full'
 */
export function formatInvocation(
  catalog: CommandCatalog,
  command: string,
  input: Readonly<Record<string, unknown>>,
): string {
  const shape = catalog.get(command)?.definition;
  if (!shape) throw new RangeError(`There is no command "${command}" to write an invocation of.`);
  const fields = describeArguments(shape.args);
  const words: string[] = [command];
  const written = new Set<string>();
  const positionals = shape.positionals ?? [];
  for (const [index, name] of positionals.entries()) {
    const field = fields.find((candidate) => candidate.name === name);
    const value = input[name];
    // After a gap the next word would be read as the missing one; flags have no such trouble.
    if (!field || !isGiven(value)) break;
    const isLast = index === positionals.length - 1;
    const longerNames = wordCanExtend(catalog, command) && words.length === 1;
    if (Array.isArray(value)) {
      if (!isLast || value.length === 0) break;
      words.push(...value.map((item) => listItem(item, longerNames)));
    } else if (field.isRest && isLast && !longerNames && isPlainLine(String(value)))
      words.push(String(value));
    else words.push(quoted(String(value), longerNames));
    written.add(name);
  }
  for (const field of fields) {
    const value = input[field.name];
    if (!written.has(field.name) && isGiven(value)) words.push(...flags(field, value));
  }
  return words.join(' ');
}

function flags(field: FieldDescription, value: unknown): string[] {
  if (field.kind === 'boolean') return [value === true ? `--${field.flag}` : `--no-${field.flag}`];
  if (!Array.isArray(value)) return [`--${field.flag} ${quoted(String(value))}`];
  if (value.length === 0) return [`--${field.flag} ""`];
  return value.map((item) => `--${field.flag} ${listItem(item, false)}`);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** A first argument `declare` after `incident` would be read as `incident declare`: then it is quoted. */
function wordCanExtend(catalog: CommandCatalog, command: string): boolean {
  return [...catalog.keys()].some((name) => name.toLowerCase().startsWith(`${command.toLowerCase()} `));
}

function listItem(item: unknown, mustQuote: boolean): string {
  const text = String(item);
  if (!mustQuote && plainWord.test(text)) return text;
  return `"${escapeSlackNotation(text).replace(/[\\"”,]/g, '\\$&')}"`;
}

/** Several words that come back exactly as they are without quotes. */
function isPlainLine(text: string): boolean {
  return text.includes(' ') && text.split(' ').every((part) => plainWord.test(part));
}
