/** A workspace with one process: people ask, click and wait, and jobs are done when a test says so. */
import type pg from 'pg';
import { beginLockdown, liftLockdown } from '../../../src/core/change/decisions/lockdown.ts';
import type { GuardSettings } from '../../../src/core/change/guard-context.ts';
import type { ExecuteContext } from '../../../src/core/execute.ts';
import type { DecisionRequest, InboxRequest, InvocationRequest } from '../../../src/core/inbox.ts';
import type { Run } from '../../../src/core/run.ts';
import type { Store } from '../../../src/core/store.ts';
import { recordPolicy } from '../../../src/policy-record.ts';
import { people as everybody, membershipOf, settings as usualSettings } from './guarded-people.ts';
import { guardedProcess } from './guarded-process.ts';
import { guardedTarget, type Meeting, type SentCall } from './guarded-target.ts';
import { click, guardedWorkspace, invocation } from './guarded-workspace.ts';

export interface GuardedWorldOptions {
  readonly meet?: (call: SentCall) => Meeting | Promise<Meeting>;
  readonly commands?: Record<string, unknown>;
  readonly settings?: GuardSettings;
  readonly through?: (store: Store) => Store;
}

export async function guardedWorld(pool: pg.Pool, options: GuardedWorldOptions = {}) {
  const workspace = guardedWorkspace(pool);
  const { workspaceId } = workspace;
  const people = everybody();
  const target = guardedTarget(options.meet);
  const faults: unknown[] = [];
  let settings = options.settings ?? usualSettings();
  const processId = `p-${workspaceId}`;
  const join = (changes: { commands?: Record<string, unknown>; processId?: string } = {}) =>
    guardedProcess({
      pool,
      workspaceId,
      processId,
      settings: () => settings,
      membership: membershipOf(people),
      target,
      onFault: (error) => faults.push(error),
      ...(options.commands === undefined ? {} : { commands: options.commands }),
      ...(options.through === undefined ? {} : { through: options.through }),
      ...changes,
    });
  let process = join();

  const decree = async (changed: GuardSettings): Promise<void> => {
    settings = changed;
    await recordPolicy({ pool, workspaceId, policy: changed, now: () => new Date() });
  };
  await decree(settings);

  /** Handles a request at once, then posts what it asked for. @returns the request's key. */
  const bring = async (request: InboxRequest, key?: string): Promise<string> => {
    const stored = await workspace.store(request, processId, key);
    await process.handle(stored);
    await workspace.post();
    return stored;
  };
  const work = async (changes: Partial<ExecuteContext> = {}): Promise<void> => {
    for (;;) {
      const jobs = await workspace.takeJobs();
      if (jobs.length === 0) break;
      for (const job of jobs) await process.work(job, changes);
    }
    await workspace.post();
  };
  const ask = async (
    requester: string,
    command: string,
    changes: Partial<InvocationRequest> = {},
  ): Promise<Run> => {
    const key = await bring(invocation(requester, command, changes));
    const run = await process.store.maybeRunForInbox(key);
    if (run === undefined) throw new Error(`No run came of ${command}`);
    return run;
  };
  /** @returns what the one who clicked was answered; undefined: the card says it. */
  const decide = async (
    who: string,
    action: DecisionRequest['action'],
    id: string,
    changes: Partial<DecisionRequest> = {},
  ): Promise<string | undefined> =>
    workspace.answer(await bring(click(who, action, await workspace.run(id), changes)));
  const decider = (person: string) =>
    ({ person, via: 'slash', origin: { channelId: 'C0OPS' }, key: undefined }) as const;

  return {
    ...workspace,
    people,
    target,
    faults,
    bring,
    work,
    ask,
    decide,
    decree,
    join,
    process: () => process,
    /** The same process with other commands, as after a restart with a newer version of them. */
    restart: (changes: { commands?: Record<string, unknown> }) => {
      process = join(changes);
    },
    settings: () => settings,
    lockDown: (who: string, reason?: string) => beginLockdown(decider(who), reason, process.context),
    lift: (who: string) => liftLockdown(decider(who), process.context),
    /** Asked for by Ada, signed by these, its jobs done. */
    signed: async (
      command: string,
      signers: readonly string[],
      changes: Partial<InvocationRequest> = {},
    ): Promise<Run> => {
      const run = await ask('U0ADA', command, changes);
      for (const who of signers) await decide(who, 'approve', run.id);
      await work();
      return workspace.run(run.id);
    },
    kinds: async (id: string): Promise<string[]> =>
      (await workspace.ledger()).filter(({ runId }) => runId === id).map(({ kind }) => kind),
    told: async (id: string): Promise<string[]> =>
      (await workspace.messages())
        .filter((message) => message.id.startsWith(`run:${id}:told:`))
        .map((message) => message.content?.notice ?? ''),
    /** Paths of the effects that happened. */
    effects: () => target.effects.map(({ path }) => path),
  };
}

export type GuardedWorld = Awaited<ReturnType<typeof guardedWorld>>;

/** Lets `count` decisions read everything before any of them commits, once armed. */
export function deadHeat(count: number) {
  const waiting: (() => void)[] = [];
  let isArmed = false;
  return {
    arm: () => {
      isArmed = true;
    },
    through: (store: Store): Store => ({
      ...store,
      transaction: async (decide) => {
        if (isArmed) {
          await new Promise<void>((go) => {
            waiting.push(go);
            if (waiting.length < count) return;
            isArmed = false;
            for (const other of waiting) other();
          });
        }
        return store.transaction(decide);
      },
    }),
  };
}
