import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { boundedText } from '../../core/parse/clean-text.ts';
import type { Answer } from './exchange.ts';

/** Room for one or two sentences; more would push what to do next off the card. */
const longestSentence = 200;

const objection = z.union([
  z.object({ error: z.string().min(1) }).transform(({ error }) => error),
  z.object({ error: z.object({ message: z.string().min(1) }) }).transform(({ error }) => error.message),
  z.object({ message: z.string().min(1) }).transform(({ message }) => message),
  // RFC 9457, problem details.
  z.object({ detail: z.string().min(1) }).transform(({ detail }) => detail),
  z.object({ title: z.string().min(1) }).transform(({ title }) => title),
]);

/** What the target itself says of its answer: its error sentence, else the status in words. One line, no markup. */
export function targetSentence(answer: Answer, redact: (text: string) => string): string {
  const said = objection.safeParse(parsedJson(answer.body));
  const sentence = said.success ? said.data.trim() : '';
  if (sentence === '') return STATUS_CODES[answer.status]?.toLowerCase() ?? 'without a reason';
  // A target may echo what it was sent, our credential among it. Bounded first: the redactor scans all of it.
  return boundedText(redact(sentence.slice(0, 2_000)), longestSentence).trim();
}

/** The body as JSON; undefined when it is none. */
export function parsedJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** What of an answer has another shape than expected, without its values: `status: expected string`. */
export function shapeProblem(error: z.ZodError): string {
  const shown = error.issues.slice(0, 2).map((issue) => {
    const where = issue.path.map(String).join('.');
    const what = issue.message.replace(/^Invalid (?:input|option): /, '').replace(/, received .*$/, '');
    return where === '' ? what : `${where}: ${what}`;
  });
  return boundedText(shown.join('; '), longestSentence);
}
