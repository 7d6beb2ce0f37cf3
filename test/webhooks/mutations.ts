import type { ParsedDelivery } from '../../src/core/alerts/signal.ts';
import {
  type RawDelivery,
  type SourceIdentity,
  type SourceKind,
  UnreadableDelivery,
} from '../../src/webhooks/source-kind.ts';
import fc from '../support/properties.ts';

/** Where something stands in a JSON document. */
type Path = readonly (string | number)[];

function pathsOf(json: unknown, at: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return [at];
  const below = Object.entries(json).flatMap(([key, value]) =>
    pathsOf(value, [...at, Array.isArray(json) ? Number(key) : key]),
  );
  return [at, ...below];
}

function replaced(json: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(json))
    return json.map((one, index) => (index === key ? replaced(one, rest, value) : one));
  const copy: Record<string, unknown> = { ...(json as object) };
  if (rest.length === 0 && value === undefined) delete copy[key];
  else copy[key] = replaced(copy[key], rest, value);
  return copy;
}

/** The document with up to four of its values taken away or made into anything. */
export function mutationsOf(json: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(json);
  const change = fc.tuple(fc.constantFrom(...paths), fc.oneof(fc.constant(undefined), fc.jsonValue()));
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((made, [path, value]) => mutated(made, path, value), json));
}

function mutated(json: unknown, path: Path, value: unknown): unknown {
  // An earlier change may have taken the place of what the path led through.
  const isThere = path.slice(0, -1).every((_, index) => {
    const parent = path
      .slice(0, index + 1)
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], json);
    return typeof parent === 'object' && parent !== null;
  });
  return isThere && typeof json === 'object' && json !== null ? replaced(json, path, value) : json;
}

/** Undefined where it was refused in the one way a body may be. */
export function parsedOrRefused<Options>(
  kind: SourceKind<Options>,
  json: unknown,
  delivery: RawDelivery,
  source: SourceIdentity<Options>,
): ParsedDelivery | undefined {
  try {
    return kind.parse(json, delivery, source);
  } catch (error) {
    if (error instanceof UnreadableDelivery) return undefined;
    throw error;
  }
}
