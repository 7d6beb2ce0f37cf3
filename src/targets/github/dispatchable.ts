import { parse } from 'yaml';
import { z } from 'zod';

/** What a workflow's file says of being dispatched by hand. */
export type Dispatchability =
  | {
      readonly kind: 'listens';
      readonly inputs: readonly { readonly name: string; readonly isRequired: boolean }[];
    }
  | { readonly kind: 'deaf'; readonly listensTo: readonly string[] }
  | { readonly kind: 'unreadable' };

const dispatchInputs = z.object({
  inputs: z
    .record(z.string(), z.object({ required: z.unknown(), default: z.unknown() }).partial().nullable())
    .nullish(),
});

/** Longer files are no workflows; a parser's work grows with them. */
const longestFile = 500_000;

/** Reads `on:`, which may be a word, a list, or a map. */
export function dispatchabilityOf(text: string): Dispatchability {
  const on = onOf(text);
  if (on === undefined) return { kind: 'unreadable' };
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on.map(String) : Object.keys(on);
  if (!events.includes('workflow_dispatch')) return { kind: 'deaf', listensTo: events };
  const declared = typeof on === 'object' && !Array.isArray(on) ? on.workflow_dispatch : undefined;
  const read = dispatchInputs.safeParse(declared ?? {});
  if (!read.success) return { kind: 'unreadable' };
  const inputs = Object.entries(read.data.inputs ?? {}).map(([name, given]) => ({
    name,
    isRequired: given?.required === true && given.default === undefined,
  }));
  return { kind: 'listens', inputs };
}

function onOf(text: string): string | unknown[] | Record<string, unknown> | undefined {
  if (text.length > longestFile) return undefined;
  let file: unknown;
  try {
    file = parse(text, { maxAliasCount: 100, logLevel: 'silent' });
  } catch {
    return undefined;
  }
  if (typeof file !== 'object' || file === null || !('on' in file)) return undefined;
  const { on } = file;
  if (typeof on === 'string' || Array.isArray(on)) return on;
  return typeof on === 'object' && on !== null ? (on as Record<string, unknown>) : undefined;
}
