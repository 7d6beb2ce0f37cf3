import { z } from 'zod';
import { audit } from '../audit.ts';
import { begin, maybeBegun } from '../begun.ts';
import { change } from '../change.ts';
import { type Endpoint, readAs, readQuery } from '../endpoint.ts';
import { oneTenant, oneTenantLocked, type TenantRow } from '../tenant-rows.ts';

/** So many of a tenant's users are signed in; nobody signs in again while people look at the sample. */
const signedIn = ({ activeUsers }: TenantRow) => Math.round(activeUsers * 0.6);

const tenantId = z.string().trim().min(1).max(200);

const count: Endpoint = {
  name: 'sessions',
  method: 'GET',
  paths: ['/api/sessions'],
  async answer(call, { pool }) {
    const tenant = await oneTenant(pool, readQuery({ tenantId }, call.query).tenantId);
    const revoked = await maybeBegun(pool, 'revoke_sessions', tenant.id);
    const body = {
      tenantId: tenant.id,
      active: revoked === undefined ? signedIn(tenant) : 0,
      revokedAt: revoked?.at ?? null,
    };
    return { status: 200, body };
  },
};

const revoke: Endpoint = {
  name: 'sessions/revoke',
  method: 'POST',
  paths: ['/api/sessions/revoke'],
  async answer(call, state) {
    const order = readAs(z.strictObject({ tenantId }), call.body);
    return change(call, state, { honoursIdempotencyKey: false }, async (transaction) => {
      const tenant = await oneTenantLocked(transaction, order.tenantId);
      const before = await maybeBegun(transaction, 'revoke_sessions', tenant.id);
      const revoked = before === undefined ? signedIn(tenant) : 0;
      if (revoked > 0) {
        await begin(transaction, call, 'revoke_sessions', tenant.id);
        await audit(transaction, call, {
          entity: 'tenant',
          entityId: tenant.id,
          action: 'tenant.sessions_revoked',
          section: 'security',
          changed: ['sessions'],
        });
      }
      return { body: { id: tenant.id, revoked }, changed: revoked > 0 ? tenant.id : undefined };
    });
  },
};

export const sessionEndpoints: readonly Endpoint[] = [count, revoke];
