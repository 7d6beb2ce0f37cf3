import type { AlertSettings } from './alert-settings.ts';
import { isFlappingNow, withFlip } from './flapping.ts';
import { countedAgain, foldMember, type MemberChange, noneFiring, type StateSignal } from './fold-member.ts';
import type { Member, StoredGroup } from './group.ts';
import { type Routing, routingOf } from './route.ts';
import { isWorse, type Severity, severities, worst } from './severity.ts';
import type { Signal, SignalLink } from './signal.ts';

/** Of the addresses its alerts name. */
const mostLinks = 4;

export interface FoldContext {
  readonly at: Date;
  readonly settings: Pick<AlertSettings, 'routes' | 'flapping' | 'reopenWithinMinutes'>;
  /** Where cards of this source go unless a route says otherwise. */
  readonly channel: string;
  readonly newGroupId: () => string;
}

/** What one delivery made of one group. */
export interface GroupChange {
  readonly before: StoredGroup | undefined;
  readonly after: StoredGroup;
  readonly routing: Routing;
  readonly isOpened: boolean;
  readonly isReopened: boolean;
  readonly isResolved: boolean;
  /** Worse than anything of this episode so far. */
  readonly worse: { readonly from: Severity; readonly to: Severity } | undefined;
  /** More than when it was last heard of. */
  readonly isVisible: boolean;
}

/** A group while the signals of one delivery are folded into it. */
export interface GroupFold {
  readonly workspaceId: string;
  readonly source: string;
  readonly key: string;
  readonly before: StoredGroup | undefined;
  group: StoredGroup | undefined;
  /** An episode that is over for so long that a new group takes its place. */
  retired: StoredGroup | undefined;
  isVisible: boolean;
  /** Fingerprints that fire in an episode of which neither the beginning nor the end before it was told. */
  readonly begunAnew: Set<string>;
}

/** Folds one signal in. @returns what became of its alert, and the alert to be stored. */
export function foldSignal(
  fold: GroupFold,
  signal: StateSignal,
  known: Member | undefined,
  context: FoldContext,
): { readonly member: Member | undefined; readonly change: MemberChange } {
  const { at } = context;
  const isOver = isLongOver(fold.group, context);
  const { member, change } = foldMember(known, signal, at);
  if (change === 'late' || member === undefined) return { member: known, change };
  // What fires again long after the group was over begins another one, with an alert of its own.
  if (isOver && (change === 'opened' || change === 'reopened')) {
    fold.retired = fold.group;
    fold.group = undefined;
    return foldSignal(fold, signal, undefined, context);
  }
  const group = fold.group ?? newGroup(fold, signal, context);
  const counts = countedAgain(group.counts, known, member);
  const resolved = group.resolved + stateCount(member, 'resolved') - stateCount(known, 'resolved');
  fold.isVisible ||= change === 'repeated' ? known?.severity !== member.severity : change !== 'unheard_of';
  fold.group = heard({ ...group, counts, resolved }, signal, at);
  if (change === 'began_anew') fold.begunAnew.add(signal.fingerprint);
  return { member, change };
}

function stateCount(member: Member | undefined, state: Member['state']): number {
  // One that never fired here is remembered and not counted.
  return member?.state === state && member.count > 0 ? 1 : 0;
}

function isLongOver(group: StoredGroup | undefined, { at, settings }: FoldContext): boolean {
  if (group?.state !== 'resolved' || group.resolvedAt === undefined) return false;
  return at.getTime() - group.resolvedAt.getTime() > settings.reopenWithinMinutes * 60_000;
}

function newGroup(fold: GroupFold, signal: Signal, { at, channel, newGroupId }: FoldContext): StoredGroup {
  return {
    workspaceId: fold.workspaceId,
    id: newGroupId(),
    source: fold.source,
    key: fold.key,
    isCurrent: true,
    // Until it is settled below: nothing of a new group fires yet.
    state: 'resolved',
    severity: signal.severity,
    severitySetBy: undefined,
    peak: signal.severity,
    title: signal.title,
    summary: signal.summary,
    service: signal.service,
    tenant: signal.tenant,
    environment: signal.environment,
    labels: signal.labels,
    links: [],
    counts: noneFiring,
    firing: 0,
    resolved: 0,
    truncated: 0,
    firstSeenAt: at,
    lastSeenAt: at,
    openedAt: at,
    resolvedAt: undefined,
    resolvedBy: undefined,
    quietMinutes: signal.quietMinutes,
    reopenedCount: 0,
    isFlapping: false,
    flips: [],
    acknowledgedBy: undefined,
    acknowledgedAt: undefined,
    note: undefined,
    channel,
    digestId: undefined,
    silenceId: undefined,
    escalatedAt: undefined,
    escalatedBecause: undefined,
    incidentId: undefined,
    wokenAt: undefined,
    cardMentions: [],
    hasCard: false,
    isMuted: false,
    pagedAt: undefined,
    replies: 0,
    deliveryId: undefined,
  };
}

