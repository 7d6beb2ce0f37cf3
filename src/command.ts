/**
 * Everything a command author touches. A command is one file that default-exports {@link defineCommand};
 * its path is its name (`commands/incident/declare.ts` is `/ops incident declare`).
 *
 * The author writes what the command is, what it reads and what it changes. The runtime owns ack, help,
 * modal, validation, authorization, approval, locking, retries, progress, rendering and the record.
 *
 * Command files import from this file (outside the repository: from `countersign`) and from `zod`, only.
 */
import { z } from 'zod';
import type { AlertServices } from './alert-services.ts';
import type { Line } from './core/text.ts';
import type { IncidentServices } from './incident-services.ts';
import type { RunbookServices } from './runbook-services.ts';
import type { PreparedCall, TargetKind, TargetKinds } from './target-kinds.ts';

export type * from './alert-services.ts';
export { counted, grouped, type Reading, readable, tenantAction, tenantName } from './command-words.ts';
export { marked, resolvedMark, severityMarks } from './core/cards/severity-words.ts';
export { Fault, Refusal, UnknownOutcome, UserMistake } from './core/errors.ts';
export { durationText, maybeDurationMinutes } from './core/parse/duration.ts';
export { quoted } from './core/parse/quoted.ts';
export type { Line, Span } from './core/text.ts';
export { bold, channel, code, date, italic, link, person, user } from './core/text.ts';
export {
  cancelWhenStopped,
  followMilliseconds,
  followRun,
  isStopWanted,
  locateMilliseconds,
  repeated,
} from './follow-workflow.ts';
export type * from './incident-services.ts';
export type * from './runbook-services.ts';
export { currentStep, unmetGuards } from './runbook-services.ts';
export type * from './target-kinds.ts';
export { ageText, boundedHeadline, clock, runWords, verdictWords } from './workflow-words.ts';
export { z };

/** Anything RFC 8785 can canonicalise: what plans freeze and digests cover. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** How much a command can hurt; decides the default policy. Reads never need a signature. */
export type Risk = 'read' | 'change' | 'dangerous';

// ---------------------------------------------------------------------------------------------- arguments

/** A tenant as a command receives it: already found in the target, never the raw typed text. */
export interface TenantRef {
  /** The target's own id, e.g. a uuid. */
  readonly id: string;
  /** What people type, e.g. `acme`. */
  readonly slug: string;
  /** What people read, e.g. `Acme GmbH`. */
  readonly name: string;
}

/** What the runtime reads from a field's metadata to build the modal and resolve references. */
export interface FieldMetadata {
  /** The field names an object of the target: looked up there before `plan`, searched there in the modal. */
  readonly reference?: 'tenant';
  /** The field names a configured target; the runtime picks that target before `plan`. */
  readonly choice?: 'target' | 'command' | 'runbook';
  /** The field holds a Slack id: typed as a mention, picked from Slack's own list in the modal. */
  readonly slack?: 'user' | 'channel';
  /** In text: mentions of people and channels are kept as their ids (`U0ADA`) instead of their names. Default false. */
  readonly mentionsAsIds?: boolean;
  /** The field is the rest of the line, unquoted, e.g. a title or a question. */
  readonly rest?: boolean;
  /**
   * The value may name or describe a person (a reason, a note, an email address): it enters the ledger as a
   * salted commitment with its text kept beside it, so that it can be erased. Default false.
   */
  readonly isPersonal?: boolean;
  /** Label in the modal; default: the argument's name in words (`expiresMinutes` → "Expires minutes"). */
  readonly label?: string;
  /** One line under the field in the modal and in help. */
  readonly hint?: string;
  /** Set by Countersign itself: neither in the form nor in help. Default false. */
  readonly isHidden?: boolean;
  /** A larger text box in the modal. */
  readonly multiline?: boolean;
}

/** Registry that carries {@link FieldMetadata} beside a zod schema. */
export const fieldMetadata = z.registry<FieldMetadata>();

/**
 * Attach modal and parser metadata to any zod field. Metadata the field already carries is kept, so a
 * label can be added to a `tenantRef()`.
 *
 * @example args: z.object({ reason: field(z.string().trim().min(10), { multiline: true, hint: 'Shown to signers' }) })
 */
