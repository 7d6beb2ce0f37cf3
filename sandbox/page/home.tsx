import { useEffect } from 'react';
import type { ClientView } from '../slack/client-api.ts';
import { Blocks } from './blocks/blocks.tsx';
import { useModalSurface } from './modal.tsx';
import { act } from './requests.ts';
import { SurfaceContext } from './surface.tsx';
import { useClient } from './workspace-context.tsx';

/** The app's home tab in its direct conversation: opening it tells the app, which publishes the view. */
export function Home() {
  const { workspace } = useClient();
  const me = workspace.me.id;
  useEffect(() => {
    void act(me, { kind: 'open_home' });
  }, [me]);
  if (!workspace.home) return <p className="intro">The app has not published a home view.</p>;
  return <HomeView view={workspace.home} me={me} />;
}

function HomeView({ view, me }: { view: ClientView; me: string }) {
  const { surface } = useModalSurface(view, me);
  return (
    <div className="home">
      <SurfaceContext value={surface}>
        <Blocks key={view.hash} blocks={(view.view.blocks as unknown[] | undefined) ?? []} />
      </SurfaceContext>
    </div>
  );
}
