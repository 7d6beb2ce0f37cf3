import { z } from 'zod';
import type { Notifications } from '../../command.ts';
import type { DeepReadonly } from '../../config/settings-schema.ts';
import { Fault } from '../../core/errors.ts';
import { endpoint, filledPath } from './endpoint.ts';
import type { HttpClient } from './http-target.ts';
import { type ListedNotification, listNotifications } from './notification-list.ts';

/** The `notifications:` block; `{}` means every default. */
export const notificationsConfigSchema = z.strictObject({
  endpoints: z
    .strictObject({
      list: endpoint('GET /api/tenants/:id/notifications'),
      resend: endpoint('PATCH /api/notifications/:id/resend'),
    })
    .prefault({}),
});

export type NotificationsConfig = DeepReadonly<z.output<typeof notificationsConfigSchema>>;

/** A hundred uuids make a URL of 3.7 kB; many servers refuse more than 8. */
const idsPerRequest = 100;

const resendAnswer = (id: string) =>
  z
    .object({
      id: z.literal(id),
      status: z.enum(['sent', 'already_delivered', 'failed']),
      reason: z.string().nullish(),
    })
    .transform(({ status, reason }) => ({ status, ...(reason ? { reason: reason.slice(0, 200) } : {}) }));

export function createNotifications(
  http: HttpClient,
  { endpoints: { list, resend } }: NotificationsConfig,
): Notifications {
  return {
    async failed(tenant, { channel, since, ids, limit }) {
      const filter = { status: 'failed', channel, since };
      if (ids === undefined) {
        const answer = await listNotifications(http, list, tenant, { ...filter, limit });
        return { total: answer.total, items: answer.notifications.map(failedOne) };
      }
      const parts = await Promise.all(
        batchesOf(ids).map((some) =>
          listNotifications(http, list, tenant, { ...filter, ids: some, limit: some.length }),
        ),
      );
      const items = parts
        .flatMap(({ notifications }) => notifications.map(failedOne))
        .sort((left, right) => left.failedAt.getTime() - right.failedAt.getTime());
      return { total: items.length, items: items.slice(0, limit) };
    },
    async statuses(tenant, ids) {
      const parts = await Promise.all(
        batchesOf(ids).map((some) =>
          listNotifications(http, list, tenant, { ids: some, limit: some.length }),
        ),
      );
      return new Map(
        parts.flatMap(({ notifications }) => notifications.map(({ id, status }) => [id, status])),
      );
    },
    resend: (_tenant, id) =>
      http.prepare({
        name: 'resend',
        method: resend.method,
        path: filledPath(resend, { id }),
        body: {},
        answer: resendAnswer(id),
      }),
  };
}

/** No ids are no batches: an empty filter would ask for everything. */
function batchesOf(ids: readonly string[]): string[][] {
  const different = [...new Set(ids)];
  const unusable = different.find((id) => id === '' || id.includes(','));
  if (unusable !== undefined) {
    throw new Fault('target_unusable_id', `the notification id "${unusable}" cannot stand in a list of ids`);
  }
  const batches: string[][] = [];
  for (let start = 0; start < different.length; start += idsPerRequest) {
    batches.push(different.slice(start, start + idsPerRequest));
  }
  return batches;
}

function failedOne({ id, channel, reason, failedAt, createdAt }: ListedNotification) {
  return { id, channel, reason: reason || 'no reason given', failedAt: failedAt ?? createdAt };
}
