import type { MessageTemplate } from '../core/runbooks/runbook.ts';
import type { FileProblem } from './read-runbook.ts';

/** Slack: a section's text has 3,000 characters; what fills it needs room too. */
const mostCharacters = 2_000;

/** Nobody reviews whom a template would wake: who is called is said by routes, and by `page`. */
const calls = /<[!@#][^>]*>|@(?:here|channel|everyone)\b/;

/** A message as it stands, and what is wrong with it. Which inputs it may hold, the runbooks that send it say. */
export function readTemplate(
  name: string,
  written: string,
): { readonly template: MessageTemplate; readonly problems: readonly FileProblem[] } {
  const text = written.trim();
  const problems: FileProblem[] = [];
  if (text === '') problems.push({ line: 1, message: 'it is empty' });
  if (text.length > mostCharacters)
    problems.push({ line: 1, message: `it is longer than ${mostCharacters} characters` });
  for (const [index, line] of written.split('\n').entries()) {
    const [call] = calls.exec(line) ?? [];
    if (call !== undefined)
      problems.push({ line: index + 1, message: `${call} would call people. Name them without it` });
  }
  return { template: { name, text }, problems };
}
