/**
 * What a renderer could take for markup in a line: the marks that no backslash and no code span disarms, by the rules of
 * https://spec.commonmark.org/0.31.2 and https://github.github.com/gfm. It knows nothing of how the line was written.
 */
export function marksIn(line: string): string {
  const rest = withoutInline(line);
  const begins =
    /^\s*(?:#{1,6}(?=\s|$)|[-+](?=\s|$)|\d{1,9}[.)](?=\s|$)|>|=+\s*$|-{3,}\s*$|:?-+:?\s*\|)/.exec(rest)?.[0];
  const marks = [
    ...rest.matchAll(/[*[\]<>|~`]|&(?:#\d+|#x[\da-f]+|\w+);|:\/\/|www\.|\S@\S|@\w|mailto:/gi),
    ...rest.matchAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g),
  ].map(([mark]) => mark);
  // A row is cut into cells before anything else is read: a bare bar ends a cell also inside code.
  const cells = line.startsWith('|') ? line.match(/(?<!\\)\|/g)!.length : '';
  return [cells, begins?.trim().replace(/\d+/, '1') ?? '', ...marks.sort()].join('');
}

/** The line without escaped characters and code spans. */
function withoutInline(line: string): string {
  let rest = '';
  let index = 0;
  while (index < line.length) {
    const next = line[index]!;
    if (next === '\\' && /[!-/:-@[-`{-~]/.test(line[index + 1] ?? '')) {
      rest += 'x';
      index += 2;
    } else if (next === '`') {
      const run = /^`+/.exec(line.slice(index))![0];
      const end = closing(line, index + run.length, run.length);
      rest += end === undefined ? run : 'x';
      index = end ?? index + run.length;
    } else {
      rest += next;
      index += 1;
    }
  }
  return rest;
}

/** Where the code span ends: behind a run of exactly as many backticks. */
function closing(line: string, from: number, length: number): number | undefined {
  for (const run of line.slice(from).matchAll(/`+/g)) {
    if (run[0].length === length) return from + run.index + length;
  }
  return undefined;
}
