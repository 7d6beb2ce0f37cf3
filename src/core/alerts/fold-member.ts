import type { Member } from './group.ts';
import type { Severity } from './severity.ts';
import type { Signal } from './signal.ts';

/**
 * A firing with the `startsAt` of an episode that was already resolved is a late copy: Alertmanager's peers repeat each
 * other within seconds (prometheus/alertmanager#4008), and retries of one flush end with its group_interval. After this long
 * it is no copy any more: the alert fires again under its old start, as after a resolve_timeout while Prometheus was away.
 */
export const lateMinutes = 10;

/** Clocks that are further apart than this say nothing about order. */
const mostSkewMinutes = 60;

export type MemberChange =
  /** It fires and was not known. */
  | 'opened'
  /** It fires again after it had resolved. */
  | 'reopened'
  /** It fires as before, but began after it was last heard of: its end was never told, as behind a silence over there. */
  | 'began_anew'
  | 'resolved'
  /** Known already; only when it was last heard of is new, or what it says of itself. */
  | 'repeated'
  /** Of an earlier episode, or sent before what is known: changes nothing. */
  | 'late'
  /** A resolve of what never fired here. */
  | 'unheard_of';

/** A signal that fires or resolves. */
export type StateSignal = Signal & { readonly status: 'firing' | 'resolved' };

/**
 * What one signal makes of one alert. Idempotent on (fingerprint, startsAt): the same signal again, or an earlier one late,
 * neither reopens nor closes it.
 */
export function foldMember(
  member: Member | undefined,
  signal: StateSignal,
  at: Date,
): { readonly member: Member | undefined; readonly change: MemberChange } {
  if (member === undefined) {
    if (signal.status === 'firing') return { member: newMember(signal, at), change: 'opened' };
    return { member: maybeForerunner(signal, at), change: 'unheard_of' };
  }
  if (isLate(member, signal, at)) return { member, change: 'late' };
  const heard = heardAgain(member, signal, at);
  if (signal.status === 'firing' && member.state === 'firing' && beganAnew(member, signal, at)) {
    return { member: heard, change: 'began_anew' };
  }
  if (signal.status === member.state) {
    // It began and ended without our hearing of the beginning, which may still come, and is late then.
    const isAnotherEnd = signal.status === 'resolved' && isLaterStart(heard, member);
    return { member: isAnotherEnd ? { ...heard, resolvedAt: at } : heard, change: 'repeated' };
  }
  if (signal.status === 'firing') {
    return { member: { ...heard, state: 'firing', resolvedAt: undefined }, change: 'reopened' };
  }
  return { member: { ...heard, state: 'resolved', resolvedAt: at }, change: 'resolved' };
}

function isLate(member: Member, signal: StateSignal, at: Date): boolean {
  const hasOrder = signal.order !== undefined && member.order !== undefined;
  if (hasOrder && signal.order !== member.order) return signal.order! < member.order!;
  // The same place in the source's order is the same event, in whatever order its two states came.
  const isBeforeItsEnd = hasOrder && member.state === 'resolved' && signal.status === 'firing';
  const starts = startOf(signal, at)?.getTime();
  const known = member.startsAt?.getTime();
  if (starts === undefined || known === undefined) return isBeforeItsEnd;
  if (starts < known) return true;
  if (starts > known || member.state === 'firing' || signal.status === 'resolved') return false;
  if (isBeforeItsEnd) return true;
  return at.getTime() < copyUntil(member).getTime();
}

/** Until then a firing with the start of an episode that is over is taken for a copy. */
function copyUntil({ resolvedAt, lastSeenAt }: Member): Date {
  return new Date((resolvedAt ?? lastSeenAt).getTime() + lateMinutes * 60_000);
}

/**
 * When to look again at what was late: the source may have said no second resolve by then, as a copy would be followed by,
 * and Alertmanager comes again only after its repeat_interval, hours later. Undefined: late for good.
 */
export function lookAgainAt(member: Member | undefined, signal: StateSignal): Date | undefined {
  // Of what never fired here, and of what has a place in an order, the two may have come in the wrong one.
  if (member?.state !== 'resolved' || member.count === 0 || signal.order !== undefined) return undefined;
  const isOfItsEpisode = signal.startsAt?.getTime() === member.startsAt?.getTime();
  return signal.status === 'firing' && isOfItsEpisode ? copyUntil(member) : undefined;
}

function beganAnew({ startsAt, lastSeenAt }: Member, signal: StateSignal, at: Date): boolean {
  const starts = startOf(signal, at);
  if (starts === undefined || startsAt === undefined) return false;
  return starts.getTime() > startsAt.getTime() && starts.getTime() > lastSeenAt.getTime();
}

function isLaterStart({ startsAt }: Member, than: Member): boolean {
  return (
    startsAt !== undefined && startsAt.getTime() > (than.startsAt?.getTime() ?? Number.NEGATIVE_INFINITY)
  );
}

/**
 * Sources that keep no order may say that it is over before they say that it began. Remembered, where the two can be told
 * apart, so that the beginning is late when it comes; counted nowhere.
 */
function maybeForerunner(signal: StateSignal, at: Date): Member | undefined {
  if (signal.order === undefined && signal.startsAt === undefined) return undefined;
  return { ...newMember(signal, at), state: 'resolved', resolvedAt: at, count: 0 };
}

function newMember(signal: StateSignal, at: Date): Member {
  return {
    fingerprint: signal.fingerprint,
    state: 'firing',
    severity: signal.severity,
    labels: signal.labels,
    summary: signal.summary,
    startsAt: startOf(signal, at),
    firstSeenAt: at,
    lastSeenAt: at,
    resolvedAt: undefined,
    order: signal.order,
    count: 1,
  };
}

function heardAgain(member: Member, signal: StateSignal, at: Date): Member {
  // A resolve often says less of the alert than its firing did.
  const says = signal.status === 'firing' ? signal : undefined;
  return {
    ...member,
    severity: says?.severity ?? member.severity,
    labels: says?.labels ?? member.labels,
    summary: says?.summary ?? member.summary,
    startsAt: startOf(signal, at) ?? member.startsAt,
    lastSeenAt: at.getTime() > member.lastSeenAt.getTime() ? at : member.lastSeenAt,
    order: signal.order ?? member.order,
    // What never fired here stays uncounted, however often it is said to be over.
    count: member.count === 0 && says === undefined ? 0 : member.count + 1,
  };
}

/** Believed, a start in the future would make every later one late. */
function startOf({ startsAt }: StateSignal, at: Date): Date | undefined {
  const isFuture = startsAt !== undefined && startsAt.getTime() > at.getTime() + mostSkewMinutes * 60_000;
  return isFuture ? undefined : startsAt;
}

/** How many fire, by how bad they are. */
export type FiringCounts = Readonly<Record<Severity, number>>;
export const noneFiring: FiringCounts = { critical: 0, high: 0, warning: 0, info: 0 };

/** The counts after one alert has changed. */
export function countedAgain(
  counts: FiringCounts,
  before: Member | undefined,
  after: Member | undefined,
): FiringCounts {
  const next = { ...counts };
  if (before?.state === 'firing') next[before.severity] -= 1;
  if (after?.state === 'firing') next[after.severity] += 1;
  return next;
}