export function field<Schema extends z.ZodType>(schema: Schema, metadata: FieldMetadata): Schema {
  fieldMetadata.add(schema, { ...fieldMetadata.get(schema), ...metadata });
  return schema;
}

/**
 * A tenant of the target, typed by slug or id. `plan` and `run` receive the resolved {@link TenantRef};
 * an unknown one is refused before `plan` with the nearest slugs.
 */
export function tenantRef(): z.ZodType<TenantRef, string> {
  const schema = z
    .string()
    .trim()
    .min(1, 'Name a tenant by its slug or id')
    .max(200)
    .transform((typed): TenantRef => ({ id: '', slug: typed, name: '' }));
  return field(schema, { reference: 'tenant' }) as unknown as z.ZodType<TenantRef, string>;
}

/** The optional `--target` argument: which configured target, when several could serve the command. */
export function targetRef(): z.ZodType<string | undefined, string | undefined> {
  return field(z.string().trim().min(1).max(80).optional(), {
    choice: 'target',
    hint: 'Only needed when several targets match',
  });
}

/**
 * A person of this workspace, typed as a mention (`@ada`). `plan` and `run` receive the Slack user id.
 * Ids begin with U, or with W where the person belongs to an Enterprise organisation.
 *
 * @example args: z.object({ commander: userRef(), deputy: userRef().optional() })
 */
export function userRef(): z.ZodType<string, string> {
  return field(z.string().regex(/^[UW][A-Z0-9]{2,30}$/, 'Name a person by mention, for example @ada'), {
    slack: 'user',
  });
}

/**
 * A channel of this workspace, typed as `#ops`. `plan` and `run` receive the Slack channel id. Ids begin
 * with C, or with G for private channels made before 2021.
 *
 * @example args: z.object({ announceIn: channelRef().optional() })
 */
export function channelRef(): z.ZodType<string, string> {
  return field(z.string().regex(/^[CG][A-Z0-9]{2,30}$/, 'Name a channel by mention, for example #ops'), {
    slack: 'channel',
  });
}

/**
 * A calendar day, `YYYY-MM-DD`, without a time zone. Impossible days (30 February) are refused.
 *
 * @example args: z.object({ due: isoDate() }) // "2026-12-01"
 */
export function isoDate(): z.ZodType<string, string> {
  return z.iso.date('Give a day that exists as YYYY-MM-DD, for example 2026-12-01');
}

/**
 * A moment in time, typed with its zone (`2026-12-01T09:30Z`, `2026-12-01T10:30+01:00`). `plan` and `run`
 * receive it in UTC (`2026-12-01T09:30:00Z`), so that what is signed does not depend on who reads it.
 *
 * @example args: z.object({ startsAt: isoTime() })
 */
export function isoTime(): z.ZodType<string, string> {
  return z.iso.datetime('Give a time with its zone, for example 2026-12-01T09:30Z');
}

// ------------------------------------------------------------------------------------- Countersign itself

export interface CommandSummary {
  readonly name: string;
  readonly summary: string;
  readonly risk: Risk;
  /** Changes Countersign's own record, and nothing that is operated. */
  readonly isOwnRecord: boolean;
  readonly usage: string;
  readonly examples: readonly string[];
}

/** Why a person may or may not run a command, in the very sentence they read. */
export interface Permission {
  readonly allowed: boolean;
  readonly reason: string;
}

export interface Explanation extends CommandSummary {
  readonly permission: Permission;
  /** Role names of the matching policy rule that may run it, with the people in them now. */
  readonly runners: readonly RoleMembers[];
  /** Who could sign right now; empty when no signature is needed. */
  readonly approvers: readonly RoleMembers[];
  readonly approvalsNeeded: number;
  readonly expiresMinutes: number;
}

export interface RoleMembers {
  readonly role: string;
  readonly users: readonly string[];
  /** Groups that could not be read count as having no members. */
  readonly unreadableGroups: readonly string[];
}

