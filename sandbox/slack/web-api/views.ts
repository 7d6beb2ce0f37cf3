/** views.*: https://docs.slack.dev/surfaces/modals */
import { problemsOfView, viewBytes } from '../block-kit/validate.ts';
import type { Core } from '../core.ts';
import { missingArgument, refusalWithMessages, SlackRefusal } from '../refusal.ts';
import { slackView } from '../slack-shapes.ts';
import type { Trigger } from '../triggers.ts';
import { type OpenView, stackDepth, toClientView } from '../views.ts';
import type { Call, Methods } from './call.ts';

/**
 * Also what a view inside a `response_action` must be.
 *
 * @throws SlackRefusal invalid_arguments, view_too_large, duplicate_external_id
 */
export function readView(
  core: Core,
  view: unknown,
  type: 'modal' | 'home',
  replaces?: OpenView,
): Record<string, unknown> {
  if (view === undefined) throw missingArgument('view');
  if (Buffer.byteLength(JSON.stringify(view)) > viewBytes) throw new SlackRefusal('view_too_large');
  const problems = problemsOfView(view, type);
  if (problems.length > 0) throw refusalWithMessages('invalid_arguments', problems);
  const checked = view as Record<string, unknown>;
  if (typeof checked.external_id === 'string' && checked.external_id !== '') {
    const other = core.views.byExternalId(checked.external_id);
    if (other && other !== replaces) throw new SlackRefusal('duplicate_external_id');
  }
  return checked;
}

/** @throws SlackRefusal expired_trigger_id, exchanged_trigger_id, invalid_trigger_id */
function goodTrigger({ core, args }: Call): { id: string; trigger: Trigger } {
  const id = args.need('trigger_id');
  if (!/^\d+\.\d+\.[0-9a-z]+$/.test(id))
    throw refusalWithMessages('invalid_arguments', [
      '[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]',
    ]);
  const trigger = core.triggers.check(id);
  if (typeof trigger === 'string') throw new SlackRefusal(trigger);
  return { id, trigger };
}

function viewArgument({ args }: Call): unknown {
  return args.json('view', 'invalid_arguments');
}

export const views: Methods = {
  'views.open': (call) => {
    const { core } = call;
    const { id, trigger } = goodTrigger(call);
    const view = readView(core, viewArgument(call), 'modal');
    core.triggers.exchange(id);
    for (const before of [...core.views.stack(trigger.userId)].reverse()) {
      core.views.close(before);
      core.feed.emit({ kind: 'view_closed', viewId: before.id, reason: 'cleared', audience: before.userId });
    }
    const opened = core.views.openRoot(trigger.userId, view, trigger.channel);
    core.feed.emit({ kind: 'view_opened', view: toClientView(core.views, opened), audience: opened.userId });
    return { view: slackView(core, opened) };
  },

  'views.push': (call) => {
    const { core } = call;
    const { id, trigger } = goodTrigger(call);
    const view = readView(core, viewArgument(call), 'modal');
    const stack = core.views.stack(trigger.userId);
    const top = stack.at(-1);
    if (!trigger.viewId || !top) throw new SlackRefusal('not_found');
    if (stack.length >= stackDepth) throw new SlackRefusal('push_limit_reached');
    core.triggers.exchange(id);
    const opened = core.views.push(top, view);
    core.feed.emit({ kind: 'view_opened', view: toClientView(core.views, opened), audience: opened.userId });
    return { view: slackView(core, opened) };
  },

  'views.update': (call) => {
    const { core, args } = call;
    if (args.has('view_id') && args.has('external_id'))
      throw refusalWithMessages('invalid_arguments', [
        '[ERROR] Cannot provide both `view_id` and `external_id`',
      ]);
    if (!args.has('view_id') && !args.has('external_id')) throw missingArgument('view_id');
    const open = args.has('view_id')
      ? core.views.find(args.need('view_id'))
      : core.views.byExternalId(args.need('external_id'));
    if (open?.view.type !== 'modal') throw new SlackRefusal('not_found');
    const view = readView(core, viewArgument(call), 'modal', open);
    if (args.has('hash') && args.text('hash') !== open.hash) throw new SlackRefusal('hash_conflict');
    core.views.update(open, view);
    core.feed.emit({ kind: 'view_updated', view: toClientView(core.views, open), audience: open.userId });
    return { view: slackView(core, open) };
  },

  'views.publish': (call) => {
    const { core, args } = call;
    if (!core.manifest.hasHomeTab) throw new SlackRefusal('not_enabled');
    const user = core.directory.user(args.need('user_id'));
    if (!user || user.isBot || user.isDeactivated)
      throw refusalWithMessages('invalid_arguments', ['[ERROR] invalid `user_id` [json-pointer:/user_id]']);
    const before = core.views.home(user.id);
    const view = readView(core, viewArgument(call), 'home', before);
    if (args.has('hash') && before && args.text('hash') !== before.hash)
      throw new SlackRefusal('hash_conflict');
    const home = core.views.publish(user.id, view);
    core.feed.emit({ kind: 'home_published', view: toClientView(core.views, home), audience: user.id });
    return { view: slackView(core, home) };
  },
};
