import type { KnownBlock, ModalView } from '@slack/types';
import { longestCardLine, type RunCard } from '../../core/cards/run-card.ts';
import type { NameOf } from '../../core/cards/shown-line.ts';
import type { Line } from '../../core/text.ts';
import { modal } from './modal.ts';
import { reportCard } from './report-card.ts';
import { richTextBlocks } from './rich-text.ts';

/**
 * What a modal becomes after it was submitted. The submission is answered within 3 seconds with
 * {@link readingView}; the plan, the problem or the result replaces it when the target has answered.
 */
interface Asked {
  readonly command: string;
  /** Canonical text without `/ops`. */
  readonly invocation: string;
  readonly target?: string | undefined;
  readonly environment?: string | undefined;
  readonly privateMetadata?: string | undefined;
}

export const readingCallbackId = 'reading';
export const problemCallbackId = 'problem';
export const resultCallbackId = 'result';

/** A reading takes seconds, never the trigger's three: the person sees at once that it has begun. */
export function readingView(asked: Asked): ModalView {
  return modal({
    title: asked.command,
    callbackId: readingCallbackId,
    privateMetadata: asked.privateMetadata,
    close: 'Close',
    blocks: rich([
      [{ bold: 'Reading…' }],
      ...askedLines(asked),
      'Nothing has been changed. You may close this.',
    ]),
  });
}

/** What the target or the policy objects to, with what to do next. */
export function problemView(asked: Asked & { readonly problem: string; readonly usage?: string }): ModalView {
  const usage: Line[] = asked.usage === undefined ? [] : [['Usage: ', { code: asked.usage }]];
  return modal({
    title: asked.command,
    callbackId: problemCallbackId,
    privateMetadata: asked.privateMetadata,
    close: 'Close',
    blocks: rich([[{ bold: '✗ Not done' }], asked.problem, ...askedLines(asked), ...usage]),
  });
}

/** The run's card, without buttons: those are on the message, where everybody sees who used them. */
export function resultView(command: string, card: RunCard, nameOf?: NameOf): ModalView {
  const { blocks } = reportCard(card, nameOf);
  return modal({
    title: command,
    callbackId: resultCallbackId,
    close: 'Close',
    blocks: blocks.filter((block) => block.type !== 'actions'),
  });
}

function askedLines({ invocation, target, environment }: Asked): Line[] {
  const where: Line[] = target ? [`On ${environment ? `${target} (${environment})` : target}`] : [];
  return [[{ code: invocation }], ...where];
}

/** A modal shows more than a card: a plan is read in full before it is confirmed. */
const longestModalLine = 3 * longestCardLine;
const mostModalBlocks = 20;

function rich(lines: readonly Line[], nameOf?: NameOf): KnownBlock[] {
  return richTextBlocks(lines, { limit: longestModalLine, nameOf }, mostModalBlocks);
}
