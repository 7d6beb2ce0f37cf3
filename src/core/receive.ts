import type { CommandDefinition, Json, JsonObject, Risk, TargetKind, TargetKinds } from '../command.ts';
import type { AlertRequest } from './alerts/alert-request.ts';
import { replyTo } from './change/speak-change.ts';
import { isBeside } from './change/standing.ts';
import { chooseTarget, matchingTargets, type TargetOffer } from './choose-target.ts';
import { CountersignError, Refusal, UserMistake } from './errors.ts';
import type { CardActionRequest, InboxEntry, InvocationRequest, RunbookActionRequest } from './inbox.ts';
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

type Asked = Exclude<InboxEntry['request'], { readonly kind: 'foreign' | 'noted' | 'decision' }>;

/** An invocation with everything a click on a card stands for looked up. */
type Meant = InvocationRequest & { readonly runbook?: NonNullable<Run['runbook']> };

async function meaningOf(asked: Asked, context: ReceiveContext): Promise<Meant | UserMistake> {
  switch (asked.kind) {
    case 'card_action':
      return lookUp(asked, context);
    case 'alert_action':
      return lookUpSuggestion(asked, context);
    case 'runbook_action':
      return lookUpStep(asked, context);
    case 'invocation':
      return asked;
  }
}

/** What is asked in an incident's thread belongs to the incident. */
async function placed(request: Meant, { store }: ReceiveContext): Promise<Meant | UserMistake> {
  const { channelId, threadTs } = request.origin;
  const here =
    channelId === undefined || threadTs === undefined
      ? undefined
      : await store.maybeIncidentOfThread({ channelId, threadTs });
  const { incidentId = here } = request;
  if (incidentId === undefined) return request;
  if (incidentId === here) {
    return { ...request, incidentId, origin: { ...request.origin, isIncidentThread: true } };
  }
  if ((await store.maybeIncident(incidentId)) === undefined) {
    return new UserMistake(
      'no_such_incident',
      `There is no incident "${incidentId}", so nothing was done. /ops incidents lists them.`,
    );
  }
  return { ...request, incidentId };
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

/** What a click on a card means: a retry of that run, or one of the commands its report suggested. */
async function lookUp(request: CardActionRequest, context: ReceiveContext): Promise<Meant | UserMistake> {
  const run = await context.store.maybeRun(request.runId);
  const gone = new UserMistake(
    'stale_card',
    `This card's run "${request.runId}" is not known here, so nothing was done. Type the command again.`,
  );
  if (run === undefined) return gone;
  const asked = {
    kind: 'invocation',
    requester: request.requester,
    via: 'button',
    origin: request.origin,
  } as const;
  const ofIncident = run.incidentId === undefined ? {} : { incidentId: run.incidentId };
  if (request.action === 'retry') {
    // Of a runbook's step it is that again: whether its time is now is judged when the step is taken.
    const ofRunbook = run.runbook === undefined ? {} : { runbook: run.runbook };
    return { ...asked, ...ofIncident, ...ofRunbook, command: run.command, input: run.input };
  }
  if (request.action === 'undo') {
    const undo = undoing(run, asked, context);
    return undo === undefined ? gone : { ...undo, ...ofIncident };
  }
  const suggestion = run.report?.suggestions?.[request.index];
  if (suggestion === undefined) return gone;
  try {
    return { ...asked, ...ofIncident, ...context.parse(suggestion.invocation) };
  } catch (error) {
    if (error instanceof UserMistake) return error;
    throw error;
  }
}

/** What an alert's card suggests goes on as if the person had typed it: resolved, shown, confirmed or signed. */
async function lookUpSuggestion(
  { groupId, requester, via, origin }: AlertRequest,
  context: ReceiveContext,
): Promise<Meant | UserMistake> {
  const suggestion = await context.alertSuggestion(groupId);
  if (suggestion === undefined) {
    return new UserMistake('no_suggestion', 'This alert suggests nothing any more, so nothing was done.');
  }
  const { invocation, incident } = suggestion;
  // Of an alert that has an incident it is part of that, and goes on in its thread.
  const place = incident?.thread === undefined ? origin : incident.thread;
  const ofIncident = incident === undefined ? {} : { incidentId: incident.id };
  try {
    return { kind: 'invocation', requester, via, origin: place, ...ofIncident, ...context.parse(invocation) };
  } catch (error) {
    if (error instanceof UserMistake) return error;
    throw error;
  }
}

/** The command of a runbook's step, for whoever clicked. */
async function lookUpStep(
  { instanceId, stepId, requester, via, origin }: RunbookActionRequest,
  context: ReceiveContext,
): Promise<Meant | UserMistake> {
  try {
    const step = await context.runbookStep(instanceId, stepId);
    if (step === undefined) {
      return new UserMistake(
        'stale_card',
        `The runbook "${instanceId}" is not known here, so nothing was done.`,
      );
    }
    const { invocation, incident } = step;
    return {
      kind: 'invocation',
      requester,
      via,
      origin: incident?.thread ?? step.origin ?? origin,
      ...(incident === undefined ? {} : { incidentId: incident.id }),
      runbook: { instanceId, stepId },
      ...context.parse(invocation),
    };
  } catch (error) {
    if (error instanceof UserMistake) return error;
    throw error;
  }
}

/** The compensating command, with those of its arguments that the run had too. */
function undoing(
  run: Run,
  asked: Pick<InvocationRequest, 'kind' | 'requester' | 'via' | 'origin'>,
  { commands }: ReceiveContext,
): InvocationRequest | undefined {
  const undo = commands.get(commands.get(run.command)?.definition.undo ?? '');
  if (undo === undefined || run.state !== 'succeeded') return undefined;
  const names = new Set(Object.keys(undo.definition.args.shape));
  const shared = Object.entries(run.input).filter(([name]) => names.has(name));
  const input = {
    ...Object.fromEntries(shared),
    ...(names.has('reason') ? { reason: `Undo of ${run.id}` } : {}),
  };
  if (!undo.definition.args.safeParse(input).success) return undefined;
  return { ...asked, command: undo.name, input, undoOf: run.id };
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
