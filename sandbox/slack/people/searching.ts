/** Option searches of external selects: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload */
import { isFields, type Report } from '../block-kit/rule.ts';
import { suggestionAnswer } from '../block-kit/text-objects.ts';
import { blockSuggestion } from '../bot/payloads.ts';
import type { OptionsQuery, OptionsResult } from '../client-api.ts';
import { type Element, optionsOf } from '../element-state.ts';
import { placeOf } from './selections.ts';
import { type Actor, findElement, seenMessage } from './surroundings.ts';

/** https://docs.slack.dev/reference/block-kit/block-elements: what an external select waits for by default. */
const usualQueryLength = 3;

const no = (error: string): OptionsResult => ({ ok: false, error, options: [] });

export async function search(actor: Actor, query: OptionsQuery): Promise<OptionsResult> {
  const { core, user } = actor;
  const where = placeAsked(actor, query);
  if (typeof where === 'string') return no(where);
  const blocks = 'view' in where ? where.view.view.blocks : where.message.blocks;
  const element = findElement(blocks, query.blockId, query.actionId)?.element;
  if (!element || !['external_select', 'multi_external_select'].includes(String(element.type)))
    return no('element_not_found');
  if (!core.manifest.isInteractive) return no('interactivity_not_enabled');
  if (core.bot.via === 'http' && !core.manifest.isSocketMode && !core.manifest.hasOptionsUrl)
    return no('message_menu_options_url is not set in the manifest');
  const least = typeof element.min_query_length === 'number' ? element.min_query_length : usualQueryLength;
  // Slack's client does not ask before enough is typed.
  if (query.text.length < least) return { ok: true, options: [] };
  const payload = blockSuggestion(core, user, query, where);
  const answer = await core.bot.ask({ kind: 'interactive', type: 'block_suggestion', payload });
  if (!answer.isAck) return no(answer.shown);
  const problems: string[] = [];
  const report: Report = (message, pointer) => problems.push(`${message} [json-pointer:${pointer}]`);
  suggestionAnswer(answer.body, '', report);
  if (problems.length > 0 || !isFields(answer.body)) return no(`invalid_options: ${problems.join('; ')}`);
  const options = optionsOf(answer.body);
  if ('view' in where) where.view.offered.set(`${query.blockId}/${query.actionId}`, options);
  else actor.selections.offer(user.id, placeOf(where.message, query.blockId, query.actionId), options);
  return { ok: true, options: options.map(shown) };
}

function placeAsked(actor: Actor, query: OptionsQuery) {
  const { core, user } = actor;
  if ('viewId' in query) {
    const view = core.views.find(query.viewId);
    return view?.userId === user.id ? { view } : 'view_not_found';
  }
  const message = seenMessage(actor, query.channel, query.ts);
  const channel = core.directory.conversation(query.channel);
  return message && channel ? { message, channel } : 'message_not_found';
}

function shown(option: Element): OptionsResult['options'][number] {
  const text = (value: unknown) => (isFields(value) ? String(value.text) : '');
  return {
    label: text(option.text),
    value: String(option.value),
    ...(option.description ? { description: text(option.description) } : {}),
  };
}