/** One line of "who did what". */
export interface HistoryEntry {
  readonly seq: number;
  readonly receipt: string;
  readonly at: Date;
  readonly actor: string;
  readonly sentence: Line;
  readonly runId: string | undefined;
}

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[];
  /** Pass as `before` to read older entries; undefined on the last page. */
  readonly olderThan: number | undefined;
}

export interface RunSummary {
  readonly id: string;
  readonly command: string;
  readonly invocation: string;
  readonly requester: string;
  readonly state: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | undefined;
  readonly target: string | undefined;
  readonly environment: string | undefined;
  readonly receipt: string | undefined;
  readonly headline: string | undefined;
  /** Who approved it, or went ahead without signatures; in that order. */
  readonly signers: readonly string[];
  readonly steps: readonly { readonly name: string; readonly state: string }[];
  readonly permalink: string | undefined;
}

export interface LedgerStatus {
  readonly entries: number;
  readonly receipt: string | undefined;
  readonly headHash: string | undefined;
  readonly lastCheckpoint: { readonly seq: number; readonly at: Date; readonly keyId: string } | undefined;
  /** Entries past the last checkpoint. */
  readonly unanchored: number;
  /** What is wrong with the first bad entry, or undefined when the chain verifies. */
  readonly problem: string | undefined;
  /** True when the bot's own database login cannot rewrite the ledger. */
  readonly isWriteProtected: boolean;
}

export interface LockdownState {
  readonly begunBy: string;
  readonly begunAt: Date;
  readonly reason: string | undefined;
  /** Who has agreed to lift it so far. */
  readonly lifts: readonly string[];
}

/** Countersign's own services, for commands about Countersign (help, history, explain, ledger, run, alerts). */
export interface Countersign {
  readonly commands: () => readonly CommandSummary[];
  permission(command: string): Promise<Permission>;
  /** @throws UserMistake naming the nearest commands when there is none of that name. */
  explain(command: string): Promise<Explanation>;
  history(filter: { words: readonly string[]; before?: number; limit: number }): Promise<HistoryPage>;
  run(id: string): Promise<RunSummary | undefined>;
  /** Takes back a request that waits, or stops a run before its next step. @throws Refusal saying why not. */
  cancelRun(id: string): Promise<void>;
  /**
   * Says on record what became of an effect whose outcome is unknown.
   * @param step of several unknown ones only this; the run stays unknown while any is left.
   * @throws Refusal saying why not.
   */
  settleRun(id: string, says: 'happened' | 'did_not_happen', step?: string): Promise<void>;
  lockdown: {
    state(): Promise<LockdownState | undefined>;
    /** @returns how many runs were waiting or under way. @throws Refusal saying why not. */
    begin(reason: string | undefined): Promise<{ readonly stopped: number }>;
    /** @returns how many more people have to agree; 0: it is lifted. @throws Refusal saying why not. */
    lift(): Promise<{ readonly stillNeeded: number }>;
  };
  ledger: {
    status(options: { verify: boolean }): Promise<LedgerStatus>;
    /** Signs the present head and posts it outside the database. */
    checkpoint(): Promise<{ readonly seq: number; readonly receipt: string }>;
  };
  readonly alerts: AlertServices;
  readonly incidents: IncidentServices;
  readonly runbooks: RunbookServices;
}

// ---------------------------------------------------------------------------------------- plans and runs

/** One external call the command will make, in the target's own words. */
export interface Effect {
  /** The `step` that makes it. */
  readonly step: string;
  /** e.g. `PATCH /api/tenants/8d…/suspend on rms (production)`. */
  readonly summary: string;
  /** Everything that decides what happens: method, path, body. Part of the digest. */
  readonly call: JsonObject;
}

/**
 * What a command says it would do, from reads only.
 * `data` and `effects` are signed; `context` is shown and recorded, never signed.
 */
export interface Plan<Data extends JsonObject = JsonObject> {
  /** What people read, most important first; at most 8 short lines. */
  readonly summary: readonly Line[];
  /** The resolved intent and nothing else: ids frozen and sorted, absolute times, before → after. */
  readonly data: Data;
  readonly effects?: readonly Effect[];
  /** Moving numbers and reading times. */
  readonly context?: JsonObject;
  readonly warnings?: readonly Line[];
  /**
   * Label of the button that begins it, under 24 characters, naming the thing: "Resend 240 emails".
   * Default: the command's summary.
   */
  readonly action?: string;
}

