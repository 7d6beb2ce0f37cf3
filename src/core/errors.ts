/**
 * The three kinds of things that go wrong, as different types, because they are answered differently.
 *
 * A message says what happened, to which object (values quoted), and what to do next.
 * Code branches on `code` or on the class, never on the message text.
 */
export abstract class CountersignError extends Error {
  /** Stable, `snake_case`, never reused for another meaning once retired. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Policy or state says no. Shown to the person in full; not logged as an error. */
export class Refusal extends CountersignError {}

/** The person typed something we cannot use. Answered with the usage and the nearest valid form. */
export class UserMistake extends CountersignError {}

/** We or a target broke. The person gets `message` with a correlation id; the stack goes to the log only. */
export class Fault extends CountersignError {}

/**
 * An effect may or may not have happened: a timeout, a cut connection, a 5xx or a surprising answer after
 * the request was sent. It is never guessed into success or failure.
 */
export class UnknownOutcome extends CountersignError {}
