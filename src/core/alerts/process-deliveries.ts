import { type AlertContext, channelOf } from './alert-context.ts';
import type { AlertTransaction, Silence, SourceEvent, WaitingDelivery } from './alert-store.ts';
import { type Announcements, announce, announcements, publish } from './announce.ts';
import { foldSignal, type GroupFold, settleFold } from './fold-group.ts';
import { lookAgainAt, type StateSignal } from './fold-member.ts';
import type { Member, StoredGroup } from './group.ts';
import type { ParsedDelivery, Signal } from './signal.ts';
import { Unprocessable } from './unprocessable.ts';

/** Of one transaction: large enough for a storm, small enough that an acknowledgement does not wait for it. */
const mostDeliveries = 50;
const mostBytes = 400_000;

/** Takes what waits, in the order it came. @returns how many deliveries there were: ask again until there are none. */
export async function processDeliveries(context: AlertContext): Promise<number> {
  try {
    return await processNext(mostDeliveries, context);
  } catch (error) {
    if (!isForGood(error)) throw error;
    return oneByOne(context);
  }
}

/** One of those that wait stops the others it came with; alone it stops nobody. @returns how many there were. */
async function oneByOne(context: AlertContext): Promise<number> {
  for (let count = 0; count < mostDeliveries; count += 1) {
    let taken: WaitingDelivery | undefined;
    try {
      const took = await processNext(1, context, (delivery) => {
        taken = delivery;
      });
      if (took === 0) return count;
    } catch (error) {
      if (taken === undefined || !isForGood(error)) throw error;
      await setAside(taken, error, context);
    }
  }
  return mostDeliveries;
}

/** The database's own troubles pass; a mistake of ours, or what cannot be written, does not. */
function isForGood(error: unknown): error is Error {
  return error instanceof Unprocessable || error instanceof TypeError || error instanceof RangeError;
}

async function setAside({ id, source }: WaitingDelivery, error: Error, context: AlertContext): Promise<void> {
  context.onFault(error, { delivery: id, source });
  await context.store.transaction(async (transaction) => {
    // Another process may have managed, or set it aside.
    const [oldest] = await transaction.takeDeliveries(1, mostBytes);
    if (oldest?.id !== id) return;
    const problem = error.message.slice(0, 500);
    transaction.refuseDelivery(id, problem);
    transaction.count([unreadable(source, problem)]);
  });
}

function unreadable(source: string, detail: string): SourceEvent {
  return { source, outcome: 'unreadable', event: 'unreadable', count: 1, detail };
}

async function processNext(
  most: number,
  context: AlertContext,
  onTaken: (first: WaitingDelivery) => void = () => undefined,
): Promise<number> {
  return context.store.transaction(async (transaction) => {
    const deliveries = await transaction.takeDeliveries(most, mostBytes);
    const [first] = deliveries;
    if (first === undefined) return 0;
    onTaken(first);
    const readable: Understood[] = [];
    const events: SourceEvent[] = [];
    for (const delivery of deliveries) {
      await context.giveTurn?.();
      const parsed = understand(delivery, context);
      if (typeof parsed === 'string') {
        transaction.refuseDelivery(delivery.id, parsed);
        events.push(unreadable(delivery.source, parsed));
        continue;
      }
      const { source, receivedAt: at, id: deliveryId } = delivery;
      readable.push({ source, at, deliveryId, parsed });
      events.push({
        source,
        outcome: parsed.isKnown ? 'processed' : 'unknown',
        event: parsed.event,
        count: 1,
      });
    }
    const applied = await apply(readable, context, transaction);
    for (const [source, { at, skew }] of signsOfLife(readable)) transaction.heardFrom(source, at, skew);
    transaction.endDeliveries(readable.map(({ deliveryId }) => deliveryId!));
    transaction.count([...events, ...applied.events]);
    applied.publish();
    return deliveries.length;
  });
}

function understand(delivery: WaitingDelivery, context: AlertContext): ParsedDelivery | string {
  try {
    return context.parse(delivery);
  } catch (error) {
    context.onFault(error, { delivery: delivery.id, source: delivery.source });
    return (error as Error).message.slice(0, 500);
  }
}

/** A delivery in the words all sources share. */
export interface Understood {
  readonly source: string;
  readonly at: Date;
  /** Undefined for what the bot noticed itself. */
  readonly deliveryId: number | undefined;
  readonly parsed: Pick<ParsedDelivery, 'signals' | 'truncated' | 'sentAt' | 'isAlive'>;
}

function signsOfLife(readable: readonly Understood[]): Map<string, { at: Date; skew: number | undefined }> {
  const newest = new Map<string, { at: Date; skew: number | undefined }>();
  for (const { source, at, parsed } of readable) {
    if (parsed.isAlive === false) continue;
    const skew =
      parsed.sentAt === undefined
        ? newest.get(source)?.skew
        : (parsed.sentAt.getTime() - at.getTime()) / 1000;
    newest.set(source, { at, skew });
  }
  return newest;
}

/** What deliveries came to: counts, and everything else once the caller has written its own. */
export interface Applied {
  readonly events: readonly SourceEvent[];
  /** The last call of the transaction. */
  readonly publish: () => void;
}

