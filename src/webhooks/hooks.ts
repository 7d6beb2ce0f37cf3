import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { SourceSettings } from '../core/alerts/alert-settings.ts';
import { Fault } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import { type Handler, readBody, send } from '../http/server.ts';
import { deliveryBudget } from './delivery-budget.ts';
import { readHookPath } from './hook-path.ts';
import {
  HookRefused,
  shed,
  tooLarge,
  tooMany,
  unknownSource,
  unproven,
  unreadable,
  unreadableBody,
  unstored,
  wrongContentType,
  wrongEncoding,
  wrongMethod,
} from './hook-refusals.ts';
import { readJson } from './json-body.ts';
import { keptBody } from './kept-body.ts';
import { isSameSecret } from './proofs.ts';
import { readHeaders, withoutCredentials } from './request-headers.ts';
import { type RawDelivery, type SourceIdentity, type SourceKind, UnreadableDelivery } from './source-kind.ts';

/** A delivery that is proven and readable, on its way into the database. */
export interface StoredDelivery {
  /** The name under `alerts.sources`. */
  readonly source: string;
  readonly kind: string;
  /** The source's own, at most {@link longestDeliveryId} printable characters; a longer one as its hash. */
  readonly deliveryId: string | undefined;
  /** SHA-256 of the body as it came. */
  readonly bodyHash: Buffer;
  /** Without the credentials in its headers, and of the body what its kind lets be kept. */
  readonly delivery: RawDelivery;
}

export interface HooksContext {
  /** Sources as they are now: settings are reloaded. */
  readonly sources: () => Readonly<Record<string, SourceSettings>>;
  readonly kinds: ReadonlyMap<string, SourceKind>;
  /**
   * Commits before it resolves. `known`: this delivery id was stored before; no effect, but a sign of life. `shed`: over the
   * hard cap of waiting deliveries. Rejects when the database cannot be written in time.
   */
  readonly store: (delivery: StoredDelivery) => Promise<'stored' | 'known' | 'shed'>;
  /** Every answer but 2xx, for counting. Never awaited, must not throw. */
  readonly onRefused: (refusal: { source: string | undefined; status: number; why: string }) => void;
  /** A mistake of ours, or of the database. What could be stored is stored all the same. */
  readonly onFault: (error: unknown, about: { source: string }) => void;
  readonly now: () => Date;
  /** Default 900: with the rest of the work an answer within the one second Sentry gives. */
  readonly storeWithinMilliseconds?: number;
}

const longestDeliveryId = 200;

/**
 * Everything below `/hooks/`: `/hooks/<source>[/<url-secret>]`. Bounded, proven over the raw bytes, readable and committed
 * before the sender hears 202; what it means is worked out afterwards.
 */
