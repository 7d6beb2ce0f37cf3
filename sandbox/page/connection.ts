import { useEffect, useState } from 'react';
import type { ClientEvent } from '../slack/client-api.ts';
import { follow } from './event-stream.ts';
import { readState } from './requests.ts';
import { apply, refreshed, type Workspace, workspaceOf } from './workspace.ts';

export interface Connection {
  workspace: Workspace | undefined;
  status: 'connecting' | 'live' | 'lost';
  /** Why there is no workspace to show. */
  problem: string | undefined;
}

const retryMilliseconds = 1000;

/** One person's client: reads the state, then follows what happens, across restarts of the workspace. */
export function useConnection(who: string): Connection {
  const [connection, setConnection] = useState<Connection>({
    workspace: undefined,
    status: 'connecting',
    problem: undefined,
  });
  useEffect(() => {
    const stop = new AbortController();
    setConnection((previous) => ({ ...previous, status: 'connecting', problem: undefined }));
    void connect(who, setConnection, stop.signal);
    return () => stop.abort();
  }, [who]);
  return connection;
}

async function connect(
  who: string,
  set: (change: (previous: Connection) => Connection) => void,
  signal: AbortSignal,
): Promise<void> {
  let current: Workspace | undefined;
  const show = (status: Connection['status']) => {
    if (!signal.aborted) set(() => ({ workspace: current, status, problem: undefined }));
  };
  const load = async () => {
    const state = await readState(who);
    current = current ? refreshed(current, state) : workspaceOf(state);
  };
  while (!signal.aborted && !current) {
    try {
      await load();
    } catch (error) {
      if (signal.aborted) return;
      const problem =
        error instanceof TypeError ? 'The workspace cannot be reached.' : String((error as Error).message);
      set(() => ({ workspace: undefined, status: 'lost', problem }));
      await new Promise((resolve) => setTimeout(resolve, retryMilliseconds));
    }
  }
  if (signal.aborted || !current) return;
  show('live');
  let scheduled = false;
  let isFirst = true;
  await follow({
    url: `/client/events?user=${encodeURIComponent(current.me.id)}`,
    lastEventId: async () => {
      if (!isFirst) await load();
      isFirst = false;
      return String(current?.sequence ?? 0);
    },
    onEvent: (event) => {
      if (!current) return;
      current = apply(current, JSON.parse(event.data) as ClientEvent);
      if (scheduled) return;
      // One render for a burst of events.
      scheduled = true;
      queueMicrotask(() => {
        scheduled = false;
        show('live');
      });
    },
    onStatus: show,
    signal,
  });
}
