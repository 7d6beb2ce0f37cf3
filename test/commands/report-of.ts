import type { CommandDefinition, Countersign, JsonObject, Report } from '../../src/command.ts';
import { reportText } from '../../src/core/cards/report-text.ts';
import { resolveReferences } from '../../src/core/resolve-references.ts';

const names: Readonly<Record<string, string>> = {
  U0ADA: 'Ada Moreau',
  U0GRACE: 'Grace Okafor',
  U0LINUS: 'Linus Berg',
};

/** What one run of a command reports, from what it would see of the world. */
export async function reportOf(
  definition: unknown,
  input: JsonObject,
  world: { countersign?: Partial<Countersign>; target?: object } = {},
): Promise<Report> {
  const command = definition as CommandDefinition;
  const args = await resolveReferences(command, input, world.target as never);
  const context = {
    target: world.target,
    countersign: world.countersign ?? {},
    requester: { id: 'U0ADA', via: 'slash' },
    now: () => new Date('2026-11-20T18:15:00Z'),
    signal: new AbortController().signal,
    progress: () => undefined,
  };
  return command.run({ args, summary: [], data: input } as never, context as never);
}

/** A report as its card reads, with everything its thread would hold. */
export function cardText(
  invocation: string,
  report: Report,
  place: { target?: string; environment?: string } = {},
): string {
  return `${reportText(
    {
      runId: 'r-7k2m9q4x',
      invocation,
      requesterId: 'U0ADA',
      state: 'succeeded',
      report,
      receipt: '#1234 · 9f3ab2',
      ...place,
    },
    (id) => names[id],
  )}\n`;
}
