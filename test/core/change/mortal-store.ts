/** A process's view of the database that can die between any two of its calls, as a killed process does. */
import type { Run } from '../../../src/core/run.ts';
import type { StepStart, Store, Transaction } from '../../../src/core/store.ts';

export interface Life {
  isDead: boolean;
  /** How many more calls to the database it lives for; undefined: until somebody kills it. */
  fuse: number | undefined;
  die(): void;
}

type AskedStep = Parameters<Store['beginStep']>[0];

/** What the test wants to know of what was committed, also where the process died right after it. */
export interface Witness {
  readonly began?: (run: Run) => void;
  readonly stepAsked?: (step: AskedStep) => (start: StepStart) => void;
}

class Killed extends Error {}

/** A dead process does nothing any more: what it waited for never comes. */
const never = () => new Promise<never>(() => undefined);

/** @returns whether it still lives after this call. */
function lives(life: Life): boolean {
  if (!life.isDead && life.fuse !== undefined && life.fuse-- <= 0) life.die();
  return !life.isDead;
}

export function mortal(store: Store, life: Life, witness: Witness = {}): Store {
  const calls = { ...store };
  for (const name of Object.keys(store) as (keyof Store)[]) {
    const call = store[name] as unknown;
    if (typeof call !== 'function' || name === 'transaction') continue;
    Object.assign(calls, {
      [name]: async (...given: unknown[]) => {
        if (!lives(life)) return never();
        const told = name === 'beginStep' ? witness.stepAsked?.(given[0] as AskedStep) : undefined;
        const result: unknown = await call.apply(store, given);
        told?.(result as StepStart);
        return lives(life) ? result : never();
      },
    });
  }
  return {
    ...calls,
    transaction: async (decide) => {
      if (!lives(life)) return never();
      let begun: Run | undefined;
      try {
        const result = await store.transaction(async (transaction) => {
          const decided = await decide(
            mortalTransaction(transaction, life, (run) => {
              begun = run;
            }),
          );
          // Before COMMIT leaves: nothing of it is kept.
          if (!lives(life)) throw new Killed();
          return decided;
        });
        if (begun !== undefined) witness.began?.(begun);
        return lives(life) ? result : never();
      } catch (error) {
        if (error instanceof Killed || !lives(life)) return never();
        throw error;
      }
    },
  };
}

/** Its connection goes with the process: the transaction is rolled back. */
function mortalTransaction(transaction: Transaction, life: Life, onBegun: (run: Run) => void): Transaction {
  return new Proxy(transaction, {
    get: (target, name, receiver) => {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]) => {
        if (!lives(life)) throw new Killed();
        const result: unknown = method.apply(target, given);
        if (!(result instanceof Promise)) return result;
        return result.then((value: unknown) => {
          if (!lives(life)) throw new Killed();
          if (name === 'beginExecution' && value !== undefined) onBegun(value as Run);
          return value;
        });
      };
    },
  });
}
