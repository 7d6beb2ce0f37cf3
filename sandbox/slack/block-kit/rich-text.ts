/** Rich text: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block */
import { anyUrl, byType, integer, list, object, oneOf, type Rule, text, truth, url } from './rule.ts';

const textStyle = object({ bold: truth, italic: truth, strike: truth, code: truth, underline: truth });
const mentionStyle = object({
  bold: truth,
  italic: truth,
  strike: truth,
  highlight: truth,
  client_highlight: truth,
  unlink: truth,
});
const styled = { style: textStyle };
const mention = { style: mentionStyle };
/** No documented bound for one run of text; a message's own total bound stops larger ones. */
const textLength = 12_000;

const plainRun = object({ 'text!': text(textLength), ...styled });
const link = object({ 'url!': anyUrl, text: text(textLength), unsafe: truth, ...styled });

const inline = byType({
  text: plainRun,
  link,
  user: object({ 'user_id!': text(255), ...mention }),
  usergroup: object({ 'usergroup_id!': text(255), ...mention }),
  channel: object({ 'channel_id!': text(255), ...mention }),
  team: object({ 'team_id!': text(255), ...mention }),
  broadcast: object({ 'range!': oneOf('here', 'channel', 'everyone'), ...styled }),
  color: object({ 'value!': text(32), ...styled }),
  date: object({
    'timestamp!': integer(0),
    'format!': text(255),
    url,
    fallback: text(255),
    ...styled,
  }),
  emoji: object({ 'name!': text(255), unicode: text(255), url, skin_tone: integer(1, 6), ...styled }),
});

const inlineElements = list(inline, 1000);
const border = oneOf(0, 1);
const section = object({ 'elements!': inlineElements });

const parts = byType({
  rich_text_section: section,
  rich_text_list: object({
    'elements!': list(byType({ rich_text_section: section }), 1000),
    'style!': oneOf('bullet', 'ordered'),
    indent: integer(0, 8),
    offset: integer(0),
    border,
  }),
  rich_text_quote: object({ 'elements!': inlineElements, border }),
  rich_text_preformatted: object({
    'elements!': list(byType({ text: plainRun, link }), 1000),
    border,
    language: text(50),
  }),
});

export const richText = { 'elements!': list(parts, 1000) } satisfies Record<string, Rule>;
/** A rich_text used inside another block: no block id of its own is needed. */
export const nestedRichText = byType({ rich_text: object({ ...richText, block_id: text(255) }) });
