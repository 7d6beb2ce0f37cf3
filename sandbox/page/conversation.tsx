import { useMemo, useState } from 'react';
import type { ClientUser } from '../slack/client-api.ts';
import { Avatar } from './avatar.tsx';
import { Composer } from './composer.tsx';
import { Home } from './home.tsx';
import { MenuIcon } from './icons.tsx';
import { MenuButton } from './menu.tsx';
import { MessageList } from './message-list.tsx';
import { playable, type Room } from './sidebar.tsx';
import { channelMessages, threadSummaries } from './workspace.ts';
import { useClient } from './workspace-context.tsx';

/** One channel or direct conversation: header, messages, composer. */
export function Conversation(props: {
  room: Room;
  isPhone: boolean;
  onOpenThread: (ts: string) => void;
  onOpenDrawer: () => void;
  onActAs: (user: ClientUser) => void;
}) {
  const { room } = props;
  const { workspace } = useClient();
  const [isHome, setIsHome] = useState(false);
  const all = workspace.messages.get(room.id);
  const messages = useMemo(() => channelMessages(all ?? []), [all]);
  const threads = useMemo(() => threadSummaries(all ?? []), [all]);
  const failures = workspace.failures.filter((failure) => !failure.viewId && failure.channel === room.id);
  const title = room.kind === 'channel' ? `#${room.name}` : room.name;
  const members = workspace.channels.find((channel) => channel.id === room.id)?.memberIds.length ?? 0;
  return (
    <main className="conversation">
      <header className="pane-header">
        {props.isPhone && (
          <button
            type="button"
            className="tool"
            aria-label="Channels and people"
            onClick={props.onOpenDrawer}
          >
            <MenuIcon />
          </button>
        )}
        <div>
          <h2>{title}</h2>
          {room.topic && <p>{room.topic}</p>}
        </div>
        {room.kind === 'im' && (
          <div className="tabs" role="tablist" aria-label="App">
            <button type="button" role="tab" aria-selected={!isHome} onClick={() => setIsHome(false)}>
              Messages
            </button>
            <button type="button" role="tab" aria-selected={isHome} onClick={() => setIsHome(true)}>
              Home
            </button>
          </div>
        )}
        {room.kind === 'channel' && !props.isPhone && <span className="members">{members} members</span>}
        {props.isPhone && <ActingMenu onActAs={props.onActAs} />}
      </header>
      {isHome ? (
        <Home />
      ) : (
        <>
          <MessageList
            label={`Messages in ${title}`}
            messages={messages}
            threads={threads}
            failures={failures}
            onOpenThread={props.onOpenThread}
            intro={`This is the beginning of ${title}.`}
          />
          {room.isArchived ? (
            <p className="archived">{title} is archived: nobody can write here.</p>
          ) : (
            <Composer label={`Message ${title}`} channel={room.id} />
          )}
        </>
      )}
    </main>
  );
}

/** On a phone the sidebar is out of sight, and playing several people in turn must not need it. */
function ActingMenu({ onActAs }: { onActAs: (user: ClientUser) => void }) {
  const { workspace } = useClient();
  const items = playable(workspace.users).map((user) => ({
    key: user.id,
    label: user.realName,
    description: `@${user.name}`,
    onSelect: () => onActAs(user),
  }));
  return (
    <MenuButton label="Act as somebody else" className="acting-menu" items={items}>
      <Avatar user={workspace.me} size="small" /> {workspace.me.name}
    </MenuButton>
  );
}
