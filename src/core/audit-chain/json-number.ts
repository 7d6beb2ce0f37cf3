/**
 * The writer canonicalised a JavaScript value, so a number was hashed as the double's own rendering, while
 * the database stores the digits (`jsonb` keeps 1e21 as 1000000000000000000000, and 1.0 as 1.0).
 */
export interface JsonNumber {
  /** What `JSON.stringify` wrote for it. */
  readonly rendered: string;
  /** False when no double prints as this value: digits were stored that no JavaScript program wrote. */
  readonly isDouble: boolean;
}

/** `text` is one JSON number token. */
export function readJsonNumber(text: string): JsonNumber {
  const value = Number(text);
  if (!Number.isFinite(value)) return { rendered: 'null', isDouble: false };
  const rendered = JSON.stringify(value);
  return { rendered, isDouble: rendered === text || decimal(rendered) === decimal(text) };
}

/** Sign, significant digits and power of ten, so that 1.50, 15e-1 and 1.5 are one value. */
function decimal(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return text;
  const fraction = match[3] ?? '';
  const digits = withoutLeadingZeros((match[2] ?? '') + fraction);
  if (digits === '') return '0';
  const significant = withoutTrailingZeros(digits);
  const exponent = Number(match[4] ?? '0') - fraction.length + (digits.length - significant.length);
  return `${match[1]}${significant}e${exponent}`;
}

// Loops and not /0+$/: on a long run of zeros followed by a digit that pattern takes quadratic time.
function withoutLeadingZeros(digits: string): string {
  let start = 0;
  while (digits.charCodeAt(start) === 48) start += 1;
  return digits.slice(start);
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end -= 1;
  return digits.slice(0, end);
}
