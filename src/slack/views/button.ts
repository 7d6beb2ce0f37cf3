import type { Button, ConfirmationDialog } from '@slack/types';
import { boundedText } from '../../core/parse/clean-text.ts';
import { plainTextObject } from './rich-text.ts';

/** Phones cut longer ones in the middle of a word. */
const longestButtonLabel = 23;

/** The label in under 24 characters, cut after a whole word where one ends late enough. */
export function buttonLabel(label: string): string {
  const words = boundedText(label, 300).trim();
  if (words.length <= longestButtonLabel) return words;
  const kept = boundedText(words, longestButtonLabel).slice(0, -1);
  const lastSpace = words[kept.length] === ' ' ? kept.length : kept.lastIndexOf(' ');
  return `${(lastSpace > longestButtonLabel / 2 ? kept.slice(0, lastSpace) : kept).trimEnd()}…`;
}

export interface ButtonParts {
  readonly label: string;
  readonly actionId: string;
  /** Ids only. */
  readonly value: string;
  readonly style?: 'primary' | 'danger' | undefined;
  readonly confirm?: ConfirmationDialog | undefined;
}

export function button({ label, actionId, value, style, confirm }: ButtonParts): Button {
  return {
    type: 'button',
    action_id: actionId,
    text: plainTextObject(buttonLabel(label), longestButtonLabel),
    value,
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined ? {} : { confirm }),
  };
}
