import type { CommandDefinition, Json, JsonObject, Risk, TargetKind, TargetKinds } from '../command.ts';
import { replyTo } from './change/speak-change.ts';
import { isBeside } from './change/standing.ts';
import { chooseTarget, matchingTargets, type TargetOffer } from './choose-target.ts';
import { CountersignError, Refusal, UserMistake } from './errors.ts';
import type { InboxEntry, InvocationRequest } from './inbox.ts';
import { type Meant, meaningOf, placed } from './meaning.ts';
import { describeArguments } from './parse/describe-field.ts';
import type { Obstacle } from './policy/authorize.ts';
import type { Commands, RegisteredCommand } from './registered-command.ts';
import { aboutRun, asRun, type NewRun, type Run } from './run.ts';
import { claimStep } from './runbooks/claim-step.ts';
import { answer } from './speak.ts';
import { type KnownInboxEntry, type Store, Superseded } from './store.ts';

export interface Permit {
  readonly allowed: boolean;
  /** The sentence people read. */
  readonly reason: string;
  readonly obstacle?: Obstacle | undefined;
}

/** What a click stands for, and the incident it is part of, with its thread once that is posted. */
export interface Offered {
  readonly invocation: string;
  readonly incident?:
    | {
        readonly id: string;
        readonly thread: { readonly channelId: string; readonly threadTs: string } | undefined;
      }
    | undefined;
}

/** What turning a request into a run needs from outside. */
export interface ReceiveContext {
  readonly store: Store;
  readonly commands: Commands;
  readonly targets: () => readonly TargetOffer[];
  /** Reads the person's groups as they are now. */
  authorize(request: {
    requester: string;
    command: RegisteredCommand;
    target: TargetOffer | undefined;
    risk: Risk;
  }): Promise<Permit>;
  /** The client of a target, for commands whose risk depends on its configuration. */
  target<Kind extends TargetKind>(kind: Kind, name: string, correlationId: string): TargetKinds[Kind];
  /** The same parser people's typing goes through. @throws UserMistake */
  parse(invocation: string): { command: string; input: JsonObject };
  /** What the card of a group of alerts suggests to run now. */
  alertSuggestion(groupId: string): Promise<Offered | undefined>;
  /** The command of a started runbook's step, its inputs filled in. */
  runbookStep(
    instanceId: string,
    stepId: string,
  ): Promise<(Offered & { readonly origin?: Run['origin'] }) | undefined>;
  /** Canonical text that parses back to the same arguments. */
  format(command: RegisteredCommand, input: JsonObject): string;
  readonly newRunId: () => string;
  readonly newExecutor: () => string;
  readonly now: () => Date;
}

/**
 * Makes the run an inbox entry asks for: parsed before, authorized here, recorded in one transaction.
 * Safe to repeat: the same entry always gives the same run.
 * @param known the entry's key, or the entry where it has just been stored.
 *
 * A run is taken up in the transaction that makes it: whoever received it goes on with it.
 * @returns the run to go on with, or undefined when there is nothing left to do. `isTakenUp`: by this call.
 */
export async function receive(
  known: string | InboxEntry,
  context: ReceiveContext,
): Promise<{ run: Run; isTakenUp: boolean } | undefined> {
  const { store } = context;
  if (typeof known === 'string') {
    const entry = await store.maybeInboxEntry(known);
    if (entry === undefined) return undefined;
    return entry.isHandled ? madeBefore(entry, store) : receive(entry, context);
  }
  const entry = known;
  const { key } = entry;
  const asked = entry.request;
  if (asked.kind === 'foreign' || asked.kind === 'noted' || asked.kind === 'decision') return undefined;
  const found = await meaningOf(asked, context);
  const request = found instanceof CountersignError ? found : await placed(found, context);
  const decided =
    request instanceof CountersignError ? request : await decide(request, entry.correlationId, context);
  const decision = store.transaction(async (transaction) => {
    transaction.takeInboxEntry(key);
    if (decided instanceof CountersignError || request instanceof CountersignError) {
      if (isLook(asked)) return undefined;
      // A click whose card cannot be found any more: nothing to run, and the person is told why.
      transaction.want({
        id: `inbox:${key}:answer`,
        place: answerPlace(entry),
        urgency: 'decision',
        content: { text: (decided as CountersignError).message },
      });
      return undefined;
    }
    const made = newRun(entry, request, decided, context);
    const run = asRun(made);
    // A look that is refused is one all the same: why stands on the card.
    if (run.runbook !== undefined && (run.state !== 'refused' || isLook(asked))) {
      // Two people on one runbook never collide: whoever is second is told.
      const why = await claimStep(run.runbook, run, transaction);
      // A look that nobody asked for now has nobody to answer.
      if (why !== undefined && isLook(asked)) return undefined;
      if (why !== undefined) {
        for (const message of replyTo({ key, person: run.requester, origin: run.origin }, why)) {
          transaction.want(message);
        }
        return undefined;
      }
    }
    transaction.insertRun(made);
    if (run.state === 'refused' && !isLook(asked)) {
      for (const message of answer(run)) transaction.want(message);
    }
    const { facts, personal } = separatePersonal(decided.command.definition, request.input);
    transaction.record([
      {
        kind: run.state === 'refused' ? 'run.refused' : 'run.requested',
        actor: run.requester,
        via: run.via,
        ...aboutRun(run),
        facts: {
          command: run.command,
          version: run.commandVersion,
          risk: run.risk,
          args: facts,
          ...(run.isPlanOnly ? { isPlanOnly: true } : {}),
          ...(run.undoOf === undefined ? {} : { undoOf: run.undoOf }),
          ...(run.target === undefined ? {} : { target: run.target, environment: run.environment ?? '' }),
          ...(run.problem === undefined ? {} : { problem: run.problem }),
        },
        ...(Object.keys(personal).length === 0 ? {} : { private: personal }),
      },
    ]);
    return { run, isTakenUp: run.executor !== undefined };
  });
  return decision.catch((error: unknown) => {
    // Another worker held the same entry after a hand-back, or the person was told that nothing is done.
    if (error instanceof Superseded) return receive(key, context);
    throw error;
  });
}