export function hooks(context: HooksContext): Handler {
  const budget = deliveryBudget();

  const receive = async (request: IncomingMessage, name: string, urlSecret: string | undefined) => {
    const sources = context.sources();
    const settings = Object.hasOwn(sources, name) ? sources[name] : undefined;
    if (settings === undefined) throw unknownSource();
    const kind = context.kinds.get(settings.kind);
    if (kind === undefined) {
      throw new Fault(
        'unknown_source_kind',
        `"alerts.sources.${name}.kind" is "${settings.kind}", and no such kind is loaded`,
      );
    }
    const source = { name, secrets: settings.secrets, options: settings.options };

    const delivery = await readDelivery(request, { kind, name, settings, now: context.now });
    const refused = maybeUnproven(kind, delivery, source, settings.urlSecrets, urlSecret);
    if (refused !== undefined) throw unproven(name, refused);

    if (kind.tooMany !== undefined) {
      const wait = budget.waitMilliseconds(name, settings.limits.perMinute, delivery.receivedAt);
      if (wait > 0) throw tooMany(name, kind.tooMany, settings.limits.perMinute, wait);
    }

    return store(understand(kind, delivery, source, settings));
  };

  const understand = (
    kind: SourceKind,
    delivery: RawDelivery,
    source: SourceIdentity<unknown>,
    settings: SourceSettings,
  ): StoredDelivery => {
    const reading = readJson(delivery.body);
    if ('problem' in reading) throw unreadableBody(source.name, reading);
    const headers = withoutCredentials(delivery.headers, [...settings.secrets, ...settings.urlSecrets]);
    const kept = { ...delivery, headers, body: keptBody(kind, delivery, reading.json, source) };
    return {
      source: source.name,
      kind: kind.kind,
      deliveryId: deliveryIdOf(kind, reading.json, { ...delivery, headers }, source),
      bodyHash: createHash('sha256').update(delivery.body).digest(),
      delivery: kept,
    };
  };

  const deliveryIdOf = (
    kind: SourceKind,
    json: unknown,
    delivery: RawDelivery,
    source: SourceIdentity<unknown>,
  ): string | undefined => {
    try {
      return storableId(kind.parse(json, delivery, source).deliveryId);
    } catch (error) {
      if (error instanceof UnreadableDelivery) throw unreadable(source.name, error.message);
      // Our mistake must not lose an alert that its source will not send again.
      context.onFault(error, { source: source.name });
      return undefined;
    }
  };

  const store = async (delivery: StoredDelivery): Promise<{ ok: true; duplicate?: true }> => {
    const outcome = await inTime(context.store(delivery), context.storeWithinMilliseconds ?? 900).catch(
      (error: unknown) => {
        context.onFault(error, { source: delivery.source });
        throw unstored(delivery.source);
      },
    );
    if (outcome === 'shed') throw shed(delivery.source);
    return outcome === 'known' ? { ok: true, duplicate: true } : { ok: true };
  };

  return async (request, response) => {
    const path = readHookPath(request.url);
    // From here on nobody who logs the request logs the secret.
    request.url = '/hooks/…';
    try {
      if (path === undefined) throw unknownSource();
      send(response, 202, await receive(request, path.name, path.urlSecret));
    } catch (error) {
      if (!(error instanceof HookRefused)) throw error;
      const source = error.code === 'unknown_source' ? undefined : path?.name;
      context.onRefused({ source, status: error.status, why: error.why });
      error.answer(response);
    }
  };
}

async function readDelivery(
  request: IncomingMessage,
  about: { kind: SourceKind; name: string; settings: SourceSettings; now: () => Date },
): Promise<RawDelivery> {
  const { kind, name, settings, now } = about;
  const methods: readonly string[] = kind.methods ?? ['POST'];
  const method = request.method ?? '';
  if (!methods.includes(method)) throw wrongMethod(name, methods);

  const limit = settings.limits.bytes;
  // Answered before the rest has come: what is still on its way is read and thrown away by the server.
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(name, limit);
  const accepted = ['application/json', ...(kind.contentTypes ?? [])];
  if (!accepted.includes(mediaType(request))) throw wrongContentType(name, accepted);
  if ((request.headers['content-encoding'] ?? 'identity').trim().toLowerCase() !== 'identity') {
    throw wrongEncoding(name);
  }
  const body = await readBody(request, limit);
  if (body === undefined) throw tooLarge(name, limit);
  return { method, headers: readHeaders(request), body, receivedAt: now() };
}

/** Why it is not proven; undefined when it is. A configured URL secret counts in addition to the kind's own proof. */
function maybeUnproven(
  kind: SourceKind,
  delivery: RawDelivery,
  source: SourceIdentity<unknown>,
  urlSecrets: readonly Secret[],
  given: string | undefined,
): string | undefined {
  const proof = kind.verify(delivery, source);
  if (proof.kind === 'refused') return proof.why;
  if (proof.kind === 'unsigned' && urlSecrets.length === 0)
    return 'no proof, and no URL secret is configured';
  // All are compared, so that the time does not tell which of them it was.
  const isRight = urlSecrets.map((secret) => isSameSecret(given, secret)).includes(true);
  return urlSecrets.length > 0 && !isRight ? 'wrong URL secret' : undefined;
}

function mediaType(request: IncomingMessage): string {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
}

/** An id is an index key: PostgreSQL takes no NUL in it and no more than about 2,700 bytes. */
function storableId(id: string | undefined): string | undefined {
  if (id === undefined || id === '') return undefined;
  if (id.length <= longestDeliveryId && /^[\x20-\x7e]+$/.test(id)) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex')}`;
}

async function inTime<Value>(pending: Promise<Value>, milliseconds: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`not stored within ${milliseconds} ms; it may still be`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([pending, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
