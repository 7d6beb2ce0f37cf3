import {
  type AlertMatch,
  code,
  counted,
  date,
  defineCommand,
  durationText,
  field,
  maybeDurationMinutes,
  UserMistake,
  z,
} from '../src/command.ts';

/** Longer is no silence but a route: `silence: true` under `alerts.routes`. */
const mostMinutes = 30 * 1_440;

const glob = (hint: string) =>
  field(z.string().trim().min(1).max(200).optional(), { hint: `${hint}; * stands for anything` });

export default defineCommand({
  version: 1,
  summary: 'Silence alerts for a while',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'silence --service payments --for 2h --reason "migration"',
    'silence --tenant acme --title "Queue*" --for 30m --reason "they know"',
    'silence --label pod=api-7 --for 1d --reason "being replaced"',
  ],
  args: z.object({
    service: glob('As alerts name it'),
    source: glob('Which monitoring source it comes from'),
    tenant: glob('As alerts name it'),
    environment: glob('As alerts name it'),
    title: glob('What the card is called'),
    label: field(
      z
        .array(z.string().regex(/^[^=\s]+=\S/, 'Give a label with its value, for example pod=api-7'))
        .max(10)
        .default([]),
      { hint: 'name=value, several if all have to match' },
    ),
    for: field(z.string().trim().min(1).max(20), { hint: 'Such as 30m, 2h or 1d; 30d at most' }),
    reason: field(z.string().trim().min(3).max(500), {
      isPersonal: true,
      rest: true,
      hint: 'Everybody reads it, on the cards too',
    }),
  }),
  positionals: ['reason'],
  async run({ args }, { countersign }) {
    const minutes = maybeDurationMinutes(args.for);
    if (minutes === undefined || minutes > mostMinutes) {
      throw new UserMistake(
        'bad_duration',
        `"${args.for}" is not a time such as 30m, 2h or 1d; 30d at most.`,
      );
    }
    const match = matchOf(args);
    const silence = await countersign.alerts.silence({ match, minutes, reason: args.reason });
    return {
      status: 'ok',
      headline: `Silenced for ${durationText(minutes)}: ${silence.matches}`,
      lines: [
        ['Until ', date(silence.until), '. Nobody is woken by what it hides, criticals included.'],
        silence.hiddenGroups === 0
          ? 'Nothing that fires now matches.'
          : `Hides ${counted(silence.hiddenGroups, 'group')} with ${counted(silence.hiddenAlerts, 'alert')} now.`,
        `Reason: ${silence.reason}`,
      ],
      next: ['What is silenced is counted: ', code('/ops silences')],
      suggestions: [{ label: `End silence ${silence.id}`, invocation: `silences --end ${silence.id}` }],
    };
  },
});

const fields = ['source', 'service', 'tenant', 'environment', 'title'] as const;

/** @throws UserMistake when it would hide everything. */
function matchOf(
  args: Partial<Record<(typeof fields)[number], string | undefined>> & { readonly label: readonly string[] },
): AlertMatch {
  const labels = new Map<string, string[]>();
  for (const pair of args.label) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    labels.set(name, [...(labels.get(name) ?? []), pair.slice(at + 1)]);
  }
  const given = fields.flatMap((name) => (args[name] === undefined ? [] : [[name, [args[name]]] as const]));
  const globs = [...given.flatMap(([, values]) => values), ...[...labels.values()].flat()];
  if (globs.every((one) => /^\**$/.test(one))) {
    throw new UserMistake(
      'silence_of_everything',
      'That would silence every alert. Say which: --service, --source, --tenant, --environment, --title or --label name=value.',
    );
  }
  return {
    ...Object.fromEntries(given),
    ...(labels.size === 0 ? {} : { labels: Object.fromEntries(labels) }),
  };
}
