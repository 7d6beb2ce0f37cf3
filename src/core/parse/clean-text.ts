/**
 * What people see is what must run and what must be shown: characters without a glyph of their own
 * (bidi overrides, zero-width spaces, control codes) let one text look like another ("Trojan Source",
 * CVE-2021-42574), and escape sequences drive a terminal.
 */

const lineBreaks = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;
/** Tabs and every Unicode space, the non-breaking ones that phones insert among them. */
const spaces = /[\t\p{Zs}]/gu;
/** C0 and C1 controls except the newline, bidi marks, embeddings, overrides and isolates, and whatever else has no glyph. */
const unseen =
  /(?!\n)[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Typed text as the parser reads it: composed (NFC), well-formed, only `\n` and plain spaces as white
 * space, nothing invisible. Cleaning twice changes nothing more.
 */
export function cleanTyped(text: string): string {
  return text
    .toWellFormed()
    .replace(lineBreaks, '\n')
    .replace(spaces, ' ')
    .replace(unseen, '')
    .normalize('NFC');
}

/** Zero-width joiners and emoji presentation stay in what is only shown: Persian words and emoji need them. */
const unseenInDisplay =
  /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]|(?!\u200c|\u200d|\ufe0e|\ufe0f)\p{Default_Ignorable_Code_Point}/gu;

/**
 * Outside text as it is shown on one line: line breaks and tabs are spaces, every other unseen character
 * is a visible `�`, so that `admin` and `admin` with something hidden in it do not look the same.
 */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\r\n]+|[\t\v\f\u0085\u2028\u2029]/g, ' ')
    .replace(unseenInDisplay, '\ufffd');
}

/**
 * At most `limit` UTF-16 units, as Slack counts, ending in `…` when something was cut; never half a
 * surrogate pair. Long texts are cut before they are scanned.
 */
export function boundedText(text: string, limit: number): string {
  const visible = visibleText(text.length > limit + 1 ? text.slice(0, limit + 1) : text);
  if (visible.length <= limit && text.length <= limit + 1) return visible;
  if (limit < 1) return '';
  return `${visible.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
