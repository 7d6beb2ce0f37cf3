import type { SignalLink } from '../core/alerts/signal.ts';

/** Those whose address the source gave, in this order: of too many the last are left out. */
export function givenLinks(
  ...links: readonly (readonly [label: string, url: string | undefined])[]
): SignalLink[] {
  return links.flatMap(([label, url]) => (url === undefined ? [] : [{ label, url }]));
}
