/**
 * What commands may ask of a target (`needs:`), one interface for each kind of operated system. Changes are
 * {@link PreparedCall}s: made ready for the plan, signed, and sent exactly so.
 */

import type { Json, JsonObject, Risk, StepCall, TenantRef } from './command.ts';
import type { Workflows } from './workflow-kinds.ts';

export type * from './workflow-kinds.ts';

/** Facts every target has. */
export interface TargetInfo {
  readonly name: string;
  /** e.g. `production`; printed wherever something is about to change. */
  readonly environment: string;
}

/** A target whose tenants can be looked up. */
export interface TenantDirectory {
  /** The tenant whose slug or id is exactly `typed`, else undefined. @throws Fault when the target cannot be read. */
  find(typed: string): Promise<TenantRef | undefined>;
  /** At most `limit` tenants whose slug or name contains `text`, best first. Used for option searches and "did you mean". */
  search(text: string, limit: number): Promise<TenantRef[]>;
}

/** One record of an operated system's audit chain, without its payload (that may hold personal data). */
export interface AuditRecordSummary {
  readonly id: string;
  /** Undefined when the stored time is no date (NULL, `infinity`, the year 300,000). */
  readonly at: Date | undefined;
  readonly action: string;
  readonly actorId: string | null;
}

/** What can be wrong with someone else's audit chain. */
export type AuditProblemKind =
  | 'altered'
  | 'fork'
  | 'inserted'
  | 'missing'
  | 'out_of_order'
  | 'cut_tail'
  | 'unreadable';

export interface AuditProblem {
  readonly kind: AuditProblemKind;
  /** The record the problem is at; for `missing` and `cut_tail` the nearest surviving record, if any. */
  readonly record: AuditRecordSummary | undefined;
  /** Surviving neighbours in link order. */
  readonly before: AuditRecordSummary | undefined;
  readonly after: AuditRecordSummary | undefined;
  /** One sentence a responder understands, e.g. "stored hash 3fa1… is not the recomputed 77b0…". */
  readonly explanation: string;
}

export interface AuditVerdict {
  /**
   * `intact` never stands over an empty set: a tenant with no records is `empty`.
   * `skewed`: every hash and every link is sound, nothing was altered, added or removed; only the times
   * disagree with the links (all problems are `out_of_order`). A clock to fix, not tampering to investigate.
   */
  readonly verdict: 'intact' | 'skewed' | 'broken' | 'empty';
  /** Records in the chain now, in one database snapshot. */
  readonly records: number;
  /** Records actually re-read and re-hashed in this run; the other `records - checked` were only counted. */
  readonly checked: number;
  /** Hash of the newest record by links; undefined when empty or when the chain has no single head. */
  readonly head: string | undefined;
  readonly durationMilliseconds: number;
  /** The checkpoint this run was compared with, if any was kept. */
  readonly since: { readonly at: Date; readonly records: number; readonly head: string } | undefined;
  /** The earliest failing record's problem first; at most 100 of them. */
  readonly problems: readonly AuditProblem[];
  /** All problems found, which may be more than `problems` holds. */
  readonly problemCount: number;
}

export interface AuditChain {
  /**
   * Reads the tenant's chain in one database snapshot and judges it.
   * @param options.full re-read everything, also what an earlier run has already checked. Default false.
   * @throws Fault `target_unreachable` when the target's database cannot be reached.
   */
  verify(
    tenant: TenantRef,
    options: {
      full?: boolean;
      signal: AbortSignal;
      /**
       * Called at most a few times a second with the records read so far and an estimate of all there are to
       * read (counting them first would take a tenth of the time), never less than what was read.
       */
      onProgress?: (read: number, total: number) => void;
    },
  ): Promise<AuditVerdict>;
}

// ------------------------------------------------------------------------------------------------ changes

/** One call to a target, ready to be signed and then sent exactly so. */
export interface PreparedCall<Outcome extends Json = Json> {
  /** In the target's own words, e.g. `PATCH /api/tenants/8d…/suspend on rms (production)`. */
  readonly summary: string;
  /** Everything that decides what happens: method, path, body. What is signed, and compared before it is sent. */
  readonly call: JsonObject;
  /** It may be sent again with the same key when its outcome was lost. False unless the target declares it. */
  readonly isRepeatable: boolean;
  /**
   * @throws Refusal when the target said no (4xx): "rms answered 409: tenant is already suspended".
   * @throws Fault when nothing was sent: no connection, circuit open.
   * @throws UnknownOutcome when it was sent and its outcome cannot be known: timeout, cut connection, 5xx, an
   *   answer of another shape.
   */
  send(call: StepCall): Promise<Outcome>;
}

