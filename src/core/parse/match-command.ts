import { UserMistake } from '../errors.ts';
import { boundedText } from './clean-text.ts';
import { nearest } from './nearest.ts';

export interface CommandMatch {
  readonly command: string;
  /** How many of the words are the command's name. */
  readonly wordCount: number;
}

/**
 * The longest command whose name the words begin with: `incident declare` before `incident`. Case does
 * not matter (phones capitalise), nor does which dash was typed.
 *
 * @throws UserMistake `no_command` without words, `unknown_command` naming the nearest ones.
 * @example matchCommand(['Verify-audit', 'acme'], ['verify-audit']) // { command: 'verify-audit', wordCount: 1 }
 */
export function matchCommand(words: readonly string[], commandNames: readonly string[]): CommandMatch {
  if (words.length === 0) throw new UserMistake('no_command', 'Say which command to run. "help" lists them.');
  const byName = new Map(commandNames.map((name) => [fold(name), name]));
  const longest = Math.max(0, ...commandNames.map((name) => name.split(' ').length));
  for (let wordCount = Math.min(longest, words.length); wordCount > 0; wordCount -= 1) {
    const command = byName.get(fold(words.slice(0, wordCount).join(' ')));
    if (command !== undefined) return { command, wordCount };
  }
  throw new UserMistake('unknown_command', unknownCommand(words, commandNames));
}

function unknownCommand(words: readonly string[], commandNames: readonly string[]): string {
  const first = words[0] ?? '';
  const group = commandNames.filter((name) => fold(name).startsWith(`${fold(first)} `)).sort();
  if (group.length > 0) {
    const listed = quotedList(group.slice(0, 5));
    return words.length === 1
      ? `"${boundedText(first, 60)}" needs one more word. Type one of: ${listed}.`
      : `There is no command "${boundedText(words.slice(0, 2).join(' '), 60)}". Type one of: ${listed}.`;
  }
  const guesses = [1, 2, 3].flatMap((count) =>
    count > words.length
      ? []
      : nearest(
          words.slice(0, count).join(' '),
          commandNames.filter((name) => name.split(' ').length === count),
        ),
  );
  const near = [...new Set(guesses)].slice(0, 3);
  const problem = `There is no command "${boundedText(first, 60)}".`;
  return near.length > 0
    ? `${problem} Did you mean ${quotedList(near)}?`
    : `${problem} "help" lists them all.`;
}

function quotedList(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[‐‑‒–—−]/g, '-');
}
