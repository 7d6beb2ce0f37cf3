import type { ImageBlock } from '@slack/types';
import { isWebLink } from '../text/mrkdwn.ts';
import { WebLink } from '../text/mrkdwn-text.tsx';

/**
 * Images from elsewhere are not loaded: the page works without a network, and its content security policy
 * allows its own origin only. Their alternative text and address stand in their place.
 */
export function ImageElement({
  url,
  alt,
  className,
}: {
  url: string | undefined;
  alt: string;
  className: string;
}) {
  if (url?.startsWith('data:image/') || (url && !isWebLink(url) && url.startsWith('/'))) {
    return <img className={className} src={url} alt={alt} />;
  }
  const placeholder = (
    <span className={`${className} image-placeholder`} role="img" aria-label={alt} title={alt}>
      {className === 'block-image' ? alt : '▨'}
    </span>
  );
  return url ? <WebLink url={url}>{placeholder}</WebLink> : placeholder;
}

export function Image({ block }: { block: ImageBlock }) {
  const url = 'image_url' in block ? block.image_url : undefined;
  return (
    <figure className="block">
      {block.title && <figcaption>{block.title.text}</figcaption>}
      <ImageElement url={url} alt={block.alt_text} className="block-image" />
    </figure>
  );
}
