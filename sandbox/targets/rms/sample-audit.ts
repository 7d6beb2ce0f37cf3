import { seededRandom } from '../pilot/random.ts';
import { day, type SampleTenant } from './sample-tenants.ts';

export interface SampleAuditEntry {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly entity: 'tenant' | 'settings';
  readonly entityId: string;
  readonly section: string | null;
  readonly changed: readonly string[];
  readonly reason: string | null;
}

const hour = 3_600_000;

/** What happened before the time of seeding, oldest first. */
export function sampleAudit(tenants: readonly SampleTenant[], seededAt: Date): SampleAuditEntry[] {
  const random = seededRandom('rms audit');
  const entry = (
    millisecondsAgo: number,
    rest: Pick<SampleAuditEntry, 'actor' | 'action' | 'entity' | 'entityId' | 'changed'> &
      Partial<SampleAuditEntry>,
  ): SampleAuditEntry => ({
    section: null,
    reason: null,
    ...rest,
    id: random.uuid(),
    at: new Date(seededAt.getTime() - millisecondsAgo),
  });
  const communications = {
    action: 'settings.updated',
    entity: 'settings',
    section: 'communications',
  } as const;

  const entries = tenants.flatMap((tenant) => {
    const about = { entity: 'tenant', entityId: tenant.id } as const;
    const told: SampleAuditEntry[] = [];
    const quotas = Object.keys(tenant.adjustedQuotas ?? {});
    if (quotas.length > 0) {
      const changed = quotas.map((name) => `quotas.${name}`);
      told.push(
        entry(30 * day, { ...about, actor: 'tom.okafor', action: 'tenant.quotas_adjusted', changed }),
      );
    }
    if (tenant.suspension) {
      const { actor, daysAgo, reason } = tenant.suspension;
      const changed = ['status', 'counters'];
      told.push(entry(daysAgo * day, { ...about, actor, action: 'tenant.suspended', changed, reason }));
    }
    if (tenant.slug === 'acme') {
      const mine = { ...communications, entityId: tenant.id };
      told.push(
        entry(40 * day, { ...mine, actor: 'maria.lind', changed: ['email.from', 'email.smtp.host'] }),
        entry(9 * day, { ...mine, actor: 'tom.okafor', changed: ['email.smtp.port'] }),
        // Just before the first of the failed emails: the cause a responder is to find.
        entry(2 * hour, { ...mine, actor: 'deploy-bot', changed: ['email.smtp.user', 'email.smtp.pass'] }),
      );
    }
    return told;
  });
  const shared = { ...communications, entityId: 'default' };
  entries.push(entry(60 * day, { ...shared, actor: 'maria.lind', changed: ['sms.twilio.authToken'] }));
  return entries.sort((left, right) => left.at.getTime() - right.at.getTime());
}
