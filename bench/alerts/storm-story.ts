/**
 * What happens in a storm, before anybody notifies anybody: alerts of several groups that fire and resolve within a given
 * time. Everything else, what is sent and what has to be seen at the end, follows from this list alone.
 */

export type StormSeverity = 'critical' | 'high' | 'warning';

export interface StormAlert {
  readonly alertname: string;
  readonly service: string;
  readonly instance: string;
  readonly severity: StormSeverity;
  /** Milliseconds since the storm began. */
  readonly firesAt: number;
  /** Undefined: it still fires when the storm is over. */
  readonly resolvesAt: number | undefined;
}

export interface StormGroup {
  readonly alertname: string;
  readonly service: string;
  readonly alerts: readonly StormAlert[];
}

const alertnames = ['HighLatency', 'ErrorBudgetBurn', 'PodCrashLooping', 'QueueGrowing', 'TargetDown'];
const services = [
  'payments-api',
  'orders-api',
  'search',
  'ledger',
  'sessions',
  'mailer',
  'catalog',
  'billing',
  'gateway',
  'reports',
];

/** The share of the time in which alerts fire; in the rest some of them resolve. */
const firingShare = 0.75;

/** What becomes of a group: how bad, how bad its later half is, which of its alerts resolve. */
interface Fate {
  readonly severity: StormSeverity;
  readonly later?: StormSeverity;
  readonly resolves: 'all' | 'later' | 'every fourth' | 'none';
}

/** In turn: few of very many are critical, as when a zone goes. */
const fates: readonly Fate[] = [
  { severity: 'warning', resolves: 'all' },
  { severity: 'high', resolves: 'none' },
  { severity: 'warning', resolves: 'every fourth' },
  { severity: 'high', resolves: 'all' },
  { severity: 'critical', resolves: 'every fourth' },
  { severity: 'warning', resolves: 'none' },
  { severity: 'warning', resolves: 'all' },
  // Becomes critical, and is less bad again in the end.
  { severity: 'warning', later: 'critical', resolves: 'later' },
  { severity: 'warning', resolves: 'none' },
  { severity: 'warning', later: 'high', resolves: 'none' },
];

/** @param size.groups at most 50. */
export function stormStory(size: {
  readonly alerts: number;
  readonly groups: number;
  readonly milliseconds: number;
}): StormGroup[] {
  const perGroup = Math.floor(size.alerts / size.groups);
  // Neighbours are of different services.
  const places = alertnames.flatMap((alertname) => services.map((service) => ({ service, alertname })));
  if (size.groups > places.length) throw new Error(`A storm has at most ${places.length} groups`);
  return places.slice(0, size.groups).map((place, group) => {
    // Moved by one for each alert name, so that a service has some of each.
    const fate = fates[(group + Math.floor(group / services.length)) % fates.length]!;
    const alerts = Array.from({ length: perGroup }, (_, index): StormAlert => {
      const isLater = index >= perGroup / 2;
      const endsAt = firingShare + (1 - firingShare) * (index / perGroup);
      return {
        ...place,
        instance: `${place.service}-${index + 1}`,
        severity: (isLater ? fate.later : undefined) ?? fate.severity,
        firesAt: ((index + group / size.groups) / perGroup) * firingShare * size.milliseconds,
        resolvesAt: isResolving(fate, index, isLater) ? endsAt * size.milliseconds : undefined,
      };
    });
    return { ...place, alerts };
  });
}

function isResolving({ resolves }: Fate, index: number, isLater: boolean): boolean {
  if (resolves === 'every fourth') return index % 4 === 0;
  return resolves === 'all' || (resolves === 'later' && isLater);
}