/** What it says of itself now; where its alerts disagree, nobody is named. */
function heard(group: StoredGroup, signal: Signal, at: Date): StoredGroup {
  const lastSeenAt = at.getTime() > group.lastSeenAt.getTime() ? at : group.lastSeenAt;
  const note = signal.note ?? group.note;
  if (signal.status !== 'firing') return { ...group, lastSeenAt, note };
  // The card keeps its name while it stands: it is another's only once that is worse, or alone.
  const isNamer = firingOf(group) <= 1 || isWorse(signal.severity, group.severity);
  return {
    ...group,
    lastSeenAt,
    note,
    title: isNamer ? signal.title : group.title,
    summary: isNamer ? (signal.summary ?? group.summary) : group.summary,
    service: agreed(group.service, signal.service),
    tenant: agreed(group.tenant, signal.tenant),
    environment: agreed(group.environment, signal.environment),
    labels: Object.fromEntries(
      Object.entries(group.labels).filter(([name, value]) => signal.labels[name] === value),
    ),
    links: withLinks(group.links, signal.links),
    quietMinutes: signal.quietMinutes ?? group.quietMinutes,
  };
}

function firingOf({ counts }: StoredGroup): number {
  return severities.reduce((sum, one) => sum + counts[one], 0);
}

/** `''`: they name different ones, from now on. One that names none contradicts nobody. */
function agreed(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one === other ? one : '';
}

function withLinks(links: readonly SignalLink[], more: readonly SignalLink[]): readonly SignalLink[] {
  const known = new Set(links.map(({ label }) => label));
  return [...links, ...more.filter(({ label }) => !known.has(label))].slice(0, mostLinks);
}

/** Closes the fold of one delivery: what it was, what it is, and what of that is news. Undefined: nothing of it was known. */
export function settleFold(
  fold: GroupFold,
  context: FoldContext,
  truncated: number | undefined,
): GroupChange | undefined {
  const { group } = fold;
  if (group === undefined) return undefined;
  const before = fold.retired === undefined ? fold.before : undefined;
  const firing = firingOf(group);
  const loudest = worst(severities.filter((one) => group.counts[one] > 0));
  const routing = routingOf({ ...group, severity: loudest ?? group.severity }, context.settings.routes);
  const said = loudest === undefined ? group.severity : (routing.severity ?? loudest);
  // A group of which only the end was heard so far has not begun yet.
  const hasBegun = before !== undefined && before.firing + before.resolved > 0;
  const isOpened = !hasBegun && firing > 0;
  // When all that fires began after it was last heard of, the episode before is over, whatever was told of its end.
  const isAnew = before?.state === 'firing' && firing > 0 && fold.begunAnew.size >= firing;
  const isReopened = hasBegun && firing > 0 && (before.state === 'resolved' || isAnew);
  const isResolved = before?.state === 'firing' && firing === 0;
  const begins = isOpened || isReopened;
  const severity = group.severitySetBy === undefined || isReopened ? said : group.severity;
  const flips = isReopened || isResolved ? withFlip(group.flips, context.at) : group.flips;
  const worse =
    !begins && before !== undefined && firing > 0 && isWorse(severity, group.peak)
      ? { from: group.peak, to: severity }
      : undefined;
  const isFlapping = isFlappingNow(flips, context.at, context.settings.flapping);
  const after: StoredGroup = {
    ...group,
    state: firing > 0 ? 'firing' : 'resolved',
    severity,
    peak: begins || worse !== undefined ? severity : group.peak,
    firing,
    truncated: truncated ?? group.truncated,
    flips,
    isFlapping,
    channel: group.hasCard ? group.channel : (routing.channel ?? group.channel),
    isMuted: routing.isMuted,
    ...(isResolved || (before === undefined && !isOpened)
      ? { resolvedAt: context.at, resolvedBy: group.source }
      : {}),
    ...(isOpened ? { openedAt: context.at, resolvedAt: undefined, resolvedBy: undefined } : {}),
    ...(isReopened ? reopened(group, context.at, isFlapping) : {}),
    // Whoever said "I have it" said so of something less bad.
    ...(worse?.to === 'critical' && before?.severity !== 'critical'
      ? { acknowledgedBy: undefined, acknowledgedAt: undefined }
      : {}),
  };
  const isVisible = fold.isVisible || severity !== before?.severity || after.truncated !== before?.truncated;
  return { before, after, routing, isOpened, isReopened, isResolved, worse, isVisible };
}

/** Another episode of the same group: nobody has it yet. */
function reopened(group: StoredGroup, at: Date, isFlapping: boolean): Partial<StoredGroup> {
  return {
    openedAt: at,
    resolvedAt: undefined,
    resolvedBy: undefined,
    severitySetBy: undefined,
    reopenedCount: group.reopenedCount + 1,
    acknowledgedBy: undefined,
    acknowledgedAt: undefined,
    // While it flaps it stays one call for help, however often it comes back.
    ...(isFlapping ? {} : { escalatedAt: undefined, escalatedBecause: undefined, wokenAt: undefined }),
  };
}