// --------------------------------------------------------------------------------------- tenants' lifecycle

export interface OpenInvoice {
  readonly id: string;
  /** As the target writes it, e.g. `120.50 EUR`. */
  readonly amount: string;
  readonly dueAt: Date | undefined;
  readonly isOverdue: boolean;
}

/** A limit somebody has changed by hand. */
export interface AdjustedQuota {
  readonly name: string;
  readonly limit: number;
  readonly original: number;
}

export interface TenantState {
  /** The target's own word: `active`, `suspended`, … */
  readonly status: string;
  readonly activeUsers: number;
  readonly openInvoices: readonly OpenInvoice[];
  readonly pendingNotifications: number;
  readonly adjustedQuotas: readonly AdjustedQuota[];
  readonly areCountersPaused: boolean;
}

/** One line of the target's own audit log, without payload. */
export interface AuditLogEntry {
  readonly id: string;
  readonly at: Date;
  readonly actor: string;
  readonly action: string;
  readonly section: string | undefined;
  /** Names of what changed, never values. */
  readonly changed: readonly string[];
}

export interface AuditLogFilter {
  readonly action?: string;
  readonly section?: string;
  readonly since?: Date;
  /** Newest first. Default 20. */
  readonly limit?: number;
}

export interface Tenancy {
  state(tenant: TenantRef): Promise<TenantState>;
  /** @param order.effectiveAt ISO time; default: at once. */
  suspend(
    tenant: TenantRef,
    order: { readonly reason: string; readonly effectiveAt?: string },
  ): PreparedCall<{ readonly status: string }>;
  activate(tenant: TenantRef, order: { readonly reason?: string }): PreparedCall<{ readonly status: string }>;
  resumeCounters(tenant: TenantRef): PreparedCall<{ readonly resumed: number }>;
  auditLog(tenant: TenantRef, filter: AuditLogFilter): Promise<readonly AuditLogEntry[]>;
  /** Whether the target has sent out a notification of this event (e.g. `tenant.suspended`) since then. */
  hasNotified(tenant: TenantRef, event: string, since: Date): Promise<boolean>;
}

// ---------------------------------------------------------------------------------------- notifications

export type NotificationChannel = 'email' | 'sms' | 'push' | 'in_app';

/** Without addresses or text: those are personal. */
export interface FailedNotification {
  readonly id: string;
  readonly channel: NotificationChannel;
  readonly reason: string;
  readonly failedAt: Date;
}

