import type { Dispatcher } from 'undici';

export interface Answer {
  readonly status: number;
  /** Lower-case names; of repeated headers the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** From sending to the headers. */
  readonly latencyMilliseconds: number;
}

/**
 * How an exchange ended without an answer that can be read.
 * `unconnected`: no connection came about. `late`: the deadline passed. `cut`: the connection broke, or what came
 * was not HTTP. `too_large`: more than the limit. `encoded`: in an encoding nobody asked for.
 */
export type FailureKind = 'unconnected' | 'late' | 'cut' | 'too_large' | 'encoded' | 'stopped';

export class ExchangeFailure extends Error {
  readonly kind: FailureKind;
  /** False only where it is certain that no byte of the request left. */
  readonly mayHaveArrived: boolean;
  /** The system's or undici's code, e.g. `ECONNREFUSED`. */
  readonly reason: string | undefined;
  /** When headers came before it failed. */
  readonly status: number | undefined;

  constructor(
    kind: FailureKind,
    facts: { mayHaveArrived: boolean; cause?: unknown; status?: number | undefined },
  ) {
    super(kind, { cause: facts.cause });
    this.name = 'ExchangeFailure';
    this.kind = kind;
    this.mayHaveArrived = facts.mayHaveArrived;
    this.reason = reasonOf(facts.cause);
    this.status = facts.status;
  }
}

export interface ExchangeRequest {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  readonly method: Dispatcher.HttpMethod;
  /** As it is sent, already encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly maxResponseBytes: number;
  /** Whether a connection for this request had come about when it failed for that reason; in doubt, true. */
  readonly isConnected: (reason: string | undefined) => boolean;
  /** Aborted when the deadline passes. */
  readonly deadline: AbortSignal;
  /** Aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * One request, one answer, read whole; nothing is followed, repeated or decompressed.
 * @throws ExchangeFailure and nothing else.
 */
export async function exchange(request: ExchangeRequest): Promise<Answer> {
  const { dispatcher, deadline, signal } = request;
  const startedAt = performance.now();
  let status: number | undefined;
  try {
    const answer = await dispatcher.request({
      origin: request.origin,
      path: request.path,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      signal: AbortSignal.any([deadline, signal]),
    });
    status = answer.statusCode;
    const latencyMilliseconds = performance.now() - startedAt;
    const headers = firstOfEach(answer.headers);
    const body = await readBody(answer.body, headers, request.maxResponseBytes, status);
    return { status, headers, body, latencyMilliseconds };
  } catch (error) {
    if (error instanceof ExchangeFailure) throw error;
    const facts = { mayHaveArrived: request.isConnected(reasonOf(error)), cause: error, status };
    if (signal.aborted) throw new ExchangeFailure('stopped', facts);
    if (deadline.aborted) throw new ExchangeFailure(facts.mayHaveArrived ? 'late' : 'unconnected', facts);
    throw new ExchangeFailure(facts.mayHaveArrived ? 'cut' : 'unconnected', facts);
  }
}

async function readBody(
  body: Dispatcher.ResponseData['body'],
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
  status: number,
): Promise<Buffer> {
  const refuse = (kind: FailureKind): never => {
    // Unheard, the error that destroying raises would end the process.
    body.on('error', () => undefined).destroy();
    throw new ExchangeFailure(kind, { mayHaveArrived: true, status });
  };
  // Never decompressed: a few kilobytes could become gigabytes, and we asked for none.
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') refuse('encoded');
  if (Number(headers['content-length'] ?? 0) > maxBytes) refuse('too_large');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) refuse('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function firstOfEach(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const first: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) first[name.toLowerCase()] = one;
  }
  return first;
}

function reasonOf(error: unknown): string | undefined {
  for (let current = error, depth = 0; current instanceof Error && depth < 4; depth += 1) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    if (current instanceof AggregateError && current.errors[0] instanceof Error) current = current.errors[0];
    else current = current.cause;
  }
  return undefined;
}
