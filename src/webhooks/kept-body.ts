import type { RawDelivery, SourceIdentity, SourceKind } from './source-kind.ts';

/** The bytes to store of a body that has been read as JSON. */
export function keptBody(
  kind: SourceKind,
  delivery: RawDelivery,
  json: unknown,
  source: SourceIdentity<unknown>,
): Buffer {
  if (kind.keep === undefined) return delivery.body;
  const kept = kind.keep(json, delivery, source);
  // Byte for byte as it came where nothing is left out.
  return kept === json ? delivery.body : Buffer.from(JSON.stringify(kept));
}
