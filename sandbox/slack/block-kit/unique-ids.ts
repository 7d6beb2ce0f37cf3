/** What must be unique: block ids in a message or view, action ids in a block, focus in a view. */
import { isFields, type Report } from './rule.ts';

export function elementsOf(
  block: Record<string, unknown>,
): { element: Record<string, unknown>; at: string }[] {
  const found: { element: Record<string, unknown>; at: string }[] = [];
  const add = (value: unknown, at: string) => {
    if (isFields(value)) found.push({ element: value, at });
  };
  for (const name of ['elements', 'actions'] as const) {
    const many = block[name];
    if (!Array.isArray(many)) continue;
    for (const [index, entry] of many.entries()) add(entry, `/${name}/${index}`);
  }
  add(block.accessory, '/accessory');
  add(block.element, '/element');
  return found;
}

export function reportDuplicates(blocks: readonly unknown[], pointer: string, report: Report): void {
  const blockIds = new Set<string>();
  let focused = 0;
  blocks.forEach((block, index) => {
    if (!isFields(block)) return;
    const at = `${pointer}/${index}`;
    if (typeof block.block_id === 'string') {
      if (blockIds.has(block.block_id)) report(`\`block_id\` already exists: ${block.block_id}`, at);
      blockIds.add(block.block_id);
    }
    const actionIds = new Set<string>();
    for (const { element, at: inBlock } of elementsOf(block)) {
      if (element.focus_on_load === true) focused += 1;
      if (typeof element.action_id !== 'string') continue;
      if (actionIds.has(element.action_id))
        report(`\`action_id\` already exists: ${element.action_id}`, `${at}${inBlock}`);
      actionIds.add(element.action_id);
    }
  });
  if (focused > 1) report('focus_on_load may only be set on one element', pointer);
}
