import type { DecisionRequest } from '../../inbox.ts';
import type { Transaction } from '../../store.ts';
import type { Line } from '../../text.ts';
import { replyTo } from '../speak-change.ts';

/** Who decides, and how they came: a click, a form, `/ops run`, the command line. */
export interface Decider {
  readonly person: string;
  readonly via: DecisionRequest['via'];
  readonly origin: DecisionRequest['origin'];
  /** The inbox entry this decision settles; undefined when a command decides, which has one of its own. */
  readonly key: string | undefined;
  /** The form they decided in has said it already. */
  readonly isTold?: boolean;
}

/** What came of it, in the words the one who decided reads; undefined: the card says it. */
export type Answer = Line | undefined;

/** Settles the request the decision came with, in the decision's own transaction. */
export function take(decider: Decider, transaction: Transaction): void {
  if (decider.key !== undefined) transaction.takeInboxEntry(decider.key);
}

/** Answers the one who clicked, and nobody else. A command says the answer in its own report. */
export function reply(decider: Decider, answer: Answer, transaction: Transaction): Answer {
  const { key, person, origin } = decider;
  if (answer !== undefined && key !== undefined && decider.isTold !== true) {
    for (const message of replyTo({ key, person, origin }, answer)) transaction.want(message);
  }
  return answer;
}
