import { describe, expect, it } from 'vitest';
import lockdown from '../../commands/lockdown.ts';
import run from '../../commands/run.ts';
import type { Countersign, LockdownState, RunSummary } from '../../src/command.ts';
import { cardText, reportOf } from './report-of.ts';

const golden = (name: string) => `../golden/commands/${name}.txt`;
const lasting: LockdownState = {
  begunBy: 'U0GRACE',
  begunAt: new Date('2026-11-20T18:00:00Z'),
  reason: 'odd deploys',
  lifts: ['U0LINUS'],
};

function services(
  state: LockdownState | undefined,
  stillNeeded = 1,
): { lockdown: Countersign['lockdown']; begun: (string | undefined)[] } {
  const begun: (string | undefined)[] = [];
  return {
    begun,
    lockdown: {
      state: async () => state,
      begin: async (reason) => {
        begun.push(reason);
        return { stopped: 3 };
      },
      lift: async () => ({ stillNeeded }),
    },
  };
}

describe('lockdown', () => {
  it.each([
    ['lockdown-begun', { reason: 'odd deploys' }, services(undefined)],
    ['lockdown-lasting', { status: true }, services(lasting)],
    ['lockdown-none', { status: true }, services(undefined)],
    ['lockdown-one-lift', { lift: true }, services(lasting)],
    ['lockdown-lifted', { lift: true }, services(lasting, 0)],
  ])('reads as kept in %s', async (name, input, countersign) => {
    const report = await reportOf(lockdown, input, { countersign });
    await expect(cardText('lockdown', report)).toMatchFileSnapshot(golden(name));
  });

  it('begins with the reason given, and with none', async () => {
    const countersign = services(undefined);
    await reportOf(lockdown, { reason: '  odd deploys ' }, { countersign });
    await reportOf(lockdown, {}, { countersign });
    expect(countersign.begun).toEqual(['odd deploys', undefined]);
  });

  it('does not begin and lift in one breath', async () => {
    const countersign = services(lasting);
    const both = reportOf(lockdown, { reason: 'odd deploys', lift: true }, { countersign });
    await expect(both).rejects.toMatchObject({ code: 'lift_or_begin' });
    expect(countersign.begun).toEqual([]);
  });
});

describe('run', () => {
  const unknown = {
    id: 'r-7k2m9q4x',
    command: 'suspend-tenant',
    invocation: 'suspend-tenant acme',
    requester: 'U0ADA',
    state: 'unknown',
    createdAt: new Date('2026-11-20T18:00:00Z'),
    signers: ['U0GRACE', 'U0LINUS'],
    steps: [{ name: 'suspend', state: 'unknown' }],
  } as unknown as RunSummary;

  it('tells how an unknown outcome is settled', async () => {
    const report = await reportOf(run, { id: 'r-7k2m9q4x' }, { countersign: { run: async () => unknown } });
    await expect(cardText('run r-7k2m9q4x', report)).toMatchFileSnapshot(golden('run-unknown'));
  });

  it.each([
    [{ settle: 'happened' }, ['r-7k2m9q4x', 'happened', undefined]],
    [{ settle: 'not', step: 'suspend' }, ['r-7k2m9q4x', 'did_not_happen', 'suspend']],
  ])('settles with %j', async (input, expected) => {
    const settled: unknown[][] = [];
    await reportOf(
      run,
      { id: 'r-7k2m9q4x', ...input },
      { countersign: { run: async () => unknown, settleRun: async (...given) => void settled.push(given) } },
    );
    expect(settled).toEqual([expected]);
  });

  it('cancels before it looks', async () => {
    const done: string[] = [];
    await reportOf(
      run,
      { id: 'R-7K2M9Q4X', cancel: true },
      {
        countersign: {
          cancelRun: async (id) => void done.push(`cancel ${id}`),
          run: async (id) => {
            done.push(`look ${id}`);
            return unknown;
          },
        },
      },
    );
    expect(done).toEqual(['cancel r-7k2m9q4x', 'look r-7k2m9q4x']);
  });
});