/** Folds deliveries into their groups, one after the other. */
export async function apply(
  deliveries: readonly Understood[],
  context: AlertContext,
  transaction: AlertTransaction,
): Promise<Applied> {
  const settings = context.settings();
  const known = await readKnown(deliveries, transaction);
  const out = announcements();
  const unheardOf = new Map<string, number>();
  for (const { source, at, deliveryId, parsed } of deliveries) {
    const folds = new Map<string, GroupFold>();
    const fold = {
      at,
      settings: settings.alerts,
      channel: channelOf(source, settings),
      newGroupId: context.newGroupId,
    };
    for (const signal of parsed.signals) {
      const place = { source, key: signal.groupKey };
      const id = keyOf(place);
      const open = folds.get(id) ?? foldOf(place, known.groups.get(id), context);
      folds.set(id, open);
      if (signal.status === 'noted') noteIn(open, signal);
      else if (await isEnough(signal, source, at, transaction)) {
        const { change } = foldInto(open, signal as StateSignal, known, out, fold);
        if (change === 'unheard_of') unheardOf.set(source, (unheardOf.get(source) ?? 0) + 1);
        if (change === 'late') lookAgain(open, signal as StateSignal, known, transaction);
      }
    }
    for (const [id, open] of folds) {
      const change = settleFold(open, fold, parsed.truncated);
      if (change === undefined) continue;
      if (open.retired !== undefined) out.groups.set(open.retired.id, { ...open.retired, isCurrent: false });
      const withDelivery = {
        ...change,
        after: { ...change.after, deliveryId: deliveryId ?? change.after.deliveryId },
      };
      known.groups.set(id, await announce(withDelivery, known.silences, settings, out, transaction));
    }
  }
  return {
    events: [...unheardOf].map(([source, count]) => ({
      source,
      outcome: 'unheard_of',
      event: 'resolve',
      count,
    })),
    publish: () => publish(out, transaction),
  };
}

interface Known {
  readonly groups: Map<string, StoredGroup>;
  readonly members: Map<string, Member>;
  readonly silences: readonly Silence[];
}

const keyOf = ({ source, key }: { source: string; key: string }) => `${source}\0${key}`;
const memberKeyOf = (groupId: string, fingerprint: string) => `${groupId}\0${fingerprint}`;

async function readKnown(deliveries: readonly Understood[], transaction: AlertTransaction): Promise<Known> {
  const places = new Map<string, { source: string; key: string }>();
  for (const { source, parsed } of deliveries) {
    for (const { groupKey } of parsed.signals)
      places.set(keyOf({ source, key: groupKey }), { source, key: groupKey });
  }
  const [found, silences] = await Promise.all([
    places.size === 0 ? [] : transaction.manyGroups([...places.values()]),
    transaction.manySilences(),
  ]);
  const groups = new Map(found.map((group) => [keyOf(group), group]));
  const asked = new Map<string, { groupId: string; fingerprint: string }>();
  for (const { source, parsed } of deliveries) {
    for (const { groupKey, fingerprint } of parsed.signals) {
      const group = groups.get(keyOf({ source, key: groupKey }));
      if (group !== undefined)
        asked.set(memberKeyOf(group.id, fingerprint), { groupId: group.id, fingerprint });
    }
  }
  const members = asked.size === 0 ? [] : await transaction.manyMembers([...asked.values()]);
  return {
    groups,
    members: new Map(members.map((member) => [memberKeyOf(member.groupId, member.fingerprint), member])),
    silences,
  };
}

function foldOf(
  place: { source: string; key: string },
  group: StoredGroup | undefined,
  context: AlertContext,
): GroupFold {
  return {
    ...place,
    workspaceId: context.store.workspaceId,
    before: group,
    group,
    retired: undefined,
    isVisible: false,
    begunAnew: new Set(),
  };
}

function foldInto(
  open: GroupFold,
  signal: StateSignal,
  known: Known,
  out: Announcements,
  context: Parameters<typeof foldSignal>[3],
) {
  const before =
    open.group === undefined ? undefined : known.members.get(memberKeyOf(open.group.id, signal.fingerprint));
  const folded = foldSignal(open, signal, before, context);
  if (folded.member !== undefined && folded.member !== before && open.group !== undefined) {
    const id = memberKeyOf(open.group.id, signal.fingerprint);
    known.members.set(id, folded.member);
    out.members.set(id, { ...folded.member, groupId: open.group.id });
  }
  return folded;
}

/** What looks like a copy now is looked at once more when it cannot be one any longer. */
function lookAgain(
  { group, source }: GroupFold,
  signal: StateSignal,
  known: Known,
  transaction: AlertTransaction,
): void {
  if (group === undefined) return;
  // What a person closed comes back when its source next says so.
  if (group.state === 'resolved' && group.resolvedBy !== undefined && group.resolvedBy !== source) return;
  const at = lookAgainAt(known.members.get(memberKeyOf(group.id, signal.fingerprint)), signal);
  if (at !== undefined) transaction.addTimer('look_again', group.id, at);
}

/** What happened at the source is said on the card of a group that is there; it opens none. */
function noteIn(open: GroupFold, { note }: Signal): void {
  if (open.group === undefined || note === undefined) return;
  open.isVisible ||= open.group.note !== note;
  open.group = { ...open.group, note };
}

/** Of what only the rate says anything, one alone is no alert. */
async function isEnough(
  { threshold, groupKey, fingerprint, status }: Signal,
  source: string,
  at: Date,
  transaction: AlertTransaction,
): Promise<boolean> {
  if (threshold === undefined || status !== 'firing') return true;
  const times = await transaction.addSample({ source, key: groupKey }, fingerprint, at, threshold.count);
  const since = at.getTime() - threshold.withinMinutes * 60_000;
  return times.filter((time) => time.getTime() > since).length >= threshold.count;
}