/** Made by a wait again and again: nobody asked for it now, so that nobody is answered. */
function isLook({ kind, via }: { readonly kind: string; readonly via?: string }): boolean {
  return kind === 'runbook_action' && via === 'timer';
}

async function madeBefore(
  { runId }: KnownInboxEntry,
  store: Store,
): Promise<{ run: Run; isTakenUp: boolean } | undefined> {
  const run = runId === undefined ? undefined : await store.maybeRun(runId);
  return run && { run, isTakenUp: false };
}

interface Decision {
  readonly command: RegisteredCommand;
  readonly target: TargetOffer | undefined;
  readonly risk: Risk;
  readonly refusal: Refusal | undefined;
}

async function decide(
  request: InvocationRequest,
  correlationId: string,
  context: ReceiveContext,
): Promise<Decision | UserMistake> {
  const command = context.commands.get(request.command);
  if (command === undefined) {
    return new UserMistake(
      'unknown_command',
      `There is no command "${request.command}" any more. Try /ops help.`,
    );
  }
  let target: TargetOffer | undefined;
  let { risk } = command.definition;
  try {
    target = targetOf(request, command, context);
    risk = riskOf(request, command, target, correlationId, context);
  } catch (error) {
    if (error instanceof UserMistake) return error;
    if (error instanceof Refusal) return { command, target, risk, refusal: error };
    throw error;
  }
  const permit = await context.authorize({ requester: request.requester, command, target, risk });
  return {
    command,
    target,
    risk,
    // Whoever signed a change may take it back, also where they could not have asked for it: the plan decides.
    refusal:
      permit.allowed || (request.undoOf !== undefined && isBeside(permit.obstacle, true))
        ? undefined
        : new Refusal('not_authorized', permit.reason),
  };
}

function targetOf(
  request: InvocationRequest,
  { definition }: RegisteredCommand,
  context: ReceiveContext,
): TargetOffer | undefined {
  const named = typeof request.input.target === 'string' ? request.input.target : undefined;
  if (definition.needs === undefined) return undefined;
  // It goes to every one there is, as long as there is one.
  const isForEvery = definition.isForEveryTarget === true && named === undefined;
  if (isForEvery && matchingTargets(context.targets(), definition.needs, undefined).length > 0)
    return undefined;
  return chooseTarget(context.targets(), definition.needs, named);
}

/** @throws UserMistake, Refusal as the command's `riskOf` does. */
function riskOf(
  request: InvocationRequest,
  { definition }: RegisteredCommand,
  target: TargetOffer | undefined,
  correlationId: string,
  context: ReceiveContext,
): Risk {
  const args = definition.args.safeParse(request.input);
  if (definition.riskOf === undefined || !args.success) return definition.risk;
  const client =
    target === undefined || definition.needs === undefined
      ? undefined
      : context.target(definition.needs, target.name, correlationId);
  return definition.riskOf(args.data as never, client as never);
}

function newRun(
  entry: InboxEntry,
  request: Meant,
  { command, target, risk, refusal }: Decision,
  context: ReceiveContext,
): NewRun {
  return {
    workspaceId: entry.workspaceId,
    id: context.newRunId(),
    inboxKey: entry.key,
    command: command.name,
    commandVersion: command.definition.version,
    risk,
    invocation: context.format(command, request.input),
    input: request.input,
    requester: request.requester,
    via: request.via,
    origin: request.origin,
    correlationId: entry.correlationId,
    target: target?.name,
    environment: target?.environment,
    createdAt: context.now(),
    ...(refusal === undefined
      ? { state: risk === 'read' ? 'executing' : 'planned', executor: context.newExecutor() }
      : { state: 'refused', executor: undefined }),
    isPlanOnly: request.isPlanOnly === true && risk !== 'read',
    undoOf: request.undoOf,
    incidentId: request.incidentId,
    runbook: request.runbook,
    problem: refusal?.message,
    isRetryable: false,
  };
}

function answerPlace({ request }: InboxEntry) {
  if (!('origin' in request)) throw new TypeError('a noted request has nobody to answer');
  const { channelId, threadTs, responseUrl } = request.origin;
  if (channelId === undefined) return { kind: 'dm', userId: request.requester } as const;
  return {
    kind: 'ephemeral',
    channelId,
    userId: request.requester,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(responseUrl === undefined ? {} : { responseUrl }),
  } as const;
}

/** Arguments that may hold personal data enter the ledger as commitments, their text beside it. */
function separatePersonal(
  definition: CommandDefinition,
  input: JsonObject,
): { facts: JsonObject; personal: Record<string, string> } {
  const personalNames = new Set(
    describeArguments(definition.args)
      .filter(({ metadata }) => metadata.isPersonal === true)
      .map(({ name }) => name),
  );
  const facts: Record<string, Json> = {};
  const personal: Record<string, string> = {};
  for (const [name, value] of Object.entries(input)) {
    if (!personalNames.has(name)) facts[name] = value;
    else personal[name] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return { facts, personal };
}
