import type { SampleDelivery, SampleSecrets } from './delivery.ts';

/** `{event, data}` as the RMS posts it: nothing is signed, so the address holds the secret. */
export function genziDelivery(
  event: string,
  data: Readonly<Record<string, unknown>>,
  secrets: Pick<SampleSecrets, 'rms'>,
): SampleDelivery {
  return {
    source: 'rms',
    path: `/hooks/rms/${encodeURIComponent(secrets.rms)}`,
    headers: { 'user-agent': 'node', 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ event, data })),
  };
}

/** A notification that failed is two posts at once, which may arrive in either order. */
export function failedNotification(
  failure: {
    readonly tenantId: string;
    readonly notificationId: string;
    readonly channel: 'email' | 'sms' | 'push' | 'in_app';
    readonly reason: string;
  },
  secrets: Pick<SampleSecrets, 'rms'>,
): SampleDelivery[] {
  const { reason, ...which } = failure;
  const payload = { template: 'invoice-due' };
  return [
    genziDelivery(
      'notification.delivery',
      { ...which, durationMs: 10_042, success: false, payload, errorMessage: reason },
      secrets,
    ),
    genziDelivery('notification.failure', { ...which, reason, payload }, secrets),
  ];
}
