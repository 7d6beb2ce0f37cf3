import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Fault, Refusal, type Report } from '../../src/command.ts';
import { execute, goOn } from '../../src/core/execute.ts';
import { receive } from '../../src/core/receive.ts';
import { isSettled } from '../../src/core/run.ts';
import { takeOverFromDeadProcesses } from '../../src/postgres/processes.ts';
import { testDatabase } from '../support/database.ts';
import fc from '../support/properties.ts';
import { until } from '../support/until.ts';
import { lookCommand, runWorld, workspaceId } from './run-fixture.ts';

const database = await testDatabase();

type Event =
  | { kind: 'deliver'; key: number }
  | { kind: 'work'; key: number; process: number }
  | { kind: 'finish'; which: number; how: 'succeeds' | 'breaks' | 'refuses' }
  | { kind: 'kill'; process: number }
  | { kind: 'hand_back'; process: number };

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deliver' as const), key: fc.nat(2) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('work' as const), key: fc.nat(2), process: fc.nat(2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('finish' as const),
      which: fc.nat(5),
      how: fc.constantFrom('succeeds' as const, 'breaks' as const, 'refuses' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('kill' as const), process: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('hand_back' as const), process: fc.nat(2) }) },
);

/** The process nobody kills. */
const survivor = 3;

/** Several processes, as far as the database can tell, and reads that go on until they are told to end. */
function history() {
  const prefix = randomUUID();
  const going: { finish(how: Extract<Event, { kind: 'finish' }>['how']): void }[] = [];
  const look = lookCommand(
    () =>
      new Promise<Report>((resolve, reject) => {
        going.push({
          finish: (how) => {
            if (how === 'succeeds') resolve({ status: 'ok', headline: 'seen' });
            else if (how === 'refuses') reject(new Refusal('no', 'no'));
            else reject(new Fault('target_unreachable', 'cannot reach it'));
          },
        });
      }),
  );
  const lives = [0, 1, 2, survivor].map(() => new AbortController());
  const worlds = [0, 1, 2, survivor].map((index) =>
    runWorld(database.pool, { commands: { look }, processId: `${prefix}-p${index}` }),
  );
  const working = new Set<Promise<unknown>>();
  /** Not awaited by the one who begins it: other things happen meanwhile. */
  const begin = (work: Promise<unknown>) => {
    const done = work
      // A killed process says nothing; its job stays with it until somebody finds it dead.
      .catch((error: unknown) => {
        if (String(error) !== 'Error: killed') throw error;
      })
      .finally(() => working.delete(done));
    working.add(done);
  };
  const contextOf = (index: number) => worlds[index]!.execute({ stopping: lives[index]!.signal });
  const keyOf = (key: number) => `command:${prefix}-${key}`;

  const receiveIn = async (index: number, key: string) => {
    const received = await receive(key, worlds[index]!.receiveContext);
    if (received === undefined) return;
    const { run, isTakenUp } = received;
    if (isTakenUp) begin(goOn(run, run.executor!, contextOf(index)));
    else begin(execute(run.id, contextOf(index)));
  };
  /** What another process does when it finds this one's work: makes jobs of it, and works on them. */
  const handBack = async (index: number) => {
    await takeOverFromDeadProcesses(database.pool, workspaceId, `${prefix}-p${index}`);
    const { rows } = await database.pool.query<{ payload: { key?: string; runId?: string } }>(
      `DELETE FROM graphile_worker._private_jobs RETURNING payload`,
    );
    for (const { payload } of rows) {
      if (payload.key !== undefined) await receiveIn(index, payload.key);
      else if (payload.runId !== undefined) begin(execute(payload.runId, contextOf(index)));
    }
    return rows.length;
  };
  const happen = async (event: Event) => {
    switch (event.kind) {
      case 'deliver':
        await worlds[0]!.ask({}, keyOf(event.key));
        return;
      case 'work':
        begin(receiveIn(event.process, keyOf(event.key)));
        return;
      case 'finish':
        going.splice(event.which % Math.max(1, going.length), 1)[0]?.finish(event.how);
        return;
      case 'kill':
        lives[event.process]!.abort(new Error('killed'));
        lives[event.process] = new AbortController();
        return;
      case 'hand_back':
        await handBack(event.process);
    }
  };
  /** Nothing more goes wrong: whoever lives finishes, and finds what the dead have left. */
  const comeToRest = () =>
    until(
      async () => {
        for (const one of going.splice(0)) one.finish('succeeds');
        await handBack(survivor);
        for (const one of going.splice(0)) one.finish('succeeds');
        const runs = await runsOf();
        const open = await worlds[0]!.rows(
          'SELECT key FROM countersign.inbox WHERE key LIKE $1 AND handled_at IS NULL',
          `command:${prefix}-%`,
        );
        return (
          working.size === 0 && open.length === 0 && runs.every(({ state }) => isSettled(state as never))
        );
      },
      { waitingFor: 'every run to be settled' },
    );
  const runsOf = () =>
    worlds[0]!.rows<{ id: string; state: string; attempt: number; inbox_key: string }>(
      'SELECT id, state, attempt, inbox_key FROM countersign.runs WHERE inbox_key LIKE $1',
      `command:${prefix}-%`,
    );
  return { happen, comeToRest, runsOf, recorded: worlds[0]!.recorded, clear: worlds[0]!.clear };
}

const outcomes = ['run.succeeded', 'run.failed', 'run.refused', 'run.unknown'];

describe('the life of a run', () => {
  it('ends once, on record once, whoever is killed and whatever comes twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 3, maxLength: 14 }), async (events) => {
        const world = history();
        await world.clear();
        const delivered = new Set<number>();
        for (const event of events) {
          await world.happen(event);
          if (event.kind === 'deliver') delivered.add(event.key);
        }
        await world.comeToRest();
        const runs = await world.runsOf();
        expect(runs.map(({ inbox_key }) => inbox_key).sort()).toHaveLength(delivered.size);
        expect(new Set(runs.map(({ inbox_key }) => inbox_key)).size).toBe(delivered.size);
        for (const run of runs) {
          const kinds = await world.recorded(run.id);
          expect(kinds[0]).toBe('run.requested');
          expect(kinds.filter((kind) => kind === 'run.requested')).toHaveLength(1);
          expect(kinds.filter((kind) => outcomes.includes(kind))).toHaveLength(1);
          expect(kinds.at(-1)).toBe(`run.${run.state}`);
          expect(kinds.filter((kind) => kind === 'run.taken_over')).toHaveLength(run.attempt - 1);
        }
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});
