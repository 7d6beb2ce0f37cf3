/**
 * How many single slips turn one word into the other: a letter added, dropped, changed, or two
 * neighbours swapped (optimal string alignment). Words are cut at 60 characters to bound the work.
 */
export function slips(from: string, to: string): number {
  const a = [...from.slice(0, 60)];
  const b = [...to.slice(0, 60)];
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + changed);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, beforeLast[column - 2]! + 1);
      }
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}

/**
 * The candidates a person most likely meant, best first; empty when nothing is near.
 *
 * @example nearest('verfiy-audit', ['help', 'verify-audit']) // ['verify-audit']
 */
export function nearest(typed: string, candidates: readonly string[], limit = 3): string[] {
  const wanted = fold(typed);
  if (wanted === '') return [];
  // One slip in a short word, three in a long one: more than that is another word.
  const tolerance = wanted.length <= 3 ? 1 : wanted.length <= 7 ? 2 : 3;
  return candidates
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, fold(candidate)) }))
    .filter(({ distance }) => distance <= tolerance)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

function distanceTo(wanted: string, candidate: string): number {
  if (candidate.startsWith(wanted) || (candidate !== '' && wanted.startsWith(candidate))) return 0.5;
  // `audit` means `verify-audit`.
  if (wanted.length >= 3 && candidate.split(/[ -]/).some((part) => part === wanted)) return 0.75;
  return slips(wanted, candidate);
}

function fold(text: string): string {
  return text.toLowerCase().replace(/[_‐‑–—]/g, '-');
}
