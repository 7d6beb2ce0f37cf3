import type { AlertAct, AlertRequest } from '../core/alerts/alert-request.ts';
import type { Origin } from '../core/run.ts';
import type * as payload from './payloads.ts';
import {
  type AlertClick,
  alertModals,
  type GroupForm,
  groupForms,
  maybeAlertClick,
  maybeAlertContext,
} from './views/alert-ids.ts';
import { readSeverityForm } from './views/severity-view.ts';
import { readSilence } from './views/silence-view.ts';

/** What a click on something that shows a group of alerts means. */
export type AlertClicked =
  | { readonly kind: 'request'; readonly request: AlertRequest }
  | {
      readonly kind: 'form';
      readonly about: { readonly kind: 'group'; readonly groupId: string; readonly form: GroupForm };
    };

/** The message that fills a form; one for each time it is opened. */
export function groupFormMessage(groupId: string, form: GroupForm, viewId: string): string {
  return `group:${groupId}:form:${form}:${viewId}`;
}

export function maybeGroupForm(messageId: string): { groupId: string; form: GroupForm } | undefined {
  const match = /^group:([^:]+):form:([a-z]+):[^:]+$/.exec(messageId);
  const form = groupForms.find((one) => one === match?.[2]);
  return match?.[1] === undefined || form === undefined ? undefined : { groupId: match[1], form };
}

/** Ids and the person alone: whether it may be done, and what it does, is looked up. */
export function maybeAlertClicked(
  action: Pick<payload.BlockActions, 'user'>,
  clicked: payload.BlockActions['actions'][number],
  origin: Origin,
): AlertClicked | undefined {
  const click = maybeAlertClick(clicked.action_id, clicked.selected_option?.value ?? clicked.value);
  if (click === undefined) return undefined;
  const { groupId, chosen } = click;
  const act = acts[chosen];
  if (typeof act === 'string') return { kind: 'form', about: { kind: 'group', groupId, form: act } };
  return {
    kind: 'request',
    request: { kind: 'alert_action', groupId, act, requester: action.user.id, via: 'button', origin },
  };
}

/** What each choice does at once, or the form it opens. */
const acts: Readonly<Record<AlertClick['chosen'], AlertAct | GroupForm>> = {
  acknowledge: { action: 'acknowledge' },
  start_incident: { action: 'start_incident' },
  suggestion: { action: 'suggestion' },
  escalate: { action: 'escalate' },
  close: { action: 'close' },
  silence: 'silence',
  severity: 'severity',
  raw: 'raw',
};

/** What a submitted form about a group says. */
export type AlertSubmitted =
  | { readonly kind: 'request'; readonly request: AlertRequest }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> };

/** Undefined for forms that are not about a group, and for those that do nothing. */
export function maybeAlertSubmitted({
  view,
  user,
}: Pick<payload.ViewSubmission, 'view' | 'user'>): AlertSubmitted | undefined {
  const read = maybeAct(view.callback_id, view.state.values);
  const from = maybeAlertContext(view.private_metadata);
  if (read === undefined || from === undefined) return undefined;
  if ('errors' in read) return { kind: 'errors', errors: read.errors };
  const { groupId, channelId, threadTs } = from;
  return {
    kind: 'request',
    request: {
      kind: 'alert_action',
      groupId,
      act: read,
      requester: user.id,
      via: 'modal',
      origin: {
        ...(channelId === undefined ? {} : { channelId }),
        ...(threadTs === undefined ? {} : { threadTs }),
      },
    },
  };
}

function maybeAct(
  callbackId: string,
  values: unknown,
): AlertAct | { readonly errors: Readonly<Record<string, string>> } | undefined {
  switch (callbackId) {
    case alertModals.silence: {
      const read = readSilence(values);
      return 'errors' in read ? read : { action: 'silence', ...read };
    }
    case alertModals.severity: {
      const read = readSeverityForm(values);
      return 'errors' in read ? read : { action: 'set_severity', ...read };
    }
    default:
      return undefined;
  }
}
