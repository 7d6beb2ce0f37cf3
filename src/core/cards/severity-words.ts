import type { Severity } from '../alerts/severity.ts';

/** Shape and word together: neither colour nor a screen reader's pronunciation of a shape is needed to tell them apart. */
export interface Mark {
  readonly shape: string;
  readonly word: string;
}

export const severityMarks: Readonly<Record<Severity, Mark>> = {
  critical: { shape: '⛔', word: 'CRITICAL' },
  high: { shape: '▲', word: 'HIGH' },
  warning: { shape: '●', word: 'WARNING' },
  info: { shape: '○', word: 'INFO' },
};
export const resolvedMark: Mark = { shape: '✓', word: 'RESOLVED' };

/** @example marked(severityMarks.high) // '▲ HIGH' */
export function marked({ shape, word }: Mark): string {
  return `${shape} ${word}`;
}
