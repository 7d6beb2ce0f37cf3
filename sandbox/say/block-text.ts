/**
 * Block Kit as plain text, block by block in the order people see them:
 * https://docs.slack.dev/reference/block-kit/blocks
 */
import type {
  CardBlock,
  ContainerBlock,
  InputBlock,
  KnownBlock,
  SectionBlock,
  TaskCardBlock,
  TextObject,
} from '@slack/types';
import type { Element, ElementState } from '../slack/element-state.ts';
import { elementText, fieldText } from './element-text.ts';
import { markdownText } from './markdown-text.ts';
import { mrkdwnText, type Reading, textObject } from './mrkdwn-text.ts';
import { richText } from './rich-text.ts';
import { tableText } from './table-text.ts';

export interface BlocksReading extends Reading {
  /** What a person has entered in a modal, by block and action id. */
  readonly values?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What is wrong with it, by block id. */
  readonly errors?: Readonly<Record<string, string>>;
}

/** The lines people see. A block of a kind not known here is named, so that nothing is lost unnoticed. */
export function blocksText(blocks: readonly unknown[], reading: BlocksReading): string[] {
  return blocks
    .flatMap((block) => blockText(block as KnownBlock, reading))
    .flatMap((text) => text.split('\n'));
}

const rule = '─'.repeat(24);
/** Meaning never by colour alone. */
const alertMarks = { default: '•', info: 'ℹ', warning: '▲', error: '⛔', success: '✓' };
const taskMarks = { pending: '○', in_progress: '…', complete: '✓', error: '✗' };

function blockText(block: KnownBlock, reading: BlocksReading): string[] {
  const element = (one: unknown, blockId = block.block_id) =>
    elementText(one as Element, reading, enteredIn(reading, blockId, one as Element));
  switch (block.type) {
    case 'header':
      return [textObject(block.text, reading)];
    case 'section':
      return sectionText(block, reading, element);
    case 'rich_text':
      return [richText(block, reading)];
    case 'context':
      return [
        block.elements
          .map((one) => (one.type === 'image' ? element(one) : textObject(one, reading)))
          .join('  '),
      ];
    case 'divider':
      return [rule];
    case 'actions':
    case 'context_actions':
      return [block.elements.map((one) => element(one)).join(' ')];
    case 'input':
      return inputText(block, reading);
    case 'image':
      return [...(block.title ? [textObject(block.title, reading)] : []), `(image: ${block.alt_text})`];
    case 'table':
      return tableText(block.rows, reading, block.column_settings);
    case 'data_table':
      return [block.caption, ...tableText(block.rows, reading)];
    case 'alert':
      return [`${alertMarks[block.level ?? 'default']} ${textObject(block.text, reading)}`];
    case 'markdown':
      return [markdownText(block.text)];
    case 'video':
      return [`(video: ${textObject(block.title, reading)})`];
    case 'file':
      return [`(file: ${block.external_id})`];
    case 'card':
      return cardText(block, reading);
    case 'carousel':
      return block.elements.flatMap((one) => cardText(one, reading));
    case 'container':
      return containerText(block, reading);
    case 'task_card':
      return taskText(block, reading);
    case 'plan':
      return [
        block.title,
        ...(block.tasks ?? []).flatMap((task) => taskText(task as TaskCardBlock, reading)),
      ];
    default:
      return [`(block "${String((block as { type: unknown }).type)}")`];
  }
}

function enteredIn(
  { values }: BlocksReading,
  blockId: string | undefined,
  element: Element,
): ElementState | undefined {
  return values?.[blockId ?? '']?.[String(element.action_id)] as ElementState | undefined;
}

function sectionText(block: SectionBlock, reading: Reading, element: (one: unknown) => string): string[] {
  return [
    ...(block.text ? [textObject(block.text, reading)] : []),
    ...(block.fields ?? []).map((field) => fieldLine(field, reading)),
    ...(block.accessory ? [element(block.accessory)] : []),
  ];
}

/** `*Tenant*` over `acme` is how fields are headed; side by side they read better as one line. */
function fieldLine(field: TextObject, reading: Reading): string {
  const headed = field.type === 'mrkdwn' && /^\*([^*\n]+?):?\*\n([^\n]+)$/.exec(field.text);
  if (!headed) return textObject(field, reading);
  return `${mrkdwnText(headed[1]!, reading)}: ${mrkdwnText(headed[2]!, reading)}`;
}

function inputText(block: InputBlock, reading: BlocksReading): string[] {
  const element = block.element as unknown as Element;
  const hint = block.hint && textObject(block.hint, reading);
  const holds = fieldText(element, reading, enteredIn(reading, block.block_id, element), hint);
  const label = `${textObject(block.label, reading)}${block.optional ? ' (optional)' : ''}: `;
  const error = reading.errors?.[block.block_id ?? ''];
  return [
    // Further lines stand under the first.
    `${label}${holds.replaceAll('\n', `\n${' '.repeat(label.length)}`)}`,
    ...(error ? [`  ✗ ${error}`] : []),
  ];
}

function cardText(block: CardBlock, reading: Reading): string[] {
  return [
    ...(block.hero_image ? [elementText(block.hero_image as unknown as Element, reading)] : []),
    ...[block.title, block.subtitle, block.body].flatMap((text) => (text ? [textObject(text, reading)] : [])),
    ...(block.actions
      ? [block.actions.map((button) => elementText(button as unknown as Element, reading)).join(' ')]
      : []),
  ];
}

function containerText(block: ContainerBlock, reading: BlocksReading): string[] {
  const { title, rich_text_title: richTitle, subtitle } = block;
  return [
    ...(richTitle ? [richText(richTitle, reading)] : title ? [textObject(title, reading)] : []),
    ...(subtitle ? [textObject(subtitle, reading)] : []),
    ...blocksText(block.child_blocks, reading).map((line) => `  ${line}`),
  ];
}

function taskText(task: TaskCardBlock, reading: Reading): string[] {
  const parts = [task.details, task.output].flatMap((text) => (text ? [richText(text, reading)] : []));
  return [
    `${taskMarks[task.status] ?? '○'} ${task.title}`,
    ...parts.map((text) => text.replace(/^/gm, '  ')),
    ...(task.sources ?? []).map((source) => `  ${source.text} (${source.url})`),
  ];
}
