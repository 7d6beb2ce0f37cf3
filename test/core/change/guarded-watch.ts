/** Watches every commit that begins a run or a step, and holds it against the policy and the lockdowns of that moment. */
import type { GuardSettings } from '../../../src/core/change/guard-context.ts';
import type { Run } from '../../../src/core/run.ts';
import { type Era, mayBegin } from './guarded-oracle.ts';
import type { People } from './guarded-people.ts';
import type { GuardedWorkspace } from './guarded-workspace.ts';
import type { Witness } from './mortal-store.ts';

const now = () => performance.now();

export function guardedWatch(workspace: GuardedWorkspace, people: People) {
  const eras: Era[] = [];
  const problems: string[] = [];
  /** What was wrong with each run that began; undefined: nothing. */
  const began = new Map<string, string | undefined>();
  const judging = new Set<Promise<void>>();
  let lockedSince: number | undefined;
  let lifts = 0;

  const isFreeUndo = async (run: Run, { settings }: Era): Promise<boolean> => {
    if (run.undoOf === undefined) return false;
    const undone = await workspace.run(run.undoOf);
    const given = (await workspace.approvals(undone.id)).filter(({ decision }) => decision !== 'denied');
    const able = [undone.requester, ...given.map(({ signer }) => signer)];
    const self = settings.identities.find((one) => one.includes(run.requester)) ?? [run.requester];
    return undone.state === 'succeeded' && able.some((one) => self.includes(one));
  };
  /** Held against every moment between the reading of the policy and the commit that began it. */
  const judge = async (run: Run, readAt: number, committedAt: number): Promise<void> => {
    if (began.has(run.id)) problems.push(`${run.id} began twice`);
    const approvals = await workspace.approvals(run.id);
    let isAllowed = false;
    for (const era of eras.filter(({ from, to }) => from <= committedAt && to >= readAt)) {
      isAllowed ||= mayBegin(run, approvals, era, await isFreeUndo(run, era));
    }
    const problem = `${run.id} (${run.command}) began without what its policy asks for`;
    began.set(run.id, isAllowed ? undefined : problem);
  };

  return {
    eras,
    problems,
    began,
    isJudging: () => judging.size > 0,
    /** From here on policy or people are other than before; where that takes a moment, both were true in it. */
    newEra: (settings: GuardSettings, from: number): void => {
      const last = eras.at(-1);
      if (last !== undefined) last.to = now();
      const seen = { facts: new Map(people.facts), group: new Set(people.group) };
      eras.push({ from, to: Number.POSITIVE_INFINITY, settings, people: seen });
    },
    lockdownBegins: (): (() => void) => {
      const before = lifts;
      return () => {
        // Unless somebody has begun to lift it before it was known to be there.
        if (lifts === before) lockedSince = now();
      };
    },
    /** It may be over at any moment now. */
    liftBegins: (): void => {
      lockedSince = undefined;
      lifts += 1;
    },
    /** @param readAt when the policy was last read for what is watched. */
    witness: (readAt: () => number): Witness => ({
      began: (run) => {
        const judged = judge(run, readAt(), now()).finally(() => judging.delete(judged));
        judging.add(judged);
      },
      stepAsked: ({ name, isEffect }) => {
        const before = lockedSince;
        return (start) => {
          const isStill = before !== undefined && lockedSince === before;
          // Looking at what has been done goes on under a lockdown.
          if (isEffect && isStill && start.kind === 'begun' && !start.isAgain)
            problems.push(`${name} began under a lockdown`);
        };
      },
    }),
  };
}
