import type { Severity } from '../alerts/severity.ts';
import type { NewEntry } from '../ledger/entry.ts';
import type { WantedMessage } from '../message.ts';
import type { Incident, IncidentTimer, IncidentTimerKind, NewIncident } from './incident.ts';

/** A timer as it is stored, and whether its time is over by the database's clock. */
export interface StoredTimer extends IncidentTimer {
  readonly state: 'waiting' | 'over' | 'cancelled';
  readonly isDue: boolean;
  /** How often it was set. */
  readonly times: number;
}

/** An alert group as far as an incident decides by it. */
export interface LinkedGroup {
  readonly id: string;
  readonly source: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: 'firing' | 'resolved';
  readonly firing: number;
  /** When level 2 was called for it. */
  readonly escalatedAt: Date | undefined;
  readonly acknowledgedBy: string | undefined;
}

/**
 * What a decision may do about incidents, as part of whatever transaction it is. Methods that return nothing are sent along
 * with the commit.
 */
export interface IncidentPart {
  maybe(id: string): Promise<Incident | undefined>;
  /** Whether this run has decided something about an incident. */
  isDecidedBy(runId: string): Promise<boolean>;
  /** As {@link maybe}; decisions about it take turns until the commit. */
  hold(id: string): Promise<Incident | undefined>;
  /** @param declaredFrom see {@link maybeOfDeclaration}. */
  insert(incident: NewIncident, declaredFrom?: string): void;
  /** The one that was declared from this message, or by this command. */
  maybeOfDeclaration(declaredFrom: string): Promise<Incident | undefined>;
  save(incident: Incident): void;
  maybeOfGroup(groupId: string): Promise<Incident | undefined>;
  /** A group belongs to one incident at most. */
  link(id: string, groupId: string, by: string): void;
  manyGroups(id: string): Promise<readonly LinkedGroup[]>;
  manyTimers(id: string): Promise<readonly StoredTimer[]>;
  /** Due so long from now, by the database's clock; one of this kind that waits is replaced. */
  setTimer(id: string, kind: IncidentTimerKind, afterMinutes: number): void;
  endTimer(id: string, kind: IncidentTimerKind, how: 'over' | 'cancelled'): void;
  /** A job at its time, for a timer that is found not to be due yet. */
  wakeTimer(id: string, kind: IncidentTimerKind, at: Date): void;
  /** What a responder would look up is read once this is committed. */
  gather(id: string): void;
  /** `edited`: other words of the message are in the record already. */
  addNote(
    id: string,
    note: { channelId: string; ts: string; text: string },
  ): Promise<'new' | 'edited' | 'known'>;
  /** PagerDuty is told in the order of these calls, once this is committed. */
  addPage(id: string, action: 'trigger' | 'resolve'): void;
  /** A signed head of the ledger is to be taken once this is committed. */
  addCheckpoint(reason: string): void;
}

/** A transaction that decides about incidents: that of runs and that of alerts are such, too. */
export interface IncidentTransaction {
  readonly incidents: IncidentPart;
  want(message: WantedMessage): void;
  /** Always the last call: it locks the ledger's head until the commit. */
  record(entries: readonly NewEntry[]): void;
}

export interface IncidentStore {
  readonly workspaceId: string;
  transaction<Result>(
    decide: (transaction: IncidentTransaction & { readonly now: Date }) => Promise<Result>,
  ): Promise<Result>;
}
