import {
  code,
  counted,
  date,
  defineCommand,
  field,
  type Line,
  link,
  type Span,
  type TimelineEntry,
  z,
} from '../../src/command.ts';

/** As many as are still read in one go, and fit an answer that only one person sees. */
const pageSize = 25;

export default defineCommand({
  version: 1,
  summary: 'Show everything that happened in an incident',
  risk: 'read',
  examples: ['incident timeline', 'incident timeline i-7k2m9q4x --before 1200'],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
    before: field(z.number().int().positive().optional(), { hint: 'What came before this entry' }),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const incident = await countersign.incidents.find(args.incident);
    const { id, severity, title } = incident;
    const { entries, total, olderThan } = await countersign.incidents.timeline(id, {
      limit: pageSize,
      ...(args.before === undefined ? {} : { before: args.before }),
    });
    const name = `${severity} ${title}`;
    if (entries.length === 0) {
      return {
        isPrivate: true,
        status: 'info',
        headline: args.before === undefined ? `Nothing on record yet: ${name}` : `Nothing earlier: ${name}`,
        next: ['From the newest: ', code(`/ops incident timeline ${id}`)],
      };
    }
    const earlier = `incident timeline ${id} --before ${olderThan}`;
    return {
      // What people did stands in the thread already; the rest is for whoever looks it up.
      isPrivate: true,
      status: 'info',
      headline: `Timeline, ${shownOf(entries.length, total)}: ${name}`,
      lines: [
        [
          `${incident.status}, declared `,
          date(incident.declaredAt),
          ...(incident.permalink === undefined ? [] : [' · ', link(incident.permalink, 'its thread')]),
        ],
      ],
      details: entries.map(lineOf),
      ...(olderThan === undefined
        ? {}
        : {
            next: ['What came before: ', code(`/ops ${earlier}`)],
            suggestions: [{ label: 'Show what came before', invocation: earlier }],
          }),
    };
  },
});

function shownOf(shown: number, total: number): string {
  const all = total === 1 ? '1 entry' : `${total.toLocaleString('en-US')} entries`;
  return shown === total ? all : `${counted(shown, 'line')} of ${all}`;
}

function lineOf({ at, sentence, text, receipt, permalink }: TimelineEntry): Line {
  return [
    date(at),
    '  ',
    // Before what people wrote, which may be long and is cut then.
    code(receipt),
    // The label is ours: what people wrote never is a link.
    ...(permalink === undefined ? [] : [' ', link(permalink, 'message')]),
    '  ',
    ...(typeof sentence === 'string' ? [sentence] : sentence),
    ...(text === undefined ? [] : [`: ${text}`]),
  ] satisfies Span[];
}
