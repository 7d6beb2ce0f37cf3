import {
  code,
  counted,
  date,
  defineCommand,
  field,
  type IncidentSummary,
  type Line,
  quoted,
  z,
} from '../../src/command.ts';

/** A card has room for these and what to do about them. */
const mostReasons = 4;

export default defineCommand({
  version: 1,
  summary: 'Resolve an incident',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'incident resolve --fix "credentials restored, 240 emails resent"',
    'incident resolve i-7k2m9q4x --fix "rolled back to 2.14.1" --override "the alert is stale, see the dashboard"',
  ],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
    fix: field(z.string().trim().min(3).max(1_000), {
      label: 'What fixed it',
      isPersonal: true,
      multiline: true,
      hint: 'The postmortem begins with it',
    }),
    override: field(z.string().trim().min(3).max(500).optional(), {
      label: 'Resolve all the same, because',
      isPersonal: true,
      hint: 'Only needed while an alert still fires or the system is not ready',
    }),
  }),
  positionals: ['incident'],
  async run({ args: { incident: asked, fix, override } }, { countersign }) {
    const { id } = await countersign.incidents.find(asked);
    const { incident, isResolved, inTheWay } = await countersign.incidents.resolve(id, {
      fix,
      ...(override === undefined ? {} : { override }),
    });
    if (!isResolved) return notResolved(incident, { fix, inTheWay });
    const owed = incident.timers.findLast(({ kind }) => kind.startsWith('postmortem'));
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Resolved: ${incident.severity} ${incident.title}`,
      lines: [
        `Fixed by: ${fix}`,
        ...(override === undefined || inTheWay.length === 0
          ? []
          : [`All the same, although ${counted(inTheWay.length, 'thing')} stood in the way: ${override}`]),
      ],
      next:
        owed === undefined
          ? ['A draft of the postmortem: ', code(`/ops incident export ${id}`)]
          : [
              'The postmortem is due ',
              date(owed.dueAt),
              '; a draft of it: ',
              code(`/ops incident export ${id}`),
            ],
    };
  },
});

function notResolved(
  { id, severity, title }: IncidentSummary,
  { fix, inTheWay }: { readonly fix: string; readonly inTheWay: readonly Line[] },
) {
  const left = inTheWay.length - mostReasons;
  const again = `incident resolve ${id} --fix ${quoted(fix)}`;
  return {
    isPrivate: true,
    status: 'warning',
    headline: `NOT resolved, ${counted(inTheWay.length, 'thing')} in the way: ${severity} ${title}`,
    lines: [...inTheWay.slice(0, mostReasons), ...(left > 0 ? [`… and ${left} more`] : [])],
    next: ['Wait until it is quiet, or say why it is resolved: ', code(`/ops ${again} --override "…"`)],
    suggestions: [
      { label: 'Look again', invocation: again },
      // What is missing is the reason: the form asks for it.
      { label: 'Resolve all the same', invocation: again, isForm: true },
    ],
  } as const;
}
