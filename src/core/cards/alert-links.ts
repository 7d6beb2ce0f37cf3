import type { GroupView } from '../alerts/group.ts';
import type { SignalLink } from '../alerts/signal.ts';
import { boundedText } from '../parse/clean-text.ts';
import type { Span } from '../text.ts';
import { longestCardLine } from './run-card.ts';

/** More are not clicked on a phone. */
const mostLinks = 3;
const longestLabel = 24;
const longestHost = 50;
/** https://docs.slack.dev/reference/block-kit/block-elements/button-element: an address has 3,000 characters. */
const longestAddress = 3_000;
const separator = ' · ';

/** The group's links, after the one to its incident. */
export function linkSpans({ group, incidentLink }: Pick<GroupView, 'group' | 'incidentLink'>): Span[] {
  if (incidentLink !== undefined) {
    return outsideLinks(group.links, [{ link: incidentLink, label: 'Incident thread' }]);
  }
  return outsideLinks(group.links, group.incidentId === undefined ? [] : ['Incident opened']);
}

/**
 * `Rule (prometheus.example.com) · Dashboard (grafana.example.com)`: our word is the link, and where it leads stands
 * beside it, because the address came from outside.
 */
export function outsideLinks(links: readonly SignalLink[], first: readonly Span[] = []): Span[] {
  // A payload may hold thousands that are none.
  const outside = links.slice(0, 20).flatMap((link) => {
    const shown = maybeLink(link);
    return shown === undefined ? [] : [shown];
  });
  const spans: Span[] = [...first];
  let left = longestCardLine - widthOf(first);
  for (const shown of outside.slice(0, mostLinks)) {
    left -= widthOf(shown) + separator.length;
    // Half a host would name another one.
    if (left < 0) break;
    spans.push(...(spans.length === 0 ? [] : [separator]), ...shown);
  }
  return spans;
}

/** Undefined for everything that is not a plain web address: another scheme, a name or password in it, too long. */
function maybeLink({ label, url }: SignalLink): Span[] | undefined {
  if (url.length > longestAddress) return undefined;
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  // What stands before an @ can look like the host: https://bank.example@evil.example/
  if (parsed.username !== '' || parsed.password !== '' || parsed.host === '') return undefined;
  // As the parser writes it: a host in other letters is shown in punycode, and what only looked like a slash is none.
  const address = parsed.href.replaceAll('|', '%7C');
  if (address.length > longestAddress) return undefined;
  return [
    { link: address, label: boundedText(label, longestLabel).trim() || 'Link' },
    ` (${hostWords(parsed.host)})`,
  ];
}

/** The end of a host is who owns it. */
function hostWords(host: string): string {
  return host.length <= longestHost ? host : `…${host.slice(1 - longestHost)}`;
}

function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => {
    if (typeof span === 'string') return sum + span.length;
    return sum + ('label' in span ? span.label.length : 0);
  }, 0);
}
