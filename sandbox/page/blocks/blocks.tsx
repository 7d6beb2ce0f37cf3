import type { KnownBlock } from '@slack/types';
import { Component, lazy, memo, type ReactNode, Suspense } from 'react';
import { Actions } from './actions.tsx';
import { Image } from './image.tsx';
import { Input } from './input.tsx';
import { RichText } from './rich-text.tsx';
import { Section } from './section.tsx';
import { Table } from './table.tsx';
import { Alert, Context, Header } from './text-blocks.tsx';

/** Its own file in the bundle: four times the size of everything else, and seldom needed. */
const LibraryBlock = lazy(() => import('./library-block.tsx'));

const libraryTypes = ['markdown', 'plan', 'task_card', 'card', 'carousel', 'container', 'data_table', 'file'];

/** The blocks of a message or a modal. One that cannot be drawn says so and leaves the others alone. */
export const Blocks = memo(function Blocks({ blocks }: { blocks: readonly unknown[] }) {
  return blocks.map((json, index) => {
    const block = json as KnownBlock;
    return (
      <Guard key={block.block_id ?? index} type={block.type}>
        <OneBlock block={block} />
      </Guard>
    );
  });
});

function OneBlock({ block }: { block: KnownBlock }) {
  switch (block.type) {
    case 'header':
      return <Header block={block} />;
    case 'section':
      return <Section block={block} />;
    case 'context':
      return <Context block={block} />;
    case 'divider':
      return <hr className="block" />;
    case 'actions':
      return <Actions block={block} />;
    case 'input':
      return <Input block={block} />;
    case 'rich_text':
      return <RichText block={block} />;
    case 'image':
      return <Image block={block} />;
    case 'table':
      return <Table block={block} />;
    case 'alert':
      return <Alert block={block} />;
    default:
      if (!libraryTypes.includes(block.type)) return <Unknown type={block.type} />;
      return (
        <Suspense fallback={<p className="block unknown">…</p>}>
          <LibraryBlock block={block} />
        </Suspense>
      );
  }
}

function Unknown({ type }: { type: string }) {
  return <p className="block unknown">Block "{type}" is not shown here</p>;
}

class Guard extends Component<{ type: string; children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    return this.state.isBroken ? <Unknown type={this.props.type} /> : this.props.children;
  }
}
