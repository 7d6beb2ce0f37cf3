import type { View } from '@slack/types';
import { z } from 'zod';
import type { DigestView, GroupReply, GroupView } from '../../core/alerts/group.ts';
import { severities } from '../../core/alerts/severity.ts';
import type { ClaimedMessage } from '../../core/message.ts';
import type { Membership } from '../../core/policy/membership.ts';
import { maybeGroupForm } from '../alert-requests.ts';
import type { Rendered, RenderedMessage } from '../delivery/rendered.ts';
import type { GroupForm } from '../views/alert-ids.ts';
import { alertMessage, alertReplyMessage, peopleInGroup } from '../views/alert-message.ts';
import { digestMessage } from '../views/digest-message.ts';
import type { Shown } from '../views/guarded-message.ts';
import { type RawPayload, rawView } from '../views/raw-view.ts';
import { problemView } from '../views/reading-view.ts';
import { severityView } from '../views/severity-view.ts';
import { silenceView } from '../views/silence-view.ts';
import { readNames } from './names.ts';

export interface AlertRenderContext {
  /** The group, with everything its card shows, as it stands now. */
  readonly maybeGroup: (id: string) => Promise<GroupView | undefined>;
  readonly maybeDigest: (id: number) => Promise<DigestView | undefined>;
  /** The newest delivery that is kept of a group, secrets already taken out of it. */
  readonly maybeRaw: (groupId: string) => Promise<RawPayload | undefined>;
  readonly membership: Membership;
}

/** What a message about alerts shows. */
export type AlertPart =
  | { readonly kind: 'card' | 'reply'; readonly groupId: string }
  | { readonly kind: 'form'; readonly groupId: string; readonly form: GroupForm }
  | { readonly kind: 'digest'; readonly digestId: number };

/** `group:<id>:card`, `group:<id>:reply:<n>`, `group:<id>:form:<form>:<view>`, `digest:<id>:card`. */
export function maybeAlertPart(messageId: string): AlertPart | undefined {
  const form = maybeGroupForm(messageId);
  if (form !== undefined) return { kind: 'form', ...form };
  const [, groupId, part] = /^group:([^:]+):(card|reply:\d+)$/.exec(messageId) ?? [];
  if (groupId !== undefined) return { kind: part === 'card' ? 'card' : 'reply', groupId };
  const digestId = /^digest:(\d{1,15}):card$/.exec(messageId)?.[1];
  return digestId === undefined ? undefined : { kind: 'digest', digestId: Number(digestId) };
}

/** Groups of alerts, and digests of them, as they stand now. */
export async function renderAlert(
  part: AlertPart,
  { content }: ClaimedMessage,
  context: AlertRenderContext,
): Promise<Rendered | undefined> {
  switch (part.kind) {
    case 'card': {
      const view = await context.maybeGroup(part.groupId);
      return view && sent(alertMessage(view, await shownFor(peopleInGroup(view), context)));
    }
    case 'reply': {
      const said = replyContent.safeParse(content);
      const view = said.success ? await context.maybeGroup(part.groupId) : undefined;
      if (view === undefined || !said.success) return undefined;
      const reply: GroupReply = said.data.reply;
      const shown = await shownFor(peopleInGroup(view, reply), context);
      return sent(alertReplyMessage(reply, view, said.data.mentions, shown));
    }
    case 'form':
      return { kind: 'view', view: await filledForm(part, content, context) };
    case 'digest': {
      const digest = await context.maybeDigest(part.digestId);
      return digest && sent(digestMessage(digest));
    }
  }
}

/** The occasion, and whom it wakes, frozen when it was asked for. */
const replyContent = z.object({
  reply: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('worse'), from: z.enum(severities), to: z.enum(severities) }),
    z.object({ kind: z.literal('reopened') }),
    z.object({
      kind: z.literal('escalated'),
      because: z.enum(['unacknowledged', 'unresolved', 'by_hand']),
      by: z.string().exactOptional(),
    }),
  ]),
  mentions: z.array(
    z.union([z.strictObject({ user: z.string() }), z.strictObject({ usergroup: z.string() })]),
  ),
});

/** Where a form was opened. */
const opened = z.object({ channelId: z.string().exactOptional(), threadTs: z.string().exactOptional() });

async function filledForm(
  { groupId, form }: Extract<AlertPart, { kind: 'form' }>,
  content: unknown,
  context: AlertRenderContext,
): Promise<View> {
  const view = await context.maybeGroup(groupId);
  if (view === undefined) {
    const problem = `The alert "${groupId}" is not known here any more: it was pruned after it had resolved.`;
    return problemView({ command: 'Nothing done', invocation: groupId, problem });
  }
  const from = opened.parse(content ?? {});
  if (form === 'raw') return rawView(view, await context.maybeRaw(groupId), from);
  const shown = await shownFor(peopleInGroup(view), context);
  return form === 'silence' ? silenceView(view, shown, from) : severityView(view, shown, from);
}

async function shownFor(
  people: readonly string[],
  { membership }: AlertRenderContext,
): Promise<Pick<Shown, 'nameOf'>> {
  const names = await readNames(people, membership);
  return { nameOf: (id) => names.get(id) };
}

function sent(message: RenderedMessage): Rendered {
  return { kind: 'message', message };
}