export interface Notifications {
  /** Oldest first. `total` may be more than `items` holds. */
  failed(
    tenant: TenantRef,
    filter: {
      readonly channel?: NotificationChannel;
      readonly since?: Date;
      readonly ids?: readonly string[];
      readonly limit: number;
    },
  ): Promise<{ readonly items: readonly FailedNotification[]; readonly total: number }>;
  /** The target's own word for each (`failed`, `delivered`, `pending`, …); ids it does not know are left out. */
  statuses(tenant: TenantRef, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  resend(
    tenant: TenantRef,
    id: string,
  ): PreparedCall<{ readonly status: 'sent' | 'already_delivered' | 'failed'; readonly reason?: string }>;
}

export interface Communications {
  /** The settings as the target has them, every secret already replaced by `••••`. */
  settings(tenant: TenantRef): Promise<JsonObject>;
  auditLog(tenant: TenantRef, filter: AuditLogFilter): Promise<readonly AuditLogEntry[]>;
}

// ------------------------------------------------------------------------------------ releases and health

/** Something that was looked at, or why it could not be. What was not seen is unknown, never fine. */
export type Seen<Value> =
  | { readonly isSeen: true; readonly value: Value; readonly at: Date }
  | {
      readonly isSeen: false;
      /** Completes "unknown: …", e.g. `rms answered 503`. */
      readonly why: string;
    };

export interface Release {
  readonly version: string;
  readonly deployedAt: Date | undefined;
  /** The newest migration it came with. */
  readonly schema: string;
  /** The oldest and newest schema its code runs on; undefined: not declared. */
  readonly runsOn: { readonly oldest: string; readonly newest: string } | undefined;
}

export interface QueueDepth {
  readonly name: string;
  readonly depth: number;
}

export interface Releases {
  /** Newest first: the current one, then the earlier ones. */
  releases(): Promise<Seen<readonly Release[]>>;
  /** Applied migrations in order, oldest first, and those not yet applied. */
  migrations(): Promise<Seen<{ readonly applied: readonly string[]; readonly pending: readonly string[] }>>;
  readiness(): Promise<Seen<{ readonly isReady: boolean; readonly failing: readonly string[] }>>;
  queues(): Promise<Seen<readonly QueueDepth[]>>;
}

export interface HealthCheck {
  /** e.g. `api`, `worker`. */
  readonly service: string;
  readonly probe: 'liveness' | 'readiness';
  readonly path: string;
  /** `unknown`: no answer, or one that cannot be read. */
  readonly status: 'up' | 'down' | 'unknown';
  /** The HTTP status or why there was none, e.g. `503`, `no answer within 5 s`. */
  readonly answer: string;
  readonly latencyMilliseconds: number | undefined;
  /** Parts of the payload that are not well, e.g. `database: connection refused`. */
  readonly failing: readonly string[];
  /** The target's clock (its Date header) minus ours; undefined without that header. One second is its precision. */
  readonly clockSkewMilliseconds: number | undefined;
}

export interface Health {
  /** All probes of all services in parallel; never rejects. */
  check(signal: AbortSignal): Promise<readonly HealthCheck[]>;
}

// -------------------------------------------------------------------------------------------- operations

/** An HTTP call declared under `targets.<name>.operations`, which needs no code. */
export interface OperationSummary {
  readonly name: string;
  readonly summary: string;
  readonly risk: Risk;
  /** e.g. `POST /api/test-email`. */
  readonly request: string;
  readonly parameters: readonly { readonly name: string; readonly isRequired: boolean }[];
}

/** What a read answered, and how that stands to what the settings expect of it. */
export interface OperationReading {
  readonly answer: Json;
  /** One for each value under `expect`, in its order; empty: nothing is expected, so nothing is judged. */
  readonly findings: readonly {
    /** `unclear`: it is not in the answer, or nothing that can be compared. Never taken for well. */
    readonly holds: 'yes' | 'no' | 'unclear';
    /** e.g. `/depth is 1840, expected at most 1000`. */
    readonly sentence: string;
  }[];
}

export interface Operations {
  list(): readonly OperationSummary[];
  /** @throws UserMistake naming the nearest operations, or the parameter that is missing, unknown or unusable. */
  find(name: string, parameters: Readonly<Record<string, string>>): OperationSummary;
  /** For `change` and `dangerous` operations. */
  prepare(name: string, parameters: Readonly<Record<string, string>>): PreparedCall;
  /** For `read` operations. */
  read(name: string, parameters: Readonly<Record<string, string>>): Promise<OperationReading>;
  /** What the declared `observe` shows; undefined when nothing is declared. */
  observe(
    name: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<{ readonly isSeen: boolean; readonly sentence: string } | undefined>;
}

// ------------------------------------------------------------------------------------------------- kinds

/** What `needs:` may ask for, and the client a command then receives as `target`. */
export interface TargetKinds {
  tenants: TargetInfo & { readonly tenants: TenantDirectory };
  audit: TargetInfo & { readonly tenants: TenantDirectory; readonly audit: AuditChain };
  tenancy: TargetInfo & { readonly tenants: TenantDirectory; readonly tenancy: Tenancy };
  notifications: TargetInfo & { readonly tenants: TenantDirectory; readonly notifications: Notifications };
  communications: TargetInfo & { readonly tenants: TenantDirectory; readonly communications: Communications };
  releases: TargetInfo & { readonly releases: Releases };
  health: TargetInfo & { readonly health: Health };
  operations: TargetInfo & { readonly operations: Operations };
  workflows: TargetInfo & { readonly workflows: Workflows };
}
export type TargetKind = keyof TargetKinds;
