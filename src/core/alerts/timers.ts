import { closed } from './act.ts';
import type { AlertContext } from './alert-context.ts';
import type { AlertTransaction, GroupTimer, WaitingDelivery } from './alert-store.ts';
import { after, announcements, publish, refresh } from './announce.ts';
import { callLevel2 } from './escalate.ts';
import type { StoredGroup } from './group.ts';
import { apply } from './process-deliveries.ts';
import type { Signal } from './signal.ts';

/** Timers decide by the database's clock, inside the transaction; one whose reason is gone does nothing. */
export async function groupTimer(timer: GroupTimer, groupId: string, context: AlertContext): Promise<void> {
  await context.store.transaction(async (transaction) => {
    const group = await transaction.maybeGroup(groupId);
    if (group === undefined || !group.isCurrent) return;
    if (timer === 'look_again') return lookAgain(group, context, transaction);
    if (group.state !== 'firing') return;
    if (timer === 'quiet') quiet(group, transaction);
    else level2(timer, group, context, transaction);
  });
}

/**
 * The last delivery about a group said that something fires which was taken for a copy of what is over. If it was one, its
 * end has been said again meanwhile, by a later delivery; if it was none, it fires.
 */
async function lookAgain(
  group: StoredGroup,
  context: AlertContext,
  transaction: AlertTransaction,
): Promise<void> {
  const { source, key, deliveryId } = group;
  const delivery = deliveryId === undefined ? undefined : await transaction.maybeDelivery(deliveryId);
  if (delivery === undefined) return;
  const ofGroup = readAgain(delivery, context).filter(({ groupKey }) => groupKey === key);
  // Its last word about each.
  const said = new Map(ofGroup.map((signal) => [signal.fingerprint, signal]));
  const members = await transaction.manyMembers(
    [...said.keys()].map((fingerprint) => ({ groupId: group.id, fingerprint })),
  );
  const signals = members.flatMap(({ state, fingerprint, count }) => {
    const signal = said.get(fingerprint);
    return state === 'resolved' && count > 0 && signal?.status === 'firing' ? [signal] : [];
  });
  if (signals.length === 0) return;
  const again = { source, at: transaction.now, deliveryId, parsed: { signals } };
  (await apply([again], context, transaction)).publish();
}

/** Its source may have gone from the settings since it was understood. */
function readAgain(delivery: WaitingDelivery, context: AlertContext): readonly Signal[] {
  try {
    return context.parse(delivery).signals;
  } catch (error) {
    context.onFault(error, { delivery: delivery.id, source: delivery.source });
    return [];
  }
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
  if (now.incidentId !== undefined) {
    const facts = { group: now.id, source: now.source, severity: now.severity };
    out.entries.push({ kind: 'alert.resolved', actor: 'countersign', via: 'timer', facts });
  }
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
