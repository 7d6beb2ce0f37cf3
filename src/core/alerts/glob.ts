/** Whether the whole text fits, `*` being any text. Without regard to case; linear in the text, which is from outside. */
export function fitsGlob(glob: string, text: string): boolean {
  const [head = '', ...rest] = glob.toLowerCase().split('*');
  const value = text.toLowerCase();
  const tail = rest.pop();
  if (tail === undefined) return value === head;
  const from = endOfPieces([head, ...rest], value);
  return from !== undefined && value.length - tail.length >= from && value.endsWith(tail);
}

/** The text without the shortest beginning that fits; the whole of it where none does. */
export function withoutPrefix(glob: string, text: string): string {
  const end = endOfPieces(glob.toLowerCase().split('*'), text.toLowerCase());
  return end === undefined ? text : text.slice(end);
}

/** Where the last of the pieces ends when the first begins the text and each is found as early as it can be. */
function endOfPieces([head = '', ...rest]: readonly string[], value: string): number | undefined {
  if (!value.startsWith(head)) return undefined;
  let from = head.length;
  for (const piece of rest) {
    const at = value.indexOf(piece, from);
    if (at < 0) return undefined;
    from = at + piece.length;
  }
  return from;
}
