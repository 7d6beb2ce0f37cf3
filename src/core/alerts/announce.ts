import { stillFiringAfterMinutes } from '../incidents/incident.ts';
import type { NewEntry } from '../ledger/entry.ts';
import type { AlertContext } from './alert-context.ts';
import type { AlertTransaction, Silence } from './alert-store.ts';
import type { GroupChange } from './fold-group.ts';
import type { GroupReply, Member, StoredGroup } from './group.ts';
import { silenceFor } from './silence.ts';
import { digestCard, groupCard, groupReply, type Mention, mentionsOf } from './speak-group.ts';

/** What the changes of one transaction ask for; each message once, in its newest form. */
export interface Announcements {
  readonly groups: Map<string, StoredGroup>;
  readonly members: Map<string, Member & { readonly groupId: string }>;
  readonly cards: Map<string, 'critical' | 'other' | 'progress'>;
  readonly digests: Map<number, string>;
  readonly entries: NewEntry[];
  /** Groups begun in this transaction, by channel: the database does not know of them yet. */
  readonly opened: Map<string, number>;
  /** The digest new groups of a channel join, once this transaction had to ask. */
  readonly openDigests: Map<string, number>;
}

export function announcements(): Announcements {
  return {
    groups: new Map(),
    members: new Map(),
    cards: new Map(),
    digests: new Map(),
    entries: [],
    opened: new Map(),
    openDigests: new Map(),
  };
}

type Settings = ReturnType<AlertContext['settings']>;

