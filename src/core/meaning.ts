import type { AlertRequest } from './alerts/alert-request.ts';
import { UserMistake } from './errors.ts';
import type { CardActionRequest, InboxEntry, InvocationRequest, RunbookActionRequest } from './inbox.ts';
import type { ReceiveContext } from './receive.ts';
import type { Run } from './run.ts';

export type Asked = Exclude<InboxEntry['request'], { readonly kind: 'foreign' | 'noted' | 'decision' }>;

/** An invocation with everything a click on a card stands for looked up. */
export type Meant = InvocationRequest & { readonly runbook?: NonNullable<Run['runbook']> };

/** What was asked for, with everything a click stands for looked up. */
export async function meaningOf(asked: Asked, context: ReceiveContext): Promise<Meant | UserMistake> {
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
export async function placed(request: Meant, { store }: ReceiveContext): Promise<Meant | UserMistake> {
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
