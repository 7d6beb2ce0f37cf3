import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Transaction } from './change.ts';
import type { Call } from './endpoint.ts';

export type BegunKind = 'restart' | 'restore' | 'sync_retry' | 'drain' | 'requeue' | 'revoke_sessions';

export interface Begun {
  readonly id: string;
  readonly at: Date;
}

const prefixes: Readonly<Record<BegunKind, string>> = {
  restart: 'rst',
  restore: 'res',
  sync_retry: 'syn',
  drain: 'drn',
  requeue: 'req',
  revoke_sessions: 'rvk',
};

/** Records that something was begun, in the change's transaction. */
export async function begin(
  transaction: Transaction,
  call: Call,
  kind: BegunKind,
  about: string,
): Promise<string> {
  const id = `${prefixes[kind]}_${randomBytes(5).toString('hex')}`;
  await transaction.query('INSERT INTO rms.begun (id, kind, about, at) VALUES ($1, $2, $3, $4)', [
    id,
    kind,
    about,
    call.at,
  ]);
  return id;
}

/** The newest of its kind; undefined: never. */
export async function maybeBegun(
  database: pg.Pool | Transaction,
  kind: BegunKind,
  about: string,
): Promise<Begun | undefined> {
  const { rows } = await database.query<Begun>(
    'SELECT id, at FROM rms.begun WHERE kind = $1 AND about = $2 ORDER BY seq DESC LIMIT 1',
    [kind, about],
  );
  return rows[0];
}

export function secondsSince(begun: Begun | undefined, now: Date): number | undefined {
  return begun === undefined ? undefined : Math.max(0, (now.getTime() - begun.at.getTime()) / 1000);
}
