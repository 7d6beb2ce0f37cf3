import type { PlainTextOption } from '@slack/types';
import { cleanTyped } from '../../core/parse/clean-text.ts';
import { plainTextObject } from './rich-text.ts';

/** Slack: 100 options in an answer, 75 characters of text and of value. */
const mostOptions = 100;
const longestOption = 75;

/** Something of the target a person may choose, e.g. a tenant. */
export interface Offer {
  readonly id: string;
  /** What people type. */
  readonly slug: string;
  readonly name: string;
}

/**
 * The answer to an option search. What was typed is offered as it is when nothing was found, or when the
 * target did not answer in time: it is looked up again before anything is planned.
 */
export function referenceOptions(found: readonly Offer[], typed: string): { options: PlainTextOption[] } {
  const options = found
    .filter(({ slug, id }) => isUsable(slug || id))
    .slice(0, mostOptions)
    .map(({ slug, id, name }) =>
      option(name && name !== slug ? `${slug || id} · ${name}` : slug || id, slug || id),
    );
  const asTyped = cleanTyped(typed).trim();
  if (options.length === 0 && isUsable(asTyped)) return { options: [option(`Use "${asTyped}"`, asTyped)] };
  return { options };
}

function option(text: string, value: string): PlainTextOption {
  return { text: plainTextObject(text, longestOption), value };
}

function isUsable(value: string): boolean {
  return value !== '' && value.length <= longestOption;
}
