import { beforeEach, describe, expect, it } from 'vitest';
import { defineCommand, z } from '../../src/command.ts';
import { execute } from '../../src/core/execute.ts';
import { testDatabase } from '../support/database.ts';
import { lookCommand, must, pilot, runWorld } from './run-fixture.ts';

const database = await testDatabase();
const world = runWorld(database.pool);
beforeEach(() => world.clear());

describe('receiving a request', () => {
  it('makes one run of it, on record', async () => {
    const run = must(await world.receive(await world.ask()));
    expect(run).toMatchObject({
      state: 'executing',
      attempt: 1,
      command: 'look',
      commandVersion: 3,
      invocation: 'look acme',
      requester: 'U0ADA',
      target: 'pilot',
      environment: 'production',
    });
    expect(await world.facts(run.id)).toMatchObject([
      {
        facts: { command: 'look', version: 3, risk: 'read', args: { tenant: 'acme' }, target: 'pilot' },
        private: {},
      },
    ]);
    expect(await world.recorded(run.id)).toEqual(['run.requested']);
  });

  it('makes the same run of it for two workers at the same time', async () => {
    const key = await world.ask();
    const runs = await Promise.all(Array.from({ length: 6 }, () => world.receive(key)));
    const ids = new Set(runs.map((run) => run?.id));
    expect(ids.size).toBe(1);
    expect(await world.recorded([...ids][0]!)).toEqual(['run.requested']);
  });

  it('gives the run back when it is received again later', async () => {
    const key = await world.ask();
    const first = must(await world.receive(key));
    await world.goOn(first);
    const again = must(await world.receive(key));
    expect(again).toMatchObject({ id: first.id, state: 'succeeded' });
    expect(await world.recorded(first.id)).toEqual(['run.requested', 'run.succeeded']);
  });

  it('does nothing for a request that was voided or never stored', async () => {
    const key = await world.ask();
    await database.pool.query('UPDATE countersign.inbox SET voided_at = now() WHERE key = $1', [key]);
    expect(await world.receive(key)).toBeUndefined();
    expect(await world.receive('command:unheard-of')).toBeUndefined();
    expect(await world.messages()).toEqual([]);
  });
});

describe('a refusal', () => {
  const refusing = runWorld(database.pool, {
    permit: (requester) => ({ allowed: requester !== 'U0MALLORY', reason: 'Only responder may run "look".' }),
  });

  it('is recorded once and shown to that person only', async () => {
    const key = await refusing.ask({ requester: 'U0MALLORY' });
    const runs = await Promise.all([1, 2, 3].map(() => refusing.receive(key)));
    const run = must(runs[0]);
    expect(run).toMatchObject({ state: 'refused', problem: 'Only responder may run "look".' });
    expect(await refusing.recorded(run.id)).toEqual(['run.refused']);
    expect(await refusing.messages()).toMatchObject([
      { id: `run:${run.id}:answer`, place: { kind: 'ephemeral', channelId: 'C0OPS', userId: 'U0MALLORY' } },
    ]);
    await execute(run.id, refusing.execute());
    expect(await refusing.recorded(run.id)).toEqual(['run.refused']);
  });

  it('names the targets when several match, and the one asked for when it is not there', async () => {
    const staging = { ...pilot, name: 'staging', environment: 'staging' };
    const several = runWorld(database.pool, { targets: [pilot, staging] });
    const which = must(await several.receive(await several.ask()));
    expect(which).toMatchObject({ state: 'refused', target: undefined });
    expect(which.problem).toBe(
      'Several targets could serve this: pilot (production), staging (staging). Add --target and one of these names.',
    );
    const named = await several.ask({ input: { tenant: 'acme', target: 'staging' } });
    expect(must(await several.receive(named))).toMatchObject({
      state: 'executing',
      target: 'staging',
    });
    const wrong = await several.ask({ input: { tenant: 'acme', target: 'prod' } });
    expect(must(await several.receive(wrong)).problem).toContain('There is no target "prod".');
  });
});

