import { type Block, Message } from 'slack-blocks-to-jsx';
import { useMedia } from '../place.ts';

/**
 * Display-only families, drawn by slack-blocks-to-jsx. It is not used for the rest: it reads plain_text as
 * markdown, turns `&lt;!channel&gt;` back into a mention, and has no events for what is clicked, chosen or
 * typed; a workspace for trying out a bot must get exactly those three right.
 */
export default function LibraryBlock({ block }: { block: unknown }) {
  const isDark = useMedia('(prefers-color-scheme: dark)');
  return (
    <div className="block library-block">
      <Message blocks={[block as Block]} name="" logo="" withoutWrapper theme={isDark ? 'dark' : 'light'} />
    </div>
  );
}
