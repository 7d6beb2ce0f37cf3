/** Submitting and closing modals: https://docs.slack.dev/surfaces/modals */
import { isFields } from '../block-kit/rule.ts';
import { viewClosed, viewSubmission } from '../bot/payloads.ts';
import type { Answer } from '../bot/transport.ts';
import type { ActionResult, ClientAction } from '../client-api.ts';
import { objection } from '../element-state.ts';
import { SlackRefusal } from '../refusal.ts';
import { type OpenView, stackDepth, toClientView } from '../views.ts';
import { readView } from '../web-api/views.ts';
import { type Actor, appFailed, done, isPlainAck, refused } from './surroundings.ts';

export async function submit(actor: Actor, action: ClientAction & { kind: 'submit' }): Promise<ActionResult> {
  const { core, user } = actor;
  const open = core.views.find(action.viewId);
  if (!open || open.userId !== user.id || open.view.type !== 'modal') return refused('view_not_found');
  if (!core.views.isOnTop(open)) return refused('view_not_on_top');
  if (open.view.submit === undefined) return refused('view_has_no_submit');
  if (open.isAwaitingAnswer) return refused('already_submitted');
  const objections = clientObjections(open);
  if (Object.keys(objections).length > 0) {
    showErrors(actor, open, objections);
    return refused('Please correct the marked fields');
  }
  const triggerId = core.triggers.issue({
    userId: user.id,
    viewId: open.id,
    ...(open.channel ? { channel: open.channel } : {}),
  });
  const payload = viewSubmission(core, user, open, triggerId, responseUrlsOf(actor, open));
  open.isAwaitingAnswer = true;
  let answer: Answer;
  try {
    answer = await core.bot.ask({ kind: 'interactive', type: 'view_submission', payload });
  } finally {
    open.isAwaitingAnswer = false;
  }
  if (!answer.isAck) return appFailed(actor, answer.shown, { viewId: open.id });
  // Closed by the person, or replaced by the app, while the answer was under way.
  if (core.views.find(open.id) !== open) return done;
  try {
    return apply(actor, open, answer.body);
  } catch (error) {
    if (!(error instanceof SlackRefusal)) throw error;
    return appFailed(actor, error.error, { viewId: open.id });
  }
}

function clientObjections(open: OpenView): Record<string, string> {
  const objections: Record<string, string> = {};
  for (const block of open.view.blocks) {
    if (block.type !== 'input' || !isFields(block.element)) continue;
    const state = open.values[block.block_id]?.[String(block.element.action_id)];
    const said = objection(block.element, state, block.optional === true);
    if (said) objections[block.block_id] = said;
  }
  return objections;
}

function showErrors({ core, user }: Actor, open: OpenView, errors: Record<string, string>): void {
  open.errors = errors;
  core.feed.emit({ kind: 'view_errors', view: toClientView(core.views, open), audience: user.id });
}

/** @throws SlackRefusal when the app's answer is none Slack understands */
function apply(actor: Actor, open: OpenView, body: unknown): ActionResult {
  const { core, user } = actor;
  if (isPlainAck(body)) {
    closeOne(actor, open, 'submitted');
    return done;
  }
  const fields = isFields(body) ? body : {};
  switch (fields.response_action) {
    case 'errors': {
      const inputs = open.view.blocks
        .filter((block) => block.type === 'input')
        .map((block) => block.block_id);
      const errors = isFields(fields.errors) ? Object.entries(fields.errors) : [];
      if (errors.length === 0) throw new SlackRefusal('invalid_response_action: no errors given');
      for (const [blockId, said] of errors) {
        if (!inputs.includes(blockId))
          throw new SlackRefusal(`invalid_response_action: no input block "${blockId}"`);
        if (typeof said !== 'string' || said === '')
          throw new SlackRefusal(`invalid_response_action: empty error on "${blockId}"`);
      }
      showErrors(actor, open, Object.fromEntries(errors) as Record<string, string>);
      return done;
    }
    case 'update': {
      core.views.update(open, readView(core, fields.view, 'modal', open));
      core.feed.emit({ kind: 'view_updated', view: toClientView(core.views, open), audience: user.id });
      return done;
    }
    case 'push': {
      const view = readView(core, fields.view, 'modal');
      if (core.views.stack(user.id).length >= stackDepth) throw new SlackRefusal('push_limit_reached');
      open.errors = {};
      const pushed = core.views.push(open, view);
      core.feed.emit({ kind: 'view_opened', view: toClientView(core.views, pushed), audience: user.id });
      return done;
    }
    case 'clear': {
      for (const view of [...core.views.stack(user.id)].reverse()) closeOne(actor, view, 'cleared');
      return done;
    }
    default:
      throw new SlackRefusal(`invalid_response_action: "${String(fields.response_action)}"`);
  }
}

function closeOne(
  { core, user }: Actor,
  open: OpenView,
  reason: 'submitted' | 'cancelled' | 'cleared',
): void {
  core.views.close(open);
  core.feed.emit({ kind: 'view_closed', viewId: open.id, reason, audience: user.id });
}

/** Only from a select input that asks for one. */
function responseUrlsOf({ core, user }: Actor, open: OpenView): Record<string, unknown>[] {
  return open.view.blocks.flatMap((block) => {
    const element = isFields(block.element) ? block.element : {};
    if (block.type !== 'input' || element.response_url_enabled !== true) return [];
    const actionId = String(element.action_id);
    const state = open.values[block.block_id]?.[actionId];
    const channel = state?.selected_conversation ?? state?.selected_channel;
    if (typeof channel !== 'string' || !core.directory.conversation(channel)) return [];
    const responseUrl = core.responseUrls.issue({ userId: user.id, channel });
    return [
      { block_id: block.block_id, action_id: actionId, channel_id: channel, response_url: responseUrl },
    ];
  });
}

/** Cancel closes the top view; the cross (`clearStack`) closes all. Only views that asked are told of. */
export async function close(actor: Actor, action: ClientAction & { kind: 'close' }): Promise<ActionResult> {
  const { core, user } = actor;
  const open = core.views.find(action.viewId);
  if (!open || open.userId !== user.id || open.view.type !== 'modal') return refused('view_not_found');
  if (!core.views.isOnTop(open)) return refused('view_not_on_top');
  const isCleared = action.clearStack === true || open.view.clear_on_close === true;
  const closing = isCleared ? [...core.views.stack(user.id)].reverse() : [open];
  const told: Promise<unknown>[] = [];
  for (const view of closing) {
    if (view.view.notify_on_close === true) {
      const payload = viewClosed(core, user, view, isCleared);
      told.push(core.bot.ask({ kind: 'interactive', type: 'view_closed', payload }));
    }
    closeOne(actor, view, isCleared ? 'cleared' : 'cancelled');
  }
  await Promise.all(told);
  return done;
}
