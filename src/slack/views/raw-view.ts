import type { KnownBlock, ModalView } from '@slack/types';
import type { GroupView } from '../../core/alerts/group.ts';
import { headlineOf } from '../../core/cards/alert-subject.ts';
import { visibleText } from '../../core/parse/clean-text.ts';
import { type AlertContext, alertModals, writeAlertContext } from './alert-ids.ts';
import { indentedJson } from './indented-json.ts';
import { modal } from './modal.ts';
import { modalRoom } from './modal-room.ts';
import { richTextBlocks } from './rich-text.ts';

/** A delivery as it came. */
export interface RawPayload {
  /** Without its secrets. */
  readonly body: string;
  readonly receivedAt: Date;
}

/** Slack names no limit for preformatted text; whole messages are refused from about 13,000 characters in a block. */
const blockCharacters = 2_900;
/** Two for the heading, one for what is left out. */
const mostPieces = modalRoom.mostBlocks - 3;

/** The newest delivery of a group, to be read, without anything in it becoming a link, a name or a button. */
export function rawView(
  { group }: Pick<GroupView, 'group'>,
  raw: RawPayload | undefined,
  from: Omit<AlertContext, 'groupId'>,
): ModalView {
  const about = (lines: Parameters<typeof richTextBlocks>[0]) =>
    richTextBlocks(lines, { limit: modalRoom.longestLine }, 1);
  return modal({
    title: 'Raw',
    callbackId: alertModals.raw,
    close: 'Close',
    privateMetadata: writeAlertContext({ ...from, groupId: group.id }),
    blocks: [
      ...about([
        [{ bold: headlineOf(group) }],
        raw === undefined
          ? ['Nothing of ', { code: group.source }, ' is kept for it any more']
          : [
              'Newest from ',
              { code: group.source },
              ', received ',
              { date: raw.receivedAt },
              `: ${count(raw.body.length)}, secrets taken out`,
            ],
      ]),
      ...(raw === undefined ? [] : pieces(raw.body, about)),
    ],
  });
}

function pieces(body: string, about: (lines: readonly string[]) => KnownBlock[]): KnownBlock[] {
  // What cannot be shown is not indented either: a body may have 16 MB.
  const kept = body.slice(0, modalRoom.mostBytes);
  const text = indentedJson(kept)
    .split(/\r\n|[\r\n]/)
    .map(visibleText)
    .join('\n');
  const blocks: KnownBlock[] = [];
  let at = 0;
  let bytes = 0;
  while (at < text.length && blocks.length < mostPieces) {
    const piece = boundedPiece(text, at);
    const block: KnownBlock = {
      type: 'rich_text',
      elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: piece }] }],
    };
    bytes += Buffer.byteLength(JSON.stringify(block));
    if (bytes > modalRoom.mostBytes) break;
    blocks.push(block);
    at += piece.length;
  }
  if (at === text.length && kept.length === body.length) return blocks;
  const missing = body.length - lengthAsItCame(body, text.slice(0, at));
  return [...blocks, ...about([`… ${count(missing)} more are not shown here`])];
}

/** How far into the body the shown text goes: only its white space is not as it came. */
function lengthAsItCame(body: string, shown: string): number {
  let left = shown.replace(/\s/g, '').length;
  let length = 0;
  for (; length < body.length && left > 0; length += 1) if (/\S/.test(body.charAt(length))) left -= 1;
  return length;
}

/** Up to the last line that ends in the room there is; never half a surrogate pair. */
function boundedPiece(text: string, at: number): string {
  const room = text.slice(at, at + blockCharacters);
  if (room.length < blockCharacters) return room;
  const end = room.lastIndexOf('\n') + 1;
  return end > blockCharacters / 2 ? room.slice(0, end) : room.replace(/[\ud800-\udbff]$/, '');
}

function count(characters: number): string {
  const number = String(characters).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${number} ${characters === 1 ? 'character' : 'characters'}`;
}
