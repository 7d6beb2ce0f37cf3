/** What a person can click on right now, newest first, as their client shows it. */
import { withEmoji } from '../page/text/emoji.ts';
import { elementsOf } from '../slack/block-kit/unique-ids.ts';
import type { ClientAction, ClientState } from '../slack/client-api.ts';
import { type Element, optionsOf } from '../slack/element-state.ts';

export interface Clickable {
  readonly label: string;
  readonly action: ClientAction;
  readonly confirm?: Confirm;
  /** The message it stands on: what a later "thread" means. */
  readonly message?: { channel: string; ts: string; threadTs?: string };
}

export interface Confirm {
  readonly title?: unknown;
  readonly text?: unknown;
  readonly confirm?: unknown;
  readonly deny?: unknown;
}

/**
 * The open modal with its own two buttons comes first, because it covers everything else; then messages,
 * threads, ephemerals and direct messages by age; the app's home tab last.
 */
export function clickables(state: ClientState): Clickable[] {
  const modal = state.views.at(-1);
  const messages = state.messages.filter((message) => message.userId === state.botUserId).reverse();
  return [
    ...(modal
      ? [
          ...ofBlocks(modal.view.blocks, { kind: 'click_view', viewId: modal.id }),
          ...ownButton(modal.view.submit, { kind: 'submit', viewId: modal.id }),
          ...ownButton(modal.view.close, { kind: 'close', viewId: modal.id }),
        ]
      : []),
    ...messages.flatMap((message) => {
      const { channel, ts, threadTs } = message;
      const place = { channel, ts, ...(threadTs ? { threadTs } : {}) };
      return ofBlocks(message.blocks, { kind: 'click', channel, ts }).map((one) => ({
        ...one,
        ...(message.ephemeralFor ? {} : { message: place }),
      }));
    }),
    ...(state.home ? ofBlocks(state.home.view.blocks, { kind: 'click_view', viewId: state.home.id }) : []),
  ];
}

/** The newest with that label; letters and digits count, case and emoji do not. */
export function findClickable(state: ClientState, label: string): Clickable | undefined {
  const wanted = folded(label);
  return clickables(state).find((one) => folded(one.label) === wanted);
}

export function folded(label: string): string {
  const letters = label
    .toLowerCase()
    .replace(/:[a-z0-9_+-]+:/g, ' ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  // A label of signs alone is compared as it is.
  return letters || withEmoji(label.trim());
}

type Where = { kind: 'click'; channel: string; ts: string } | { kind: 'click_view'; viewId: string };

function ofBlocks(blocks: unknown, where: Where): Clickable[] {
  const all = Array.isArray(blocks) ? (blocks as (Record<string, unknown> & { block_id: string })[]) : [];
  return all.flatMap((block) =>
    block.type === 'rich_text'
      ? []
      : elementsOf(block).flatMap(({ element }) => ofElement(element, { ...where, blockId: block.block_id })),
  );
}

function ofElement(element: Element, where: Where & { blockId: string }): Clickable[] {
  const confirm = element.confirm ? { confirm: element.confirm as Confirm } : {};
  const one = (text: unknown, value?: unknown): Clickable => ({
    label: textOf(text),
    action: {
      ...where,
      actionId: String(element.action_id),
      ...(value === undefined ? {} : { value: String(value) }),
    },
    ...confirm,
  });
  switch (element.type) {
    case 'button':
    case 'icon_button':
    case 'workflow_button':
      return [one(element.text)];
    case 'overflow':
      return optionsOf(element).map((option) => one(option.text, option.value));
    case 'feedback_buttons':
      return [element.positive_button, element.negative_button].flatMap((button) => {
        const { text, value } = (button ?? {}) as Element;
        return text ? [one(text, value)] : [];
      });
    default:
      return [];
  }
}

function ownButton(text: unknown, action: ClientAction): Clickable[] {
  return text ? [{ label: textOf(text), action }] : [];
}

function textOf(text: unknown): string {
  return String((text as { text?: unknown } | undefined)?.text ?? '');
}
