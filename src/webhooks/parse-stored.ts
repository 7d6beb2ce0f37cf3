import type { SourceSettings } from '../core/alerts/alert-settings.ts';
import type { WaitingDelivery } from '../core/alerts/alert-store.ts';
import { cleanParsed } from '../core/alerts/clean-signal.ts';
import type { ParsedDelivery } from '../core/alerts/signal.ts';
import { type SourceKind, UnreadableDelivery } from './source-kind.ts';

/** What a stored delivery says, in the words of its source's kind and without anything secret. @throws UnreadableDelivery */
export function parseStored(
  delivery: WaitingDelivery,
  sources: Readonly<Record<string, SourceSettings>>,
  kinds: ReadonlyMap<string, SourceKind>,
  redact?: (text: string) => string,
): ParsedDelivery {
  const { source: name } = delivery;
  const settings = Object.hasOwn(sources, name) ? sources[name] : undefined;
  const kind = settings && kinds.get(settings.kind);
  if (settings === undefined || kind === undefined) {
    throw new UnreadableDelivery(`"${name}" is no source of "alerts.sources" any more.`);
  }
  const source = { name, secrets: settings.secrets, options: settings.options };
  return cleanParsed(kind.parse(JSON.parse(delivery.body.toString('utf8')), delivery, source), redact);
}
