import { isAsked, requesterLines, signerLines } from '../../core/cards/decision-messages.ts';
import type { RunView } from '../../core/cards/run-view.ts';
import type { Notice } from '../../core/change/speak-change.ts';
import { cardMessage, type MessageContent } from './card-message.ts';
import { approveButton, decisionButton } from './decision-buttons.ts';
import type { Shown } from './guarded-message.ts';

/**
 * What one signer is sent, and what it becomes: without buttons as soon as their signature is given or no longer
 * asked for.
 */
export function signerMessage(
  view: RunView,
  { signerId, isReminder = false }: { readonly signerId: string; readonly isReminder?: boolean },
  { nameOf, now }: Shown,
): MessageContent {
  const lines = signerLines(view, { signerId, isReminder, now }, nameOf);
  if (!isAsked(view, signerId)) return cardMessage(lines, [], nameOf);
  const approve = lines.isWhole ? approveButton(view.run, nameOf) : [];
  return cardMessage(lines, [...approve, decisionButton('details', view.run)], nameOf);
}

/** What the one who asked is sent when somebody else, or time, has decided. */
export function requesterMessage(
  view: RunView,
  told: { readonly notice: Notice; readonly by?: string | undefined },
  { nameOf }: Pick<Shown, 'nameOf'>,
): MessageContent {
  const { run } = view;
  const askAgain = run.state === 'expired' ? [decisionButton('ask_again', run, { style: 'primary' })] : [];
  return cardMessage(requesterLines(view, told, nameOf), askAgain, nameOf);
}
