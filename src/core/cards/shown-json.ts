import type { Json } from '../../command.ts';

/**
 * JSON as people compare it: keys in order, on one line. Unlike the canonical form it takes any text, also one
 * that could never be signed, because it has to be shown to say so.
 */
export function shownJson(value: Json): string {
  return JSON.stringify(value, (_key, part: Json) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
