import { z } from 'zod';
import type { TenantRef } from '../../command.ts';
import { Fault } from '../../core/errors.ts';
import { type Endpoint, filledPath } from './endpoint.ts';
import type { HttpClient } from './http-target.ts';
import { withQuery } from './path.ts';
import { count, time } from './shapes.ts';

const listAnswer = z.object({
  total: count,
  notifications: z.array(
    z.object({
      id: z.string().min(1),
      channel: z.enum(['email', 'sms', 'push', 'in_app']),
      status: z.string().min(1),
      reason: z.string().nullish(),
      event: z.string().nullish(),
      failedAt: time.nullish(),
      createdAt: time,
    }),
  ),
});

export type ListedNotification = z.output<typeof listAnswer>['notifications'][number];

export interface NotificationFilter {
  readonly status?: string | undefined;
  readonly channel?: string | undefined;
  readonly since?: Date | undefined;
  readonly ids?: readonly string[] | undefined;
  readonly event?: string | undefined;
  readonly limit: number;
}

/**
 * Notifications of one tenant, oldest first as the target sorts them.
 * @throws Fault also when something comes that was not asked for: a target that does not know a filter leaves it out,
 *   and what was delivered long ago would be sent again.
 */
export async function listNotifications(
  http: HttpClient,
  endpoint: Endpoint,
  tenant: TenantRef,
  filter: NotificationFilter,
): Promise<{ readonly total: number; readonly notifications: readonly ListedNotification[] }> {
  const { status, channel, since, ids, event, limit } = filter;
  const path = withQuery(filledPath(endpoint, { id: tenant.id }), {
    status,
    channel,
    since: since?.toISOString(),
    ids: ids?.join(','),
    event,
    limit,
  });
  const answer = await http.get(path, listAnswer);
  const isAsked = (one: ListedNotification): boolean =>
    (status === undefined || one.status === status) &&
    (channel === undefined || one.channel === channel) &&
    (event === undefined || one.event === event) &&
    (ids === undefined || ids.includes(one.id)) &&
    (since === undefined || (one.failedAt ?? one.createdAt).getTime() >= since.getTime());
  const stranger = answer.notifications.find((one) => !isAsked(one));
  if (stranger !== undefined || answer.notifications.length > limit) {
    throw new Fault(
      'target_unexpected_answer',
      `${http.target.name} answered with notifications nobody asked for${stranger === undefined ? '' : `, such as "${stranger.id.slice(0, 80)}"`}; it seems not to know one of the filters status, channel, since, ids, event and limit`,
    );
  }
  if (answer.total < answer.notifications.length) {
    throw new Fault(
      'target_unexpected_answer',
      `${http.target.name} answered with ${answer.notifications.length} notifications and a total of ${answer.total}`,
    );
  }
  return answer;
}

/** Words for a notification that has left the system. One that waits or failed has not reached anybody. */
const sentWords = new Set(['sent', 'delivered', 'already_delivered', 'opened', 'read', 'clicked']);

export async function hasSentNotification(
  http: HttpClient,
  endpoint: Endpoint,
  tenant: TenantRef,
  event: string,
  since: Date,
): Promise<boolean> {
  // One event reaches several people over several channels; a few are enough to find one that was sent.
  const { notifications } = await listNotifications(http, endpoint, tenant, { event, since, limit: 50 });
  return notifications.some(({ status }) => sentWords.has(status.toLowerCase()));
}
