// biome-ignore-all lint/suspicious/noArrayIndexKey: the parts of one text have no identity but their place
import type { AlertBlock, ContextBlock, HeaderBlock } from '@slack/types';
import { withEmoji } from '../text/emoji.ts';
import { TextObjectText } from '../text/mrkdwn-text.tsx';
import { ImageElement } from './image.tsx';

export function Header({ block }: { block: HeaderBlock }) {
  return <h3 className="block block-header">{withEmoji(block.text.text)}</h3>;
}

export function Context({ block }: { block: ContextBlock }) {
  return (
    <div className="block block-context">
      {block.elements.map((element, index) =>
        element.type === 'image' ? (
          <ImageElement
            key={index}
            url={'image_url' in element ? element.image_url : undefined}
            alt={element.alt_text}
            className="context-image"
          />
        ) : (
          <span key={index} className="rich">
            <TextObjectText text={element} />
          </span>
        ),
      )}
    </div>
  );
}

/** Meaning never by colour alone. */
const marks = { default: '•', info: 'ℹ', warning: '▲', error: '⛔', success: '✓' };

export function Alert({ block }: { block: AlertBlock }) {
  const level = block.level ?? 'default';
  return (
    <div className={`block block-alert ${level}`} role={level === 'error' ? 'alert' : 'status'}>
      <span aria-hidden="true">{marks[level]}</span>
      <div className="rich">
        <TextObjectText text={block.text} />
      </div>
    </div>
  );
}
