import { escapeSlackNotation } from './slack-entity.ts';

/** Reads back as itself wherever a word may stand. */
export const plainWord = /^[\p{L}\p{N}_@#.:/+%~][\p{L}\p{N}_@#.:/+%~=?!;*()[\]{}|^$'-]*$/u;

/**
 * A value as it has to be typed to be read as one word, quoted only where it must be: for invocations put
 * together from outside text.
 *
 * @example quoted('acme') // acme
 * @example quoted('say "hi"') // "say \\"hi\\""
 */
export function quoted(text: string, mustQuote = false): string {
  if (!mustQuote && plainWord.test(text)) return text;
  return `"${escapeSlackNotation(text).replace(/[\\"”]/g, '\\$&')}"`;
}
