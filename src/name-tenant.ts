import type { Pool } from 'pg';
import { matchingTargets } from './core/choose-target.ts';
import { isTenantKnown, saveTenantName } from './postgres/alerts/tenants.ts';
import type { Targets } from './targets/targets.ts';

/** Tenants are renamed seldom; one nobody knew may have been made since. */
const keptHours = 24;
const lookUpMilliseconds = 3_000;

/**
 * Looks up what people call a tenant that an alert names by id: at three in the morning nobody reads a uuid. Asked after the
 * card is posted, which waits for no target.
 * @returns whether it has a name now that it had not before.
 */
export async function nameTenant(
  tenant: string,
  { pool, workspaceId, targets }: { pool: Pool; workspaceId: string; targets: () => Targets },
): Promise<boolean> {
  if (await isTenantKnown(pool, workspaceId, tenant, keptHours)) return false;
  const offers = matchingTargets(targets().offers, 'tenants', undefined);
  const signal = AbortSignal.timeout(lookUpMilliseconds);
  const readings = await Promise.allSettled(
    offers.map(({ name }) => targets().client('tenants', name, undefined, signal).tenants.find(tenant)),
  );
  const found = readings.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []));
  // Whoever could not be asked may know it: asked again with the next alert.
  if (found.length === 0 && readings.some(({ status }) => status === 'rejected')) return false;
  const names = new Set(found.filter(({ id }) => id === tenant).map(({ slug }) => slug));
  // Two systems that call it differently call it nothing that can be shown.
  const name = names.size === 1 ? [...names][0] : undefined;
  await saveTenantName(pool, workspaceId, tenant, name);
  return name !== undefined;
}
