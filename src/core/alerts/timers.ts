import { closed } from './act.ts';
import type { AlertContext } from './alert-context.ts';
import type { AlertTransaction, GroupTimer } from './alert-store.ts';
import { after, announcements, publish, refresh } from './announce.ts';
import { callLevel2 } from './escalate.ts';
import type { StoredGroup } from './group.ts';

/** Timers decide by the database's clock, inside the transaction; one whose reason is gone does nothing. */
export async function groupTimer(timer: GroupTimer, groupId: string, context: AlertContext): Promise<void> {
  await context.store.transaction(async (transaction) => {
    const group = await transaction.maybeGroup(groupId);
    if (group === undefined || !group.isCurrent || group.state !== 'firing') return;
    if (timer === 'quiet') quiet(group, transaction);
    else level2(timer, group, context, transaction);
  });
}

/** The source never says that it is over: long enough without another counts as over. */
function quiet(group: StoredGroup, transaction: AlertTransaction): void {
  const { quietMinutes } = group;
  if (quietMinutes === undefined) return;
  const due = after(group.lastSeenAt, quietMinutes);
  if (due.getTime() > transaction.now.getTime()) {
    transaction.addTimer('quiet', group.id, due);
    return;
  }
  const out = announcements();
  const now = closed(group, 'quiet', transaction);
  out.groups.set(now.id, now);
  refresh(now, 'other', out);
  publish(out, transaction);
}

function level2(
  timer: Exclude<GroupTimer, 'quiet'>,
  group: StoredGroup,
  context: AlertContext,
  transaction: AlertTransaction,
): void {
  const settings = context.settings();
  const { unacknowledgedMinutes, unresolvedMinutes } = settings.alerts.escalation;
  const { wokenAt, severity, escalatedAt, silenceId, isMuted, acknowledgedBy } = group;
  if (wokenAt === undefined || severity !== 'critical' || escalatedAt !== undefined) return;
  if (silenceId !== undefined || isMuted) return;
  const isAboutTaking = timer === 'level2_unacknowledged';
  if (isAboutTaking && acknowledgedBy !== undefined) return;
  const due = after(wokenAt, isAboutTaking ? unacknowledgedMinutes : unresolvedMinutes);
  // It was called again meanwhile, or this machine's clock runs ahead of the database's.
  if (due.getTime() > transaction.now.getTime()) {
    transaction.addTimer(timer, group.id, due);
    return;
  }
  const out = announcements();
  const because = isAboutTaking ? 'unacknowledged' : 'unresolved';
  const now = callLevel2(group, because, undefined, settings, out, transaction);
  out.groups.set(now.id, now);
  refresh(now, 'critical', out);
  publish(out, transaction);
}
