import type { z } from 'zod';
import type { ParsedDelivery } from '../core/alerts/signal.ts';
import type { Secret } from '../core/secret.ts';

/** A request to `/hooks/<source>` exactly as it came. */
export interface RawDelivery {
  readonly method: string;
  /** Names in lower case; of a repeated header the values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes that were signed. Never a parsed and re-written form of them. */
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/** What a kind needs to know of the source it speaks for. */
export interface SourceIdentity<Options> {
  /** The name under `alerts.sources`, which is also the one in the URL. */
  readonly name: string;
  /** Any of them is accepted: two during a rotation. */
  readonly secrets: readonly Secret[];
  readonly options: Options;
}

/** `unsigned`: the kind has no proof of its own here, so that the secret in the URL has to be one. */
export type Proof =
  | { readonly kind: 'proven' }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'refused'; readonly why: string };

/** A kind of monitoring source: how it proves who it is, and what its words mean. One file each. */
export interface SourceKind<Options = unknown> {
  readonly kind: string;
  /** Keys beside `kind`, `secrets`, `urlSecrets`, `channel`, `expectEvery` and `limits`. */
  readonly options: z.ZodType<Options>;
  /** Default 1,000,000. */
  readonly limitBytes?: number;
  /** It signs nothing, whatever is configured: the secret in its URL has to be the proof. Default false. */
  readonly needsUrlSecret?: boolean;
  /** What "too many" is answered with; a kind that does not come again is stored instead. Default: stored. */
  readonly tooMany?: 503 | 429;
  /** Default: POST alone. */
  readonly methods?: readonly ('POST' | 'PUT')[];
  /** Default: `application/json`. */
  readonly contentTypes?: readonly string[];
  /** Compares in constant time, over the raw bytes. `unsigned` when no secret is configured for a kind that can do without. */
  verify(delivery: RawDelivery, source: SourceIdentity<Options>): Proof;
  /**
   * What it says. Unknown fields and unknown events are no problem (`isKnown: false`).
   * @param json the body, already read as JSON.
   * @throws UnreadableDelivery when it is of this kind but cannot be what the source sends.
   */
  parse(json: unknown, delivery: RawDelivery, source: SourceIdentity<Options>): ParsedDelivery;
  /** Of a body that holds more than may be stored: the part that `parse` needs. Default: all of it, as it came. */
  keep?(json: unknown, delivery: RawDelivery, source: SourceIdentity<Options>): unknown;
}

/** The body is JSON, but not what the source documents: answered 400 with this sentence. */
export class UnreadableDelivery extends Error {}
