import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import type { ActionResult, ClientAction, OptionsQuery, OptionsResult } from '../slack/client-api.ts';
import { act, searchOptions } from './requests.ts';
import type { NameBook } from './text/plain-text.ts';
import type { Workspace } from './workspace.ts';

export interface Client {
  workspace: Workspace;
  names: NameBook;
  act(action: ClientAction): Promise<ActionResult>;
  search(query: OptionsQuery): Promise<OptionsResult>;
}

const ClientContext = createContext<Client | undefined>(undefined);

/** The workspace as the acting person sees it, and their way to do things in it. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error('useClient needs a ClientProvider above it');
  return client;
}

const NamesContext = createContext<NameBook>({
  userName: String,
  channelName: String,
  groupHandle: String,
  me: '',
  myGroups: [],
  timeZone: 'UTC',
});

/** Names by id. Apart from {@link useClient}: they hardly ever change, so messages need not render again. */
export const useNames = () => useContext(NamesContext);

const NowContext = createContext(new Date(0));

/** The present minute, for "today" and "5 minutes ago". */
export const useNow = () => useContext(NowContext);

const minuteMilliseconds = 60_000;

export function ClientProvider({ workspace, children }: { workspace: Workspace; children: ReactNode }) {
  const { me, users, channels, userGroups } = workspace;
  const names = useMemo<NameBook>(() => {
    const userNames = new Map(users.map((user) => [user.id, user.name]));
    const channelNames = new Map(channels.map((channel) => [channel.id, channel.name]));
    const handles = new Map(userGroups.map((group) => [group.id, group.handle]));
    return {
      userName: (id) => userNames.get(id) ?? id,
      channelName: (id) => channelNames.get(id) ?? id,
      groupHandle: (id) => handles.get(id) ?? id,
      me: me.id,
      myGroups: userGroups.filter(({ userIds }) => userIds.includes(me.id)).map(({ id }) => id),
      timeZone: me.tz,
    };
  }, [users, channels, userGroups, me.id, me.tz]);
  const client = useMemo<Client>(
    () => ({
      workspace,
      names,
      act: (action) => act(me.id, action),
      search: (query) => searchOptions(me.id, query),
    }),
    [workspace, names, me.id],
  );
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), minuteMilliseconds);
    return () => clearInterval(timer);
  }, []);
  return (
    <ClientContext value={client}>
      <NamesContext value={names}>
        <NowContext value={now}>{children}</NowContext>
      </NamesContext>
    </ClientContext>
  );
}
