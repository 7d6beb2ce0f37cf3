import { z } from 'zod';
import { audit } from '../audit.ts';
import { begin, maybeBegun, secondsSince } from '../begun.ts';
import { change } from '../change.ts';
import { type Endpoint, HttpProblem, readAs, readQuery } from '../endpoint.ts';

const services = ['api', 'worker'] as const;
/** A sample restarts, and restores, while one watches. */
const restartSeconds = 1;
const restoreSeconds = 3;
const snapshots = ['snap-nightly', 'snap-before-2-14-2'] as const;

function knownService(name: string | undefined): (typeof services)[number] {
  const known = services.find((one) => one === name);
  if (known === undefined) throw new HttpProblem(404, `no such service; there are ${services.join(', ')}`);
  return known;
}

const service: Endpoint = {
  name: 'service',
  method: 'GET',
  paths: ['/api/services/:service'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const name = knownService(call.parameters.service);
    const restarted = await maybeBegun(pool, 'restart', name);
    const seconds = secondsSince(restarted, call.at);
    const isRestarting = seconds !== undefined && seconds < restartSeconds;
    const body = {
      service: name,
      status: isRestarting ? 'restarting' : 'running',
      restartedAt: restarted?.at ?? null,
      lastRestart: restarted?.id ?? null,
    };
    return { status: 200, body };
  },
};

/** A service that comes up without its database goes down again, and takes the sessions of those still there along. */
const restart: Endpoint = {
  name: 'service/restart',
  method: 'POST',
  paths: ['/api/services/:service/restart'],
  async answer(call, state) {
    readAs(z.strictObject({}), call.body);
    const name = knownService(call.parameters.service);
    if (state.hasLostDatabase(name)) {
      throw new HttpProblem(409, `the database of ${name} is down; restart it once the database is back`);
    }
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      const id = await begin(transaction, call, 'restart', name);
      await audit(transaction, call, {
        entity: 'settings',
        entityId: 'default',
        action: 'service.restarted',
        section: 'services',
        changed: [name],
      });
      return { status: 202, body: { id, service: name, status: 'restarting' }, changed: id };
    });
  },
};

const restore: Endpoint = {
  name: 'restores',
  method: 'POST',
  paths: ['/api/restores'],
  async answer(call, state) {
    const { snapshotId } = readAs(
      z.strictObject({
        snapshotId: z
          .string()
          .regex(/^snap-[0-9a-z-]{1,60}$/, 'must be the id of a snapshot, such as snap-nightly'),
      }),
      call.body,
    );
    if (!snapshots.some((known) => known === snapshotId)) throw new HttpProblem(404, 'no such snapshot');
    return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
      await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended('rms restore', 0))");
      for (const each of snapshots) {
        const running = secondsSince(await maybeBegun(transaction, 'restore', each), call.at);
        if (running !== undefined && running < restoreSeconds) {
          throw new HttpProblem(409, `a restore of ${each} is under way`);
        }
      }
      const id = await begin(transaction, call, 'restore', snapshotId);
      await audit(transaction, call, {
        entity: 'settings',
        entityId: 'default',
        action: 'database.restored',
        section: 'database',
        changed: [snapshotId],
      });
      return { status: 202, body: { id, snapshotId, status: 'running' }, changed: id };
    });
  },
};

const restoreOf: Endpoint = {
  name: 'restore',
  method: 'GET',
  paths: ['/api/restores/:snapshot'],
  async answer(call, { pool }) {
    readQuery({}, call.query);
    const begun = await maybeBegun(pool, 'restore', call.parameters.snapshot ?? '');
    if (begun === undefined) throw new HttpProblem(404, 'no restore of that snapshot');
    const isRunning = (secondsSince(begun, call.at) ?? 0) < restoreSeconds;
    const body = {
      id: begun.id,
      snapshotId: call.parameters.snapshot,
      status: isRunning ? 'running' : 'succeeded',
      startedAt: begun.at,
    };
    return { status: 200, body };
  },
};

export const recoveryEndpoints: readonly Endpoint[] = [service, restart, restore, restoreOf];
