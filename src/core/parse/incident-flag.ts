import { boundedText } from './clean-text.ts';
import type { CommandShape } from './command-catalog.ts';
import { flagName } from './describe-field.ts';
import type { ArgumentProblem } from './read-arguments.ts';
import type { Flag, Token } from './tokenize.ts';

export interface TakenIncident {
  readonly incidentId: string | undefined;
  /** What is left for the command's own arguments. */
  readonly tokens: readonly Token[];
  /** About the line as a whole: no field of the command stands for it. */
  readonly problems: readonly ArgumentProblem[];
}

/**
 * `--incident i-7k2m9q4x`, which every command takes: what it does belongs to that incident. A command with an argument
 * of that name keeps it.
 */
export function takeIncident({ args }: CommandShape, tokens: readonly Token[]): TakenIncident {
  if ('incident' in args.shape) return { incidentId: undefined, tokens, problems: [] };
  const left: Token[] = [];
  const problems: string[] = [];
  const given: string[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    if (!isIncidentFlag(token)) {
      left.push(token);
      continue;
    }
    const next = tokens[index + 1];
    const value = token.value ?? (next?.kind === 'word' ? next : undefined);
    if (token.value === undefined && value !== undefined) index += 1;
    const id = value === undefined ? undefined : maybeIncidentId(value.text);
    if (value === undefined) problems.push(`--incident needs the id of an incident after it, ${example}.`);
    else if (id === undefined) {
      problems.push(
        `"${boundedText(value.text, 60)}" is not an incident. Give its id after --incident, ${example}.`,
      );
    } else given.push(id);
  }
  if (new Set(given).size > 1) problems.push('--incident was given twice. Give one incident.');
  return {
    incidentId: problems.length === 0 ? given[0] : undefined,
    tokens: left,
    problems: problems.map((message) => ({ argument: undefined, message })),
  };
}

const example = 'for example i-7k2m9q4x';

/** Phones begin lines with a capital. @example maybeIncidentId('I-7k2m9q4x') // 'i-7k2m9q4x' */
export function maybeIncidentId(text: string): string | undefined {
  const id = text.trim().toLowerCase();
  return /^i-[0-9a-z]{1,40}$/.test(id) ? id : undefined;
}

function isIncidentFlag(token: Token): token is Flag {
  return token.kind === 'flag' && flagName(token.name) === 'incident';
}
