import { useEffect, useState } from 'react';
import type { ClientUser } from '../slack/client-api.ts';
import { ConfirmProvider } from './confirm.tsx';
import { useConnection } from './connection.ts';
import { Conversation } from './conversation.tsx';
import { ModalStack } from './modal.tsx';
import { Notification } from './notification.tsx';
import { type Place, useMedia, usePlace } from './place.ts';
import { type Room, Sidebar } from './sidebar.tsx';
import { ThreadPane } from './thread-pane.tsx';
import { useUnread } from './unread.ts';
import { isReply, type Workspace } from './workspace.ts';
import { ClientProvider } from './workspace-context.tsx';

/** Below this width there is room for one pane only. */
const phoneWidth = '(max-width: 480px)';

export function App() {
  const [place, go] = usePlace();
  const { workspace, status, problem } = useConnection(place.user);
  if (!workspace) {
    return (
      <main className="waiting" role="status">
        <p>{problem ?? 'Opening the workspace…'}</p>
      </main>
    );
  }
  return (
    <ClientProvider workspace={workspace}>
      <ConfirmProvider>
        <Client workspace={workspace} isLive={status === 'live'} place={place} go={go} />
        {/* Acting as somebody else is another client: their modals, not these. */}
        <ModalStack key={workspace.me.id} />
      </ConfirmProvider>
    </ClientProvider>
  );
}

function Client(props: {
  workspace: Workspace;
  isLive: boolean;
  place: Place;
  go: (change: Partial<Place>) => void;
}) {
  const { workspace, place, go } = props;
  const isNarrow = useMedia(phoneWidth);
  const isPhone = place.isPhone || isNarrow;
  const [isDrawerOpen, setIsDrawerOpen] = useState(false);
  const rooms = roomsOf(workspace);
  const room = rooms.find((other) => other.name === place.channel || other.id === place.channel) ?? rooms[0];
  const unread = useUnread(workspace, room?.id);
  const openRoom = (next: Room) => {
    setIsDrawerOpen(false);
    go({ channel: next.name, thread: '' });
  };
  const actAs = (user: ClientUser) => {
    setIsDrawerOpen(false);
    go({ user: user.name, thread: '' });
  };
  useChannelKeys(rooms, room, openRoom);
  useEffect(() => {
    document.title = `${room?.kind === 'channel' ? '#' : ''}${room?.name ?? ''} · ${workspace.me.realName}`;
  }, [room?.kind, room?.name, workspace.me.realName]);

  const sidebar = (
    <Sidebar
      rooms={rooms}
      current={room?.id}
      unread={unread}
      onOpen={openRoom}
      onActAs={actAs}
      takesFocus={isDrawerOpen}
    />
  );
  return (
    <div
      className="app"
      data-view={isPhone ? 'phone' : 'desktop'}
      data-thread={place.thread ? '' : undefined}
    >
      {isPhone && (
        <Notification
          rooms={rooms}
          onOpen={(message) => {
            const to = rooms.find((other) => other.id === message.channel);
            go({ channel: to?.name ?? '', thread: isReply(message) ? (message.threadTs ?? '') : '' });
          }}
        />
      )}
      {!props.isLive && (
        <p className="offline" role="status">
          Connection lost. Trying again…
        </p>
      )}
      {(!isPhone || isDrawerOpen) && sidebar}
      {room && !(isPhone && (place.thread || isDrawerOpen)) && (
        <Conversation
          // Another person's or another channel's scroll position and draft are not this one's.
          key={`${workspace.me.id}/${room.id}`}
          room={room}
          isPhone={isPhone}
          onOpenThread={(ts) => go({ thread: ts })}
          onOpenDrawer={() => setIsDrawerOpen(true)}
          onActAs={actAs}
        />
      )}
      {room && place.thread && !(isPhone && isDrawerOpen) && (
        <ThreadPane
          key={`${workspace.me.id}/${place.thread}`}
          room={room}
          ts={place.thread}
          onClose={() => go({ thread: '' })}
        />
      )}
    </div>
  );
}

/** Conversations as the sidebar lists them; a direct one is called by who else is in it. */
function roomsOf(workspace: Workspace): Room[] {
  const names = new Map(workspace.users.map((user) => [user.id, user.name]));
  return workspace.channels
    .map(({ id, name, kind, topic, memberIds, isPrivate = false, isArchived = false }) => {
      const other = memberIds.find((member) => member !== workspace.me.id);
      return {
        id,
        kind,
        topic,
        isPrivate,
        isArchived,
        name: kind === 'im' ? (names.get(other ?? '') ?? name) : name,
      };
    })
    .sort((a, b) => rank(a) - rank(b));
}

const rank = (room: Room) => Number(room.isArchived) + 2 * Number(room.kind === 'im');

/** Alt+Up and Alt+Down go through the conversations, as in Slack. */
function useChannelKeys(rooms: Room[], current: Room | undefined, open: (room: Room) => void) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (!event.altKey || step === 0 || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      const at = rooms.findIndex((room) => room.id === current?.id);
      const next = rooms[(at + step + rooms.length) % rooms.length];
      if (next) open(next);
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
}
