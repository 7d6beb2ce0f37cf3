import type { Overflow } from '@slack/types';
import type { Incident } from '../../core/incidents/incident.ts';
import type { IncidentView } from '../../core/incidents/incident-view.ts';
import { runbookLabel } from './alert-buttons.ts';
import { button } from './button.ts';
import type { CardElement } from './card-message.ts';
import {
  actInvocation,
  type IncidentAct,
  resolveInvocation,
  runbookInvocation,
  updateInvocation,
} from './incident-invocations.ts';
import { plainTextObject } from './rich-text.ts';

/** `action_id` of the headline's overflow menu; each option's value is the invocation it stands for. */
export const incidentMenuId = 'incident:more';

/** What a person can do about an incident: at most three buttons, and the rest behind ⋯ while it is open. */
export function incidentElements(view: IncidentView): CardElement[] {
  const { incident, suggestedFix, suggestedRunbook } = view;
  if (incident.status === 'resolved') {
    return [reopenButton(incident), exportButton(incident), ...postmortemButton(incident)];
  }
  return [
    updateButton(incident),
    button({
      label: suggestedRunbook === undefined ? 'Runbook' : runbookLabel(suggestedRunbook),
      // What it has to know the incident knows; where it does not, the answer says what is missing.
      actionId: suggestedRunbook === undefined ? 'open_modal:runbook' : 'invoke:runbook',
      value: runbookInvocation(incident, suggestedRunbook),
    }),
    button({
      label: 'Resolve',
      actionId: 'open_modal:resolve',
      value: resolveInvocation(incident, suggestedFix),
    }),
    menu(incident),
  ];
}

export function updateButton(incident: Incident): CardElement {
  return button({ label: 'Update', actionId: 'open_modal:update', value: updateInvocation(incident) });
}

export function reopenButton(incident: Incident): CardElement {
  return button({
    label: 'Reopen',
    actionId: 'open_modal:reopen',
    value: actInvocation('reopen', incident),
  });
}

export function exportButton(incident: Incident): CardElement {
  return button({ label: 'Export', actionId: 'invoke:export', value: actInvocation('export', incident) });
}

/** Gone once it is published: `/ops incident postmortem` corrects it. */
export function postmortemButton(incident: Incident): CardElement[] {
  if (incident.postmortem !== undefined) return [];
  return [
    button({
      label: 'Postmortem…',
      actionId: 'open_modal:postmortem',
      value: actInvocation('postmortem', incident),
    }),
  ];
}

const menuLabels: readonly (readonly [IncidentAct, string])[] = [
  ['severity', 'Severity…'],
  ['commander', 'Commander…'],
  ['link', 'Link alert…'],
  ['page', 'Page…'],
  ['export', 'Export'],
];

function menu(incident: Incident): Overflow {
  return {
    type: 'overflow',
    action_id: incidentMenuId,
    options: menuLabels.map(([act, label]) => ({
      text: plainTextObject(label, 75),
      value: actInvocation(act, incident),
    })),
  };
}
