import {
  type AlertGroupSummary,
  bold,
  code,
  counted,
  date,
  defineCommand,
  field,
  grouped,
  type Line,
  link,
  marked,
  person,
  quoted,
  type Report,
  resolvedMark,
  type Span,
  severityMarks,
  z,
} from '../src/command.ts';

const mostGroups = 30;
const text = (hint: string) => field(z.string().trim().min(1).max(200).optional(), { hint });

export default defineCommand({
  version: 1,
  summary: 'Show what fires, the worst first',
  risk: 'read',
  examples: ['alerts', 'alerts payments', 'alerts --source prometheus --all'],
  args: z.object({
    service: text('Only of this service; * stands for anything'),
    source: text('Only from this monitoring source'),
    all: field(z.boolean().default(false), { hint: 'Also what is over' }),
  }),
  positionals: ['service'],
  async run({ args }, { countersign }) {
    const { alerts } = countersign;
    const [found, sources] = await Promise.all([
      alerts.groups({
        state: args.all ? 'all' : 'firing',
        limit: mostGroups,
        ...(args.service === undefined ? {} : { service: args.service }),
        ...(args.source === undefined ? {} : { source: args.source }),
      }),
      alerts.status(),
    ]);
    const narrowed = [
      ...(args.service === undefined ? [] : [quoted(args.service)]),
      ...(args.source === undefined ? [] : [`--source ${quoted(args.source)}`]),
    ];
    const firing = found.items.filter(({ state }) => state === 'firing');
    const silent = sources.filter(({ isSilent }) => isSilent);
    const more = found.total - found.items.length;
    const lines: Line[] = [
      ...found.items.map(lineOf),
      ...(more === 0 ? [] : [`${grouped(more)} more.`]),
      ...(found.hidden === 0
        ? []
        : [[`${counted(found.hidden, 'more group')} silenced: `, code('/ops silences')] as Line]),
    ];
    const common = {
      lines,
      suggestions: [
        {
          label: 'Look again',
          invocation: ['alerts', ...narrowed, ...(args.all ? ['--all'] : [])].join(' '),
        },
      ],
    };
    const silentNames = silent.map(({ name }) => name).join(', ');
    if (firing.length > 0) {
      const next: Line = [`Silent, so there may be more: ${silentNames}. `, code('/ops monitoring-status')];
      return { ...common, ...verdict(firing, found.firing), ...(silent.length === 0 ? {} : { next }) };
    }
    const about = narrowed.length === 0 ? '' : ' there';
    if (sources.length === 0) {
      return {
        ...common,
        status: 'unknown',
        headline: 'Unknown: no monitoring source is configured',
        next: 'Name one under alerts: in the settings file.',
      };
    }
    if (silent.length > 0) {
      return {
        ...common,
        status: 'unknown',
        headline: `Nothing fires${about}, but ${silentNames} is silent`,
        next: ['What does not speak cannot say that it is well: ', code('/ops monitoring-status')],
      };
    }
    return { ...common, status: 'ok', headline: `Nothing fires${about}` };
  },
});

function verdict(shown: readonly AlertGroupSummary[], firing: number): Pick<Report, 'status' | 'headline'> {
  const counts = (['critical', 'high', 'warning', 'info'] as const).flatMap((severity) => {
    const count = shown.filter((group) => group.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const isCut = firing > shown.length;
  return {
    status: shown.some(({ severity }) => severity === 'critical' || severity === 'high') ? 'bad' : 'warning',
    headline: `${counts.join(', ')}${isCut ? ` among the worst ${shown.length}` : ''}; ${counted(firing, 'group')} firing`,
  };
}

function lineOf(group: AlertGroupSummary): Line {
  const { severity, title, service, tenant, environment, firing, since, resolvedAt } = group;
  const mark = group.state === 'resolved' ? resolvedMark : severityMarks[severity];
  const about = [service, tenant, environment].filter((part) => part !== undefined);
  return [
    bold(marked(mark)),
    `  ${[title, ...about].join(' · ')} · `,
    ...(group.state === 'resolved'
      ? ['since ', date(resolvedAt ?? since)]
      : [`${counted(firing, 'alert')} since `, date(since)]),
    ...(group.acknowledgedBy === undefined ? [] : [' · ', person(group.acknowledgedBy), ' has it']),
    // The label is ours: a title from outside never is a link.
    ...(group.permalink === undefined ? [] : [' · ', link(group.permalink, 'card')]),
  ] satisfies Span[];
}
