import type pg from 'pg';
import { z } from 'zod';
import { audit } from '../audit.ts';
import { type BegunKind, begin, maybeBegun } from '../begun.ts';
import { change, type Transaction } from '../change.ts';
import { type Call, type Endpoint, HttpProblem, type RmsState, readAs, readQuery } from '../endpoint.ts';
import { depthSql, secondsInCycle } from '../queue-depth.ts';

/** Jobs that failed as often as they may, which a requeue takes up once more. */
const exhaustedAtFirst: Readonly<Record<string, number>> = { notifications: 12, exports: 2 };
/** One worker takes so many jobs a second; how old the oldest is follows from it. */
const jobsPerSecond = 8;
/** The worker comes round as often as this. */
const pollSeconds = 20;

async function queueNamed(
  database: pg.Pool | Transaction,
  call: Call,
  { startedAt }: RmsState,
): Promise<{ readonly name: string; readonly depth: number }> {
  const { rows } = await database.query<{ name: string; depth: number }>(
    `SELECT name, ${depthSql} AS depth FROM rms.queues WHERE name = $2`,
    [secondsInCycle(startedAt, call.at), call.parameters.name],
  );
  if (rows[0] === undefined) throw new HttpProblem(404, 'no such queue');
  return rows[0];
}

async function exhausted(database: pg.Pool | Transaction, name: string): Promise<number> {
  const requeued = await maybeBegun(database, 'requeue', name);
  const drained = await maybeBegun(database, 'drain', name);
  return requeued === undefined && drained === undefined ? (exhaustedAtFirst[name] ?? 0) : 0;
}

const one: Endpoint = {
  name: 'queue',
  method: 'GET',
  paths: ['/api/queues/:name'],
  async answer(call, state) {
    readQuery({}, call.query);
    const { name, depth } = await queueNamed(state.pool, call, state);
    const sinceStart = Math.max(0, Math.round((call.at.getTime() - state.startedAt.getTime()) / 1000));
    const retriesExhausted = await exhausted(state.pool, name);
    const secondsSinceRun = sinceStart % pollSeconds;
    const body = {
      name,
      depth,
      oldestSeconds: Math.ceil(depth / jobsPerSecond),
      lastRunAt: new Date(call.at.getTime() - secondsSinceRun * 1000),
      secondsSinceRun,
      successRate: retriesExhausted === 0 ? 0.999 : 0.982,
      retriesExhausted,
    };
    return { status: 200, body };
  },
};

/** What may be done with a queue: everything that waits is thrown away, or what was given up is taken up once more. */
function act(path: 'drain' | 'requeue'): Endpoint {
  const kind: BegunKind = path;
  return {
    name: `queue/${path}`,
    method: 'POST',
    paths: [`/api/queues/:name/${path}`],
    async answer(call, state) {
      readAs(z.strictObject({}), call.body);
      return change(call, state, { honoursIdempotencyKey: true }, async (transaction) => {
        await transaction.query('SELECT FROM rms.queues WHERE name = $1 FOR UPDATE', [call.parameters.name]);
        const { name, depth } = await queueNamed(transaction, call, state);
        const jobs = path === 'drain' ? depth : await exhausted(transaction, name);
        if (jobs > 0) {
          if (path === 'drain') {
            await transaction.query(
              'UPDATE rms.queues SET depth = 0, change_per_second = 0 WHERE name = $1',
              [name],
            );
          }
          await begin(transaction, call, kind, name);
          await audit(transaction, call, {
            entity: 'settings',
            entityId: 'default',
            action: path === 'drain' ? 'queue.drained' : 'queue.requeued',
            section: 'queues',
            changed: [name],
          });
        }
        return {
          body: { name, [path === 'drain' ? 'removed' : 'requeued']: jobs },
          changed: jobs > 0 ? name : undefined,
        };
      });
    },
  };
}

export const queueEndpoints: readonly Endpoint[] = [one, act('drain'), act('requeue')];
