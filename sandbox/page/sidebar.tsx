import { useEffect, useRef } from 'react';
import type { ClientUser } from '../slack/client-api.ts';
import { Avatar } from './avatar.tsx';
import { SendAlerts } from './send-alerts.tsx';
import { useClient } from './workspace-context.tsx';

export interface Room {
  id: string;
  name: string;
  kind: 'channel' | 'im';
  topic: string;
  isPrivate: boolean;
  isArchived: boolean;
}

/** Workspace, conversations, what monitoring sends, and who one acts as. */
export function Sidebar(props: {
  rooms: Room[];
  current: string | undefined;
  unread: ReadonlyMap<string, number>;
  onOpen: (room: Room) => void;
  onActAs: (user: ClientUser) => void;
  /** Opened in place of the conversation: the focus comes along. */
  takesFocus: boolean;
}) {
  const side = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (props.takesFocus) side.current?.querySelector<HTMLElement>('[aria-current], .room')?.focus();
  }, [props.takesFocus]);
  const { workspace } = useClient();
  const people = playable(workspace.users);
  const channels = props.rooms.filter((room) => room.kind === 'channel');
  const direct = props.rooms.filter((room) => room.kind === 'im');
  const list = (rooms: Room[]) => (
    <ul>
      {rooms.map((room) => (
        <li key={room.id}>
          <RoomButton
            room={room}
            isCurrent={room.id === props.current}
            unread={props.unread.get(room.id) ?? 0}
            onOpen={() => props.onOpen(room)}
          />
        </li>
      ))}
    </ul>
  );
  return (
    <div className="sidebar" ref={side}>
      <header className="workspace-name">
        <h1>{workspace.team.domain}</h1>
        <p>Local workspace, not slack.com</p>
      </header>
      <nav aria-label="Conversations">
        <h2>Channels</h2>
        {list(channels)}
        <h2>Direct messages</h2>
        {list(direct)}
      </nav>
      {workspace.sampleAlerts && <SendAlerts samples={workspace.sampleAlerts} />}
      <section className="acting-as" aria-label="Acting as">
        <h2>Acting as</h2>
        <ul>
          {people.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                className="person"
                aria-pressed={user.id === workspace.me.id}
                aria-label={`Act as ${user.realName} (${user.name})`}
                onClick={() => props.onActAs(user)}
              >
                <Avatar user={user} size="small" />
                <span className="person-name">{user.realName}</span>
                <small>{standing(user) ?? `@${user.name}`}</small>
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

/** Whom one can act as: a deactivated account cannot sign in, and the bot plays itself. */
export function playable(users: readonly ClientUser[]): ClientUser[] {
  return users.filter((user) => !user.isBot && !user.isDeactivated);
}

export function standing(user: ClientUser): string | undefined {
  if (user.isForeign) return 'other workspace';
  return user.isGuest ? 'guest' : undefined;
}

function RoomButton(props: { room: Room; isCurrent: boolean; unread: number; onOpen: () => void }) {
  const { room, unread } = props;
  return (
    <button
      type="button"
      className={unread > 0 ? 'room unread' : 'room'}
      aria-current={props.isCurrent ? 'page' : undefined}
      onClick={props.onOpen}
    >
      <span className="room-mark" aria-hidden="true">
        {room.kind === 'im' ? '●' : room.isPrivate ? '🔒︎' : '#'}
      </span>
      <span className="room-name">
        {room.name}
        {room.isArchived && <small> archived</small>}
      </span>
      {unread > 0 && (
        <span className="badge">
          {unread}
          <span className="hidden"> unread</span>
        </span>
      )}
    </button>
  );
}
