import type { WantedMessage } from '../message.ts';
import { isFromCommandLine } from '../policy/membership.ts';
import { ownersOf } from './owners-of.ts';
import type { Runbook } from './runbook.ts';
import type { RunbookContext } from './runbook-context.ts';
import type { RunbookTransaction } from './runbook-store.ts';

/** More are in `/ops runbook list`. */
const mostNamed = 10;

/**
 * Reminds owners of the runbooks whose date has passed, once for each date, whichever process looks: each owner in person,
 * and where nobody owns one, the people in `channels.ops`.
 */
export async function remindOfReviews(
  context: Pick<RunbookContext, 'store' | 'runbooks' | 'settings' | 'membership'>,
): Promise<void> {
  const { store } = context;
  const all = [...context.runbooks.values()];
  if (all.length === 0) return;
  const due = await store.transaction(({ runbooks }) => runbooks.manyReviewsDue(all));
  if (due.length === 0) return;
  // Asks Slack: before the deciding transaction, never inside.
  const members = await ownersOf(due, context);
  const owners = (runbook: Runbook) => members(runbook).filter((owner) => !isFromCommandLine(owner));
  await store.transaction(async (transaction) => {
    const taken = await transaction.runbooks.takeReviews(due);
    if (taken.length === 0) return;
    for (const message of reminders(taken, owners, context.settings().channels.ops)) {
      transaction.want(message);
    }
    recordReviews(taken, owners, transaction);
  });
}

function reminders(
  due: readonly Runbook[],
  ownersOfOne: (runbook: Runbook) => readonly string[],
  ops: string,
): WantedMessage[] {
  const people = [...new Set(due.flatMap(ownersOfOne))];
  const unowned = due.filter((runbook) => ownersOfOne(runbook).length === 0);
  return [
    ...people.map((userId) => {
      const own = due.filter((runbook) => ownersOfOne(runbook).includes(userId));
      return reminder(own, { kind: 'dm', userId }, userId, 'You answer for it: read');
    }),
    ...(unowned.length === 0
      ? []
      : [
          reminder(
            unowned,
            { kind: 'channel', channelId: ops },
            'ops',
            `Nobody is found who owns it (${[...new Set(unowned.map(({ owner }) => owner))].join(', ')}): read`,
          ),
        ]),
  ];
}

function reminder(
  due: readonly Runbook[],
  place: WantedMessage['place'],
  reader: string,
  who: string,
): WantedMessage {
  const [first] = due;
  const named = due.slice(0, mostNamed).map(({ name, reviewBy }) => `${name} (since ${reviewBy})`);
  const more = due.length - named.length;
  const list = `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return {
    // A runbook's date is taken once, so that no two reminders have the same first one.
    id: `runbook_review:${first?.name}:${first?.reviewBy}:${reader}`,
    place,
    urgency: 'other',
    content: {
      text: `Review overdue: ${list}. ${who} it again, mend what is out of date, and move its reviewBy.`,
    },
  };
}

function recordReviews(
  due: readonly Runbook[],
  ownersOfOne: (runbook: Runbook) => readonly string[],
  { record }: RunbookTransaction,
): void {
  record(
    due.map((runbook) => ({
      kind: 'runbook.review_due',
      actor: 'countersign',
      via: 'job',
      facts: {
        runbook: runbook.name,
        version: runbook.version,
        reviewBy: runbook.reviewBy,
        owners: ownersOfOne(runbook),
      },
    })),
  );
}
