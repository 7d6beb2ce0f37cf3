import type { AlertSettings } from './alert-settings.ts';

/** More are never asked about. */
const mostKept = 50;

/** The times a group went between firing and resolved, the newest last, with one more. */
export function withFlip(flips: readonly Date[], at: Date): readonly Date[] {
  return [...flips, at].slice(-mostKept);
}

/** It has changed so often lately that each change alone is no news. */
export function isFlappingNow(
  flips: readonly Date[],
  at: Date,
  { changes, withinMinutes }: AlertSettings['flapping'],
): boolean {
  const since = at.getTime() - withinMinutes * 60_000;
  return flips.filter((flip) => flip.getTime() > since).length >= changes;
}
