/** Buttons, menus and pickers, in messages, modals and the home tab. */
import { blockActions } from '../bot/payloads.ts';
import type { ActionResult, ClientAction } from '../client-api.ts';
import { type Element, enteredState, isStateful, optionsOf } from '../element-state.ts';
import { placeOf } from './selections.ts';
import { type Actor, appFailed, done, findElement, refused, seenMessage } from './surroundings.ts';

type Clicked = Record<string, unknown>;

/** The entry of `actions` this click makes, or why it cannot be made. */
export function clicked(
  { core }: Actor,
  blockId: string,
  element: Element,
  value: unknown,
  offered: readonly Element[],
): Clicked | { refusal: string } {
  const start = {
    type: element.type,
    action_id: element.action_id,
    block_id: blockId,
    action_ts: core.timestamps.next(core.clock.now()),
  };
  if (isStateful(element)) {
    const state = enteredState(element, value, offered);
    return 'refusal' in state ? state : { ...start, ...state };
  }
  switch (element.type) {
    case 'button':
    case 'workflow_button':
    case 'icon_button':
      return {
        ...start,
        text: element.text,
        ...(element.value === undefined ? {} : { value: element.value }),
        ...(element.style === undefined ? {} : { style: element.style }),
      };
    case 'overflow': {
      const option = optionsOf(element).find((one) => one.value === value);
      return option
        ? { ...start, selected_option: option }
        : { refusal: `option_not_offered: "${String(value)}"` };
    }
    case 'feedback_buttons': {
      const buttons = [element.positive_button, element.negative_button] as Element[];
      const button = buttons.find((one) => one.value === value);
      return button
        ? { ...start, text: button.text, value }
        : { refusal: `option_not_offered: "${String(value)}"` };
    }
    default:
      return { refusal: 'element_not_interactive' };
  }
}

export async function click(actor: Actor, action: ClientAction & { kind: 'click' }): Promise<ActionResult> {
  const { core, user, selections } = actor;
  const message = seenMessage(actor, action.channel, action.ts);
  const channel = core.directory.conversation(action.channel);
  if (!message || !channel) return refused('message_not_found');
  if (!message.botId || message.botId !== core.directory.app.botId) return refused('element_not_found');
  const found = findElement(message.blocks, action.blockId, action.actionId);
  if (!found) return refused('element_not_found');
  if (!core.manifest.isInteractive) return refused('interactivity_not_enabled');
  const offered = selections.offeredTo(user.id, placeOf(message, action.blockId, action.actionId));
  const entry = clicked(actor, action.blockId, found.element, action.value, offered);
  if ('refusal' in entry) return refused(String(entry.refusal));
  const values = selections.valuesOf(user.id, message);
  const ofBlock = values[action.blockId];
  if (isStateful(found.element) && ofBlock) {
    const state = enteredState(found.element, action.value, offered);
    if (!('refusal' in state)) ofBlock[action.actionId] = state;
  }
  if (found.block.type === 'input' && found.block.dispatch_action !== true) return done;
  const responseUrl = core.responseUrls.issue({ userId: user.id, channel: channel.id, original: message });
  const triggerId = core.triggers.issue({ userId: user.id, channel: channel.id });
  const payload = {
    ...blockActions(core, user, triggerId, entry, { message, channel, responseUrl }),
    state: { values: structuredClone(values) },
  };
  const answer = await core.bot.ask({ kind: 'interactive', type: 'block_actions', payload });
  return answer.isAck ? done : appFailed(actor, answer.shown, { channel: channel.id });
}

/** Also what filling a field does where that field reports its changes. */
export async function clickView(
  actor: Actor,
  action: { viewId: string; blockId: string; actionId: string; value?: unknown },
  isOnlyFilled: boolean,
): Promise<ActionResult> {
  const { core, user } = actor;
  const open = core.views.find(action.viewId);
  if (!open || open.userId !== user.id) return refused('view_not_found');
  if (open.view.type === 'modal' && !core.views.isOnTop(open)) return refused('view_not_on_top');
  const found = findElement(open.view.blocks, action.blockId, action.actionId);
  if (!found) return refused('element_not_found');
  const { block, element } = found;
  const offered = open.offered.get(`${action.blockId}/${action.actionId}`) ?? [];
  const entry = clicked(actor, action.blockId, element, action.value, offered);
  if ('refusal' in entry) return refused(String(entry.refusal));
  if (isOnlyFilled && !isStateful(element)) return refused('element_not_fillable');
  const ofBlock = open.values[action.blockId];
  if (isStateful(element) && ofBlock) {
    const state = enteredState(element, action.value, offered);
    if (!('refusal' in state)) ofBlock[action.actionId] = state;
  }
  if (block.type === 'input' && block.dispatch_action !== true) return done;
  if (!core.manifest.isInteractive) return refused('interactivity_not_enabled');
  const triggerId = core.triggers.issue({
    userId: user.id,
    viewId: open.id,
    ...(open.channel ? { channel: open.channel } : {}),
  });
  const payload = blockActions(core, user, triggerId, entry, { view: open });
  const answer = await core.bot.ask({ kind: 'interactive', type: 'block_actions', payload });
  return answer.isAck ? done : appFailed(actor, answer.shown, { viewId: open.id });
}
