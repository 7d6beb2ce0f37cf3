import { z } from 'zod';
import { audit } from '../audit.ts';
import { begin, maybeBegun, secondsSince } from '../begun.ts';
import { change } from '../change.ts';
import { type Endpoint, readAs, readQuery } from '../endpoint.ts';

/** Tills that push what they sold; since their token expired two of them cannot. */
const devices = [
  { device: 'till-acme-1', tenant: 'acme', queued: 412, failedPushes: 9 },
  { device: 'till-acme-2', tenant: 'acme', queued: 187, failedPushes: 4 },
  { device: 'till-hooli-1', tenant: 'hooli', queued: 3, failedPushes: 0 },
  { device: 'till-stark-1', tenant: 'stark', queued: 0, failedPushes: 0 },
] as const;
/** Once they may push again. */
const pushesPerSecond = 200;

const about = 'devices';

const status: Endpoint = {
  name: 'sync',
  method: 'GET',
  paths: ['/api/sync/devices'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const retried = await maybeBegun(pool, 'sync_retry', about);
    const pushed = Math.floor((secondsSince(retried, call.at) ?? 0) * pushesPerSecond);
    const now = devices.map((each) => ({
      ...each,
      queued: Math.max(0, each.queued - pushed),
      failedPushes: retried === undefined ? each.failedPushes : 0,
    }));
    const body = {
      queued: now.reduce((sum, { queued }) => sum + queued, 0),
      failedPushes: now.reduce((sum, { failedPushes }) => sum + failedPushes, 0),
      retriedAt: retried?.at ?? null,
      devices: now,
    };
    return { status: 200, body };
  },
};

const retry: Endpoint = {
  name: 'sync/retry',
  method: 'POST',
  paths: ['/api/sync/retry'],
  async answer(call, state) {
    readAs(z.strictObject({}), call.body);
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const id = await begin(transaction, call, 'sync_retry', about);
      await audit(transaction, call, {
        entity: 'settings',
        entityId: 'default',
        action: 'sync.retried',
        section: 'sync',
        changed: devices.filter(({ queued }) => queued > 0).map(({ device }) => device),
      });
      return { status: 202, body: { id, status: 'started', devices: devices.length }, changed: id };
    });
  },
};

export const syncEndpoints: readonly Endpoint[] = [status, retry];
