import { describe, expect, it } from 'vitest';
import { UnknownOutcome } from '../../../src/core/errors.ts';
import { answeringServer, json, reply } from './answering-server.ts';
import { neverAborted } from './open-client.ts';
import { acme, asked, openRms } from './open-rms.ts';

const step = { idempotencyKey: 'k-1', signal: neverAborted() };

describe('notifications', () => {
  const failed = (id: string, failedAt = '2026-11-20T10:00:00Z', more = {}) => ({
    id,
    channel: 'email',
    status: 'failed',
    reason: 'mailbox full',
    event: 'invoice.due',
    failedAt,
    createdAt: '2026-11-20T09:00:00Z',
    ...more,
  });

  it('lists what failed, without addresses', async () => {
    const server = await answeringServer(
      json(200, {
        total: 240,
        notifications: [
          failed('n-1', undefined, { address: 'ada@example.com' }),
          failed('n-2', undefined, { reason: null }),
        ],
      }),
    );
    const { notifications } = openRms(server.url, 'notifications: {}').client('notifications', 'rms');
    const since = new Date('2026-11-20T08:00:00Z');
    const answer = await notifications.failed(acme, { channel: 'email', since, limit: 2 });
    expect(answer).toEqual({
      total: 240,
      items: [
        { id: 'n-1', channel: 'email', reason: 'mailbox full', failedAt: new Date('2026-11-20T10:00:00Z') },
        {
          id: 'n-2',
          channel: 'email',
          reason: 'no reason given',
          failedAt: new Date('2026-11-20T10:00:00Z'),
        },
      ],
    });
    expect(asked(server.received[0]?.url)).toEqual({
      path: '/api/tenants/t-1/notifications',
      query: { status: 'failed', channel: 'email', since: since.toISOString(), limit: '2' },
    });
  });

  it.each([
    ['one that was delivered', failed('n-1', undefined, { status: 'delivered' })],
    ['one of another channel', failed('n-1', undefined, { channel: 'sms' })],
    ['one from before', failed('n-1', '2026-11-01T00:00:00Z')],
  ])('refuses a list with %s: the target does not know the filter', async (_, stranger) => {
    const server = await answeringServer(json(200, { total: 1, notifications: [stranger] }));
    const { notifications } = openRms(server.url, 'notifications: {}').client('notifications', 'rms');
    const since = new Date('2026-11-20T08:00:00Z');
    await expect(notifications.failed(acme, { channel: 'email', since, limit: 5 })).rejects.toThrow(
      'nobody asked for',
    );
  });

  it('asks for named ones in parts, and for none at all when none are named', async () => {
    const server = await answeringServer(({ url }, response) => {
      const ids = new URL(url, 'http://x').searchParams.get('ids')?.split(',') ?? [];
      const found = ids.filter((id) => id !== 'gone').map((id) => failed(id));
      reply(response, 200, { total: found.length, notifications: found });
    });
    const { notifications } = openRms(server.url, 'notifications: {}').client('notifications', 'rms');
    const ids = [...Array.from({ length: 150 }, (_, index) => `n-${index}`), 'gone'];
    const answer = await notifications.failed(acme, { ids, limit: 1_000 });
    expect(answer.total).toBe(150);
    expect(new Set(answer.items.map(({ id }) => id))).toEqual(new Set(ids.slice(0, 150)));
    expect(server.received).toHaveLength(2);
    expect(await notifications.failed(acme, { ids: [], limit: 5 })).toEqual({ total: 0, items: [] });
    expect(await notifications.statuses(acme, ['n-1', 'gone'])).toEqual(new Map([['n-1', 'failed']]));
    expect(server.received).toHaveLength(3);
    await expect(notifications.statuses(acme, ['a,b'])).rejects.toThrow('cannot stand in a list');
  });

  it('resends one', async () => {
    const server = await answeringServer(json(200, { id: 'n-1', status: 'failed', reason: 'mailbox full' }));
    const { notifications } = openRms(server.url, 'notifications: {}').client('notifications', 'rms');
    const resend = notifications.resend(acme, 'n-1');
    expect(resend.call).toEqual({ method: 'PATCH', path: '/api/notifications/n-1/resend', body: {} });
    expect(await resend.send(step)).toEqual({ status: 'failed', reason: 'mailbox full' });
    server.answer(json(200, { id: 'n-2', status: 'sent' }));
    await expect(resend.send(step)).rejects.toThrow(UnknownOutcome);
  });
});
