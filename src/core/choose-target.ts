import type { TargetInfo, TargetKind } from '../command.ts';
import { Refusal } from './errors.ts';

/** A configured target and what it can serve. */
export interface TargetOffer extends TargetInfo {
  readonly kinds: readonly TargetKind[];
}

/** The targets that could serve a command; `named` narrows to one of that name. */
export function matchingTargets(
  offers: readonly TargetOffer[],
  needs: TargetKind,
  named: string | undefined,
): TargetOffer[] {
  return offers.filter(
    (offer) => offer.kinds.includes(needs) && (named === undefined || offer.name === named),
  );
}

/**
 * The one target a command runs against.
 * @throws Refusal `no_target` when none matches, `several_targets` when it has to be asked which.
 */
export function chooseTarget(
  offers: readonly TargetOffer[],
  needs: TargetKind,
  named: string | undefined,
): TargetOffer {
  const matches = matchingTargets(offers, needs, named);
  if (matches.length === 1) return matches[0]!;
  const able = matchingTargets(offers, needs, undefined);
  if (matches.length > 1) {
    throw new Refusal(
      'several_targets',
      `Several targets could serve this: ${able.map(describe).join(', ')}. Add --target and one of these names.`,
    );
  }
  if (named !== undefined && offers.some((offer) => offer.name === named)) {
    throw new Refusal(
      'no_target',
      `Target "${named}" is configured, but not for this kind of command (it needs "${needs}").`,
    );
  }
  throw new Refusal(
    'no_target',
    named === undefined
      ? `No target is configured for this kind of command. Add one that serves "${needs}" under targets: in the configuration.`
      : `There is no target "${named}". ${able.length === 0 ? `None is configured for "${needs}".` : `Known: ${able.map(describe).join(', ')}.`}`,
  );
}

function describe(target: TargetInfo): string {
  return `${target.name} (${target.environment})`;
}
