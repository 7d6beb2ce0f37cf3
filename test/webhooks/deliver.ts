import type { ParsedDelivery, Signal } from '../../src/core/alerts/signal.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Proof, RawDelivery, SourceKind } from '../../src/webhooks/source-kind.ts';

const now = new Date('2026-03-02T09:45:00Z');

/** A delivery with this body, as it comes at the time of the samples. */
export function rawDelivery(json: unknown, over: Partial<RawDelivery> = {}): RawDelivery {
  return { method: 'POST', headers: {}, body: Buffer.from(JSON.stringify(json)), receivedAt: now, ...over };
}

/** What a kind makes of a body; `given` are its options as the settings write them. */
export function parseAs<Options>(
  kind: SourceKind<Options>,
  json: unknown,
  given: { options?: unknown; headers?: Record<string, string>; receivedAt?: Date } = {},
): ParsedDelivery {
  const { options = {}, ...over } = given;
  const source = { name: 'tested', secrets: [], options: kind.options.parse(options) };
  return kind.parse(JSON.parse(JSON.stringify(json)), rawDelivery(json, over), source);
}

/** The one signal of a body. */
export function oneSignal<Options>(
  kind: SourceKind<Options>,
  json: unknown,
  given?: Parameters<typeof parseAs>[2],
): Signal {
  const { signals } = parseAs(kind, json, given);
  if (signals.length !== 1) throw new Error(`there are ${signals.length} signals`);
  return signals[0]!;
}

export function verifyAs<Options>(
  kind: SourceKind<Options>,
  delivery: RawDelivery,
  { secrets, options = {} }: { secrets: readonly string[]; options?: unknown },
): Proof['kind'] {
  return kind.verify(delivery, {
    name: 'tested',
    secrets: secrets.map((value) => new Secret('TESTED', value)),
    options: kind.options.parse(options),
  }).kind;
}
