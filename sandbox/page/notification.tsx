import { useState } from 'react';
import type { ClientMessage } from '../slack/client-api.ts';
import { CloseIcon } from './icons.tsx';
import { dateOf } from './message.tsx';
import type { Room } from './sidebar.tsx';
import { agoText } from './text/date-token.ts';
import { notificationLine } from './text/plain-text.ts';
import { useClient, useNames, useNow } from './workspace-context.tsx';

/** The page looks at its clock now and then: what has just come is not in the future. */
function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}

/** The newest message as a lock screen shows it: its top-level `text` alone, cut where phones cut. */
export function Notification(props: { rooms: Room[]; onOpen: (message: ClientMessage) => void }) {
  const { workspace } = useClient();
  const names = useNames();
  const now = useNow();
  const [dismissed, setDismissed] = useState('');
  const message = workspace.newest;
  if (!message || message.ts === dismissed) return null;
  const author = workspace.users.find((user) => user.id === message.userId);
  const room = props.rooms.find((other) => other.id === message.channel);
  const [file] = message.files ?? [];
  // Without words a shared file is told by its title.
  const told = message.text === '' && file ? `shared a file: ${file.title || file.name}` : undefined;
  const line = told ?? notificationLine(message.text, names, now);
  return (
    <section className="notification" aria-label="Notification">
      <button type="button" className="notification-open" onClick={() => props.onOpen(message)}>
        <span className="notification-head">
          <strong>{author?.realName ?? message.userId}</strong>
          <span>{room?.kind === 'channel' ? `#${room.name}` : 'direct message'}</span>
          <time dateTime={dateOf(message.ts).toISOString()}>
            {agoText(earlier(dateOf(message.ts), now), now)}
          </time>
        </span>
        <span className={line ? 'notification-text' : 'notification-text empty'}>
          {line || 'This message has no text for notifications'}
        </span>
      </button>
      <button
        type="button"
        className="tool"
        aria-label="Dismiss notification"
        onClick={() => setDismissed(message.ts)}
      >
        <CloseIcon />
      </button>
    </section>
  );
}
