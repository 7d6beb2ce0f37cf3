/** One line of the table `npm run bench` prints. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The bound it must keep, in words; undefined for figures printed for reading only. */
  readonly bound: string | undefined;
  readonly isWithinBound: boolean | undefined;
}

export function reading(name: string, value: number, unit: string): Figure {
  return { name, value, unit, bound: undefined, isWithinBound: undefined };
}

export function bounded(
  name: string,
  value: number,
  unit: string,
  bound: string,
  isWithinBound: boolean,
): Figure {
  return { name, value, unit, bound, isWithinBound };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Nearest rank. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

export function printFigures(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`);
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, unit, bound, isWithinBound } of figures) {
    const shown = value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2);
    const verdict = bound === undefined ? '' : `  ${isWithinBound ? '✓' : '✗'} wanted ${bound}`;
    console.log(`  ${name.padEnd(width)}  ${shown.padStart(9)} ${unit.padEnd(6)}${verdict}`);
  }
}
