import type { Silence } from './alert-store.ts';
import type { StoredGroup } from './group.ts';
import { matches } from './route.ts';

/** The silence that hides a group now; of several the one that lasts longest. */
export function silenceFor(group: StoredGroup, silences: readonly Silence[], now: Date): Silence | undefined {
  return silences
    .filter((silence) => isActive(silence, now) && covers(silence, group))
    .sort((one, other) => other.until.getTime() - one.until.getTime())[0];
}

export function isActive({ until, endedAt }: Silence, now: Date): boolean {
  return endedAt === undefined && until.getTime() > now.getTime();
}

export function covers({ group: only, match }: Silence, group: StoredGroup): boolean {
  if (only !== undefined) return only.source === group.source && only.key === group.key;
  return matches(match, group);
}
