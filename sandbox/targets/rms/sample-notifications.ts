import { type Random, seededRandom } from '../pilot/random.ts';
import type { SampleTenant } from './sample-tenants.ts';

export interface SampleNotification {
  readonly id: string;
  readonly channel: 'email' | 'sms' | 'push' | 'in_app';
  readonly event: string;
  readonly recipient: string;
  readonly status: 'pending' | 'failed' | 'delivered';
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly failedAt: Date | null;
  readonly onResend: 'sent' | 'mailbox_full' | 'already_delivered';
}

type Failure = Pick<SampleNotification, 'channel' | 'onResend'> & { readonly reason: string };

const minute = 60_000;
/** Inside "the last two hours" for the first minutes of a demo too. */
const failedWithinMinutes = 110;

const events = ['invoice.created', 'invoice.reminder', 'document.shared', 'user.invited'] as const;

/**
 * A tenant's notifications, the same ids at every start; times count back from the time of seeding.
 * Of Acme's 240 failed emails four fail again (`mailbox_full`), and three turn out to be delivered.
 */
export function sampleNotifications(tenant: SampleTenant, seededAt: Date): SampleNotification[] {
  const random = seededRandom(`rms notifications ${tenant.id}`);
  const ago = (minutes: number) => new Date(seededAt.getTime() - Math.round(minutes * minute));
  const failures = failuresOf(tenant.slug);
  const failed = shuffled(failures, random).map((failure, index): SampleNotification => {
    const minutesAgo = failedWithinMinutes - (index * (failedWithinMinutes - 2)) / failures.length;
    return {
      ...failure,
      id: notificationId(random),
      event: random.pick(events),
      recipient:
        failure.channel === 'sms'
          ? `+4930900182${String(index % 100).padStart(2, '0')}`
          : `user-${index + 1}@${tenant.slug}.example`,
      status: 'failed',
      createdAt: ago(minutesAgo + 0.5),
      failedAt: ago(minutesAgo),
    };
  });
  const unfailed = (status: 'pending' | 'delivered', index: number): SampleNotification => ({
    id: notificationId(random),
    channel: random.pick(['email', 'in_app']),
    event: random.pick(events),
    recipient: `user-${index + 1}@${tenant.slug}.example`,
    status,
    reason: null,
    createdAt: ago(status === 'pending' ? 1 + random.below(30) : 300 + random.below(6_000)),
    failedAt: null,
    onResend: 'already_delivered',
  });
  return [
    ...failed,
    ...Array.from({ length: tenant.pendingNotifications }, (_, index) => unfailed('pending', index)),
    ...Array.from({ length: 20 }, (_, index) => unfailed('delivered', index)),
  ];
}

function failuresOf(slug: string): Failure[] {
  const times = (count: number, failure: Failure): Failure[] => Array.from({ length: count }, () => failure);
  const email = (reason: string, onResend: Failure['onResend'] = 'sent'): Failure => ({
    channel: 'email',
    reason,
    onResend,
  });
  if (slug === 'acme') {
    return [
      ...times(128, email('smtp_timeout')),
      ...times(3, email('smtp_timeout', 'already_delivered')),
      ...times(68, email('connection_refused')),
      ...times(37, email('rate_limited')),
      ...times(4, email('mailbox_full', 'mailbox_full')),
      ...times(3, { channel: 'sms', reason: 'carrier_rejected', onResend: 'sent' }),
    ];
  }
  if (slug === 'hooli') return times(5, { channel: 'push', reason: 'token_expired', onResend: 'sent' });
  if (slug === 'stark') return times(2, email('connection_refused'));
  return [];
}

/** Fisher-Yates, so that the reasons lie mixed over the two hours. */
function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
}

function notificationId(random: Random): string {
  return `ntf_${random.uuid().replaceAll('-', '').slice(0, 10)}`;
}
