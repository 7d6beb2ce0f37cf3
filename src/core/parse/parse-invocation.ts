import { UserMistake } from '../errors.ts';
import type { CommandCatalog, CommandShape } from './command-catalog.ts';
import { flagName } from './describe-field.ts';
import { takeIncident } from './incident-flag.ts';
import { matchCommand } from './match-command.ts';
import { type ReadWords, readArguments } from './read-arguments.ts';
import { type Token, tokenize, type Word } from './tokenize.ts';

export type { ArgumentProblem } from './read-arguments.ts';

export interface Invocation extends ReadWords {
  readonly command: string;
  /** `--plan`, which every command that changes something takes: show what would happen, ask nothing. */
  readonly isPlanOnly: boolean;
  /** `--incident i-…`, which every command takes that has no argument of that name. */
  readonly incidentId?: string;
}

/**
 * Reads one invocation, from wherever it comes: a slash command, a mention, a button, the command line.
 *
 * @throws UserMistake when no command can be made out: `no_command`, `unknown_command`,
 *   `text_too_long`, `unterminated_quote`. Everything about arguments is in `missing` and `problems`.
 * @example parseInvocation('verify-audit acme --full', catalog)
 *   // { command: 'verify-audit', input: { tenant: 'acme', full: true }, missing: [], problems: [] }
 */
export function parseInvocation(text: string, catalog: CommandCatalog): Invocation {
  return parseTokens(tokenize(text), catalog);
}

/** The same for words a shell has already split. A word is taken as it is; `--` flags work as typed. */
export function parseTokens(tokens: readonly Token[], catalog: CommandCatalog): Invocation {
  const leading = tokens.slice(0, leadingWords(tokens)) as Word[];
  const { command, wordCount } = nameOf(leading, tokens, catalog);
  const shape = catalog.get(command)?.definition as CommandShape;
  const { incidentId, tokens: words, problems } = takeIncident(shape, tokens.slice(wordCount));
  const others = takesPlanFlag(shape) ? words.filter((token) => !isPlanFlag(token)) : words;
  const read = readArguments(shape, others);
  return {
    command,
    isPlanOnly: others.length < words.length,
    ...(incidentId === undefined ? {} : { incidentId }),
    ...read,
    problems: [...problems, ...read.problems],
  };
}

function isPlanFlag(token: Token): boolean {
  return token.kind === 'flag' && token.value === undefined && flagName(token.name) === 'plan';
}

/** A command with an argument of that name keeps it. */
function takesPlanFlag({ risk, args }: CommandShape): boolean {
  return risk !== undefined && risk !== 'read' && !('plan' in args.shape);
}

function nameOf(leading: readonly Word[], tokens: readonly Token[], catalog: CommandCatalog) {
  if (leading.length === 0 && tokens.length === 0 && catalog.has('help'))
    return { command: 'help', wordCount: 0 };
  if (leading.length === 0 && tokens.length > 0) {
    throw new UserMistake('no_command', 'Begin with the name of a command. "help" lists them.');
  }
  return matchCommand(
    leading.map((word) => word.text),
    [...catalog.keys()],
  );
}

function leadingWords(tokens: readonly Token[]): number {
  const end = tokens.findIndex((token) => token.kind === 'flag' || token.isQuoted);
  return end < 0 ? tokens.length : end;
}
