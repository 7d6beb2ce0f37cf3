/** Several processes of one workspace, of which all but the last may be killed between any two of their calls. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { GuardSettings } from '../../../src/core/change/guard-context.ts';
import type { ExecuteContext } from '../../../src/core/execute.ts';
import {
  livenessLockClass,
  registerProcess,
  takeOverFromDeadProcesses,
} from '../../../src/postgres/processes.ts';
import { membershipOf, type People } from './guarded-people.ts';
import { type GuardedProcess, guardedProcess, type Job } from './guarded-process.ts';
import { guardedCommands, guardedTarget, type Meeting } from './guarded-target.ts';
import type { GuardedWorkspace } from './guarded-workspace.ts';
import { type Life, mortal, type Witness } from './mortal-store.ts';

/** The slot of the process nobody kills. */
export const survivor = 3;

export interface Member extends Life {
  readonly id: string;
  readonly lockKey: number;
  readonly process: GuardedProcess;
  /** As it has loaded them. */
  settings: GuardSettings;
  /** What becomes of the call it has under way when it dies. */
  effectOnDeath: 'made' | 'not_made';
  readonly jobs: Set<Job>;
  readonly working: Set<Promise<unknown>>;
}

/** A call that waits for what the target makes of it. */
interface Gate {
  readonly member: Member;
  readonly meet: (meeting: Meeting) => void;
}

export interface CrewOptions {
  readonly pool: pg.Pool;
  readonly workspace: GuardedWorkspace;
  readonly people: People;
  /** What a process starts with. */
  readonly latest: () => { readonly settings: GuardSettings; readonly version: number };
  readonly witness: (readAt: () => number) => Witness;
}

export async function guardedCrew({ pool, workspace, people, latest, witness }: CrewOptions) {
  const { workspaceId } = workspace;
  // Says which of them live: the database knows a process by a lock of its session.
  const connection = await pool.connect();
  const gates = new Set<Gate>();
  const all: Member[] = [];
  const slots: Member[] = [];
  const absences = new Set<Promise<unknown>>();
  /** Requests whose handling failed, which whoever lives tries again. */
  const again = new Set<string>();
  const errors: unknown[] = [];

  const target = guardedTarget(
    ({ processId }) =>
      new Promise<Meeting>((resolve) => {
        const member = all.find(({ id }) => id === processId)!;
        // Died with the call on its lips.
        if (member.isDead) return;
        const gate: Gate = {
          member,
          meet: (meeting) => {
            gates.delete(gate);
            resolve(meeting);
          },
        };
        gates.add(gate);
      }),
  );

  /** Its session is gone as far as the database can tell. */
  const absent = (member: Pick<Member, 'lockKey'>): void => {
    const gone = connection
      .query('SELECT pg_advisory_unlock($1::integer, $2::integer)', [livenessLockClass, member.lockKey])
      .finally(() => absences.delete(gone));
    absences.add(gone);
  };
  const die = (member: Member): void => {
    if (member.isDead) return;
    member.isDead = true;
    absent(member);
    for (const gate of [...gates].filter((one) => one.member === member)) {
      if (member.effectOnDeath === 'made') gate.meet('answer');
      else gates.delete(gate);
    }
    member.working.clear();
  };
  const join = async (slot: number): Promise<Member> => {
    const id = `${workspaceId}-${randomUUID().slice(0, 8)}`;
    await registerProcess(connection, id, []);
    const { rows } = await connection.query<{ lock_key: number }>(
      'SELECT lock_key FROM countersign.processes WHERE id = $1',
      [id],
    );
    const { settings, version } = latest();
    const member: Member = {
      id,
      lockKey: rows[0]!.lock_key,
      process: guardedProcess({
        pool,
        workspaceId,
        processId: id,
        settings: () => member.settings,
        membership: membershipOf(people),
        target,
        commands: guardedCommands(version),
        onFault: (error) => errors.push(error),
      }),
      settings,
      isDead: false,
      fuse: undefined,
      effectOnDeath: 'not_made',
      jobs: new Set(),
      working: new Set(),
      die: () => die(member),
    };
    all.push(member);
    slots[slot] = member;
    return member;
  };
  for (let slot = 0; slot <= survivor; slot++) await join(slot);

  /** Each piece of work reads the policy for itself, so that it is known when it did. */
  const contextOf = (member: Member): Partial<ExecuteContext> => {
    let readAt = performance.now();
    return {
      settings: () => {
        readAt = performance.now();
        return member.settings;
      },
      store: mortal(
        member.process.store,
        member,
        witness(() => readAt),
      ),
    };
  };
  /** Not awaited by whoever begins it: other things happen meanwhile. */
  const begin = (member: Member, work: Promise<unknown>, onError: () => void = () => undefined): void => {
    const doing: Promise<unknown> = work
      .catch((error: unknown) => {
        errors.push(error);
        onError();
      })
      .finally(() => member.working.delete(doing));
    member.working.add(doing);
  };
  const handle = (member: Member, key: string): void => {
    begin(member, member.process.handle(key, contextOf(member)), () => void again.add(key));
  };
  const workOn = async (member: Member): Promise<void> => {
    for (const job of await workspace.takeJobs()) {
      // Asked for again as long as nobody delivers, and nobody does here.
      if (job.task === 'deliver') continue;
      member.jobs.add(job);
      const working = member.process.work(job, contextOf(member)).catch(async (error: unknown) => {
        await workspace.giveBack(job);
        throw error;
      });
      begin(
        member,
        working.finally(() => member.jobs.delete(job)),
      );
    }
    for (const key of [...again]) {
      again.delete(key);
      handle(member, key);
    }
  };

  return {
    target,
    gates,
    all,
    slots,
    again,
    errors,
    absent,
    join,
    begin,
    handle,
    workOn,
    contextOf,
    /** The process in this place; a dead one is followed by another. */
    at: async (index: number): Promise<Member> => {
      const slot = index % (survivor + 1);
      return slots[slot]!.isDead ? join(slot) : slots[slot]!;
    },
    takeOver: async (member: Member): Promise<void> => {
      await Promise.all(absences);
      // What workers of dead processes held.
      for (const dead of all.filter(({ isDead }) => isDead)) {
        for (const job of dead.jobs) await workspace.giveBack(job);
        dead.jobs.clear();
      }
      await takeOverFromDeadProcesses(pool, workspaceId, member.id);
      await workOn(member);
    },
    /** Nothing goes on but calls the target has not answered. */
    isQuiet: () => {
      const living = all.filter(({ isDead }) => !isDead);
      return living.reduce((sum, { working }) => sum + working.size, 0) === gates.size;
    },
    leave: async (): Promise<void> => {
      for (const member of all) member.isDead = true;
      await Promise.all(absences);
      await connection.query('SELECT pg_advisory_unlock_all()');
      connection.release();
    },
  };
}
