/** Deeper lines are not indented further: hostile nesting would be all spaces. */
const deepest = 12;

/**
 * JSON with a line for each entry, every token as it came: parsing and writing it anew would change numbers and drop
 * repeated keys. What is not JSON comes back as it is, where it has no brackets or commas outside of quotes.
 */
export function indentedJson(text: string): string {
  if (!/^\s*[[{]/.test(text) || /\n\s/.test(text.slice(0, 200))) return text;
  let depth = 0;
  const line = () => `\n${'  '.repeat(Math.min(depth, deepest))}`;
  // A string, white space outside of strings, brackets around nothing, or one mark.
  return text.replace(/"(?:[^"\\]|\\.)*"?|\s+|\{\s*\}|\[\s*\]|[[\]{},:]/gs, (token) => {
    if (/^[[{].*[\]}]$/s.test(token)) return token;
    switch (token[0]) {
      case '{':
      case '[':
        depth += 1;
        return `${token}${line()}`;
      case '}':
      case ']':
        depth = Math.max(0, depth - 1);
        return `${line()}${token}`;
      case ',':
        return `,${line()}`;
      case ':':
        return ': ';
      default:
        return token.trim() === '' ? '' : token;
    }
  });
}
