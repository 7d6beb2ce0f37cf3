import type { CallEnding } from './circuit-breaker.ts';
import { type Answer, ExchangeFailure } from './exchange.ts';
import type { HttpShared, RequestContext } from './http-target.ts';
import { withoutQuery } from './path.ts';

interface AttemptedCall {
  readonly method: string;
  readonly path: string;
}

/**
 * One attempt with everything round it: a slot, the circuit breaker, the log line.
 * @param queue aborted when the wait for a slot must end.
 * @throws Fault when nothing was sent; ExchangeFailure from `go`; `onStopped`'s error when the wait was stopped.
 */
export async function attempt(
  shared: HttpShared,
  context: RequestContext,
  call: AttemptedCall,
  queue: { readonly deadline: AbortSignal; readonly stopped: AbortSignal; readonly onStopped: () => Error },
  go: () => Promise<Answer>,
): Promise<Answer> {
  const giveBack = await shared.slots.take(AbortSignal.any([queue.deadline, queue.stopped]));
  if (giveBack === undefined) {
    throw queue.stopped.aborted ? queue.onStopped() : shared.words.queueFull(shared.http.concurrency);
  }
  try {
    const leave = shared.circuit.enter();
    if (typeof leave === 'number') throw shared.words.circuitOpen(leave);
    const startedAt = performance.now();
    let ending: CallEnding = 'abandoned';
    let outcome: string | number = 'broke';
    try {
      const answer = await go();
      outcome = answer.status;
      ending = answer.status >= 500 ? 'failed' : 'answered';
      return answer;
    } catch (error) {
      if (error instanceof ExchangeFailure) {
        outcome = error.kind;
        ending = endingOf(error);
      }
      throw error;
    } finally {
      leave(ending);
      const milliseconds = Math.round(performance.now() - startedAt);
      const line = {
        target: shared.target.name,
        method: call.method,
        path: shared.redact(withoutQuery(call.path)),
        outcome,
        milliseconds,
        correlationId: context.correlationId,
      };
      if (call.method === 'GET' && ending === 'answered') shared.log?.debug(line, 'target read');
      else shared.log?.info(line, 'target called');
    }
  } finally {
    giveBack();
  }
}

/** An answer we do not want to read is still one of a target that works. */
function endingOf({ kind, status }: ExchangeFailure): CallEnding {
  if (kind === 'stopped') return 'abandoned';
  if (kind === 'too_large' || kind === 'encoded') return (status ?? 0) >= 500 ? 'failed' : 'answered';
  return 'failed';
}
