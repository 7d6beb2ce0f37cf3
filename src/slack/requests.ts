import type { JsonObject, Requester } from '../command.ts';
import { matchingTargets, type TargetOffer } from '../core/choose-target.ts';
import { UserMistake } from '../core/errors.ts';
import type { InboxRequest } from '../core/inbox.ts';
import { formatInvocation } from '../core/parse/format-invocation.ts';
import { type ArgumentProblem, type Invocation, parseInvocation } from '../core/parse/parse-invocation.ts';
import { parseMention } from '../core/parse/parse-mention.ts';
import type { Commands, RegisteredCommand } from '../core/registered-command.ts';
import type { Origin } from '../core/run.ts';
import { type AlertSubmitted, maybeAlertClicked, maybeAlertSubmitted } from './alert-requests.ts';
import { maybeCardAction } from './card-actions.ts';
import { maybeClicked, maybeSubmitted, type RunForm, type Submitted } from './decision-requests.ts';
import { readMessageShortcut, withNotedMessage } from './message-shortcuts.ts';
import { maybeModalContext } from './modal-context.ts';
import * as payload from './payloads.ts';
import { maybeRunbookClicked } from './runbook-requests.ts';
import { maybeTypedClick } from './typed-clicks.ts';
import type { GroupForm } from './views/alert-ids.ts';
import { argumentsCallbackId, readArgumentsModal } from './views/arguments-modal.ts';

/** A form about a run or a group of alerts. */
export type FormAbout =
  | { readonly kind: 'run'; readonly runId: string; readonly form: RunForm }
  | { readonly kind: 'group'; readonly groupId: string; readonly form: GroupForm };

/** What the process that received the request does at once, within Slack's 3 seconds and with its trigger. */
export type Reaction =
  | { readonly kind: 'none' }
  /** A sentence for the requester only, e.g. a usage error. */
  | { readonly kind: 'reply'; readonly text: string; readonly usage?: string | undefined }
  | {
      readonly kind: 'open_modal';
      readonly triggerId: string;
      readonly command: RegisteredCommand;
      readonly input: JsonObject;
      readonly problems: readonly ArgumentProblem[];
      readonly origin: Origin;
      /** `--incident`. */
      readonly incidentId?: string;
    }
  /** A mention has no trigger: a button is offered that will have one. */
  | {
      readonly kind: 'offer_modal';
      readonly command: RegisteredCommand;
      readonly invocation: string;
      readonly text: string;
    }
  /** Opened at once with the click's own trigger, filled once what it is about has been read. */
  | {
      readonly kind: 'open_form';
      readonly triggerId: string;
      readonly about: FormAbout;
      readonly by: string;
      readonly origin: Origin;
    }
  | { readonly kind: 'view_errors'; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: 'view_reading'; readonly command: RegisteredCommand; readonly invocation: string }
  | { readonly kind: 'view_problem'; readonly command: string; readonly text: string };

/** A request from Slack as we understand it, before anything is stored. */
export interface Reading {
  /** Slack's own identity of the request; the same on every redelivery. Undefined: not to be stored (a search). */
  readonly key: string | undefined;
  readonly request: InboxRequest;
  /** Whether anything is left to do about it once it is acknowledged. */
  readonly needsWork: boolean;
  readonly reaction: Reaction;
  readonly requester: string | undefined;
  readonly origin: Origin;
}

export interface RequestContext {
  readonly workspaceId: string;
  readonly botUserId: string;
  readonly commands: Commands;
  readonly targets: () => readonly TargetOffer[];
}

/** Reads any body Slack sends. Never throws: what cannot be understood is noted and acknowledged. */
export function readRequest(body: Record<string, unknown>, context: RequestContext): Reading {
  if (typeof body.command === 'string') return readWith(payload.slashCommand, body, context, readSlash);
  switch (body.type) {
    case 'event_callback':
      return readWith(payload.eventCallback, body, context, readEvent);
    case 'block_actions':
      return readWith(payload.blockActions, body, context, readAction);
    case 'view_submission':
      return readWith(payload.viewSubmission, body, context, readSubmission);
    case 'message_action':
      return readWith(payload.messageAction, body, context, readMessageShortcut);
    case 'block_suggestion':
      return noted(undefined, 'block_suggestion');
    default:
      return noted(undefined, String(body.type ?? 'unknown'));
  }
}

function readWith<Payload extends { team_id: string } | { team: { id: string } }>(
  schema: { safeParse(body: unknown): { success: true; data: Payload } | { success: false } },
  body: Record<string, unknown>,
  context: RequestContext,
  read: (data: Payload, context: RequestContext) => Reading,
): Reading {
  const parsed = schema.safeParse(body);
  if (!parsed.success) return noted(undefined, `unreadable ${String(body.type ?? 'command')}`);
  const teamId = 'team_id' in parsed.data ? parsed.data.team_id : parsed.data.team.id;
  if (teamId !== context.workspaceId) return readForeign(parsed.data, teamId, context);
  return read(parsed.data, context);
}

