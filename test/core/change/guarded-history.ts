/** What people, processes and the clock do in one workspace, one event after another; then rest, then the end. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { beginLockdown, liftLockdown } from '../../../src/core/change/decisions/lockdown.ts';
import type { GuardSettings } from '../../../src/core/change/guard-context.ts';
import type { DecisionAction, InboxRequest } from '../../../src/core/inbox.ts';
import type { Run } from '../../../src/core/run.ts';
import { recordPolicy } from '../../../src/policy-record.ts';
import { until } from '../../support/until.ts';
import { person } from '../policy/policy-fixture.ts';
import { acme } from '../run-fixture.ts';
import { guardedCrew, type Member, survivor } from './guarded-crew.ts';
import { people as everybody, root } from './guarded-people.ts';
import { globex, type Meeting } from './guarded-target.ts';
import { guardedWatch } from './guarded-watch.ts';
import { click, guardedWorkspace, invocation } from './guarded-workspace.ts';

export type Event =
  | { kind: 'ask'; who: string; command: string; tenant: string; how: 'typed' | 'form' | 'plan'; by: number }
  | { kind: 'undo'; who: string; which: number; by: number }
  | { kind: 'click'; who: string; action: DecisionAction; which: number; isStale: boolean; by: number }
  | { kind: 'again'; which: number; by: number }
  | { kind: 'work'; by: number }
  | { kind: 'answer'; which: number; meeting: Meeting }
  | { kind: 'kill'; by: number; after: number; effect: 'made' | 'not_made' }
  | { kind: 'restart'; by: number; isNewer: boolean }
  | { kind: 'absent'; by: number }
  | { kind: 'take_over'; by: number }
  | { kind: 'expire'; which: number; by: number }
  | { kind: 'remind'; which: number; by: number }
  | { kind: 'decree'; policy: number; by: number }
  | { kind: 'reload'; by: number }
  | { kind: 'deactivate'; who: string }
  | { kind: 'group'; who: string }
  | { kind: 'fail'; tenant: string; ids: number }
  | { kind: 'lockdown'; who: string; by: number }
  | { kind: 'lift'; who: string; by: number }
  | { kind: 'wait' };

const idOf = (slug: string) => (slug === acme.slug ? acme : globex).id;

export async function guardedHistory(pool: pg.Pool, policies: readonly GuardSettings[]) {
  const workspace = guardedWorkspace(pool);
  const { workspaceId } = workspace;
  const people = everybody();
  const watch = guardedWatch(workspace, people);
  const keys: string[] = [];
  let version = 1;
  let latest = policies[0]!;
  const now = () => performance.now();
  await recordPolicy({ pool, workspaceId, policy: latest, now: () => new Date() });
  watch.newEra(latest, 0);
  const crew = await guardedCrew({
    pool,
    workspace,
    people,
    latest: () => ({ settings: latest, version }),
    witness: watch.witness,
  });
  crew.target.status.set(globex.id, 'halted');

  const store = async (member: Member, request: InboxRequest): Promise<void> => {
    const key = `key:${randomUUID()}`;
    keys.push(key);
    await workspace.store(request, member.id, key);
    crew.handle(member, key);
  };
  /** Counted from the newest. */
  const pick = async (which: number, isFit: (run: Run) => boolean): Promise<Run | undefined> => {
    const fit = (await workspace.runs()).filter(isFit);
    return fit.at(-1 - (which % Math.max(1, fit.length)));
  };
  const hasCard = (run: Run) => run.digest !== undefined && run.state !== 'planned';
  const isQuiet = () => crew.isQuiet() && !watch.isJudging();

  const happen = async (event: Event): Promise<void> => {
    switch (event.kind) {
      case 'ask': {
        const origin = {
          channelId: 'C0OPS',
          ...(event.how === 'form' ? { viewId: `V${randomUUID()}` } : {}),
        };
        const changes = { input: { tenant: event.tenant }, origin, isPlanOnly: event.how === 'plan' };
        // What would be refused for being so already is rarely worth asking.
        const isHalted = crew.target.status.get(idOf(event.tenant)) === 'halted';
        const command = event.command === 'switch' ? (isHalted ? 'revive' : 'halt') : event.command;
        return store(await crew.at(event.by), invocation(event.who, command, changes));
      }
      case 'undo': {
        const run = await pick(
          event.which,
          ({ state, command }) => state === 'succeeded' && command === 'halt',
        );
        if (run === undefined) return;
        return store(await crew.at(event.by), {
          kind: 'card_action',
          action: 'undo',
          runId: run.id,
          index: 0,
          requester: event.who,
          origin: { channelId: 'C0OPS' },
        });
      }
      case 'click': {
        const isConfirmation = event.action === 'confirm_run' || event.action === 'cancel_run';
        const run = await pick(event.which, (one) =>
          isConfirmation ? one.digest !== undefined : hasCard(one),
        );
        if (run === undefined) return;
        await workspace.post();
        const changes = event.isStale ? { digest: '0'.repeat(16) } : {};
        return store(await crew.at(event.by), click(event.who, event.action, run, changes));
      }
      case 'again': {
        const key = keys[event.which % Math.max(1, keys.length)];
        if (key !== undefined) crew.handle(await crew.at(event.by), key);
        return;
      }
      case 'work':
        return crew.workOn(await crew.at(event.by));
      case 'answer':
        return [...crew.gates][event.which % Math.max(1, crew.gates.size)]?.meet(event.meeting);
      case 'kill': {
        const member = await crew.at(event.by % survivor);
        member.effectOnDeath = event.effect;
        if (event.after === 0) member.die();
        else member.fuse = event.after;
        return;
      }
      case 'restart': {
        if (event.isNewer) version += 1;
        const slot = event.by % survivor;
        crew.slots[slot]!.die();
        await crew.join(slot);
        return;
      }
      case 'absent':
        return crew.absent(await crew.at(event.by % survivor));
      case 'take_over':
        return crew.takeOver(await crew.at(event.by));
      case 'expire': {
        const run = await pick(
          event.which,
          ({ expiresAt, finishedAt }) => expiresAt !== undefined && finishedAt === undefined,
        );
        if (run === undefined) return;
        await workspace.outlive(run.id);
        await workspace.hurry(run.id);
        return crew.workOn(await crew.at(event.by));
      }
      case 'remind': {
        const run = await pick(event.which, hasCard);
        if (run === undefined) return;
        const member = await crew.at(event.by);
        return crew.begin(
          member,
          member.process.work({ task: 'remind', payload: { runId: run.id } }, crew.contextOf(member)),
        );
      }
      case 'decree': {
        const member = await crew.at(event.by);
        const from = now();
        latest = policies[event.policy % policies.length]!;
        member.settings = latest;
        await recordPolicy({ pool, workspaceId, policy: latest, now: () => new Date() });
        return watch.newEra(latest, from);
      }
      case 'reload': {
        (await crew.at(event.by)).settings = latest;
        return;
      }
      case 'deactivate': {
        const before = people.facts.get(event.who)!;
        people.facts.set(event.who, person(event.who, { isDeactivated: !before.isDeactivated }));
        return watch.newEra(latest, now());
      }
      case 'group': {
        if (!people.group.delete(event.who)) people.group.add(event.who);
        return watch.newEra(latest, now());
      }
      case 'fail': {
        const ids = Array.from({ length: event.ids }, () => `e-${randomUUID().slice(0, 6)}`);
        crew.target.failed.get(idOf(event.tenant))!.push(...ids);
        return;
      }
      case 'lockdown': {
        const member = await crew.at(event.by);
        const decider = { person: event.who, via: 'slash', origin: {}, key: undefined } as const;
        const context = { ...member.process.context, ...crew.contextOf(member) };
        const begun = watch.lockdownBegins();
        const done = beginLockdown(decider, undefined, context).then(({ isDone }) => {
          if (isDone) begun();
        });
        return crew.begin(member, done);
      }
      case 'lift': {
        const member = await crew.at(event.by);
        watch.liftBegins();
        const decider = { person: event.who, via: 'slash', origin: {}, key: undefined } as const;
        return crew.begin(
          member,
          liftLockdown(decider, { ...member.process.context, ...crew.contextOf(member) }),
        );
      }
      case 'wait':
        await until(isQuiet, {
          waitingFor: `everything but the target (${crew.errors.slice(-2).map(String).join('; ')})`,
          deadlineMilliseconds: 20_000,
        });
    }
  };

  /** Nothing more goes wrong: whoever lives finishes, and finds what the dead have left. */
  const comeToRest = async (): Promise<void> => {
    for (const member of crew.all) {
      if (!member.isDead) {
        member.fuse = undefined;
        member.settings = latest;
      }
    }
    const last = crew.slots[survivor]!;
    const rests = async (): Promise<boolean> => {
      for (const gate of [...crew.gates]) gate.meet('answer');
      await crew.takeOver(last);
      for (const gate of [...crew.gates]) gate.meet('answer');
      if (!isQuiet() || crew.gates.size > 0 || crew.again.size > 0) return false;
      const due = await unfinished();
      await workspace.rows(
        `UPDATE graphile_worker._private_jobs SET run_at = now() WHERE payload->>'workspaceId' = $1
           AND run_at <= clock_timestamp() + interval '1 minute'`,
      );
      return due.length === 0 && isQuiet();
    };
    await until(rests, { waitingFor: 'the world to rest', deadlineMilliseconds: 20_000 }).catch(
      async (cause: unknown) => {
        const left = [...(await unfinished()), ...crew.errors.slice(-3).map(String)];
        throw new Error(`The world does not come to rest: ${left.join('; ')}`, { cause });
      },
    );
  };
  /** What still waits for a process. */
  const unfinished = async (): Promise<string[]> => {
    const found = await workspace.rows<{ what: string }>(
      `SELECT 'request ' || key AS what FROM countersign.inbox WHERE workspace_id = $1 AND handled_at IS NULL
       UNION ALL
       SELECT 'job ' || (payload::text) FROM graphile_worker._private_jobs
       WHERE payload->>'workspaceId' = $1 AND payload->>'messageId' IS NULL
         AND run_at <= clock_timestamp() + interval '1 minute'
       UNION ALL
       SELECT state || ' ' || id FROM countersign.runs
       WHERE workspace_id = $1 AND (state = 'executing' OR state = 'planned' AND plan IS NULL)`,
    );
    return found.map(({ what }) => what);
  };
  /** What nobody could know is settled by an admin; whoever waited for its lock has their turn. */
  const settleUnknown = async (): Promise<void> => {
    people.facts.set(root, person(root));
    for (;;) {
      const unknown = (await workspace.runs()).filter(({ state }) => state === 'unknown');
      if (unknown.length === 0) return;
      await workspace.post();
      for (const run of unknown) await store(crew.slots[survivor]!, click(root, 'did_not_happen', run));
      await comeToRest();
    }
  };
  /** The time of what only waits for people passes. */
  const outliveAll = async (): Promise<void> => {
    for (const run of await workspace.runs()) {
      if (run.finishedAt !== undefined) continue;
      await workspace.outlive(run.id);
      await workspace.hurry(run.id);
    }
    await comeToRest();
  };

  return {
    ...workspace,
    happen,
    comeToRest,
    settleUnknown,
    outliveAll,
    target: crew.target,
    problems: watch.problems,
    began: watch.began,
    eras: watch.eras,
    leave: crew.leave,
  };
}

export type GuardedHistory = Awaited<ReturnType<typeof guardedHistory>>;
