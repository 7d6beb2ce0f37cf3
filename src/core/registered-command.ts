import type { CommandDefinition, CommandSummary } from '../command.ts';

/** A command as loaded: its name comes from its path. */
export interface RegisteredCommand {
  /** Words separated by single spaces: `verify-audit`, `incident declare`. */
  readonly name: string;
  /** Where it was loaded from, for error messages. */
  readonly file: string;
  readonly definition: CommandDefinition;
  /** e.g. `verify-audit <tenant> [--target TARGET] [--full]`. */
  readonly usage: string;
}

export type Commands = ReadonlyMap<string, RegisteredCommand>;

export function summarise(command: RegisteredCommand): CommandSummary {
  return {
    name: command.name,
    summary: command.definition.summary,
    risk: command.definition.risk,
    isOwnRecord: command.definition.isOwnRecord === true,
    usage: command.usage,
    examples: command.definition.examples,
  };
}
