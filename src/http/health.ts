import type { Handler } from './server.ts';
import { send } from './server.ts';

/** A database that cannot answer this within a second is not one to take work for. */
const databaseDeadlineMilliseconds = 1_000;

/** `/health`: the process answers. Nothing else, or a slow dependency would have it restarted. */
export const health: Handler = (_request, response) => send(response, 200, { status: 'ok' });

export interface SlackState {
  readonly state: 'connected' | 'unreachable';
  readonly since: Date;
}

/**
 * `/ready`: a database round trip and no migration outstanding. Slack is shown and does not count: its outage
 * must not take the intake of alerts down.
 */
export function ready(deps: {
  readonly pendingMigrations: () => Promise<readonly string[]>;
  readonly slack: () => SlackState;
  readonly isStopping: () => boolean;
}): Handler {
  return async (_request, response) => {
    const database = await withDeadline(deps.pendingMigrations());
    const isReady = database.state === 'ok' && !deps.isStopping();
    send(response, isReady ? 200 : 503, {
      status: deps.isStopping() ? 'stopping' : isReady ? 'ready' : 'not_ready',
      database: database.state,
      ...(database.pending === undefined ? {} : { pendingMigrations: database.pending }),
      slack: { state: deps.slack().state, since: deps.slack().since.toISOString() },
    });
  };
}

async function withDeadline(
  pending: Promise<readonly string[]>,
): Promise<{ state: 'ok' | 'unreachable' | 'migrations_pending'; pending?: readonly string[] }> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('deadline')), databaseDeadlineMilliseconds);
  });
  try {
    const names = await Promise.race([pending, tooLate]);
    return names.length === 0 ? { state: 'ok' } : { state: 'migrations_pending', pending: names };
  } catch {
    return { state: 'unreachable' };
  } finally {
    clearTimeout(timer);
  }
}
