import type { Json, PreparedCall, StepCall } from '../../command.ts';
import { attempt } from './attempt.ts';
import { callHeaders } from './call-headers.ts';
import { type Answer, ExchangeFailure, exchange } from './exchange.ts';
import type { Change, HttpShared, RequestContext } from './http-target.ts';
import { shownPath } from './path.ts';
import { parsedJson, shapeProblem, targetSentence } from './target-sentence.ts';

/**
 * A change that is sent once, on a connection of its own, and never again by this client: whether it may be
 * repeated is the runtime's to decide, which knows what was stored of the step.
 */
export function prepareChange<Outcome extends Json>(
  shared: HttpShared,
  context: RequestContext,
  change: Change<Outcome>,
): PreparedCall<Outcome> {
  const { target, http, words, redact } = shared;
  const { method, name, body } = change;
  const path = shared.prefix + change.path;
  const call = { method, path };
  const { honoursIdempotencyKey: honours } = http;

  return {
    summary: `${method} ${shownPath(path)} on ${target.name} (${target.environment})`,
    call: body === undefined ? call : { ...call, body },
    isRepeatable: typeof honours === 'boolean' ? honours : honours.includes(name),
    async send(step) {
      const answer = await sendOnce(shared, context, change, call, step);
      if (answer.status < 200 || answer.status > 299) {
        throw words.changeRefused(call, answer, targetSentence(answer, redact));
      }
      const parsed = change.answer.safeParse(parsedJson(answer.body) ?? null);
      if (!parsed.success) throw words.changeUnexpected(call, redact(shapeProblem(parsed.error)));
      return parsed.data;
    },
  };
}

async function sendOnce(
  shared: HttpShared,
  context: RequestContext,
  { body, bodyToSend }: Pick<Change<Json>, 'body' | 'bodyToSend'>,
  call: { readonly method: Change<Json>['method']; readonly path: string },
  { idempotencyKey, signal }: StepCall,
): Promise<Answer> {
  const { connections, http, words } = shared;
  const milliseconds = http.timeoutSeconds * 1000;
  const stopped = AbortSignal.any([signal, shared.closing, ...(context.signal ? [context.signal] : [])]);
  const neverSent = () => words.neverSent(call, stopped.reason);
  if (stopped.aborted) throw neverSent();
  const sent =
    body === undefined ? undefined : JSON.stringify(bodyToSend === undefined ? body : bodyToSend());
  const queue = { deadline: AbortSignal.timeout(milliseconds), stopped, onStopped: neverSent };
  try {
    return await attempt(shared, context, call, queue, async () => {
      if (stopped.aborted) throw neverSent();
      const connection = connections.fresh();
      const late = new AbortController();
      // The answer's time begins when the request can leave: a slow connection must not make its outcome unknown.
      let timer: NodeJS.Timeout | undefined;
      let isOver = false;
      void connection.connected.then(() => {
        if (isOver) return;
        timer = setTimeout(() => late.abort(new Error('late')), milliseconds);
      });
      try {
        return await exchange({
          ...call,
          dispatcher: connection.dispatcher,
          origin: connections.origin,
          headers: {
            ...callHeaders(shared, context),
            'idempotency-key': idempotencyKey,
            connection: 'close',
            ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
          },
          body: sent,
          maxResponseBytes: http.maxResponseBytes,
          isConnected: connection.isConnected,
          deadline: late.signal,
          signal: stopped,
        });
      } finally {
        isOver = true;
        clearTimeout(timer);
        connection.end();
      }
    });
  } catch (error) {
    throw error instanceof ExchangeFailure ? words.changeLost(call, error) : error;
  }
}
