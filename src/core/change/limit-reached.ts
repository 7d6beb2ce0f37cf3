import { limitReachedReason } from '../policy/limit.ts';
import type { Run } from '../run.ts';
import type { Transaction } from '../store.ts';
import type { Standing } from './standing.ts';

/** Why a run may not begin just now, when its rule's `limit` is used up. */
export async function reachedLimit(
  run: Run,
  { limit, rule }: Standing['authorization'],
  transaction: Transaction,
  now: Date,
): Promise<string | undefined> {
  if (limit === undefined || rule === undefined) return undefined;
  const { count, freeAt = now } = await transaction.countStarted(run, limit);
  if (count < limit.count) return undefined;
  return limitReachedReason({ command: run.command, rulePosition: rule.position, limit, freeAt, now });
}
