import { z } from 'zod';
import type { TenantDirectory, TenantRef } from '../../command.ts';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { slips } from '../../core/parse/nearest.ts';
import { endpoint, filledPath } from './endpoint.ts';
import type { HttpClient } from './http-target.ts';
import { pathSegment, withQuery } from './path.ts';

/** The `tenants:` block: where tenants are looked up. `{}` means every default. */
export const tenantsConfigSchema = z.strictObject({
  endpoints: z
    .strictObject({
      find: endpoint('GET /api/tenants/:id'),
      search: endpoint('GET /api/tenants'),
    })
    .prefault({}),
});

export type TenantsConfig = DeepReadonly<z.output<typeof tenantsConfigSchema>>;

const tenant = z
  .object({ id: z.string().min(1), slug: z.string().min(1), name: z.string() })
  .transform(({ id, slug, name }): TenantRef => ({ id, slug, name }));

const searchAnswer = z.object({ tenants: z.array(tenant) });

/** For typos every slug is compared; past this many tenants only those the target lists first are. */
const comparedTenants = 1_000;

/** The tenants a target's HTTP interface knows. */
export function createHttpTenants(http: HttpClient, { endpoints }: TenantsConfig): TenantDirectory {
  const list = async (search: string, limit: number): Promise<TenantRef[]> =>
    (await http.get(withQuery(filledPath(endpoints.search), { search, limit }), searchAnswer)).tenants;

  return {
    async find(typed) {
      if (pathSegment(typed) === undefined) return undefined;
      const found = await http.maybeGet(filledPath(endpoints.find, { id: typed }), tenant);
      if (found === undefined) return undefined;
      // A target that finds by part of a name must not decide which tenant is meant.
      const isExact = found.id === typed || found.slug.toLowerCase() === typed.toLowerCase();
      return isExact ? found : undefined;
    },
    async search(text, limit) {
      const wanted = text.trim();
      const containing = ranked(wanted, await list(wanted, limit)).slice(0, limit);
      if (containing.length >= limit || wanted === '') return containing;
      const found = new Set(containing.map(({ id }) => id));
      const near = (await list('', comparedTenants))
        .filter(({ id }) => !found.has(id))
        .map((one) => ({ one, distance: slips(wanted.toLowerCase(), one.slug.toLowerCase()) }))
        .filter(({ distance }) => distance <= Math.max(2, Math.floor(wanted.length / 3)))
        .sort((left, right) => left.distance - right.distance)
        .map(({ one }) => one);
      return [...containing, ...near].slice(0, limit);
    },
  };
}

/** The slug itself first, then slugs that begin so; otherwise in the target's order. */
function ranked(wanted: string, tenants: readonly TenantRef[]): TenantRef[] {
  const typed = wanted.toLowerCase();
  const rank = ({ id, slug }: TenantRef): number => {
    if (slug.toLowerCase() === typed || id === wanted) return 0;
    return slug.toLowerCase().startsWith(typed) ? 1 : 2;
  };
  return [...tenants].sort((left, right) => rank(left) - rank(right));
}
