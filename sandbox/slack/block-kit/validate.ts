/** The two questions the rest of the workspace asks of Block Kit: are these blocks, and is this a view? */
import { blockOn, type Surface } from './blocks.ts';
import { isFields, list, object, type Report, text, truth } from './rule.ts';
import { plainText } from './text-objects.ts';
import { reportDuplicates } from './unique-ids.ts';

/** As Slack puts them in `response_metadata.messages`. */
export type Problems = string[];

function collecting(check: (report: Report) => void): Problems {
  const problems: Problems = [];
  check((message, pointer) => problems.push(`[ERROR] ${message} [json-pointer:${pointer}]`));
  return problems;
}

/** https://docs.slack.dev/reference/block-kit/blocks */
export const blocksPerMessage = 50;
const blocksPerView = 100;

function checkBlocks(blocks: unknown, surface: Surface, pointer: string, report: Report): void {
  const most = surface === 'message' ? blocksPerMessage : blocksPerView;
  // Slack takes an empty list for "no blocks" in messages and an empty home tab, not an empty modal.
  list(blockOn[surface], most, surface === 'modal' ? 1 : 0)(blocks, pointer, report);
  if (!Array.isArray(blocks)) return;
  reportDuplicates(blocks, pointer, report);
  const tables = blocks.filter((block) => isFields(block) && block.type === 'table');
  if (tables.length > 1) report('only_one_table_allowed', pointer);
}

export function problemsOfBlocks(blocks: unknown, pointer = '/blocks'): Problems {
  return collecting((report) => checkBlocks(blocks, 'message', pointer, report));
}

const anything = () => {};
const both = {
  type: anything,
  'blocks!': anything,
  private_metadata: text(3000, 0),
  callback_id: text(255, 0),
  external_id: text(255, 0),
};
const modal = object({
  ...both,
  'title!': plainText(24),
  submit: plainText(24),
  close: plainText(24),
  clear_on_close: truth,
  notify_on_close: truth,
});
const home = object(both);

export function problemsOfView(view: unknown, type: 'modal' | 'home', pointer = '/view'): Problems {
  return collecting((report) => {
    if (!isFields(view)) return report('must be an object', pointer);
    if (view.type === undefined) return report('missing required field: type', pointer);
    if (view.type !== type) return report(`must be one of: ${type}`, `${pointer}/type`);
    (type === 'modal' ? modal : home)(view, pointer, report);
    if (view.blocks !== undefined) checkBlocks(view.blocks, type, `${pointer}/blocks`, report);
    const hasInput =
      Array.isArray(view.blocks) && view.blocks.some((block) => isFields(block) && block.type === 'input');
    if (type === 'modal' && hasInput && view.submit === undefined)
      report('must define `submit` to use an `input` block in modals', pointer);
  });
}

/** https://docs.slack.dev/surfaces/modals: a view may be 250 KB. */
export const viewBytes = 250 * 1024;

/**
 * Text a message's blocks may hold together before `msg_blocks_too_long`. Slack does not document the
 * figure; developers report refusals from about 13,200 characters.
 */
const blocksTextLength = 13_200;

export function isTooLongTogether(blocks: readonly unknown[]): boolean {
  let total = 0;
  const count = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(count);
    else if (isFields(value)) {
      for (const [name, entry] of Object.entries(value)) {
        if (name === 'text' && typeof entry === 'string') total += entry.length;
        else count(entry);
      }
    }
  };
  count(blocks);
  return total > blocksTextLength;
}
