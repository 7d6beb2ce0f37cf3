import type { z } from 'zod';
import type { Risk } from '../../command.ts';

/** What parsing needs of a command's definition; every `CommandDefinition` has it. */
export interface CommandShape {
  readonly args: z.ZodObject;
  readonly positionals?: readonly string[];
  readonly risk?: Risk;
}

/** Commands by name, words separated by one space (`incident declare`). The registry's own map is one. */
export type CommandCatalog = ReadonlyMap<string, { readonly definition: CommandShape }>;