/** Of another workspace: told, and on record, where a person asked or decided something. */
function readForeign(data: object, teamId: string, { workspaceId }: RequestContext): Reading {
  const asked = payload.foreign.safeParse(data);
  const text = `This app serves workspace ${workspaceId}, and the request came from ${teamId}. Nothing was done.`;
  const requester = asked.data?.user?.id ?? asked.data?.user_id;
  const identity = asked.data?.trigger_id ?? asked.data?.view?.id;
  const isForm = asked.data?.view !== undefined && asked.data.type === 'view_submission';
  const reaction: Reaction = isForm
    ? { kind: 'view_problem', command: 'Nothing done', text }
    : { kind: 'reply', text };
  if (requester === undefined || identity === undefined) {
    return { ...noted(undefined, 'another workspace'), reaction };
  }
  const responseUrl = asked.data?.response_url;
  const via = isForm ? 'modal' : (viaOf[asked.data?.type ?? ''] ?? 'slash');
  return {
    key: `foreign:${teamId}:${identity}`,
    request: { kind: 'foreign', teamId, requester, via },
    needsWork: true,
    reaction,
    requester,
    origin: responseUrl === undefined ? {} : { responseUrl },
  };
}

const viaOf: Readonly<Record<string, Requester['via']>> = {
  block_actions: 'button',
  message_action: 'shortcut',
};

function readSlash(command: payload.SlashCommand, context: RequestContext): Reading {
  const origin = { channelId: command.channel_id, responseUrl: command.response_url };
  return readText(command.text, {
    key: `command:${command.trigger_id}`,
    requester: command.user_id,
    via: 'slash',
    origin,
    triggerId: command.trigger_id,
    context,
  });
}

function readEvent({ event, event_id }: payload.EventCallback, context: RequestContext): Reading {
  const key = `event:${event_id}`;
  const isFromPerson = event.user !== undefined && event.bot_id === undefined && event.subtype === undefined;
  if (event.type !== 'app_mention' || !isFromPerson || typeof event.channel !== 'string') {
    return noted(key, event.type);
  }
  const text = parseMention(event.text ?? '', context.botUserId);
  // Talked about, not to.
  if (text === undefined) return noted(key, 'mentioned in passing');
  const origin = {
    channelId: event.channel,
    ...(event.thread_ts === undefined ? {} : { threadTs: event.thread_ts }),
  };
  const reading = readText(text, {
    key,
    requester: event.user!,
    via: 'mention',
    origin,
    triggerId: undefined,
    context,
  });
  return withNotedMessage(reading, { channelId: event.channel, ts: event.ts, author: event.user! });
}

function readAction(action: payload.BlockActions, context: RequestContext): Reading {
  const { container, actions } = action;
  const [clicked] = actions as [payload.BlockActions['actions'][number]];
  const place = container.view_id ?? `${container.channel_id ?? action.channel?.id}:${container.message_ts}`;
  const key = `action:${place}:${clicked.action_id}:${clicked.action_ts}:${action.user.id}`;
  const channelId = container.channel_id ?? action.channel?.id;
  const threadTs = container.thread_ts ?? action.message?.thread_ts;
  const origin: Origin = {
    ...(channelId === undefined ? {} : { channelId }),
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(action.response_url === undefined ? {} : { responseUrl: action.response_url }),
  };
  const requester = action.user.id;
  const typed = maybeTypedClick(clicked);
  if (typed !== undefined) {
    const { text, isFormWanted } = typed;
    const triggerId = action.trigger_id;
    return readText(text, { key, requester, via: 'button', origin, triggerId, context, isFormWanted });
  }
  const step = maybeRunbookClicked(action, clicked, origin);
  if (step !== undefined) {
    return { key, request: step, needsWork: true, reaction: { kind: 'none' }, requester, origin };
  }
  const about = maybeClicked(action, clicked, origin) ?? maybeAlertClicked(action, clicked, origin);
  if (about?.kind === 'form') {
    const reaction = {
      kind: 'open_form',
      triggerId: action.trigger_id,
      about: about.about,
      by: requester,
      origin,
    } as const;
    return { ...noted(key, `form ${about.about.form}`), reaction, requester, origin };
  }
  if (about?.kind === 'request') {
    return { key, request: about.request, needsWork: true, reaction: { kind: 'none' }, requester, origin };
  }
  const card =
    about === undefined
      ? maybeCardAction(clicked.action_id, clicked.value)
      : ({ action: about.action, runId: about.runId, index: 0 } as const);
  if (card === undefined) return noted(key, `action ${clicked.action_id}`);
  return {
    key,
    request: { kind: 'card_action', ...card, requester, origin },
    needsWork: true,
    reaction: { kind: 'none' },
    requester,
    origin,
  };
}

