import { afterAll, expect, test } from 'vitest';
import { type Situation, situations } from '../../../../sandbox/targets/rms/sample-deployments.ts';
import { type Rms, startRms } from '../../../../sandbox/targets/rms/server.ts';
import { testDatabase } from '../../../support/database.ts';

interface Deployed {
  readonly releases: {
    readonly version: string;
    readonly schema: string;
    readonly runsOn: { readonly oldest: string; readonly newest: string } | null;
  }[];
  readonly applied: string[];
  readonly pending: string[];
}

let time = Date.UTC(2025, 10, 20, 12);
const now = () => new Date(time);
const running = new Map<Situation, Rms>();
for (const situation of situations) {
  const { superuserUrl } = await testDatabase({ isEmpty: true });
  running.set(situation, await startRms({ databaseUrl: superuserUrl, token: 'a-token', situation, now }));
}
afterAll(() => Promise.all([...running.values()].map((rms) => rms.close())));

async function read(situation: Situation, path: string): Promise<Record<string, unknown>> {
  const { url } = running.get(situation)!;
  return (await fetch(url + path, { headers: { authorization: 'Bearer a-token' } })).json() as never;
}

async function deployed(situation: Situation): Promise<Deployed> {
  return {
    ...(await read(situation, '/api/releases')),
    ...(await read(situation, '/api/migrations')),
  } as unknown as Deployed;
}

/** Whether the release before the current one runs on the schema that is there now. */
function previousRunsOnNewest({ releases, applied }: Deployed): boolean {
  const { oldest = '', newest = '' } = releases[1]?.runsOn ?? {};
  const here = applied.length - 1;
  return applied.indexOf(oldest) <= here && applied.indexOf(newest) >= here;
}

test('in the same schema the previous release came with the newest migration', async () => {
  const { releases, applied, pending } = await deployed('same_schema');
  expect(releases.map(({ version }) => version)).toEqual(['2.14.2', '2.14.1', '2.13.4']);
  expect(releases.slice(0, 2).map(({ schema }) => schema)).toEqual([applied.at(-1), applied.at(-1)]);
  expect(pending).toEqual([]);
});

test('where it is compatible a migration lies between, on which the previous release runs', async () => {
  const state = await deployed('compatible');
  expect(state.releases[0]?.schema).toBe(state.applied.at(-1));
  expect(state.releases[1]?.schema).toBe(state.applied.at(-2));
  expect(previousRunsOnNewest(state)).toBe(true);
});

test('where it is incompatible no earlier release declares that it runs on the newest schema', async () => {
  const state = await deployed('incompatible');
  expect(previousRunsOnNewest(state)).toBe(false);
  const newest = state.applied.at(-1);
  expect(state.releases.slice(1).filter(({ runsOn }) => runsOn?.newest === newest)).toEqual([]);
  expect(state.releases.at(-1)?.runsOn).toBeNull();
});

test('every schema a release names is an applied migration', async () => {
  for (const situation of situations) {
    const { releases, applied } = await deployed(situation);
    const named = releases.flatMap(({ schema, runsOn }) => [
      schema,
      ...(runsOn ? Object.values(runsOn) : []),
    ]);
    expect(applied).toEqual(expect.arrayContaining(named));
  }
});

test('queues drain or grow as time passes, and never fall below empty', async () => {
  const depths = async (situation: Situation) => {
    const { queues } = (await read(situation, '/api/queues')) as {
      queues: { name: string; depth: number }[];
    };
    return Object.fromEntries(queues.map(({ name, depth }) => [name, depth]));
  };
  const before = [await depths('same_schema'), await depths('incompatible')];
  time += 4_000;
  const after = [await depths('same_schema'), await depths('incompatible')];
  expect(after[0]!.notifications).toBe(before[0]!.notifications! - 24);
  expect(after[1]!.notifications).toBe(before[1]!.notifications! + 36);
  time += 600_000;
  expect(Object.values(await depths('same_schema'))).toEqual([0, 0, 0]);
});
