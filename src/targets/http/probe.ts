import { callHeaders } from './call-headers.ts';
import { openConnections } from './connections.ts';
import { type Answer, ExchangeFailure, exchange } from './exchange.ts';
import type { HttpShared, RequestContext } from './http-target.ts';
import { withoutQuery } from './path.ts';

/** An answer, or why there was none: `no answer within 5 s`, `no connection (ECONNREFUSED)`. */
export type Probed = { readonly answer: Answer } | { readonly why: string };

/** Health must be told quickly; a system that needs longer is not well. */
const longestProbeMilliseconds = 5_000;
/** Health payloads are small; a page or a metrics dump is not one. */
const longestPayloadBytes = 256_000;

/**
 * One GET on a connection of its own, past the circuit breaker and the queue: it is asked when the target is
 * suspected to be ill, and how it is just now is the answer. Nothing is followed or repeated.
 * @param where.baseUrl another address of the same target; our credential does not go there.
 */
export async function probe(
  shared: HttpShared,
  context: RequestContext,
  where: { readonly path: string; readonly baseUrl?: string | undefined },
): Promise<Probed> {
  const { http } = shared;
  const base = new URL(where.baseUrl ?? http.baseUrl);
  const isOurs = base.origin === shared.connections.origin;
  const milliseconds = Math.min(longestProbeMilliseconds, http.timeoutSeconds * 1000);
  const connections = isOurs
    ? shared.connections
    : openConnections({ origin: base.origin, concurrency: 1, timeoutMilliseconds: milliseconds });
  const connection = connections.fresh();
  const startedAt = performance.now();
  let outcome: number | string = 'broke';
  const headers = callHeaders(isOurs ? shared : { ...shared, http: { ...http, auth: undefined } }, context);
  try {
    const answer = await exchange({
      dispatcher: connection.dispatcher,
      origin: base.origin,
      method: 'GET',
      path: base.pathname.replace(/\/$/, '') + where.path,
      headers: { ...headers, connection: 'close' },
      maxResponseBytes: Math.min(longestPayloadBytes, http.maxResponseBytes),
      isConnected: connection.isConnected,
      deadline: AbortSignal.timeout(milliseconds),
      signal: AbortSignal.any([shared.closing, ...(context.signal ? [context.signal] : [])]),
    });
    outcome = answer.status;
    return { answer };
  } catch (error) {
    if (!(error instanceof ExchangeFailure)) throw error;
    outcome = error.kind;
    return { why: whyNot(error, milliseconds) };
  } finally {
    shared.log?.debug(
      {
        target: shared.target.name,
        method: 'GET',
        path: shared.redact(withoutQuery(where.path)),
        outcome,
        milliseconds: Math.round(performance.now() - startedAt),
        correlationId: context.correlationId,
      },
      'target probed',
    );
    connection.end();
    if (!isOurs) await connections.destroy();
  }
}

function whyNot({ kind, reason, cause }: ExchangeFailure, milliseconds: number): string {
  switch (kind) {
    case 'late':
      return `no answer within ${milliseconds / 1000} s`;
    case 'unconnected':
      return isDeadline(cause)
        ? `no connection within ${milliseconds / 1000} s`
        : `no connection (${reason ?? 'no reason given'})`;
    case 'too_large':
      return 'an answer too long to read';
    case 'encoded':
      return 'an answer in a compressed form';
    case 'stopped':
      return 'no answer before it was stopped';
    default:
      return `no whole answer (${reason ?? 'connection cut'})`;
  }
}

function isDeadline(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}