describe('personal arguments', () => {
  it('enter the chain as a commitment, with their text beside it', async () => {
    const reason = 'Margaret Lind asked by phone';
    const run = must(await world.receive(await world.ask({ input: { tenant: 'acme', reason } })));
    await world.goOn(run);
    const entries = await world.rows<{ body: string }>(
      'SELECT body FROM countersign.ledger_entries WHERE run_id = $1',
      run.id,
    );
    expect(entries).toHaveLength(2);
    for (const { body } of entries) expect(String(body)).not.toContain('Margaret');
    const [requested] = await world.facts(run.id);
    expect(requested!.facts.args).toEqual({ tenant: 'acme' });
    expect(requested!.private.reason).toMatch(/^[0-9a-f]{64}$/);
    const kept = await world.rows(
      'SELECT field, person, text FROM countersign.ledger_private WHERE text = $1',
      reason,
    );
    expect(kept).toEqual([{ field: 'reason', person: 'U0ADA', text: reason }]);
  });

  it('stay in the run, which needs them to be executed', async () => {
    const run = must(await world.receive(await world.ask({ input: { tenant: 'acme', reason: 'a note' } })));
    expect(run.input).toEqual({ tenant: 'acme', reason: 'a note' });
  });
});

describe('a click on a card', () => {
  const clicking = runWorld(database.pool, {
    commands: {
      look: lookCommand(async () => ({
        status: 'bad',
        headline: 'broken',
        suggestions: [
          { label: 'Look closer', invocation: 'look "acme" --reason "again"' },
          { label: 'Nonsense', invocation: 'look' },
        ],
      })),
      hello: defineCommand({
        version: 1,
        summary: 'Say hello',
        risk: 'read',
        examples: ['hello'],
        args: z.object({}),
        run: async () => ({ status: 'info', headline: 'hello' }),
      }),
    },
  });
  const click = (action: 'retry' | 'suggestion', runId: string, index = 0) =>
    clicking.ask({
      kind: 'card_action',
      action,
      runId,
      index,
      requester: 'U0GRACE',
      origin: { channelId: 'C0OPS', threadTs: '1.5' },
    });
  const settled = async () => {
    const run = must(await clicking.receive(await clicking.ask()));
    await clicking.goOn(run);
    return run;
  };

  it('runs what the report suggested, asked for by the person who clicked', async () => {
    const first = await settled();
    const run = must(await clicking.receive(await click('suggestion', first.id)));
    expect(run).toMatchObject({
      invocation: 'look acme --reason again',
      requester: 'U0GRACE',
      via: 'button',
      origin: { channelId: 'C0OPS', threadTs: '1.5' },
    });
  });

  it.each([
    ['a run nobody knows', 'suggestion', 'r-unknown', 0],
    ['a retry of a run nobody knows', 'retry', 'r-unknown', 0],
  ] as const)('tells the person about %s', async (_what, action, id, index) => {
    expect(await clicking.receive(await click(action, id, index))).toBeUndefined();
    expect(await clicking.messages()).toMatchObject([
      {
        place: { kind: 'ephemeral', userId: 'U0GRACE' },
        content: { text: expect.stringContaining('nothing was done') },
      },
    ]);
  });

  it('tells the person about a suggestion the report does not have, and one that cannot be read', async () => {
    const first = await settled();
    await clicking.clear();
    expect(await clicking.receive(await click('suggestion', first.id, 7))).toBeUndefined();
    expect(await clicking.receive(await click('suggestion', first.id, 1))).toBeUndefined();
    expect((await clicking.messages()).map(({ content }) => content?.text)).toEqual([
      expect.stringContaining('nothing was done'),
      '"look" needs tenant.',
    ]);
  });

  it('retries with the same arguments, in a run of its own', async () => {
    const failing = runWorld(database.pool, {
      commands: { look: lookCommand(async () => Promise.reject(new Error('down'))) },
    });
    const first = must(await failing.receive(await failing.ask()));
    await failing.goOn(first);
    const run = must(await failing.receive(await click('retry', first.id)));
    expect(run.id).not.toBe(first.id);
    expect(run).toMatchObject({ invocation: 'look acme', requester: 'U0GRACE', state: 'executing' });
  });
});

describe('a command that is gone', () => {
  it('is said to the person, without a run', async () => {
    const key = await world.ask({ command: 'vanished' });
    expect(await world.receive(key)).toBeUndefined();
    expect(await world.messages()).toMatchObject([
      {
        id: `inbox:${key}:answer`,
        content: { text: 'There is no command "vanished" any more. Try /ops help.' },
      },
    ]);
    expect(await world.receive(key)).toBeUndefined();
    expect(await world.messages()).toHaveLength(1);
  });
});
