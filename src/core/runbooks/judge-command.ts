import type { Risk } from '../../command.ts';
import { UserMistake } from '../errors.ts';
import type { CommandShape } from '../parse/command-catalog.ts';
import { type Invocation, parseInvocation } from '../parse/parse-invocation.ts';
import { commandWord, fillCommand, type Inputs, placeholdersOf } from './fill-template.ts';

/** What judging needs to know of the commands; the registry's own map is one. */
export type RunbookCommands = ReadonlyMap<
  string,
  { readonly definition: CommandShape & { readonly risk: Risk; readonly riskOf?: unknown } }
>;

/** `check` also of a wait's `until`: both are repeated freely, so they may only read. */
export type CommandUse = 'check' | 'run';

/** Each thing that keeps a runbook's command from doing what its step says; empty when all is well. */
export function commandProblems(
  command: string,
  use: CommandUse,
  { commands, samples }: { readonly commands: RunbookCommands; readonly samples: Inputs },
): string[] {
  if (command.replace(commandWord, '').trim() !== '') {
    return [
      `"${command}" has quotes that are not round a whole value. Write straight double quotes round all of it: --param "text=two words"`,
    ];
  }
  let invocation: Invocation;
  try {
    invocation = parseInvocation(fillCommand(command, samples), commands);
  } catch (error) {
    if (error instanceof UserMistake) return [error.message];
    throw error;
  }
  return [
    ...invocation.missing.map((name) => `"${invocation.command}" needs "${name}", which is not given`),
    ...invocation.problems.map(({ message }) => `${message}${triedWith(command, samples)}`),
    ...restProblems(command, invocation, samples),
    ...riskProblems(invocation, use, commands),
  ];
}

function triedWith(command: string, samples: Inputs): string {
  const tried = placeholdersOf(command).map((name) => `${name}=${samples[name]}`);
  return tried.length === 0
    ? ''
    : ` (Tried with ${tried.join(', ')}: where that is no fitting value, give the input an example.)`;
}

/** A rest of several words is taken as it is typed, quotes and all. */
function restProblems(command: string, { input }: Invocation, samples: Inputs): string[] {
  return placeholdersOf(command).flatMap((name) => {
    const isQuotedInside = Object.values(input).some(
      (value) => typeof value === 'string' && value.includes(`"${samples[name]}"`),
    );
    return isQuotedInside
      ? [`{{${name}}} stands among other words of one argument. Put double quotes round all of them`]
      : [];
  });
}

function riskProblems(
  { command, input, isPlanOnly }: Invocation,
  use: CommandUse,
  commands: RunbookCommands,
): string[] {
  if (isPlanOnly)
    return [`"${command}" with --plan does nothing, so nobody could tell its outcome. Remove --plan`];
  const { risk, riskOf } = commands.get(command)!.definition;
  // What it is told to do decides: judged when the step begins.
  if (riskOf !== undefined) return [];
  const onlyReads = risk === 'read' && !isDeed(command, input);
  if (use === 'check' && !onlyReads)
    return [`"${command}" does something, so it cannot be looked at again and again. Make it a run`];
  if (use === 'run' && onlyReads) return [`"${command}" only reads. Make it a check`];
  return [];
}

/**
 * Commands whose risk is `read`, as they change nothing that is operated, and that people would notice all the same when a
 * check repeated them: they page, write into the record, or hide alerts.
 */
function isDeed(command: string, input: Readonly<Record<string, unknown>>): boolean {
  const given = (name: string) => input[name] !== undefined && input[name] !== false;
  const [first, second] = command.split(' ');
  switch (first) {
    case 'page':
    case 'note':
    case 'silence':
    case 'lockdown':
      return true;
    case 'incident':
      return second !== undefined && second !== 'timeline';
    case 'runbook':
      return second === undefined ? given('name') : !['list', 'show'].includes(second);
    case 'silences':
      return given('end');
    case 'run':
      return given('cancel') || given('settle');
    case 'ledger':
      return given('checkpoint');
    default:
      return false;
  }
}
