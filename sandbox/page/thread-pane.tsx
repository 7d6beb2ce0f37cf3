import { Composer } from './composer.tsx';
import { CloseIcon } from './icons.tsx';
import { MessageList } from './message-list.tsx';
import type { Room } from './sidebar.tsx';
import { useClient } from './workspace-context.tsx';

export function ThreadPane({ room, ts, onClose }: { room: Room; ts: string; onClose: () => void }) {
  const { workspace } = useClient();
  const all = workspace.messages.get(room.id) ?? [];
  const messages = all.filter((message) => message.ts === ts || message.threadTs === ts);
  const where = room.kind === 'channel' ? `#${room.name}` : room.name;
  return (
    <aside
      className="thread-pane"
      aria-label="Thread"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose();
      }}
    >
      <header className="pane-header">
        <div>
          <h2>Thread</h2>
          <p>{where}</p>
        </div>
        <button
          type="button"
          className="tool"
          aria-label="Close thread"
          title="Close thread"
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      </header>
      <MessageList key={`${room.id}/${ts}`} label={`Thread in ${where}`} messages={messages} />
      <Composer key={`composer/${ts}`} label="Reply in thread" channel={room.id} threadTs={ts} />
    </aside>
  );
}
