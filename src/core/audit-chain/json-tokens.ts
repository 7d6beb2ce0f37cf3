/** One token of JSON text. Strings keep their quotes and escapes. */
export type JsonToken =
  | { readonly kind: '{' | '}' | '[' | ']' | ',' | ':' }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'literal'; readonly text: string };

/** Reads JSON text token by token; no recursion, so nesting costs nothing. */
export interface JsonTokens {
  /** The next token; `end` after the last one; `malformed` when the text is not JSON from here on. */
  next(): JsonToken | 'end' | 'malformed';
  /** Where the next token is looked for, in UTF-16 code units. */
  readonly position: number;
}

export function jsonTokens(source: string): JsonTokens {
  const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  const literal = /true|false|null/y;
  let at = 0;

  const matched = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined) at += text.length;
    return text;
  };

  const quoted = (): JsonToken | 'malformed' => {
    let end = at + 1;
    while (end < source.length) {
      const character = source.charCodeAt(end);
      if (character === 0x22) break;
      end += character === 0x5c ? 2 : 1;
    }
    if (end >= source.length) return 'malformed';
    const token = source.slice(at, end + 1);
    try {
      const value = JSON.parse(token) as string;
      at = end + 1;
      return { kind: 'string', value };
    } catch {
      return 'malformed';
    }
  };

  return {
    get position() {
      return at;
    },
    next() {
      while (isWhiteSpace(source.charCodeAt(at))) at += 1;
      if (at >= source.length) return 'end';
      const character = source[at];
      switch (character) {
        case '{':
        case '}':
        case '[':
        case ']':
        case ',':
        case ':':
          at += 1;
          return { kind: character };
        case '"':
          return quoted();
        default: {
          const digits = matched(number);
          if (digits !== undefined) return { kind: 'number', text: digits };
          const word = matched(literal);
          return word === undefined ? 'malformed' : { kind: 'literal', text: word };
        }
      }
    },
  };
}

function isWhiteSpace(character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09;
}
