import type { Pointer, Step } from './json-pointer.ts';
import { isObject } from './lenient.ts';
import type { Mapping } from './mapping-schema.ts';

/** The places of a body that a mapping reads. */
interface Branch {
  readonly keys: Map<string, Branch>;
  /** Of each item of a list. */
  every?: Branch;
  isRead: boolean;
  /** With everything in it. */
  isWhole: boolean;
}

type Part = Step | 'each item';

/**
 * A body without what the mapping does not read, for sources that send passwords along. Lists keep their length and
 * order, so that it reads the same.
 */
export function onlyMapped(mapping: Mapping, body: unknown): unknown {
  const root = branch();
  const toAlert: readonly Part[] = mapping.each === undefined ? [] : [...mapping.each.steps, 'each item'];
  for (const { pointer, isWhole } of pointersIn(mapping)) {
    const isOfBody = pointer.fromBody || pointer === mapping.each;
    const end = follow(root, [...(isOfBody ? [] : toAlert), ...pointer.steps]);
    end.isRead = true;
    if (isWhole) end.isWhole = true;
  }
  // `deliveryId` and `sentAt` are the body's, also where its alerts are a list.
  for (const { pointer } of pointersIn([mapping.deliveryId, mapping.sentAt])) {
    follow(root, pointer.steps).isRead = true;
  }
  return pruned(body, root);
}

function branch(): Branch {
  return { keys: new Map(), isRead: false, isWhole: false };
}

function follow(from: Branch, parts: readonly Part[]): Branch {
  let at = from;
  for (const part of parts) {
    if (part !== 'each item' && 'key' in part) {
      let next = at.keys.get(part.key);
      if (next === undefined) {
        next = branch();
        at.keys.set(part.key, next);
      }
      at = next;
    } else {
      at.every ??= branch();
      at = at.every;
      if (part !== 'each item') follow(at, [{ key: part.where }]).isRead = true;
    }
  }
  return at;
}

function pruned(value: unknown, at: Branch | undefined): unknown {
  if (at === undefined) return null;
  if (at.isWhole) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => pruned(item, both(at.every, at.keys.get(String(index)))));
  }
  if (!isObject(value)) return at.isRead ? value : null;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => {
      const next = at.keys.get(key);
      return next === undefined ? [] : [[key, pruned(child, next)]];
    }),
  );
}

function both(one: Branch | undefined, other: Branch | undefined): Branch | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const keys = new Map(one.keys);
  for (const [key, child] of other.keys) keys.set(key, both(keys.get(key), child)!);
  const every = both(one.every, other.every);
  return {
    keys,
    ...(every === undefined ? {} : { every }),
    isRead: one.isRead || other.isRead,
    isWhole: one.isWhole || other.isWhole,
  };
}

/** Every pointer anywhere in a mapping; those of `labelsFrom` take what they point to as a whole. */
function* pointersIn(part: unknown, isWhole = false): Generator<{ pointer: Pointer; isWhole: boolean }> {
  if (Array.isArray(part)) {
    for (const item of part) yield* pointersIn(item, isWhole);
  } else if (isPointer(part)) {
    yield { pointer: part, isWhole };
  } else if (isObject(part)) {
    for (const [key, child] of Object.entries(part))
      yield* pointersIn(child, isWhole || key === 'labelsFrom');
  }
}

function isPointer(value: unknown): value is Pointer {
  return isObject(value) && Array.isArray(value.steps) && typeof value.fromBody === 'boolean';
}
