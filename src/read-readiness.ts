import type { TargetKind } from './command.ts';
import type { Targets } from './targets/targets.ts';

/** Something that keeps a target from being called ready. */
export interface NotReady {
  readonly sentence: string;
  /** It could not be read; else it was seen not to be well. */
  readonly isUnknown: boolean;
}

/** What keeps a target from being ready, by its health and readiness now; empty: nothing that can be looked at. */
export async function readinessOf(
  target: string,
  targets: Targets,
  signal: AbortSignal,
): Promise<readonly NotReady[]> {
  const problems: NotReady[] = [];
  if (offers(targets, target, 'health')) {
    for (const check of await targets.client('health', target).health.check(signal)) {
      if (check.status === 'up') continue;
      const failing = check.failing.length === 0 ? '' : `, ${check.failing.join(', ')}`;
      problems.push({
        sentence: `${target} ${check.service} ${check.path} is ${check.status} (${check.answer}${failing})`,
        isUnknown: check.status === 'unknown',
      });
    }
    return problems;
  }
  if (!offers(targets, target, 'releases')) return problems;
  const seen = await targets.client('releases', target).releases.readiness();
  if (!seen.isSeen) {
    problems.push({ sentence: `Whether ${target} is ready is unknown: ${seen.why}`, isUnknown: true });
  } else if (!seen.value.isReady) {
    const failing = seen.value.failing.join(', ');
    problems.push({
      sentence: `${target} is not ready${failing === '' ? '' : `: ${failing}`}`,
      isUnknown: false,
    });
  }
  return problems;
}

export function offers(targets: Targets, name: string, kind: TargetKind): boolean {
  return targets.offers.some((offer) => offer.name === name && offer.kinds.includes(kind));
}