/** What can be seen in the target of a change whose outcome was lost; from reads only. */
export interface Observation {
  /** `unclear` also when the target shows neither: nothing is guessed. */
  readonly happened: 'yes' | 'no' | 'unclear';
  /** What was seen, where; at most 4 short lines. */
  readonly lines: readonly Line[];
}

/** What a finished run tells people. */
export interface Report {
  /**
   * `ok` ✓, `warning` ▲ (someone should look, nothing is broken), `bad` ✗ (the thing looked at is not well),
   * `unknown` ? (it could not be told), `info` for plain answers.
   */
  readonly status: 'ok' | 'warning' | 'bad' | 'unknown' | 'info';
  /** The important words first: at most 90 characters reach a phone's lock screen. */
  readonly headline: string;
  /** At most 8 short lines on a card; longer lists go to `details`. */
  readonly lines?: readonly Line[];
  /** Shown in the thread under the card, in as many messages as it takes. */
  readonly details?: readonly Line[];
  /** What to do next. */
  readonly next?: Line;
  /** Answers about the person who asked ("what may I run") are shown to that person only. Default false. */
  readonly isPrivate?: boolean;
  /**
   * What it did shows by itself (in an incident's thread, on a runbook's card): no answer is posted, but in a form that is
   * still open. Default false.
   */
  readonly isShownElsewhere?: boolean;
  /** Buttons that run another command with its arguments filled in; at most three. */
  readonly suggestions?: readonly {
    readonly label: string;
    readonly invocation: string;
    /** Opens the command's form with it filled in: something is still to be said. Default: it is run at once. */
    readonly isForm?: boolean;
  }[];
}

/** Who asked, and how they came. */
export interface Requester {
  /** Slack user id, or `cli:<login>` from the command line. */
  readonly id: string;
  /** `timer`: a look that a runbook's wait makes for whoever began it. */
  readonly via: 'slash' | 'mention' | 'button' | 'modal' | 'shortcut' | 'cli' | 'timer';
}

interface Surroundings<Need extends TargetKind | undefined> {
  readonly target: Need extends TargetKind ? TargetKinds[Need] : undefined;
  /** `target` alone; with `isForEveryTarget` and no target named, every one of the kind (`target` is then the first). */
  readonly targets: readonly (Need extends TargetKind ? TargetKinds[Need] : never)[];
  readonly requester: Requester;
  readonly countersign: Countersign;
  /** Now, by the clock every part of the run shares. */
  readonly now: () => Date;
  /** Aborted when the run is cancelled, loses its executor token or passes its deadline. */
  readonly signal: AbortSignal;
}

export interface PlanContext<Need extends TargetKind | undefined> extends Surroundings<Need> {
  /**
   * Undefined at first. Before the first step the plan is made again from this, the `data` that was signed: keep
   * what of it still holds and add nothing, however much there is by now. Anything wider or different than what
   * was signed is refused.
   */
  readonly frozen: JsonObject | undefined;
}

export interface StepOptions {
  /**
   * The call may be made again when its outcome was lost (it only reads, or the target honours the
   * idempotency key). Default: the target's `honoursIdempotencyKey`, which is false unless declared.
   */
  readonly repeatable?: boolean;
  /** Milliseconds before the outcome is called unknown. Default 30,000. */
  readonly timeoutMilliseconds?: number;
}

