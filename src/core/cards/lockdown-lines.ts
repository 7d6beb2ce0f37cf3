import type { Lockdown } from '../store.ts';
import type { CardLines } from './run-card.ts';
import { personName } from './run-subject.ts';
import type { NameOf } from './shown-line.ts';

/** One person can stop everything; starting it again takes two, so that neither is talked into it alone. */
export const liftersNeeded = 2;

export function isLifted({ lifts }: Pick<Lockdown, 'lifts'>): boolean {
  return lifts.length >= liftersNeeded;
}

/** The notice that everything but reads has stopped. @param receipt of its newest ledger entry. */
export function lockdownLines(lockdown: Lockdown, receipt: string | undefined, nameOf?: NameOf): CardLines {
  const { begunBy, reason, begunAt, lifts } = lockdown;
  const lifters = lifts.map((id) => personName(id, nameOf)).join(' and ');
  const footer = receipt ?? 'lockdown';
  if (isLifted(lockdown)) {
    return {
      headline: `✓ lockdown lifted by ${lifters}`,
      body: [
        ...(reason === undefined ? [] : [`Reason: ${reason}`]),
        ['Called by ', { person: begunBy }, ' on ', { date: begunAt }],
        'Commands run again. What was stopped stays stopped: ask for it again',
      ],
      footer,
      thread: [],
    };
  }
  return {
    headline: `⛔ lockdown by ${personName(begunBy, nameOf)}: nothing but reads runs`,
    body: [
      ...(reason === undefined ? [] : [`Reason: ${reason}`]),
      ['Since ', { date: begunAt }],
      'Everywhere and at once: nothing waiting goes on, and what was running stops between steps',
      `Lifting it takes ${liftersNeeded} people: ${lifts.length} of ${liftersNeeded}${lifters === '' ? '' : ` (${lifters})`}`,
    ],
    footer,
    thread: [],
  };
}
