import {
  date,
  defineCommand,
  field,
  type IncidentChange,
  type IncidentSeverity,
  type Line,
  link,
  person,
  UserMistake,
  userRef,
  z,
} from '../../src/command.ts';

const severities = ['SEV1', 'SEV2', 'SEV3', 'SEV4'] as const satisfies readonly IncidentSeverity[];
const openStatuses = ['investigating', 'identified', 'monitoring'] as const satisfies readonly Exclude<
  IncidentChange['status'],
  undefined
>[];

export default defineCommand({
  version: 1,
  summary: 'Update how an incident stands, or what it says',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'incident update --note "the mail provider is back, the backlog drains" --status monitoring',
    'incident update i-7k2m9q4x --title "Emails delayed" --tenants acme,globex',
  ],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
    note: field(z.string().trim().min(3).max(1_000).optional(), {
      label: 'Status update',
      isPersonal: true,
      multiline: true,
      hint: 'What is known, what is tried, when the next one comes; everybody reads it',
    }),
    status: field(
      z
        .enum(openStatuses, {
          error: `Give one of ${openStatuses.map((one) => `"${one}"`).join(', ')}; "incident resolve" ends it`,
        })
        .optional(),
      { hint: '"incident resolve" ends it' },
    ),
    title: field(z.string().trim().min(3).max(150).optional(), { isPersonal: true }),
    severity: field(z.enum(severities).optional(), { hint: 'From SEV1 to SEV4' }),
    target: field(z.string().trim().min(1).max(80).optional(), { hint: 'The system it is about' }),
    tenants: field(z.array(z.string().trim().min(1).max(80)).max(50).optional(), {
      hint: 'Whom it touches: all of them, as they replace those before',
    }),
    commander: userRef().optional(),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const { incident: asked, ...fields } = args;
    const said = Object.entries(fields).filter(([, value]) => value !== undefined);
    if (said.length === 0) {
      throw new UserMistake(
        'nothing_to_change',
        'Say what changes: --note (a status update), --status, --title, --severity, --target, --tenants or --commander.',
      );
    }
    const { id } = await countersign.incidents.find(asked);
    const change = Object.fromEntries(said) as IncidentChange;
    const incident = await countersign.incidents.update(id, change);
    const due = incident.timers.find(({ kind }) => kind === 'update_due');
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Updated: ${incident.severity} ${incident.status}, ${incident.title}`,
      lines: changedLines(change),
      ...(due === undefined
        ? incident.permalink === undefined
          ? {}
          : { next: [link(incident.permalink, 'Open its thread')] }
        : { next: ['Another update is due ', date(due.dueAt)] }),
    };
  },
});

function changedLines({ note, status, title, severity, target, tenants, commander }: IncidentChange): Line[] {
  const now = [
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(severity === undefined ? [] : [`severity ${severity}`]),
    ...(target === undefined ? [] : [`target ${target}`]),
    ...(tenants === undefined ? [] : [`tenants ${tenants.length === 0 ? 'none' : tenants.join(', ')}`]),
    ...(title === undefined ? [] : ['a new title']),
  ];
  return [
    ...(note === undefined ? [] : [`Update: ${note}`]),
    ...(now.length === 0 ? [] : [`Now ${now.join(' · ')}`]),
    ...(commander === undefined ? [] : [['Commander: ', person(commander)]]),
  ];
}
