import type { AlertContext } from './alert-context.ts';
import type { AlertTransaction } from './alert-store.ts';
import { type Announcements, say } from './announce.ts';
import type { StoredGroup } from './group.ts';
import { mentionsOf } from './speak-group.ts';

/** Calls level 2, once in an episode. */
export function callLevel2(
  group: StoredGroup,
  because: NonNullable<StoredGroup['escalatedBecause']>,
  by: string | undefined,
  { alerts: { escalation }, onCall }: ReturnType<AlertContext['settings']>,
  out: Announcements,
  transaction: AlertTransaction,
): StoredGroup {
  const mentions = mentionsOf(escalation.notify, onCall);
  const isPaged = escalation.pagerduty !== undefined;
  if (isPaged) transaction.addPage(group.id, 'trigger');
  out.entries.push({
    kind: 'alert.escalated',
    actor: by ?? 'countersign',
    via: by === undefined ? 'timer' : 'button',
    facts: {
      group: group.id,
      source: group.source,
      because,
      called: mentions.map((one) => ('user' in one ? one.user : one.usergroup)),
      pagerduty: isPaged,
    },
  });
  // Nobody is pinged by their own action.
  const others = mentions.filter((one) => !('user' in one && one.user === by));
  const reply = { kind: 'escalated', because, ...(by === undefined ? {} : { by }) } as const;
  const said = group.hasCard ? say(group, reply, others, transaction) : group;
  return {
    ...said,
    escalatedAt: transaction.now,
    escalatedBecause: because,
    pagedAt: isPaged ? transaction.now : group.pagedAt,
  };
}
