import { nearest } from '../core/parse/nearest.ts';
import type { Path } from './yaml-source.ts';

export interface Finding {
  readonly path: Path;
  readonly message: string;
}

/** Each name that points at nothing. Without `known` nothing can be said. */
export function unknownNames(
  names: readonly string[] | undefined,
  known: readonly string[] | undefined,
  noun: string,
  path: Path,
): Finding[] {
  if (names === undefined || known === undefined) return [];
  return names.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [
          {
            path: [...path, index],
            message: `names the unknown ${noun} "${name}"${suggestion(name, known)}`,
          },
        ],
  );
}

/** `; did you mean "x"?`, or everything there is. */
export function suggestion(name: string, known: readonly string[]): string {
  const [best] = nearest(name, known, 1);
  if (best !== undefined) return `; did you mean "${best}"?`;
  return known.length === 0 ? '; there are none' : `; there are ${known.join(', ')}`;
}
