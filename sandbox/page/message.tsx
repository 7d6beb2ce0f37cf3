import { memo, useMemo } from 'react';
import type { ClientMessage, ClientUser } from '../slack/client-api.ts';
import { Avatar } from './avatar.tsx';
import { Blocks } from './blocks/blocks.tsx';
import { EyeIcon, MoreIcon, ReplyIcon } from './icons.tsx';
import { MenuButton } from './menu.tsx';
import { act, searchOptions } from './requests.ts';
import { SharedFiles } from './shared-file.tsx';
import { type Surface, SurfaceContext } from './surface.tsx';
import { agoText, clockTime } from './text/date-token.ts';
import { emojiNamed } from './text/emoji.ts';
import { MrkdwnText } from './text/mrkdwn-text.tsx';
import type { ThreadSummary } from './workspace.ts';
import { useNames, useNow } from './workspace-context.tsx';

export interface MessageProps {
  message: ClientMessage;
  author: ClientUser | undefined;
  me: string;
  /** Follows the same author's message closely: without avatar and name. */
  isContinued: boolean;
  thread?: ThreadSummary;
  shortcuts: { name: string; callbackId: string; description: string }[];
  /** Absent inside a thread. */
  onOpenThread?: (ts: string) => void;
}

export const dateOf = (ts: string) => new Date(Number(ts) * 1000);

export const Message = memo(function Message(props: MessageProps) {
  const { message, author, isContinued } = props;
  const { timeZone } = useNames();
  const at = dateOf(message.ts);
  const time = (
    <time dateTime={at.toISOString()} title={at.toLocaleString('en-GB', { timeZone })}>
      {clockTime(at, timeZone)}
    </time>
  );
  const isPrivate = message.ephemeralFor !== undefined;
  return (
    <article
      className={`message ${isContinued ? 'continued' : ''} ${isPrivate ? 'ephemeral' : ''}`}
      aria-label={`${author?.realName ?? message.userId}, ${clockTime(at, timeZone)}`}
      data-ts={message.ts}
    >
      <div className="message-gutter">{isContinued ? time : <Avatar user={author} />}</div>
      <div className="message-content">
        {isPrivate && (
          <p className="only-you">
            <EyeIcon /> Only visible to you
          </p>
        )}
        {!isContinued && (
          <header>
            <strong className="author">{author?.realName ?? message.userId}</strong>
            {author?.isBot && <span className="app-badge">APP</span>}
            {time}
          </header>
        )}
        {message.isBroadcast && message.threadTs !== undefined && props.onOpenThread && (
          <BroadcastLink onOpen={() => props.onOpenThread?.(message.threadTs ?? '')} />
        )}
        <MessageBody message={message} me={props.me} />
        {message.files && <SharedFiles files={message.files} />}
        {message.reactions && <Reactions reactions={message.reactions} me={props.me} />}
        {props.thread && props.onOpenThread && (
          <ThreadLink thread={props.thread} onOpen={() => props.onOpenThread?.(message.ts)} />
        )}
      </div>
      {!isPrivate && <Tools {...props} />}
    </article>
  );
});

function MessageBody({ message, me }: { message: ClientMessage; me: string }) {
  const { channel, ts, blocks } = message;
  const surface = useMemo<Surface>(
    () => ({
      kind: 'message',
      id: ts,
      click: (blockId, actionId, value) =>
        act(me, { kind: 'click', channel, ts, blockId, actionId, ...(value === undefined ? {} : { value }) }),
      search: (blockId, actionId, text) => searchOptions(me, { channel, ts, blockId, actionId, text }),
      entered: () => undefined,
      errors: {},
    }),
    [me, channel, ts],
  );
  const edited = message.editedTs && <span className="edited"> (edited)</span>;
  if (blocks.length === 0) {
    return (
      <div className="rich message-text">
        <MrkdwnText text={message.text} />
        {edited}
      </div>
    );
  }
  return (
    <SurfaceContext value={surface}>
      <div className="blocks">
        <Blocks blocks={blocks} />
        {edited}
      </div>
    </SurfaceContext>
  );
}

function Reactions({ reactions, me }: { reactions: NonNullable<ClientMessage['reactions']>; me: string }) {
  const { userName } = useNames();
  return (
    <ul className="reactions">
      {reactions.map(({ name, userIds }) => (
        <li
          key={name}
          className={userIds.includes(me) ? 'mine' : ''}
          title={userIds.map(userName).join(', ')}
        >
          {emojiNamed(name)} {userIds.length}
        </li>
      ))}
    </ul>
  );
}

/** A reply that is also sent to the channel says so there, as in Slack. */
function BroadcastLink({ onOpen }: { onOpen: () => void }) {
  return (
    <button type="button" className="thread-link broadcast" onClick={onOpen}>
      <ReplyIcon /> Replied to a thread
    </button>
  );
}

function ThreadLink({ thread, onOpen }: { thread: ThreadSummary; onOpen: () => void }) {
  // The page looks at its clock now and then only: what has just come is not in the future.
  const now = useNow();
  const lastAt = dateOf(thread.lastTs);
  return (
    <button type="button" className="thread-link" onClick={onOpen}>
      <strong>
        {thread.count} {thread.count === 1 ? 'reply' : 'replies'}
      </strong>
      <span>Last reply {agoText(lastAt < now ? lastAt : now, now)}</span>
    </button>
  );
}

function Tools({ message, me, shortcuts, onOpenThread }: MessageProps) {
  if (!onOpenThread && shortcuts.length === 0) return null;
  const items = shortcuts.map((shortcut) => ({
    key: shortcut.callbackId,
    label: shortcut.name,
    description: shortcut.description,
    onSelect: () => {
      void act(me, {
        kind: 'shortcut',
        callbackId: shortcut.callbackId,
        channel: message.channel,
        ts: message.ts,
      });
    },
  }));
  return (
    <div className="message-tools" role="toolbar" aria-label="Message actions">
      {onOpenThread && (
        <button
          type="button"
          className="tool"
          aria-label="Reply in thread"
          title="Reply in thread"
          onClick={() => onOpenThread(message.threadTs ?? message.ts)}
        >
          <ReplyIcon />
        </button>
      )}
      {items.length > 0 && (
        <MenuButton label="More actions" className="tool" items={items}>
          <MoreIcon />
        </MenuButton>
      )}
    </div>
  );
}