export interface StepCall {
  /** The same on every attempt of this step in this run. */
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

export interface RunContext<Need extends TargetKind | undefined> extends Surroundings<Need> {
  /**
   * Makes one external effect and stores its outcome before the next step starts. A resumed run gets the
   * stored outcome of a finished step back and does not call again.
   *
   * A step that is not `repeatable` must stand in the plan's `effects` under this name, and a prepared call must
   * be the one that was signed, else nothing is sent.
   * @throws Refusal when the target said no (4xx), Fault when nothing was sent.
   * @throws UnknownOutcome when the effect began and its outcome cannot be known. A command that catches it and
   *   goes on ends `unknown` all the same.
   */
  step<Outcome extends Json>(
    name: string,
    call: PreparedCall<Outcome> | ((call: StepCall) => Promise<Outcome>),
    options?: StepOptions,
  ): Promise<Outcome>;
  /**
   * Looks until `look` sees something or the deadline passes; undefined then, to be shown as "not seen". Only reads,
   * so it is repeated freely.
   * @param options.deadlineMilliseconds default 30,000.
   */
  observe<Seen extends Json>(
    name: string,
    look: (signal: AbortSignal) => Promise<Seen | undefined>,
    options?: { readonly deadlineMilliseconds?: number },
  ): Promise<Seen | undefined>;
  /** Replaces the progress line of the run's card; shown at most every 3 s. */
  progress(line: Line): void;
}

export interface CommandDefinition<
  Args extends z.ZodObject = z.ZodObject,
  Need extends TargetKind | undefined = TargetKind | undefined,
  Data extends JsonObject = JsonObject,
> {
  /** Integer; raise it when what the command does changes, so that signatures on the old meaning lapse. */
  readonly version: number;
  /** Imperative, under 60 characters: "Suspend a tenant". */
  readonly summary: string;
  readonly risk: Risk;
  /** The kind of target; several matches ask, none is a refusal. Default: no target. */
  readonly needs?: Need;
  /** What people can type after `/ops`; the first is shown in errors. */
  readonly examples: readonly [string, ...string[]];
  readonly args: Args;
  /** Arguments that may be given without `--name`, in order. */
  readonly positionals?: readonly (keyof z.output<Args> & string)[];
  /** One run at a time per returned key (within the target). Default: no lock. */
  readonly lock?: (
    args: z.output<Args>,
    target: Need extends TargetKind ? TargetKinds[Need] : undefined,
  ) => string;
  /** From reads only. Reads may leave it out when their arguments say everything. */
  readonly plan?: (args: z.output<Args>, context: PlanContext<Need>) => Promise<Plan<Data>>;
  readonly run: (
    plan: Plan<Data> & { readonly args: z.output<Args> },
    context: RunContext<Need>,
  ) => Promise<Report>;
  /** The compensating command, offered after a success with those of its arguments that this run had too. */
  readonly undo?: string;
  /** What "Look again" does when an outcome is unknown. Default: people are told which call to look for. */
  readonly lookAgain?: (
    plan: Plan<Data> & { readonly args: z.output<Args> },
    context: PlanContext<Need>,
  ) => Promise<Observation>;
  /**
   * For commands whose risk depends on what they are told to do (`run-operation`): from configuration alone, no
   * reads. Default: `risk`, which help and the form show.
   */
  readonly riskOf?: (
    args: z.output<Args>,
    target: Need extends TargetKind ? TargetKinds[Need] : undefined,
  ) => Risk;
  /**
   * A read of what is operated that changes Countersign's own record (an incident, a silence): said in its form. Who may is
   * judged when it runs. Default false.
   */
  readonly isOwnRecord?: boolean;
  /** A read that goes to every target of its kind when none is named. Default false. */
  readonly isForEveryTarget?: boolean;
  /** Anyone in the workspace may run it without a role (only `help` does). Default false. */
  readonly isOpenToEveryone?: boolean;
}

/**
 * Declares a command.
 *
 * @example
 * export default defineCommand({
 *   version: 1,
 *   summary: 'Say hello',
 *   risk: 'read',
 *   examples: ['hello world'],
 *   args: z.object({ name: z.string() }),
 *   positionals: ['name'],
 *   run: async ({ args }) => ({ status: 'info', headline: `Hello, ${args.name}` }),
 * });
 */
export function defineCommand<
  Args extends z.ZodObject,
  const Need extends TargetKind | undefined = undefined,
  Data extends JsonObject = JsonObject,
>(definition: CommandDefinition<Args, Need, Data>): CommandDefinition<Args, Need, Data> {
  return definition;
}
