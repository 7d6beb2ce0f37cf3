/** What a message may say: shared by chat.*, response URLs and the answers to slash commands. */
import { type Block, fillIn } from './block-kit/fill-in.ts';
import { isFields } from './block-kit/rule.ts';
import { isTooLongTogether, problemsOfBlocks } from './block-kit/validate.ts';
import { shortId } from './ids.ts';
import type { MessageMetadata } from './messages.ts';
import { refusalWithMessages, SlackRefusal } from './refusal.ts';

export interface MessageContent {
  text: string;
  blocks: Block[];
  attachments?: unknown[];
}

/** https://docs.slack.dev/reference/methods/chat.postMessage: longer text is cut. */
const textLength = 40_000;
const markdownLength = 12_000;
const attachmentsPerMessage = 100;
/** The size is undocumented; 16 KB leaves room for ids, not for payloads. */
const metadataBytes = 16 * 1024;

/**
 * Fields as they came, JSON already decoded.
 *
 * @throws SlackRefusal no_text, invalid_blocks, invalid_blocks_format, msg_blocks_too_long…
 */
export function readContent(fields: Record<string, unknown>): MessageContent {
  const { markdown_text: markdown } = fields;
  const text = fields.text === undefined || fields.text === null ? '' : String(fields.text);
  const blocks = fields.blocks ?? undefined;
  const attachments = fields.attachments ?? undefined;
  if (markdown !== undefined) {
    if (text !== '' || blocks !== undefined) throw new SlackRefusal('markdown_text_conflict');
    if (String(markdown).length > markdownLength) throw new SlackRefusal('msg_too_long');
    return { text: String(markdown), blocks: fillIn([{ type: 'markdown', text: markdown }], shortId) };
  }
  if (blocks !== undefined && !Array.isArray(blocks)) throw new SlackRefusal('invalid_blocks_format');
  if (attachments !== undefined && !Array.isArray(attachments)) throw new SlackRefusal('invalid_attachments');
  if ((attachments ?? []).length > attachmentsPerMessage) throw new SlackRefusal('too_many_attachments');
  checkBlocks(blocks ?? [], '/blocks');
  (attachments ?? []).forEach((attachment, index) => {
    if (!isFields(attachment)) throw new SlackRefusal('invalid_attachments');
    if (attachment.blocks !== undefined) checkBlocks(attachment.blocks, `/attachments/${index}/blocks`);
  });
  const isEmpty = text.trim() === '' && (blocks ?? []).length === 0 && (attachments ?? []).length === 0;
  if (isEmpty) throw new SlackRefusal('no_text');
  return {
    text: text.slice(0, textLength),
    blocks: fillIn(blocks ?? [], shortId),
    ...(attachments && attachments.length > 0 ? { attachments } : {}),
  };
}

function checkBlocks(blocks: unknown, pointer: string): void {
  const problems = problemsOfBlocks(blocks, pointer);
  if (problems.length > 0) throw refusalWithMessages('invalid_blocks', problems);
  if (Array.isArray(blocks) && isTooLongTogether(blocks)) throw new SlackRefusal('msg_blocks_too_long');
}

/** @throws SlackRefusal invalid_metadata_format, metadata_too_large */
export function readMetadata(value: unknown): MessageMetadata | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (!isFields(value)) throw new SlackRefusal('invalid_metadata_format');
  const { event_type: type, event_payload: payload, ...others } = value;
  const isRight = typeof type === 'string' && type.length > 0 && type.length <= 255 && isFields(payload);
  if (!isRight || Object.keys(others).length > 0) throw new SlackRefusal('invalid_metadata_format');
  if (Buffer.byteLength(JSON.stringify(value)) > metadataBytes) throw new SlackRefusal('metadata_too_large');
  return { event_type: type, event_payload: payload };
}
