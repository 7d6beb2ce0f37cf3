import { code, date, defineCommand, field, type Line, person, quoted, type Span, z } from '../src/command.ts';

const pageSize = 15;

export default defineCommand({
  version: 1,
  summary: 'Show who did what, newest first',
  risk: 'read',
  examples: ['history', 'history acme', 'history @ada verify-audit', 'history acme --before 1200'],
  args: z.object({
    about: field(z.string().trim().max(200).optional(), {
      rest: true,
      mentionsAsIds: true,
      hint: 'A person, a tenant, a command, or several of them; all must match',
    }),
    before: field(z.number().int().positive().optional(), { hint: 'Entries older than this number' }),
  }),
  positionals: ['about'],
  async run({ args }, { countersign }) {
    const words = (args.about ?? '').split(/\s+/).filter((word) => word !== '');
    const page = await countersign.history({
      words,
      limit: pageSize,
      ...(args.before === undefined ? {} : { before: args.before }),
    });
    const about: Line[] = words.length === 0 ? [] : [['About ', ...words.flatMap(named)]];
    if (page.entries.length === 0) {
      return {
        status: 'info',
        headline: args.before === undefined ? 'Nothing on record' : 'Nothing older on record',
        lines: about,
        next:
          words.length === 0
            ? 'The record begins with the first command anyone runs.'
            : ['All of it: ', code('/ops history')],
      };
    }
    return {
      status: 'info',
      headline: `${page.entries.length} ${page.entries.length === 1 ? 'entry' : 'entries'}, newest first`,
      lines: about,
      details: page.entries.map(
        (entry): Line => [date(entry.at), '  ', ...spans(entry.sentence), `  ${entry.receipt}`],
      ),
      ...(page.olderThan === undefined
        ? {}
        : {
            suggestions: [
              {
                label: 'Show older',
                invocation: `history${words.length === 0 ? '' : ` ${quoted(words.join(' '))}`} --before ${page.olderThan}`,
              },
            ],
          }),
    };
  },
});

/** People by name, words as they are. */
function named(word: string, index: number): Span[] {
  const shown: Span = /^[UW][A-Z0-9]{2,}$/.test(word) ? person(word) : word;
  return index === 0 ? [shown] : [' ', shown];
}

function spans(line: Line) {
  return typeof line === 'string' ? [line] : line;
}
