import type { Rms } from '../../sandbox/targets/rms/server.ts';
import type { GuardedBot } from './guarded-bot.ts';
import type { Change, HeldCommit } from './held-commits.ts';

/** A moment in the life of a run at which its process is killed, and what becomes of what it had in hand. */
export type KillPoint =
  | { readonly change: Change; readonly fate: 'rollBack' | 'commit' }
  | {
      readonly endpoint: string;
      readonly when: 'before_effect' | 'after_effect';
      /** `release`: the target goes on with a request whose client is gone. */
      readonly fate: 'drop' | 'release';
      /** Which of its requests. Default 1. */
      readonly nth?: number;
    };

export interface KillPlaces {
  readonly bot: GuardedBot;
  readonly rms: Rms;
  readonly hold: (change: Change) => Promise<HeldCommit>;
}

/** Ready when it resolves: what is done then runs into the kill. `killed` resolves when the next process serves. */
export async function killAt(
  point: KillPoint,
  { bot, rms, hold }: KillPlaces,
): Promise<{ readonly killed: Promise<void> }> {
  if ('change' in point) {
    const held = await hold(point.change);
    return { killed: held.reached().then(() => bot.crash(() => held[point.fate]())) };
  }
  const { endpoint, when, fate, nth = 1 } = point;
  const killed = async () => {
    let held = rms.faults.hold({ endpoint, when: nth === 1 ? when : 'before_effect' });
    for (let count = 1; count < nth; count++) {
      await held.reached;
      const following = rms.faults.hold({ endpoint, when: count + 1 === nth ? when : 'before_effect' });
      held.release();
      held = following;
    }
    await held.reached;
    await bot.crash(() => held[fate]());
  };
  return { killed: killed() };
}

export function move(from: string, to: string): Change {
  return {
    table: 'countersign.runs',
    on: 'UPDATE',
    when: `OLD.state = '${from}' AND NEW.state = '${to}'`,
  };
}

export function signature(signer: string): Change {
  return { table: 'countersign.approvals', on: 'INSERT', when: `NEW.signer = '${signer}'` };
}

/** @param which SQL over NEW */
export function stepBegins(which: string): Change {
  return { table: 'countersign.steps', on: 'INSERT', when: which };
}

/** @param which SQL over NEW */
export function stepEnds(which: string): Change {
  return { table: 'countersign.steps', on: 'UPDATE', when: `${which} AND NEW.state <> 'begun'` };
}

/** Both sides of a change: it never happened, or it happened and nobody was left to hear of it. */
export function bothSides(name: string, change: Change) {
  return [
    { name: `right before ${name}`, point: { change, fate: 'rollBack' } },
    { name: `right after ${name}`, point: { change, fate: 'commit' } },
  ] as const satisfies readonly { name: string; point: KillPoint }[];
}
