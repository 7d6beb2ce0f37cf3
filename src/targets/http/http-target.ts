import type { z } from 'zod';
import type { Json, PreparedCall, TargetInfo } from '../../command.ts';
import { prepareChange } from './change.ts';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';
import { type Connections, openConnections } from './connections.ts';
import type { HttpConfig } from './http-config.ts';
import { type TargetWording, wording } from './outcome.ts';
import { read } from './read.ts';
import { createSlots, type Slots } from './slots.ts';

/** What the client writes of each call: never a body, a query or a credential. */
export interface CallLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
}

export interface HttpTargetOptions {
  readonly target: TargetInfo;
  readonly http: HttpConfig;
  /** Removes secrets from what the target says. */
  readonly redact: (text: string) => string;
  readonly log?: CallLog | undefined;
  readonly now: () => Date;
  /** Between 0 and 1, for the jitter of pauses. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** On whose behalf calls are made. */
export interface RequestContext {
  /** Travels to the target, so that its log can be matched with ours. */
  readonly correlationId?: string | undefined;
  /** Ends every call made through this client. */
  readonly signal?: AbortSignal | undefined;
}

/** What every call of one target shares. */
export interface HttpShared extends HttpTargetOptions {
  /** Path prefix of the base URL, without a slash at its end. */
  readonly prefix: string;
  readonly words: TargetWording;
  readonly connections: Connections;
  readonly slots: Slots;
  readonly circuit: CircuitBreaker;
  readonly closing: AbortSignal;
}

/** A change as a kind of target describes it. */
export interface Change<Outcome extends Json> {
  /** Key of the endpoint or operation, as `honoursIdempotencyKey` may name it. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** As it is signed; absent: none is sent. */
  readonly body?: Json | undefined;
  /** The same with secrets in place; default: `body`. */
  readonly bodyToSend?: (() => Json) | undefined;
  readonly answer: z.ZodType<Outcome>;
}

/** A target's HTTP interface, for one request of ours. Paths begin below the base URL's own path. */
export interface HttpClient {
  readonly target: TargetInfo;
  /** @throws Fault whatever goes wrong; nothing was changed. */
  get<Value>(path: string, answer: z.ZodType<Value>, method?: 'GET' | 'HEAD'): Promise<Value>;
  /** Undefined when the target answers 404. */
  maybeGet<Value>(path: string, answer: z.ZodType<Value>): Promise<Value | undefined>;
  /** Makes a change ready to be signed; nothing is sent before {@link PreparedCall.send}. */
  prepare<Outcome extends Json>(change: Change<Outcome>): PreparedCall<Outcome>;
}

/** The one HTTP client of a target. */
export interface HttpTarget {
  for(context: RequestContext): HttpClient;
  readonly shared: HttpShared;
  /**
   * Waits for the calls under way. A run that began with this target can still use it to its end: idle connections
   * close by themselves.
   */
  retire(): Promise<void>;
  /** Ends the calls under way: reads fail, the outcome of a change that was sent is unknown. */
  close(): Promise<void>;
}

/**
 * Opens nothing yet: connections are made when they are first needed.
 *
 * @example
 * const http = openHttpTarget({ target: { name: 'rms', environment: 'production' }, http: config, redact, now });
 * const state = await http.for({ correlationId }).get('/api/tenants/acme', tenantShape);
 */
export function openHttpTarget(options: HttpTargetOptions): HttpTarget {
  const { target, http, now } = options;
  const base = new URL(http.baseUrl);
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  const shared: HttpShared = {
    ...options,
    prefix: base.pathname.replace(/\/$/, ''),
    words: wording({ target, origin: base.origin, ...http }),
    connections: openConnections({
      origin: base.origin,
      concurrency: http.concurrency,
      timeoutMilliseconds: http.timeoutSeconds * 1000,
    }),
    slots: createSlots(http.concurrency),
    circuit: createCircuitBreaker({
      failures: http.circuit.failures,
      openMilliseconds: http.circuit.openSeconds * 1000,
      now,
    }),
    closing: closing.signal,
  };
  const counted = async <Value>(call: Promise<Value>): Promise<Value> => {
    running.add(call);
    try {
      return await call;
    } finally {
      running.delete(call);
    }
  };

  return {
    shared,
    for: (context) => ({
      target,
      get: (path, answer, method = 'GET') => counted(read(shared, context, { method, path, answer })),
      maybeGet: (path, answer) =>
        counted(
          read(shared, context, { method: 'GET', path, answer: answer.optional(), isMissingFine: true }),
        ),
      prepare: (change) => {
        const prepared = prepareChange(shared, context, change);
        return { ...prepared, send: (call) => counted(prepared.send(call)) };
      },
    }),
    async retire() {
      await Promise.allSettled(running);
    },
    async close() {
      closing.abort(new Error(`target "${target.name}" is closed`));
      await Promise.allSettled(running);
      await shared.connections.destroy();
    },
  };
}
