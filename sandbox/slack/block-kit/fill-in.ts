/**
 * Slack gives every block a `block_id` and every interactive element an `action_id` where the app gave none,
 * and spells out the defaults of text objects. What an app reads back is therefore not what it sent.
 */
import { isFields } from './rule.ts';
import { elementsOf } from './unique-ids.ts';

export type Block = Record<string, unknown> & { type: string; block_id: string };

const notInteractive = new Set(['image', 'plain_text', 'mrkdwn', 'card']);

export function fillIn(blocks: readonly unknown[], newId: () => string): Block[] {
  return blocks.filter(isFields).map((block) => {
    const filled = spellOut(block) as Record<string, unknown>;
    if (typeof filled.block_id !== 'string') filled.block_id = newId();
    if (filled.type !== 'rich_text') {
      for (const { element } of elementsOf(filled)) {
        const isElement = typeof element.type === 'string' && !notInteractive.has(element.type);
        if (isElement && typeof element.action_id !== 'string') element.action_id = newId();
      }
    }
    return filled as Block;
  });
}

function spellOut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spellOut);
  if (!isFields(value)) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, spellOut(entry)]));
  if (copy.type === 'plain_text' && copy.emoji === undefined) copy.emoji = true;
  if (copy.type === 'mrkdwn' && copy.verbatim === undefined) copy.verbatim = false;
  return copy;
}
