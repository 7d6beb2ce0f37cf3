import type { Overflow } from '@slack/types';
import type { GroupView } from '../../core/alerts/group.ts';
import { type AlertMenuAction, alertButtons, alertMenuId, alertMenuValue, alertValue } from './alert-ids.ts';
import { button } from './button.ts';
import type { CardElement } from './card-message.ts';
import { plainTextObject } from './rich-text.ts';

/** What a person can do about a group: at most three buttons, and the rest behind ⋯. */
export function alertElements(view: GroupView): CardElement[] {
  const { group, suggestion } = view;
  const value = alertValue(group.id);
  const isFiring = group.state === 'firing';
  const isAcknowledged = group.acknowledgedBy !== undefined;
  const buttons = [
    ...(isFiring && !isAcknowledged
      ? [button({ label: 'Acknowledge', actionId: alertButtons.acknowledge, value, style: 'primary' })]
      : []),
    ...(isFiring && group.incidentId === undefined
      ? [button({ label: 'Start incident', actionId: alertButtons.start_incident, value })]
      : []),
    ...(isFiring && suggestion !== undefined
      ? [button({ label: suggestion.label, actionId: alertButtons.suggestion, value })]
      : []),
    ...(isFiring && view.guide !== undefined ? [guideButton(view.guide)] : []),
  ];
  return [...buttons.slice(0, mostButtons), menu(group)];
}

/** The first that fit: the runbook is offered on the incident's headline, too. */
const mostButtons = 3;

/** The alert's own words stand in it as arguments; a value too long for a button is asked for in the form. */
function guideButton({ name, invocation, isWhole }: NonNullable<GroupView['guide']>): CardElement {
  const fits = invocation.length <= longestValue;
  return button({
    label: runbookLabel(name),
    actionId: isWhole && fits ? 'invoke:runbook' : 'open_modal:runbook',
    value: fits ? invocation : `runbook ${name}`,
  });
}

/** Slack's limit for a button's value. */
const longestValue = 2_000;

export function runbookLabel(name: string): string {
  const words = `Runbook ${name.replaceAll('-', ' ')}`;
  return words.length < 24 ? words : `${words.slice(0, 22).trimEnd()}…`;
}

const labels: Readonly<Record<AlertMenuAction, string>> = {
  start_incident: 'Start incident',
  silence: 'Silence…',
  severity: 'Severity…',
  escalate: 'Escalate now',
  close: 'Close by hand',
  raw: 'Raw',
};

function menu(group: GroupView['group']): Overflow {
  return {
    type: 'overflow',
    action_id: alertMenuId,
    options: menuActions(group).map((action) => ({
      text: plainTextObject(labels[action], 75),
      value: alertMenuValue(action, group.id),
    })),
  };
}

/** What is over is not called for or closed again; it may still become an incident, or come back and be silenced. */
function menuActions({ state, incidentId, escalatedAt }: GroupView['group']): AlertMenuAction[] {
  if (state === 'resolved') {
    return [...(incidentId === undefined ? (['start_incident'] as const) : []), 'silence', 'raw'];
  }
  return [
    'silence',
    'severity',
    ...(escalatedAt === undefined ? (['escalate'] as const) : []),
    'close',
    'raw',
  ];
}
