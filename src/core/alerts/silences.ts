import type { AlertContext } from './alert-context.ts';
import type { AlertTransaction, NewSilence, Silence } from './alert-store.ts';
import { type Announcements, announcements, armLevel2, publish, refresh, tell } from './announce.ts';
import type { StoredGroup } from './group.ts';
import { routingOf } from './route.ts';
import { isWorse } from './severity.ts';
import { covers, silenceFor } from './silence.ts';

interface Actor {
  readonly actor: string;
  readonly via: string;
}

/** Hides what matches from now on. The card of what is hidden stays, and says so. */
export async function beginSilence(
  silence: NewSilence,
  { actor, via }: Actor,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<Silence> {
  const begun = await transaction.insertSilence(silence);
  transaction.addSilenceTimer(begun.id, begun.until);
  const silences = [...(await transaction.manySilences()).filter(({ id }) => id !== begun.id), begun];
  const hidden = (await transaction.manyGroupsOf('firing')).filter((group) => covers(begun, group));
  for (const group of hidden) {
    const chosen = silenceFor(group, silences, transaction.now);
    const now = { ...group, silenceId: chosen?.id };
    out.groups.set(group.id, now);
    refresh(now, 'critical', out);
  }
  out.entries.push({
    kind: 'silence.begun',
    actor,
    via,
    facts: {
      silence: begun.id,
      minutes: silence.minutes,
      hidden: hidden.map(({ id }) => id).slice(0, 100),
      ...(silence.group === undefined ? { match: silence.match as never } : { ...silence.group }),
    },
    private: { reason: silence.reason },
  });
  return begun;
}

/**
 * Ends a silence: by hand, or because its time is over by the database's clock. What it hid and still fires is shown now,
 * as if it had begun now: a critical that nobody heard of calls people.
 * @returns false when there was nothing to end.
 */
export async function endSilence(
  id: number,
  by: Actor | 'timer',
  context: AlertContext,
  transaction: AlertTransaction,
): Promise<boolean> {
  const silence = await transaction.holdSilence(id);
  if (silence === undefined || silence.endedAt !== undefined) return false;
  if (by === 'timer' && silence.until.getTime() > transaction.now.getTime()) {
    transaction.addSilenceTimer(id, silence.until);
    return false;
  }
  const out = announcements();
  const { actor, via } = by === 'timer' ? { actor: 'countersign', via: 'timer' } : by;
  transaction.endSilence(id, actor);
  const others = (await transaction.manySilences()).filter((one) => one.id !== id);
  const hidden = await transaction.manyGroupsOf({ silenceId: id });
  for (const group of hidden)
    await uncover({ ...group, silenceId: undefined }, others, context, out, transaction);
  out.entries.push({ kind: 'silence.ended', actor, via, facts: { silence: id, shown: hidden.length } });
  publish(out, transaction);
  return true;
}

async function uncover(
  group: StoredGroup,
  others: readonly Silence[],
  context: AlertContext,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<void> {
  const settings = context.settings();
  const other = silenceFor(group, others, transaction.now);
  let now: StoredGroup = { ...group, silenceId: other?.id };
  if (other === undefined && !group.isMuted && group.state === 'firing') {
    const { notify } = routingOf(group, settings.alerts.routes);
    const { severity, peak } = group;
    const worse = isWorse(severity, peak) ? { from: peak, to: severity } : undefined;
    // Whoever silenced it has had their quiet: from now on it counts again.
    armLevel2(now, transaction.now, settings, transaction);
    now = await tell(now, { isNews: worse !== undefined, worse }, notify, settings, out, transaction);
    now = worse === undefined ? now : { ...now, peak: severity };
  }
  refresh(now, 'other', out);
  out.groups.set(now.id, now);
}

/** The timer of a silence. */
export async function silenceEnds(id: number, context: AlertContext): Promise<void> {
  await context.store.transaction((transaction) => endSilence(id, 'timer', context, transaction));
}
