import type { Json, JsonObject } from '../../command.ts';
import { canonical } from '../ledger/entry.ts';
import type { StoredPlan } from '../run.ts';

export interface SignedDifference {
  /** `shrunk`: part of what was signed and nothing else. */
  readonly kind: 'same' | 'shrunk' | 'different';
  /** What is wider or other than signed, one line each: `status: "active" → "suspended"`. */
  readonly changes: readonly string[];
}

/** More would not be read, and the first says enough. */
const mostChanges = 8;

/**
 * Holds a plan made now against the one that was signed. Lists may lose items, and a number that counts a list
 * beside it may fall with it; effects may go away. Everything else has to be the same: what is wider or different
 * was never signed.
 */
export function signedDifference(
  signed: Pick<StoredPlan, 'data' | 'effects'>,
  now: Pick<StoredPlan, 'data' | 'effects'>,
): SignedDifference {
  const changes: string[] = [];
  const hasShrunk = compare(signed.data, now.data, '', changes) || now.effects.length < signed.effects.length;
  const calls = new Map(signed.effects.map(({ step, call }) => [step, canonical(call)]));
  for (const { step, call, summary } of now.effects) {
    const before = calls.get(step);
    if (before === undefined) changes.push(`one more call than signed: ${summary}`);
    else if (before !== canonical(call) && !isLess(signed.effects, step, call)) {
      changes.push(`another call than signed: ${summary}`);
    }
  }
  if (changes.length > mostChanges) {
    changes.splice(mostChanges - 1, changes.length, `… and ${changes.length - mostChanges + 1} more`);
  }
  return { kind: changes.length > 0 ? 'different' : hasShrunk ? 'shrunk' : 'same', changes };
}

/** One call may carry a list of ids: with fewer of them it is part of what was signed. */
function isLess(signed: StoredPlan['effects'], step: string, call: JsonObject): boolean {
  const before = signed.find((effect) => effect.step === step)!;
  const changes: string[] = [];
  compare(before.call, call, '', changes);
  return changes.length === 0;
}

/** @returns whether `now` is less than `signed`; what is not part of it is added to `changes`. */
function compare(signed: Json, now: Json, where: string, changes: string[]): boolean {
  if (canonical(signed) === canonical(now)) return false;
  if (isList(signed) && isList(now)) {
    const left = counted(signed);
    const extra = now.filter((item) => {
      const key = canonical(item);
      const count = left.get(key) ?? 0;
      left.set(key, count - 1);
      return count <= 0;
    });
    if (extra.length > 0) {
      changes.push(`${where || 'the list'}: ${extra.length} more than signed, such as ${shown(extra[0]!)}`);
    }
    return now.length < signed.length;
  }
  if (isObject(signed) && isObject(now)) {
    let hasShrunk = false;
    for (const key of new Set([...Object.keys(signed), ...Object.keys(now)])) {
      const path = where === '' ? key : `${where}.${key}`;
      const [before, after] = [signed[key], now[key]];
      if (before === undefined || after === undefined) {
        changes.push(`${path}: ${shown(before)} → ${shown(after)}`);
      } else if (!countsAList(signed, before, now, after)) {
        hasShrunk = compare(before, after, path, changes) || hasShrunk;
      }
    }
    return hasShrunk;
  }
  changes.push(`${where || 'the plan'}: ${shown(signed)} → ${shown(now)}`);
  return false;
}

/** `count: 240` beside 240 ids falls to 238 with them. */
function countsAList(signed: JsonObject, before: Json, now: JsonObject, after: Json): boolean {
  return Object.keys(signed).some((key) => {
    const [listBefore, listNow] = [signed[key], now[key]];
    return isList(listBefore) && isList(listNow) && listBefore.length === before && listNow.length === after;
  });
}

function counted(list: readonly Json[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of list) counts.set(canonical(item), (counts.get(canonical(item)) ?? 0) + 1);
  return counts;
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
