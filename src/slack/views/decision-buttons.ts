import type { Button, ConfirmationDialog, Overflow } from '@slack/types';
import { titleOf } from '../../core/cards/plan-lines.ts';
import { whereOf } from '../../core/cards/run-card.ts';
import { personName } from '../../core/cards/run-subject.ts';
import type { NameOf } from '../../core/cards/shown-line.ts';
import { signatures } from '../../core/cards/signature-lines.ts';
import type { Run } from '../../core/run.ts';
import { type ButtonParts, button } from './button.ts';
import { buttonValue, type DecisionAction, type MenuAction, menuValue, runMenuId } from './decision-ids.ts';
import { plainTextObject } from './rich-text.ts';
import { tenantWords } from './tenant-words.ts';

const labels: Readonly<Record<Exclude<DecisionAction, 'confirm_run'>, string>> = {
  approve: 'Approve',
  deny: 'Deny…',
  cancel_run: 'Cancel',
  details: 'Details…',
  who_can_sign: 'Who can sign',
  break_glass: 'Break glass…',
  happened: 'It happened',
  did_not_happen: 'It did not',
  look_again: 'Look again',
  undo: 'Undo…',
  ask_again: 'Ask again',
  reviewed: 'Reviewed',
};

export function decisionButton(
  action: Exclude<DecisionAction, 'confirm_run'>,
  run: Pick<Run, 'id' | 'digest'>,
  looks: Pick<ButtonParts, 'style' | 'confirm'> = {},
): Button {
  return button({ label: labels[action], actionId: action, value: buttonValue(run), ...looks });
}

/** Undefined without a digest: what cannot be named cannot be signed. */
export function approveButton(run: Run, nameOf?: NameOf): Button[] {
  if (run.digest === undefined) return [];
  const isDangerous = run.risk === 'dangerous';
  return [
    decisionButton('approve', run, {
      style: isDangerous ? 'danger' : 'primary',
      confirm: isDangerous ? confirmation(run, 'Approve', nameOf) : undefined,
    }),
  ];
}

/** What the one who asked presses: what it does, or what it asks for. */
export function confirmButton(run: Run, nameOf?: NameOf): Button[] {
  if (run.digest === undefined) return [];
  const label = beginLabel(run);
  const isDangerous = run.risk === 'dangerous';
  return [
    button({
      label,
      actionId: 'confirm_run',
      value: buttonValue(run),
      style: isDangerous ? 'danger' : 'primary',
      confirm: isDangerous ? confirmation(run, label, nameOf) : undefined,
    }),
  ];
}

/** `Resend 240 emails`, or `Ask for 1 signature` where the policy wants some. */
export function beginLabel({ plan, terms, command }: Pick<Run, 'plan' | 'terms' | 'command'>): string {
  const needed = terms?.approvalsNeeded ?? 0;
  return needed === 0 ? (plan?.action ?? command) : `Ask for ${signatures(needed)}`;
}

/** https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object */
const longestConfirmTitle = 100;
const longestConfirmText = 300;
const longestConfirmLabel = 30;

/** Asked before anything dangerous: which tenant, which target, which environment. */
function confirmation(run: Run, label: string, nameOf?: NameOf): ConfirmationDialog {
  const where = whereOf(run) ?? 'no target';
  const action = run.plan?.action ?? run.command;
  const tenants = tenantWords(run.plan?.args ?? {});
  return {
    title: plainTextObject(`${action} on ${where}?`, longestConfirmTitle),
    text: plainTextObject(
      [
        ...(tenants === undefined ? [] : [`Tenant ${tenants}.`]),
        ...(run.target === undefined
          ? []
          : [`Target ${run.target}, environment ${run.environment ?? 'unknown'}.`]),
        `Asked by ${personName(run.requester, nameOf)}: ${titleOf(run, nameOf)}`,
      ].join(' '),
      longestConfirmText,
    ),
    confirm: plainTextObject(label, longestConfirmLabel),
    deny: plainTextObject('Not now', longestConfirmLabel),
    style: 'danger',
  };
}

/** Menus have no room for an ellipsis after a verb that only opens something; these say what is behind them. */
const menuLabels: Readonly<Record<MenuAction, string>> = {
  details: 'Details',
  cancel_run: 'Cancel',
  who_can_sign: 'Who can sign',
  break_glass: 'Break glass…',
};

/** The ⋯ of a card: what is rarely needed. While it runs, cancelling stops between steps and says so. */
export function runMenu(run: Pick<Run, 'id' | 'digest' | 'state'>, actions: readonly MenuAction[]): Overflow {
  return {
    type: 'overflow',
    action_id: runMenuId,
    options: actions.map((action) => ({
      text: plainTextObject(
        action === 'cancel_run' && run.state === 'executing' ? 'Cancel between steps' : menuLabels[action],
        75,
      ),
      value: menuValue(action, run),
    })),
  };
}
