/** Slack says no: `{ ok: false, error }`, with whatever else that answer carries. */
export class SlackRefusal extends Error {
  readonly error: string;
  readonly details: Record<string, unknown>;

  constructor(error: string, details: Record<string, unknown> = {}) {
    super(error);
    this.error = error;
    this.details = details;
  }
}

/** With Slack's explanations, as in `response_metadata.messages`. */
export function refusalWithMessages(error: string, messages: readonly string[]): SlackRefusal {
  const errors = messages.map((message) => message.replace(/^\[ERROR\] /, ''));
  return new SlackRefusal(error, { errors, response_metadata: { messages } });
}

export function missingArgument(name: string): SlackRefusal {
  return refusalWithMessages('invalid_arguments', [
    `[ERROR] missing required field: ${name} [json-pointer:/${name}]`,
  ]);
}
