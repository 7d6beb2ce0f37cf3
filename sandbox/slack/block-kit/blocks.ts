/** Blocks by surface: https://docs.slack.dev/reference/block-kit/blocks */
import {
  buttonOnly,
  image,
  inAccessory,
  inActions,
  inContextActions,
  inInput,
  inModalInput,
} from './elements.ts';
import { nestedRichText, richText } from './rich-text.ts';
import {
  all,
  atLeastOne,
  byType,
  integer,
  list,
  object,
  oneOf,
  type Rule,
  text,
  truth,
  url,
} from './rule.ts';
import { anyText, imageSource, mrkdwn, oneImageSource, plainText } from './text-objects.ts';

export type Surface = 'message' | 'modal' | 'home';

const block = (shape: Record<string, Rule>) => object({ block_id: text(255), ...shape });

const section = all(
  block({
    text: anyText(3000),
    fields: list(anyText(2000), 10),
    accessory: byType(inAccessory),
    expand: truth,
  }),
  atLeastOne('text', 'fields'),
);
const actions = block({ 'elements!': list(byType(inActions), 25) });
const context = block({
  'elements!': list(
    byType({
      image,
      plain_text: object({ 'text!': text(2000), emoji: truth }),
      mrkdwn: object({ 'text!': text(2000), verbatim: truth }),
    }),
    10,
  ),
});
const imageBlock = all(
  block({ 'alt_text!': text(2000), title: plainText(2000), ...imageSource }),
  oneImageSource,
);
const cell = byType({
  rich_text: object({ ...richText, block_id: text(255) }),
  raw_text: object({ 'text!': text(3000, 0) }),
  raw_number: object({
    'value!': (value, pointer, report) => {
      if (typeof value !== 'number') report('must be a number', pointer);
    },
    'text!': text(3000),
  }),
});
const rows = list(list(cell, 20), 100);
const table = block({
  'rows!': rows,
  column_settings: list(object({ align: oneOf('left', 'center', 'right'), is_wrapped: truth }), 20, 0),
});
const taskCard = {
  'task_id!': text(255),
  'title!': text(255),
  details: nestedRichText,
  output: nestedRichText,
  sources: list(byType({ url: object({ 'url!': url, 'text!': text(255) }) }), 100, 0),
  'status!': oneOf('pending', 'in_progress', 'complete', 'error'),
};
const card = all(
  block({
    hero_image: byType({ image }),
    icon: byType({ image }),
    title: mrkdwn(150),
    subtitle: mrkdwn(150),
    body: mrkdwn(200),
    actions: list(byType(buttonOnly), 3),
  }),
  atLeastOne('hero_image', 'title', 'actions', 'body'),
);
const video = block({
  'video_url!': url,
  'thumbnail_url!': url,
  'alt_text!': text(2000),
  'title!': plainText(199),
  title_url: url,
  author_name: text(50),
  provider_name: text(50),
  provider_icon_url: url,
  description: plainText(200),
});

function input(elements: Record<string, Rule>): Rule {
  return block({
    'label!': plainText(2000),
    hint: plainText(2000),
    optional: truth,
    'element!': byType(elements),
    dispatch_action: truth,
  });
}

const everywhere: Record<string, Rule> = {
  section,
  actions,
  context,
  divider: block({}),
  header: block({ 'text!': plainText(150) }),
  image: imageBlock,
  rich_text: block(richText),
  video,
};

/** Also the only blocks that may stand inside a container. */
const withInputs = (elements: Record<string, Rule>) => ({ ...everywhere, input: input(elements) });

const container = all(
  block({
    title: plainText(150),
    rich_text_title: nestedRichText,
    subtitle: anyText(150),
    'child_blocks!': list(byType({ ...withInputs(inInput), table }), 10),
    width: oneOf('narrow', 'standard', 'wide', 'full'),
    icon: byType({ image }),
    is_collapsible: truth,
    default_collapsed: truth,
    has_header_divider: truth,
  }),
  atLeastOne('title', 'rich_text_title', 'child_blocks'),
);
const cards: Record<string, Rule> = {
  card,
  carousel: block({ 'elements!': list(byType({ card }), 10) }),
  container,
};

/**
 * Which block may stand where is from a third party's reading of Slack's own blocks.json, unverified first
 * hand; where it might be narrower than Slack, a bot that keeps to it is still right.
 */
const surfaces: Record<Surface, Record<string, Rule>> = {
  message: {
    ...withInputs(inInput),
    ...cards,
    table,
    data_table: block({
      'rows!': rows,
      'caption!': text(255),
      page_size: integer(1, 100),
      row_header_column_index: integer(0, 19),
    }),
    markdown: block({ 'text!': text(12_000) }),
    plan: block({ 'title!': text(255), tasks: list(byType({ task_card: block(taskCard) }), 50, 0) }),
    task_card: block(taskCard),
    context_actions: block({ 'elements!': list(byType(inContextActions), 5) }),
  },
  modal: {
    ...withInputs(inModalInput),
    alert: block({
      'text!': anyText(3000),
      level: oneOf('default', 'info', 'warning', 'error', 'success'),
    }),
  },
  home: { ...withInputs(inInput), ...cards },
};

export const blockOn: Record<Surface, Rule> = {
  message: byType(surfaces.message),
  modal: byType(surfaces.modal),
  home: byType(surfaces.home),
};
