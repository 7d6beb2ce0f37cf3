import {
  bold,
  code,
  counted,
  date,
  defineCommand,
  durationText,
  field,
  type IncidentSummary,
  type Line,
  link,
  maybeDurationMinutes,
  person,
  type Report,
  type Span,
  UserMistake,
  z,
} from '../src/command.ts';

const mostIncidents = 50;
/** Longer ago than a person would look through by hand; the ledger has all of it. */
const mostMinutes = 3_650 * 1_440;

export default defineCommand({
  version: 1,
  summary: 'List incidents, the newest first',
  risk: 'read',
  examples: ['incidents', 'incidents --since 30d', 'incidents --since 7d --state open'],
  args: z.object({
    since: field(z.string().trim().min(1).max(20).optional(), {
      hint: 'How far back they were declared, such as 12h or 30d; left out: ever',
    }),
    state: field(z.enum(['open', 'all']).optional(), {
      hint: 'Left out: those that are open, and all of them with --since',
    }),
  }),
  async run({ args }, { countersign, now }) {
    const minutes = args.since === undefined ? undefined : maybeDurationMinutes(args.since);
    if (args.since !== undefined && (minutes === undefined || minutes > mostMinutes)) {
      throw new UserMistake('bad_duration', `"${args.since}" is not a time such as 12h or 30d.`);
    }
    const state = args.state ?? (minutes === undefined ? 'open' : 'all');
    const { items, total } = await countersign.incidents.list({
      limit: mostIncidents,
      state,
      ...(minutes === undefined ? {} : { since: new Date(now().getTime() - minutes * 60_000) }),
    });
    const when = minutes === undefined ? '' : ` within ${durationText(minutes)}`;
    const more = total - items.length;
    const others: Line =
      state === 'open' ? ['Those that are over: ', code('/ops incidents --since 30d')] : [];
    if (items.length === 0) {
      return {
        status: 'ok',
        headline:
          state === 'open'
            ? `No incident is open${when && ` that was declared${when}`}`
            : `No incident${when}`,
        ...(others.length === 0 ? {} : { next: others }),
      };
    }
    return {
      ...verdict(items, { total, state, when }),
      lines: [
        ...items.map((incident) => lineOf(incident, now())),
        ...(more > 0 ? [`${counted(more, 'more incident')}, declared earlier.`] : []),
      ],
      ...(others.length === 0 ? {} : { next: others }),
    };
  },
});

function verdict(
  items: readonly IncidentSummary[],
  { total, state, when }: { total: number; state: 'open' | 'all'; when: string },
): Pick<Report, 'status' | 'headline'> {
  const open = items.filter(({ status }) => status !== 'resolved');
  const severities = (['SEV1', 'SEV2', 'SEV3', 'SEV4'] as const).flatMap((severity) => {
    const count = open.filter((incident) => incident.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const isBad = open.some(({ severity }) => severity === 'SEV1' || severity === 'SEV2');
  const status = open.length === 0 ? 'info' : isBad ? 'bad' : 'warning';
  const cut = total > items.length ? `, among the newest ${items.length}` : '';
  const openWords = open.length === 0 ? `none open${cut}` : `open: ${severities.join(', ')}${cut}`;
  return {
    status,
    headline:
      state === 'open'
        ? `${counted(total, 'open incident')}${when}: ${severities.join(', ')}${cut}`
        : `${counted(total, 'incident')}${when}, ${openWords}`,
  };
}

function lineOf(incident: IncidentSummary, now: Date): Line {
  const { severity, status, title, target, tenants, commander, declaredAt, resolvedAt, permalink } = incident;
  const about = [title, ...(target === undefined ? [] : [target]), ...tenants].join(' · ');
  return [
    bold(severity),
    `  ${status} · ${about} · `,
    resolvedAt === undefined ? `for ${lasted(declaredAt, now)}` : `lasted ${lasted(declaredAt, resolvedAt)}`,
    ', declared ',
    date(declaredAt),
    ' · ',
    ...(commander === undefined ? ['no commander'] : [person(commander)]),
    ' · ',
    // The label is ours: a title never is a link.
    permalink === undefined ? code(incident.id) : link(permalink, incident.id),
  ] satisfies Span[];
}

/** `3 d 4 h`, `2 h 5 min`, `7 min`: the two largest units. */
function lasted(from: Date, to: Date): string {
  const minutes = Math.max(0, Math.floor((to.getTime() - from.getTime()) / 60_000));
  const [days, hours, rest] = [Math.floor(minutes / 1_440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (days > 0) return hours === 0 ? `${days} d` : `${days} d ${hours} h`;
  if (hours > 0) return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
  return `${rest} min`;
}
