import { z } from 'zod';
import type { Rms } from '../../sandbox/targets/rms/server.ts';

const found = z.object({
  tenants: z.array(z.object({ id: z.string(), slug: z.string(), status: z.string() })),
});

/** Brings a tenant of rms to a state, beside the bot: whatever an earlier test left. */
export async function putTenant(rms: Rms, slug: string, status: 'active' | 'suspended'): Promise<void> {
  const tenant = found
    .parse(await call(rms, 'GET', `/api/tenants?search=${slug}`))
    .tenants.find((one) => one.slug === slug);
  if (tenant === undefined) throw new Error(`rms has no tenant "${slug}"`);
  const at = `/api/tenants/${tenant.id}`;
  if (tenant.status === status) return;
  if (status === 'suspended') await call(rms, 'PATCH', `${at}/suspend`, { reason: 'put there by a test' });
  else {
    await call(rms, 'PATCH', `${at}/activate`, {});
    await call(rms, 'POST', `${at}/counters/resume`, {});
  }
}

async function call(rms: Rms, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${rms.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${rms.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`rms answered ${response.status} to ${method} ${path}`);
  return response.json();
}
