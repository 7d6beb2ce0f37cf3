import type { Countersign, Requester, TargetKind, TargetKinds } from '../command.ts';
import { matchingTargets, type TargetOffer } from './choose-target.ts';
import { Fault } from './errors.ts';
import type { Commands, RegisteredCommand } from './registered-command.ts';
import { resolveReferences } from './resolve-references.ts';
import type { Run } from './run.ts';

export interface SurroundingsContext {
  readonly commands: Commands;
  readonly targets: () => readonly TargetOffer[];
  /** The client of a configured target. @throws Fault when it is no longer configured. */
  target<Kind extends TargetKind>(
    kind: Kind,
    name: string,
    correlationId: string,
    /** Ends what is read or sent through it. Default: only what a call itself says. */
    signal?: AbortSignal,
  ): TargetKinds[Kind];
  services(run: Run): Countersign;
  readonly now: () => Date;
}

/** What a command is called with, apart from its arguments. */
export interface Surroundings {
  readonly target: never;
  readonly targets: readonly never[];
  readonly requester: Requester;
  readonly countersign: Countersign;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** @throws Fault `unknown_command` when this process does not have the command any more. */
export function commandOf(run: Pick<Run, 'command'>, commands: Commands): RegisteredCommand {
  const command = commands.get(run.command);
  if (command !== undefined) return command;
  throw new Fault('unknown_command', `The command "${run.command}" is no longer loaded in this process.`);
}

/** A run's arguments with every reference looked up, and everything else its command is given. */
export async function surround(
  run: Run,
  context: SurroundingsContext,
  signal: AbortSignal,
): Promise<{ command: RegisteredCommand; args: Record<string, unknown>; surroundings: Surroundings }> {
  const command = commandOf(run, context.commands);
  const surroundings = surroundingsOf(run, command, context, signal, signal);
  const others = () =>
    matchingTargets(context.targets(), 'tenants', undefined)
      .filter(({ name }) => name !== run.target)
      .map(({ name }) => context.target('tenants', name, run.correlationId, signal));
  const args = await resolveReferences(command.definition, run.input, surroundings.target, others);
  return { command, args, surroundings };
}

/**
 * Everything a command is given besides its arguments; reads nothing.
 * @param clientSignal ends what goes through the target's client; without one a call ends by its own time only.
 */
export function surroundingsOf(
  run: Run,
  command: RegisteredCommand,
  context: SurroundingsContext,
  signal: AbortSignal,
  clientSignal?: AbortSignal,
): Surroundings {
  const targets = clientsOf(run, command, context, clientSignal) as never[];
  return {
    target: targets[0] as never,
    targets,
    requester: { id: run.requester, via: run.via },
    countersign: context.services(run),
    now: context.now,
    signal,
  };
}

function clientsOf(
  run: Run,
  { definition }: RegisteredCommand,
  context: SurroundingsContext,
  signal?: AbortSignal,
) {
  const { needs } = definition;
  if (needs === undefined) return [];
  const names =
    run.target !== undefined
      ? [run.target]
      : definition.isForEveryTarget === true
        ? matchingTargets(context.targets(), needs, undefined).map(({ name }) => name)
        : [];
  return names.map((name) => context.target(needs, name, run.correlationId, signal));
}
