import type { SampleDelivery, SampleSecrets } from './delivery.ts';

/** Uptime Kuma 2.5's webhook, with the token as the notification's additional header. */
export function uptimeKumaDelivery(
  { isUp, now, downSince }: { readonly isUp: boolean; readonly now: Date; readonly downSince: Date },
  secrets: Pick<SampleSecrets, 'uptime'>,
): SampleDelivery {
  const msg = isUp ? '200 - OK' : 'Request failed with status code 502';
  const body = {
    heartbeat: {
      monitorID: 7,
      status: isUp ? 1 : 0,
      time: kumaTime(now),
      msg,
      ping: isUp ? 84 : null,
      important: true,
      duration: 61,
      retries: isUp ? 0 : 3,
      timezone: 'UTC',
      timezoneOffset: '+00:00',
      localDateTime: kumaTime(now).slice(0, 19),
      ...(isUp ? { lastDownTime: kumaTime(downSince) } : {}),
    },
    monitor: {
      id: 7,
      name: 'Shop API health',
      pathName: 'Shop API health',
      url: 'https://shop.example/healthz',
      type: 'http',
      interval: 60,
      retryInterval: 60,
      resendInterval: 10,
      maxretries: 2,
      active: true,
      tags: [
        { tag_id: 1, monitor_id: 7, name: 'env', value: 'production', color: '#DC2626' },
        { tag_id: 2, monitor_id: 7, name: 'service', value: 'shop-api', color: '#2563EB' },
      ],
    },
    msg: `[Shop API health] [${isUp ? '✅ Up' : '🔴 Down'}] ${msg}`,
  };
  return {
    source: 'uptime',
    path: '/hooks/uptime',
    headers: {
      'user-agent': 'axios/0.30.2',
      'content-type': 'application/json',
      authorization: `Bearer ${secrets.uptime}`,
    },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** UTC without a zone. */
function kumaTime(at: Date): string {
  return at.toISOString().slice(0, 23).replace('T', ' ');
}
