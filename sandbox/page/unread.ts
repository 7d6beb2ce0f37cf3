import { useEffect, useRef, useState } from 'react';
import type { Workspace } from './workspace.ts';

/** What was there when the page was opened counts as read. */
const openedAt = Date.now() / 1000;

/** New messages from others by channel, kept per person while one plays several in turn. */
export function useUnread(workspace: Workspace, current: string | undefined): ReadonlyMap<string, number> {
  const read = useRef(new Map<string, string>());
  const [unread, setUnread] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    const me = workspace.me.id;
    const counts = new Map<string, number>();
    for (const [channel, messages] of workspace.messages) {
      const key = `${me}/${channel}`;
      if (channel === current) read.current.set(key, messages.at(-1)?.ts ?? '');
      const last = read.current.get(key);
      let count = 0;
      for (let at = messages.length - 1; at >= 0; at--) {
        const message = messages[at]!;
        if (last === undefined ? Number(message.ts) <= openedAt : message.ts <= last) break;
        if (message.userId !== me) count++;
      }
      if (count > 0) counts.set(channel, count);
    }
    setUnread(counts);
  }, [workspace.messages, workspace.me.id, current]);
  return unread;
}
