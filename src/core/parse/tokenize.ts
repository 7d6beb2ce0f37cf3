import { UserMistake } from '../errors.ts';
import { cleanTyped } from './clean-text.ts';
import { maybeSlackEntity, maybeSlackEscape, type SlackEntity } from './slack-entity.ts';

/** One word of an invocation, quotes and escapes resolved. */
export interface Word {
  readonly kind: 'word';
  readonly text: string;
  /** As typed, quotes and backslashes kept, for arguments that take the rest of the line. */
  readonly raw: string;
  /** `text` cut at its commas; `\,` is a comma that does not cut. */
  readonly parts: readonly string[];
  /** True when any of it was quoted: it is then never taken for a command's name. */
  readonly isQuoted: boolean;
  /** Set when the word is exactly one mention, channel or link. */
  readonly entity: SlackEntity | undefined;
}

/** `--name`, or `--name=value` with `value` set. */
export interface Flag {
  readonly kind: 'flag';
  readonly name: string;
  readonly value: Word | undefined;
}

export type Token = Word | Flag;

/** Slack itself accepts longer messages; nobody types more into a command by hand. */
export const longestInvocationCharacters = 4000;

/** Closing marks per opening mark. Phones mix straight and curly ones, so either closes the other. */
const closers: Readonly<Record<string, string>> = {
  '"': '"”',
  '“': '”“"',
  '”': '”"',
  '„': '“”"',
  '«': '»',
  '»': '«',
  "'": "'’",
  '‘': "’'",
  '’': "’'",
};
const apostrophes = "'’";
const escapable = /[\\"'“”„«»‘’,\s<>&‐-―−-]/;
const wordCharacter = /^[\p{L}\p{N}_]/u;

/** `--full`, and what phones make of it: `—full`, `–full`. A dash inside a word stays as it is. */
const flagStart = /(?:--|[-]*[–—‒―−][-–—‒―−]*)([A-Za-z][A-Za-z0-9_]*(?:[-‐‑–—]+[A-Za-z0-9_]+)*)(?=[\s=]|$)/y;

/**
 * Splits what a person typed (Slack text, or text from `formatInvocation`) into words and flags.
 *
 * @throws UserMistake `text_too_long` past 4,000 characters, `unterminated_quote` naming the position.
 * @example tokenize('verify-audit acme —full') // word verify-audit, word acme, flag full
 */
export function tokenize(text: string): Token[] {
  if (text.length > longestInvocationCharacters) {
    throw new UserMistake(
      'text_too_long',
      `That is ${text.length} characters long; a command may have ${longestInvocationCharacters}. Shorten it.`,
    );
  }
  const source = cleanTyped(text);
  const tokens: Token[] = [];
  let position = 0;
  let areFlagsOver = false;
  for (;;) {
    while (/\s/.test(source[position] ?? '')) position += 1;
    if (position >= source.length) return tokens;
    if (!areFlagsOver && /^--(?:\s|$)/.test(source.slice(position, position + 3))) {
      areFlagsOver = true;
      position += 2;
      continue;
    }
    flagStart.lastIndex = position;
    const flag = areFlagsOver ? null : flagStart.exec(source);
    if (flag?.[1]) {
      const name = flag[1].replace(/[‐‑–—]/g, '-');
      position += flag[0].length;
      if (source[position] === '=') {
        const { word, end } = readWord(source, position + 1);
        tokens.push({ kind: 'flag', name, value: word });
        position = end;
      } else tokens.push({ kind: 'flag', name, value: undefined });
      continue;
    }
    const { word, end } = readWord(source, position);
    tokens.push(word);
    position = end;
  }
}

function readWord(source: string, start: number): { word: Word; end: number } {
  let text = '';
  let raw = '';
  const parts: string[] = [''];
  let entity: SlackEntity | undefined;
  let isWhole = false;
  let isQuoted = false;
  let quote: { mark: string; at: number; textAt: number } | undefined;
  let position = start;

  const add = (decoded: string, shown: string, length: number, isLiteral: boolean) => {
    text += decoded;
    raw += shown;
    if (decoded === ',' && !isLiteral) parts.push('');
    else parts.push((parts.pop() ?? '') + decoded);
    position += length;
  };

  while (position < source.length) {
    const character = source[position] ?? '';
    const next = source[position + 1] ?? '';
    if (!quote && /\s/.test(character)) break;
    if (!quote && position === start && closers[character] !== undefined) {
      quote = { mark: character, at: position, textAt: text.length };
      isQuoted = true;
      raw += character;
      position += 1;
      continue;
    }
    if (quote && isClosing(quote.mark, character, source.slice(position + 1, position + 3))) {
      if ('«»'.includes(quote.mark)) {
        // French quotation marks carry a space inside on each side: « like this ».
        text = text.trim();
        parts.splice(0, parts.length, ...parts.map((part) => part.trim()));
      }
      quote = undefined;
      raw += character;
      position += 1;
      continue;
    }
    if (character === '\\' && escapable.test(next)) {
      add(next, `\\${next}`, 2, true);
      continue;
    }
    const found = character === '<' ? maybeSlackEntity(source, position) : undefined;
    if (found) {
      isWhole = text === '';
      entity = found;
      add(found.text, found.text, found.length, true);
      continue;
    }
    const literal = character === '&' ? maybeSlackEscape(source, position) : undefined;
    if (literal) add(literal.text, literal.text, literal.length, true);
    else add(character, character, 1, false);
  }
  if (quote) {
    const begun = source.slice(quote.at, quote.at + 20);
    throw new UserMistake(
      'unterminated_quote',
      `The quote that opens at character ${quote.at + 1} (${begun}${source.length > quote.at + 20 ? '…' : ''}) is never closed. Close it, or put a backslash before it.`,
    );
  }
  const isOnlyEntity = entity !== undefined && isWhole && text === entity.text;
  return {
    word: { kind: 'word', text, raw, parts, isQuoted, entity: isOnlyEntity ? entity : undefined },
    end: position,
  };
}

/** An apostrophe between letters ('don't panic') does not close a single quote. */
function isClosing(mark: string, character: string, following: string): boolean {
  if (!closers[mark]?.includes(character)) return false;
  return !apostrophes.includes(character) || !wordCharacter.test(following);
}
