import type { DecisionAction, DecisionRequest, ShownOn } from '../core/inbox.ts';
import type { Origin } from '../core/run.ts';
import type * as payload from './payloads.ts';
import { maybeDecisionContext } from './views/decision-context.ts';
import { decisionModals, maybeDecision, maybeLift } from './views/decision-ids.ts';
import { type ReasonedModal, readReason } from './views/reason-view.ts';

/** A look at a run in a form of its own; what it shows is read once the form is open. */
export type RunForm = 'details' | 'who_can_sign' | 'deny' | 'break_glass';

/** What a click on something that shows a run means. */
export type Clicked =
  | { readonly kind: 'request'; readonly request: DecisionRequest }
  | {
      readonly kind: 'form';
      readonly about: { readonly kind: 'run'; readonly runId: string; readonly form: RunForm };
    }
  | { readonly kind: 'again'; readonly runId: string; readonly action: 'retry' | 'undo' };

/** The message that fills a form; one for each time it is opened. */
export function runFormMessage(runId: string, form: RunForm, viewId: string): string {
  return `run:${runId}:form:${form}:${viewId}`;
}

export function maybeRunForm(messageId: string): { runId: string; form: RunForm } | undefined {
  const match = /^run:([^:]+):form:([a-z_]+):[^:]+$/.exec(messageId);
  const form = (forms as readonly RunForm[]).find((one) => one === match?.[2]);
  return match?.[1] === undefined || form === undefined ? undefined : { runId: match[1], form };
}

const forms: readonly string[] = ['details', 'who_can_sign', 'deny', 'break_glass'] satisfies RunForm[];

/** Ids and the person alone: whether it may be done, and what it does, is looked up. */
export function maybeClicked(
  action: payload.BlockActions,
  clicked: payload.BlockActions['actions'][number],
  origin: Origin,
): Clicked | undefined {
  const value = clicked.selected_option?.value ?? clicked.value;
  const lockdown = maybeLift(clicked.action_id, value);
  const by = { kind: 'decision', requester: action.user.id, via: 'button', origin } as const;
  if (lockdown !== undefined) {
    return { kind: 'request', request: { ...by, action: 'lift_lockdown', runId: `lockdown:${lockdown}` } };
  }
  const decision = maybeDecision(clicked.action_id, value);
  if (decision === undefined) return undefined;
  const { action: what, runId, digest } = decision;
  if (forms.includes(what)) return { kind: 'form', about: { kind: 'run', runId, form: what as RunForm } };
  if (what === 'undo') return { kind: 'again', runId, action: 'undo' };
  if (what === 'ask_again') return { kind: 'again', runId, action: 'retry' };
  const shownOn = maybeShownOn(action);
  return {
    kind: 'request',
    request: {
      ...by,
      action: what as DecisionAction,
      runId,
      ...(digest === undefined ? {} : { digest }),
      ...(shownOn === undefined ? {} : { shownOn }),
    },
  };
}

/** An ephemeral copy has a ts that no message of ours has: nothing is signed on one. */
function maybeShownOn({ container, channel }: payload.BlockActions): ShownOn | undefined {
  const channelId = container.channel_id ?? channel?.id;
  if (container.view_id !== undefined) return { viewId: container.view_id };
  return channelId === undefined || container.message_ts === undefined
    ? undefined
    : { channelId, ts: container.message_ts };
}

/** What a submitted form about a run says. */
export type Submitted =
  | { readonly kind: 'request'; readonly request: DecisionRequest }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> };

const submittedActions = {
  [decisionModals.deny]: 'deny',
  [decisionModals.breakGlass]: 'break_glass',
  [decisionModals.planPreview]: 'confirm_run',
  [decisionModals.details]: 'approve',
} as const satisfies Record<string, DecisionAction>;

/** Undefined for forms that are not about a run, and for those that decide nothing. */
export function maybeSubmitted({
  view,
  user,
}: Pick<payload.ViewSubmission, 'view' | 'user'>): Submitted | undefined {
  if (!Object.hasOwn(submittedActions, view.callback_id)) return undefined;
  const action = submittedActions[view.callback_id as keyof typeof submittedActions];
  const from = maybeDecisionContext(view.private_metadata);
  if (from?.digest === undefined) return undefined;
  let reason: string | undefined;
  if (action === 'deny' || action === 'break_glass') {
    const read = readReason(action satisfies ReasonedModal, view.state.values);
    if ('errors' in read) return { kind: 'errors', errors: read.errors };
    reason = read.reason;
  }
  const { channelId, threadTs } = from;
  return {
    kind: 'request',
    request: {
      kind: 'decision',
      action,
      runId: from.runId,
      digest: from.digest,
      ...(reason === undefined ? {} : { reason }),
      requester: user.id,
      via: 'modal',
      origin: {
        ...(channelId === undefined ? {} : { channelId }),
        ...(threadTs === undefined ? {} : { threadTs }),
      },
      shownOn: { viewId: view.id },
    },
  };
}
