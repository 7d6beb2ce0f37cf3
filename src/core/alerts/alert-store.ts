import type { IncidentPart } from '../incidents/incident-store.ts';
import type { NewEntry } from '../ledger/entry.ts';
import type { WantedMessage } from '../message.ts';
import type { AlertMatch } from './alert-settings.ts';
import type { Member, StoredGroup } from './group.ts';

/** A delivery that waits to be understood. */
export interface WaitingDelivery {
  readonly id: number;
  readonly source: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

export interface GroupKey {
  readonly source: string;
  readonly key: string;
}

export interface MemberKey {
  readonly groupId: string;
  readonly fingerprint: string;
}

/** Hides what matches until it is over. */
export interface Silence {
  readonly id: number;
  /** Exactly one group, whatever it is called meanwhile. */
  readonly group: GroupKey | undefined;
  readonly match: AlertMatch;
  readonly owner: string;
  readonly reason: string;
  readonly begunAt: Date;
  readonly until: Date;
  readonly endedAt: Date | undefined;
  readonly endedBy: string | undefined;
}

export type NewSilence = Pick<Silence, 'group' | 'match' | 'owner' | 'reason'> & {
  readonly minutes: number;
  /** Of the command that asked for it. */
  readonly runId?: string;
};

/** Work that comes due, decided again from the stored state when it does. */
export type GroupTimer = 'quiet' | 'level2_unacknowledged' | 'level2_unresolved' | 'look_again';

/** What a source did, for `/ops monitoring-status`. */
export interface SourceEvent {
  readonly source: string;
  readonly outcome: 'processed' | 'unknown' | 'unheard_of' | 'unreadable' | 'refused' | 'duplicate' | 'shed';
  /** The source's word for it, or the answer's. */
  readonly event: string;
  readonly count: number;
  readonly detail?: string | undefined;
}

/**
 * What a decision about alerts may do, all of it together or none of it. Methods that return nothing are sent along with the
 * commit. Decisions about the alerts of one workspace take turns: {@link AlertStore.transaction} holds their lock.
 */
export interface AlertTransaction {
  /** The database's clock, once the lock was held. */
  readonly now: Date;
  readonly incidents: IncidentPart;
  /** The oldest that wait, at most `count` of them and about `bytes` in all; taken for good by {@link endDeliveries}. */
  takeDeliveries(count: number, bytes: number): Promise<readonly WaitingDelivery[]>;
  endDeliveries(ids: readonly number[]): void;
  /** Whatever became of it; undefined once it is pruned. */
  maybeDelivery(id: number): Promise<WaitingDelivery | undefined>;
  /** Kept, and never tried again: it can be read by a person. */
  refuseDelivery(id: number, problem: string): void;
  /** The current group of each key that has one. */
  manyGroups(keys: readonly GroupKey[]): Promise<readonly StoredGroup[]>;
  maybeGroup(id: string): Promise<StoredGroup | undefined>;
  /** Every current group that fires, or is hidden by this silence. */
  manyGroupsOf(what: 'firing' | { readonly silenceId: number }): Promise<readonly StoredGroup[]>;
  manyMembers(keys: readonly MemberKey[]): Promise<readonly (Member & { readonly groupId: string })[]>;
  /** Every alert of a group that fires is over now. */
  resolveMembers(groupId: string, at: Date): void;
  saveGroups(groups: readonly StoredGroup[]): void;
  saveMembers(members: readonly (Member & { readonly groupId: string })[]): void;
  /** Counts what silences hide of these groups, as it is now. */
  countHidden(groups: readonly StoredGroup[]): void;
  /** Times at which something came of which only the rate says anything; the newest `keep` of them, with this one. */
  addSample(key: GroupKey, fingerprint: string, at: Date, keep: number): Promise<readonly Date[]>;
  manySilences(): Promise<readonly Silence[]>;
  holdSilence(id: number): Promise<Silence | undefined>;
  /** The one that this run has begun, whatever became of it. */
  maybeSilenceOf(runId: string): Promise<Silence | undefined>;
  insertSilence(silence: NewSilence): Promise<Silence>;
  endSilence(id: number, by: string): void;
  /** Groups shown in this channel that began within the last seconds. */
  countOpened(channel: string, withinSeconds: number): Promise<number>;
  /** The digest of the channel that took a group within the last seconds, if there is one. */
  maybeDigest(channel: string, withinSeconds: number): Promise<number | undefined>;
  insertDigest(channel: string): Promise<number>;
  touchDigest(id: number): void;
  /** Done by any process; one of this name that waits for this group is replaced. */
  addTimer(timer: GroupTimer, groupId: string, at: Date): void;
  addSilenceTimer(silenceId: number, at: Date): void;
  /** PagerDuty is told in the order of these calls, once this is committed. */
  addPage(groupId: string, action: 'trigger' | 'acknowledge' | 'resolve'): void;
  heardFrom(source: string, at: Date, clockSkewSeconds: number | undefined): void;
  /**
   * Sources that have been silent for longer than they may, or have spoken again since that was noticed.
   * @param listeningSince nobody could be heard before.
   */
  manySilent(
    expected: readonly { readonly source: string; readonly minutes: number }[],
    listeningSince: Date,
  ): Promise<readonly { readonly source: string; readonly lastSeenAt: Date; readonly isSilent: boolean }[]>;
  markSilent(source: string, isSilent: boolean): void;
  count(events: readonly SourceEvent[]): void;
  /** {@link Superseded} when the entry was handled or voided meanwhile. */
  takeInboxEntry(key: string): void;
  want(message: WantedMessage): void;
  /** Always the last call: it locks the ledger's head until the commit. */
  record(entries: readonly NewEntry[]): void;
}

export interface AlertStore {
  readonly workspaceId: string;
  transaction<Result>(decide: (transaction: AlertTransaction) => Promise<Result>): Promise<Result>;
}