/** Decides who hears of a change, and how loudly. A repeat says nothing. */
export async function announce(
  change: GroupChange,
  silences: readonly Silence[],
  settings: Settings,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<StoredGroup> {
  const { before, isOpened, isReopened, isResolved, worse } = change;
  const silence = silenceFor(change.after, silences, transaction.now);
  let group: StoredGroup = { ...change.after, silenceId: silence?.id };
  const isHidden = group.isMuted || silence !== undefined;
  // What nobody is told of yet is still news when it is shown again.
  if (isHidden && worse !== undefined && before !== undefined) group = { ...group, peak: before.peak };
  if (isOpened || isReopened) startTimers(group, settings, transaction);
  if (group.quietMinutes !== undefined && (isOpened || isReopened || before?.quietMinutes === undefined)) {
    transaction.addTimer('quiet', group.id, after(group.lastSeenAt, group.quietMinutes));
  }
  // What came back without having ended here has ended there: PagerDuty calls nobody for an incident it thinks is open.
  if (isResolved || (isReopened && before?.state === 'firing' && !group.isFlapping)) {
    group = over(group, transaction);
  }
  const isBack = isReopened && !group.isFlapping;
  if (isBack && !group.hasCard) group = await leftDigest(group, settings, out, transaction);
  if (!isHidden && group.state === 'firing') {
    const wasHidden = before !== undefined && (before.isMuted || before.silenceId !== undefined);
    // Its silence is over, and its timer has not come to it yet.
    if (wasHidden) armLevel2(group, transaction.now, settings, transaction);
    else if (before?.severity !== 'critical') armLevel2(group, group.wokenAt, settings, transaction);
    const news = { isNews: isOpened || isBack || worse !== undefined, worse };
    group = await tell(group, news, change.routing.notify, settings, out, transaction);
  }
  if (group.incidentId !== undefined) await tellIncident(group, change, out, transaction);
  refresh(group, before === undefined || change.isVisible ? 'other' : 'progress', out);
  out.groups.set(group.id, group);
  return group;
}

/** Its incident keeps what monitoring saw; one that is resolved hears later that something fires again. */
async function tellIncident(
  group: StoredGroup,
  { isReopened, isResolved, worse }: GroupChange,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<void> {
  const kind = isResolved
    ? 'alert.resolved'
    : isReopened
      ? 'alert.reopened'
      : worse === undefined
        ? undefined
        : 'alert.worsened';
  if (kind === undefined || group.incidentId === undefined) return;
  if (kind === 'alert.reopened') {
    // Held: one that is being resolved at this moment either sees it fire, or is seen here to be resolved.
    const incident = await transaction.incidents.hold(group.incidentId);
    if (incident?.status === 'resolved') {
      transaction.incidents.setTimer(group.incidentId, 'still_firing', stillFiringAfterMinutes);
    }
  }
  out.entries.push({
    kind,
    actor: 'countersign',
    via: 'alert',
    facts: { group: group.id, source: group.source, severity: group.severity },
  });
}

/** A group that is shown says what is new of it, once; a critical that nobody was called for calls people. */
export async function tell(
  group: StoredGroup,
  { isNews, worse }: { readonly isNews: boolean; readonly worse: GroupChange['worse'] },
  notify: Parameters<typeof mentionsOf>[0],
  settings: Settings,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<StoredGroup> {
  const isCritical = group.severity === 'critical';
  if (!group.hasCard && (group.digestId === undefined || isCritical)) {
    return show(group, notify, settings, out, transaction);
  }
  const isUnheard = isCritical && group.wokenAt === undefined;
  if (!group.hasCard || !(isNews || isUnheard)) return group;
  const reply: GroupReply = worse === undefined ? { kind: 'reopened' } : { kind: 'worse', ...worse };
  const mentions = isCritical ? mentionsOf(notify, settings.onCall) : [];
  const said = say(group, reply, mentions, transaction);
  return isCritical ? wake(said, mentions, settings, out, transaction) : said;
}

/** A digest is read while it is new: what comes back after that gets a place of its own. */
async function leftDigest(
  group: StoredGroup,
  { alerts: { digest } }: Settings,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<StoredGroup> {
  if (group.digestId === undefined) return group;
  const open = await transaction.maybeDigest(group.channel, digest.withinSeconds);
  if (open === group.digestId) return group;
  out.digests.set(group.digestId, group.channel);
  return { ...group, digestId: undefined };
}

function startTimers(group: StoredGroup, settings: Settings, transaction: AlertTransaction): void {
  // What comes back while it flaps calls nobody; if nobody has it or it stays, level 2 is due all the same.
  if (group.isFlapping) armLevel2(group, transaction.now, settings, transaction);
}

/** Level 2 is due, counted from then, for a critical that has called people and not level 2 yet. */
export function armLevel2(
  group: StoredGroup,
  from: Date | undefined,
  { alerts: { escalation } }: Settings,
  transaction: AlertTransaction,
): void {
  if (group.severity !== 'critical' || from === undefined) return;
  if (group.wokenAt === undefined || group.escalatedAt !== undefined) return;
  transaction.addTimer('level2_unacknowledged', group.id, after(from, escalation.unacknowledgedMinutes));
  transaction.addTimer('level2_unresolved', group.id, after(from, escalation.unresolvedMinutes));
}

/** PagerDuty is told only of what it was told before. */
export function over(group: StoredGroup, transaction: AlertTransaction): StoredGroup {
  if (group.pagedAt === undefined) return group;
  transaction.addPage(group.id, 'resolve');
  return { ...group, pagedAt: undefined };
}

/** A group nobody has seen gets its place: a card, or in a storm a line of the digest. Criticals always get a card. */
export async function show(
  group: StoredGroup,
  notify: Parameters<typeof mentionsOf>[0],
  settings: Settings,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<StoredGroup> {
  const { channel } = group;
  if (group.severity === 'critical') {
    const cardMentions = mentionsOf(notify, settings.onCall);
    if (group.digestId !== undefined) out.digests.set(group.digestId, channel);
    count(channel, out);
    const shown = { ...group, hasCard: true, digestId: undefined, cardMentions };
    return wake(shown, cardMentions, settings, out, transaction);
  }
  const digestId = await digestFor(channel, settings, out, transaction);
  count(channel, out);
  if (digestId === undefined) return { ...group, hasCard: true };
  transaction.touchDigest(digestId);
  return { ...group, digestId };
}

function count(channel: string, out: Announcements): void {
  out.opened.set(channel, (out.opened.get(channel) ?? 0) + 1);
}

async function digestFor(
  channel: string,
  { alerts: { digest } }: Settings,
  out: Announcements,
  transaction: AlertTransaction,
): Promise<number | undefined> {
  const open = out.openDigests.get(channel) ?? (await transaction.maybeDigest(channel, digest.withinSeconds));
  if (open !== undefined) {
    out.openDigests.set(channel, open);
    return open;
  }
  const already =
    (out.opened.get(channel) ?? 0) + (await transaction.countOpened(channel, digest.withinSeconds));
  if (already < digest.moreThan) return undefined;
  const id = await transaction.insertDigest(channel);
  out.openDigests.set(channel, id);
  return id;
}

/** Level 2 is due unless somebody takes it, and PagerDuty hears of it at once. */
export function wake(
  group: StoredGroup,
  mentions: readonly Mention[],
  settings: Settings,
  out: Announcements,
  transaction: AlertTransaction,
): StoredGroup {
  const { escalation } = settings.alerts;
  const { now } = transaction;
  armLevel2({ ...group, wokenAt: now }, now, settings, transaction);
  const isPaged = escalation.pagerduty !== undefined;
  if (isPaged) transaction.addPage(group.id, 'trigger');
  out.cards.set(group.id, 'critical');
  out.entries.push({
    kind: 'alert.woke',
    actor: 'countersign',
    via: 'alert',
    facts: {
      group: group.id,
      source: group.source,
      called: mentions.map((one) => ('user' in one ? one.user : one.usergroup)),
      pagerduty: isPaged,
    },
  });
  return { ...group, wokenAt: now, pagedAt: isPaged ? now : group.pagedAt };
}

export function say(
  group: StoredGroup,
  reply: GroupReply,
  mentions: readonly Mention[],
  transaction: AlertTransaction,
): StoredGroup {
  const replies = group.replies + 1;
  transaction.want(groupReply(group, replies, reply, mentions));
  return { ...group, replies };
}

const loudness = ['progress', 'other', 'critical'] as const;

export function refresh(
  group: StoredGroup,
  urgency: 'critical' | 'other' | 'progress',
  out: Announcements,
): void {
  if (group.digestId !== undefined) out.digests.set(group.digestId, group.channel);
  if (!group.hasCard) return;
  const asked = out.cards.get(group.id) ?? 'progress';
  out.cards.set(group.id, loudness[Math.max(loudness.indexOf(asked), loudness.indexOf(urgency))] ?? urgency);
}

/** Writes everything that was decided. The ledger comes last: its head is locked until the commit. */
export function publish(out: Announcements, transaction: AlertTransaction): void {
  const groups = [...out.groups.values()];
  transaction.saveGroups(groups);
  transaction.saveMembers([...out.members.values()]);
  transaction.countHidden(groups);
  for (const group of groups) {
    const urgency = out.cards.get(group.id);
    if (urgency !== undefined && group.hasCard) transaction.want(groupCard(group, urgency));
  }
  for (const [id, channel] of out.digests) transaction.want(digestCard(id, channel));
  if (out.entries.length > 0) transaction.record(out.entries.map((entry) => ofIncident(entry, out)));
}

/** What becomes of an alert that belongs to an incident is part of the incident's record. */
function ofIncident(entry: NewEntry, { groups }: Announcements): NewEntry {
  const groupId = entry.facts.group;
  const incidentId = typeof groupId === 'string' ? groups.get(groupId)?.incidentId : undefined;
  return incidentId === undefined || entry.incidentId !== undefined ? entry : { ...entry, incidentId };
}

export function after(at: Date, minutes: number): Date {
  return new Date(at.getTime() + minutes * 60_000);
}
