import type { TargetInfo } from '../../command.ts';
import { type CountersignError, Fault, Refusal, UnknownOutcome } from '../../core/errors.ts';
import type { Answer, ExchangeFailure } from './exchange.ts';
import { shownPath } from './path.ts';

/** What went wrong with a call, in the sentences people read. One place, so that codes and wording stay in step. */
export interface Wording {
  readonly target: TargetInfo;
  readonly origin: string;
  readonly timeoutSeconds: number;
  readonly maxResponseBytes: number;
}

interface Call {
  readonly method: string;
  readonly path: string;
}

const shown = ({ method, path }: Call): string => `${method} ${shownPath(path)}`;

export function wording(facts: Wording) {
  const { target, origin, timeoutSeconds, maxResponseBytes } = facts;
  const { name } = target;
  const credentials = (status: number): string =>
    status === 401 || status === 403 ? `; check targets.${name}.http.auth and what that login may do` : '';

  const unconnected = (failure: ExchangeFailure): string =>
    `cannot reach ${name} at ${origin} (${failure.reason ?? 'no connection in time'}); check that it runs and that this host may connect`;

  const lost = (call: Call, failure: ExchangeFailure): string => {
    switch (failure.kind) {
      case 'late':
        return `${name} did not answer within ${timeoutSeconds} s`;
      case 'too_large':
        return `${name} answered ${shown(call)} with more than ${maxResponseBytes.toLocaleString('en')} bytes`;
      case 'encoded':
        return `${name} answered ${shown(call)} in a compressed form nobody asked for`;
      case 'stopped':
        return `the wait for ${name} was stopped`;
      default:
        return `${name} cut the connection before it had answered (${failure.reason ?? 'no reason given'})`;
    }
  };

  return {
    /** A read that got no readable answer. */
    readFailed(call: Call, failure: ExchangeFailure): Fault {
      const cause = { cause: failure };
      if (failure.kind === 'unconnected') return new Fault('target_unreachable', unconnected(failure), cause);
      if (failure.kind === 'late')
        return new Fault('target_timeout', `${lost(call, failure)} (${shown(call)})`, cause);
      if (failure.kind === 'too_large') {
        return new Fault(
          'target_answer_too_large',
          `${lost(call, failure)}; raise targets.${name}.http.maxResponseBytes if that is right`,
          cause,
        );
      }
      const code = failure.kind === 'encoded' ? 'target_unexpected_answer' : 'target_connection_lost';
      return new Fault(
        code,
        failure.kind === 'cut' ? `${lost(call, failure)}: ${shown(call)}` : lost(call, failure),
        cause,
      );
    },
    /** A read that was answered with an error. */
    readRefused(answer: Answer, sentence: string): Fault {
      const code = answer.status >= 500 ? 'target_failed' : 'target_objects';
      return new Fault(code, `${name} answered ${answer.status}: ${sentence}${credentials(answer.status)}`);
    },
    redirected(call: Call, where: string): Fault {
      return new Fault(
        'target_redirected',
        `${name} answered ${shown(call)} with a redirect to ${where}, which is not followed; correct the path or baseUrl under targets.${name}`,
      );
    },
    unexpected(call: Call, problem: string): Fault {
      return new Fault(
        'target_unexpected_answer',
        `${name} answered ${shown(call)} in an unexpected shape: ${problem}`,
      );
    },
    circuitOpen(milliseconds: number): Fault {
      return new Fault(
        'target_circuit_open',
        `${name} failed several times in a row; nothing was sent, and nothing will be for another ${Math.ceil(milliseconds / 1000)} s`,
      );
    },
    queueFull(concurrency: number): Fault {
      return new Fault(
        'target_busy',
        `nothing was sent to ${name}: ${concurrency} at a time may be asked, and none of those before ended within ${timeoutSeconds} s; try again`,
      );
    },
    /** A change that was stopped before it was sent. */
    neverSent(call: Call, cause: unknown): Fault {
      return new Fault(
        'target_not_sent',
        `${shown(call)} was stopped before it was sent to ${name}; nothing was done`,
        { cause },
      );
    },

    /** A change that got no readable answer. */
    changeLost(call: Call, failure: ExchangeFailure): CountersignError {
      const cause = { cause: failure };
      if (!failure.mayHaveArrived) {
        if (failure.kind === 'stopped') return this.neverSent(call, failure);
        return new Fault('target_unreachable', `${unconnected(failure)}. Nothing was sent`, cause);
      }
      const { status } = failure;
      if (status !== undefined && status >= 400 && status < 500) {
        const headersOnly = { status, headers: {}, body: Buffer.alloc(0), latencyMilliseconds: 0 };
        return this.changeRefused(call, headersOnly, lost(call, failure));
      }
      return new UnknownOutcome(
        'target_outcome_unknown',
        `${lost(call, failure)} after ${shown(call)} was sent; it may have happened`,
        cause,
      );
    },
    /** A change that was answered with something other than success. */
    changeRefused(call: Call, answer: Answer, sentence: string): CountersignError {
      const { status } = answer;
      if (status === 429) {
        const pause = retryAfterSeconds(answer);
        return new Fault(
          'target_busy',
          `${name} answered 429: ${sentence}. Nothing was done; try again${pause === undefined ? ' later' : ` in ${pause} s`}`,
        );
      }
      // 408 should mean that the request never came whole, but gateways send it when what is behind them is slow.
      if (status >= 400 && status < 500 && status !== 408) {
        return new Refusal('target_refused', `${name} answered ${status}: ${sentence}${credentials(status)}`);
      }
      return new UnknownOutcome(
        'target_outcome_unknown',
        `${name} answered ${status} (${sentence}) to ${shown(call)}; it may have happened`,
      );
    },
    changeUnexpected(call: Call, problem: string): UnknownOutcome {
      return new UnknownOutcome(
        'target_outcome_unknown',
        `${name} answered ${shown(call)} in an unexpected shape (${problem}); it may have happened`,
      );
    },
  };
}

export type TargetWording = ReturnType<typeof wording>;

/** RFC 9110 also allows a date; targets that pace machines send seconds. */
export function retryAfterSeconds(answer: Answer): number | undefined {
  const given = answer.headers['retry-after'];
  return given !== undefined && /^\d{1,5}$/.test(given) ? Number(given) : undefined;
}
