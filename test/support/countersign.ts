import { afterAll } from 'vitest';
import type { Pacing } from '../../src/core/pacing.ts';
import { type RunningCountersign, startCountersign } from '../../src/main.ts';
import type { CountersignSettings } from '../../src/runtime.ts';
import { findSigningKey, prepare } from '../../src/start.ts';
import { hasty } from './hasty-pacing.ts';
import { type People, people } from './slack.ts';
import { type Surroundings, type SurroundingsOptions, startSurroundings } from './surroundings.ts';
import { until } from './until.ts';

export interface TestCountersign extends Surroundings, People {
  readonly countersign: RunningCountersign;
  /** `http://127.0.0.1:4711` */
  readonly url: string;
  /** The bot's log so far, one line of JSON each. */
  readonly logged: readonly string[];
  /** The newest run of a person, whatever became of it. */
  lastRun(requester: string): Promise<RunRow | undefined>;
  /** How many runs there are. */
  countRuns(): Promise<number>;
  /** Waits until Slack and the bot have nothing left to do now. */
  quiet(): Promise<void>;
  /** Also done after the last test. */
  stop(): Promise<void>;
}

export interface RunRow {
  readonly id: string;
  readonly state: string;
  readonly command: string;
  readonly problem: string | null;
  readonly attempt: number;
  readonly correlation_id: string;
}

export interface TestCountersignOptions extends SurroundingsOptions {
  /** Default {@link hasty}. */
  readonly pacing?: Pacing;
  /** Use these instead of starting others. */
  readonly in?: Surroundings;
  /** Changes what the file says, to what it cannot: times shorter than people write. */
  readonly changeSettings?: (settings: CountersignSettings) => CountersignSettings;
}

/**
 * The real bot in this process against a local Slack workspace and a seeded target, everything of the file's
 * own. Call it while the file or its `describe` is collected.
 *
 * @example const bot = await startTestCountersign({ mode: 'http' });
 *   const card = await bot.ask('ada', 'verify-audit acme');
 */
export async function startTestCountersign(options: TestCountersignOptions): Promise<TestCountersign> {
  const surroundings = options.in ?? (await startSurroundings(options));
  const { workspace, folder, variables } = surroundings;
  const logged: string[] = [];
  const prepared = await prepare({
    variables,
    needs: ['slack', 'database'],
    folder,
    destination: { write: (line) => void logged.push(line) },
  });
  const { changeSettings } = options;
  if (changeSettings !== undefined)
    await prepared.settings.replace(changeSettings(prepared.settings.current));
  const countersign = await startCountersign({
    ...prepared,
    signingKey: await findSigningKey(undefined, folder),
    pacing: options.pacing ?? hasty(),
  });
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= countersign.stop();
    return stopping;
  };
  afterAll(stop);
  const url = `http://127.0.0.1:${countersign.port}`;
  await deliverTo(surroundings, url);
  return {
    ...surroundings,
    ...people(workspace),
    ...looking(surroundings),
    countersign,
    url,
    logged,
    stop,
    quiet: () => quiet(surroundings),
  };
}

/** From now on the workspace reaches the bot at `url`, or over the connection the bot has made. */
export async function deliverTo({ workspace, mode }: Surroundings, url: string): Promise<void> {
  if (mode === 'http') return workspace.deliverByHttp(`${url}/slack/events`);
  workspace.deliverBySocketMode();
  await until(() => workspace.socketMode.connectionCount > 0, {
    waitingFor: 'the bot to connect by Socket Mode',
    deadlineMilliseconds: 10_000,
  });
}

export function looking({ database }: Surroundings): Pick<TestCountersign, 'lastRun' | 'countRuns'> {
  return {
    lastRun: async (requester) => {
      const { rows } = await database.pool.query<RunRow>(
        `SELECT id, state, command, problem, attempt, correlation_id FROM countersign.runs
         WHERE requester = $1 ORDER BY created_at DESC LIMIT 1`,
        [requester],
      );
      return rows[0];
    },
    countRuns: async () => {
      const { rows } = await database.pool.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM countersign.runs',
      );
      return rows[0]!.count;
    },
  };
}

export async function quiet({ workspace, database }: Surroundings): Promise<void> {
  await until(
    async () => {
      await workspace.idle();
      // By what is recorded, not by jobs alone: a process may do its own work before the job for it is due.
      const { rows } = await database.pool.query<{ due: number }>(
        `SELECT (
           (SELECT count(*) FROM countersign.inbox WHERE handled_at IS NULL AND voided_at IS NULL)
           + (SELECT count(*) FROM countersign.runs WHERE (state = 'executing' OR state = 'planned' AND plan IS NULL))
           + (SELECT count(*) FROM countersign.messages WHERE sent < wanted AND given_up_at IS NULL)
           + (SELECT count(*) FROM graphile_worker._private_jobs
              WHERE locked_at IS NOT NULL OR (run_at <= now() AND attempts < max_attempts))
         )::int AS due`,
      );
      return rows[0]!.due === 0;
    },
    { deadlineMilliseconds: 15_000, waitingFor: 'the bot to have nothing left to do' },
  );
}
