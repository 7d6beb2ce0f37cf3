import { seededRandom } from '../pilot/random.ts';
import type { Situation } from './sample-deployments.ts';

const hour = 3_600_000;
export const day = 24 * hour;

export interface SampleInvoice {
  readonly amountCents: number;
  readonly currency: string;
  /** From the time of seeding; negative is overdue unless it is paid. */
  readonly dueInDays: number;
  readonly isPaid?: boolean;
}

export interface SampleTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly activeUsers: number;
  /** Present when it is suspended. */
  readonly suspension?: { readonly reason: string; readonly daysAgo: number; readonly actor: string };
  readonly invoices: readonly SampleInvoice[];
  readonly pendingNotifications: number;
  /** By name: what it is now, where somebody has changed it. */
  readonly adjustedQuotas?: Readonly<Record<string, number>>;
}

/** What every tenant gets with its contract. */
export const originalQuotas = { documents: 50_000, api_calls: 100_000, storage_gb: 500 } as const;

const unpaid = (amountCents: number, dueInDays: number, currency = 'EUR'): SampleInvoice => ({
  amountCents,
  currency,
  dueInDays,
});
const paid = (amountCents: number, dueInDays: number, currency = 'EUR'): SampleInvoice => ({
  ...unpaid(amountCents, dueInDays, currency),
  isPaid: true,
});

/**
 * The tenants by their stories. Ids are the same at every start, and differ between the situations: staging
 * does not have production's ids.
 */
export function sampleTenants(situation: Situation = 'same_schema'): SampleTenant[] {
  const tenant = (slug: string, rest: Omit<SampleTenant, 'id' | 'slug'>): SampleTenant => ({
    id: seededRandom(`rms ${situation} tenant ${slug}`).uuid(),
    slug,
    ...rest,
  });
  return [
    tenant('acme', {
      name: 'Acme GmbH',
      activeUsers: 42,
      invoices: [unpaid(129_900, 6), unpaid(4_500, 13), unpaid(129_900, 36), paid(129_900, -24)],
      pendingNotifications: 12,
    }),
    tenant('globex', {
      name: 'Globex Corporation',
      activeUsers: 118,
      suspension: { reason: 'two invoices unpaid after three reminders', daysAgo: 5, actor: 'maria.lind' },
      invoices: [unpaid(480_000, -41, 'USD'), unpaid(480_000, -11, 'USD'), unpaid(480_000, 19, 'USD')],
      pendingNotifications: 0,
    }),
    tenant('initech', {
      name: 'Initech LLC',
      activeUsers: 17,
      suspension: { reason: 'unpaid invoice INV-2025-0871', daysAgo: 21, actor: 'tom.okafor' },
      invoices: [paid(75_000, -52, 'USD'), paid(75_000, -22, 'USD')],
      pendingNotifications: 3,
      adjustedQuotas: { documents: 5_000, api_calls: 10_000 },
    }),
    tenant('umbrella', {
      name: 'Umbrella Corporation',
      activeUsers: 1_904,
      invoices: [unpaid(2_150_000, 9, 'USD')],
      pendingNotifications: 240,
      adjustedQuotas: { api_calls: 2_000_000 },
    }),
    tenant('hooli', {
      name: 'Hooli Inc.',
      activeUsers: 311,
      invoices: [unpaid(310_000, 4, 'USD')],
      pendingNotifications: 5,
    }),
    tenant('stark', { name: 'Stark Industries', activeUsers: 96, invoices: [], pendingNotifications: 1 }),
    tenant('wayne', { name: 'Wayne Enterprises', activeUsers: 8, invoices: [], pendingNotifications: 0 }),
  ];
}