function readSubmission({ view, user }: payload.ViewSubmission, context: RequestContext): Reading {
  const key = `view:${view.id}:${view.hash}`;
  const about = maybeSubmitted({ view, user }) ?? maybeAlertSubmitted({ view, user });
  if (about !== undefined) return submittedAbout(about, key);
  const modal = maybeModalContext(view.private_metadata);
  const command = modal === undefined ? undefined : context.commands.get(modal.command);
  if (view.callback_id !== argumentsCallbackId || modal === undefined || command === undefined) {
    return {
      ...noted(key, `submission of ${view.callback_id}`),
      reaction: {
        kind: 'view_problem',
        command: modal?.command ?? 'Form',
        text: 'This form is from an older version. Nothing was done: type the command again.',
      },
    };
  }
  const { definition } = command;
  const targets = targetsFor(command, context);
  const answers = readArgumentsModal(view.state.values, { definition, targets });
  const origin: Origin = { ...modal.origin, viewId: view.id };
  if (Object.keys(answers.errors).length > 0) {
    // Not stored: nothing was decided, and a corrected form has the same view id and hash.
    return {
      ...noted(undefined, 'form with errors'),
      requester: user.id,
      origin,
      reaction: { kind: 'view_errors', errors: answers.errors },
    };
  }
  return {
    key,
    request: {
      kind: 'invocation',
      command: command.name,
      input: answers.input as JsonObject,
      requester: user.id,
      via: 'modal',
      origin,
      ...(modal.incidentId === undefined ? {} : { incidentId: modal.incidentId }),
    },
    needsWork: true,
    reaction: {
      kind: 'view_reading',
      command,
      invocation: formatInvocation(context.commands, command.name, answers.input),
    },
    requester: user.id,
    origin,
  };
}

/** A form about a run or a group: what is to be done, or what has to be filled in differently. */
function submittedAbout(about: Submitted | AlertSubmitted, key: string): Reading {
  if (about.kind === 'errors') {
    return {
      ...noted(undefined, 'form with errors'),
      reaction: { kind: 'view_errors', errors: about.errors },
    };
  }
  const { request } = about;
  const { requester, origin } = request;
  return { key, request, needsWork: true, reaction: { kind: 'none' }, requester, origin };
}

interface Asked {
  readonly key: string;
  readonly requester: string;
  readonly via: Requester['via'];
  readonly origin: Origin;
  readonly triggerId: string | undefined;
  readonly context: RequestContext;
  /** Whether the form is shown also where nothing is missing. Default: never. */
  readonly isFormWanted?: (command: string) => boolean;
}

function readText(text: string, asked: Asked): Reading {
  const { context, origin, requester } = asked;
  let invocation: Invocation;
  try {
    invocation = parseInvocation(text, context.commands);
  } catch (error) {
    if (!(error instanceof UserMistake)) throw error;
    return answering(asked, { kind: 'reply', text: error.message });
  }
  const command = context.commands.get(invocation.command)!;
  const input = invocation.input as JsonObject;
  const about = invocation.incidentId === undefined ? {} : { incidentId: invocation.incidentId };
  const mustAsk =
    invocation.missing.length > 0 || invocation.problems.length > 0 || mustAskTarget(command, input, context);
  if (mustAsk || asked.isFormWanted?.(command.name) === true) {
    const wholeLine = invocation.problems.find((problem) => problem.argument === undefined);
    if (wholeLine !== undefined) {
      return answering(asked, { kind: 'reply', text: wholeLine.message, usage: command.usage });
    }
    if (asked.triggerId === undefined) {
      const first =
        invocation.problems[0]?.message ?? `"${command.name}" needs ${missingWords(invocation.missing)}.`;
      return answering(asked, { kind: 'offer_modal', command, invocation: text, text: first });
    }
    return answering(asked, {
      kind: 'open_modal',
      triggerId: asked.triggerId,
      command,
      input,
      problems: invocation.problems,
      origin,
      ...about,
    });
  }
  return {
    key: asked.key,
    request: {
      kind: 'invocation',
      command: command.name,
      input,
      requester,
      via: asked.via,
      origin,
      ...(invocation.isPlanOnly ? { isPlanOnly: true } : {}),
      ...about,
    },
    needsWork: true,
    reaction: { kind: 'none' },
    requester,
    origin,
  };
}

export function targetsFor({ definition }: RegisteredCommand, context: Pick<RequestContext, 'targets'>) {
  return definition.needs === undefined
    ? []
    : matchingTargets(context.targets(), definition.needs, undefined);
}

/** Several targets match and none was named: the modal asks which. */
function mustAskTarget(command: RegisteredCommand, input: JsonObject, context: RequestContext): boolean {
  const isAskable =
    'target' in command.definition.args.shape &&
    input.target === undefined &&
    command.definition.isForEveryTarget !== true;
  return isAskable && targetsFor(command, context).length > 1;
}

function missingWords(missing: readonly string[]): string {
  return missing.length === 0 ? 'to know which target' : missing.map((name) => `<${name}>`).join(' and ');
}

function answering(asked: Asked, reaction: Reaction): Reading {
  return { ...noted(asked.key, reaction.kind), reaction, requester: asked.requester, origin: asked.origin };
}

function noted(key: string | undefined, what: string): Reading {
  return {
    key,
    request: { kind: 'noted', what },
    needsWork: false,
    reaction: { kind: 'none' },
    requester: undefined,
    origin: {},
  };
}
