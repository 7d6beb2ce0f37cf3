import { DatabaseError } from 'pg';
import { CountersignError, Fault } from '../core/errors.ts';

/** SQLSTATE classes and codes that mean the database itself is not available to us. */
const unavailable = /^(08|28|3D|53|57P|58|XX)/; // connection, login, no such database, resources, shutdown, system
const cancelled = '57014'; // statement timeout, or somebody cancelled it there

/** What went wrong with a target's database, as people should read it. Never quotes the connection string. */
export function targetFault(target: string, error: unknown): CountersignError {
  if (error instanceof CountersignError) return error;
  const cause = { cause: error };
  if (!(error instanceof DatabaseError)) {
    // Everything that is not an answer of the server is a socket, name or handshake that failed.
    const code = codeOf(error);
    const detail = code ? ` (${code})` : '';
    return new Fault(
      'target_unreachable',
      `cannot reach ${target}'s database${detail}; check that it runs and that this host may connect`,
      cause,
    );
  }
  const state = error.code ?? '';
  if (state === cancelled) {
    return new Fault(
      'target_timeout',
      `${target}'s database cancelled the reading (statement timeout); raise timeoutSeconds or try when it is less busy`,
      cause,
    );
  }
  if (unavailable.test(state)) {
    return new Fault(
      'target_unreachable',
      `cannot reach ${target}'s database (it answered ${state}); check its login, its name and that it accepts connections`,
      cause,
    );
  }
  return new Fault(
    'target_unreadable',
    `cannot read ${target}'s database (it answered ${state}); check the target's table and column names and that its login may SELECT`,
    cause,
  );
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
