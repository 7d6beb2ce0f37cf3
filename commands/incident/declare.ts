import {
  code,
  date,
  defineCommand,
  durationText,
  field,
  type IncidentSeverity,
  type Line,
  link,
  type MessageReference,
  person,
  UserMistake,
  userRef,
  z,
} from '../../src/command.ts';

const severities = ['SEV1', 'SEV2', 'SEV3', 'SEV4'] as const satisfies readonly IncidentSeverity[];

export default defineCommand({
  version: 1,
  summary: 'Declare an incident',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'incident declare emails are not going out',
    'incident declare --severity SEV1 --target rms --tenants acme,globex --commander @ada',
    'incident declare --alert g-7k2m9q4x',
  ],
  args: z.object({
    title: field(z.string().trim().min(3).max(150).optional(), {
      isPersonal: true,
      rest: true,
      hint: 'What people see of it; left out: what the alert says',
    }),
    severity: field(z.enum(severities).optional(), {
      hint: 'From SEV1, everybody’s evening, to SEV4, worth a note',
    }),
    target: field(z.string().trim().min(1).max(80).optional(), { hint: 'The system it is about' }),
    tenants: field(z.array(z.string().trim().min(1).max(80)).max(50).optional(), {
      hint: 'Whom it touches, as people name them',
    }),
    commander: field(userRef().optional(), { hint: 'Who leads; left out: the one who declares it' }),
    alert: field(
      z
        .string()
        .trim()
        .toLowerCase()
        .regex(/^g-[a-z0-9]{1,40}$/, 'Give the id of an alert, for example g-7k2m9q4x')
        .optional(),
      { hint: 'The alert it came with, which is linked' },
    ),
    message: field(
      z
        .string()
        .regex(/^[CDG][A-Z0-9]{2,30}\/\d{1,12}\.\d{6}$/, 'Give a message as <channel>/<ts>')
        .optional(),
      { isHidden: true },
    ),
    messageText: field(z.string().max(4_000).optional(), {
      isPersonal: true,
      isHidden: true,
    }),
    messageAuthor: field(
      z
        .string()
        .regex(/^[UWB][A-Z0-9]{2,30}$/, 'Give a Slack id')
        .optional(),
      { isHidden: true },
    ),
  }),
  positionals: ['title'],
  async run({ args }, { countersign, now }) {
    const { message: _, messageText: __, messageAuthor: ___, ...asked } = args;
    const message = maybeMessage(args);
    const { incident, isNew } = await countersign.incidents.declare({
      ...withoutUndefined(asked),
      ...(message === undefined ? {} : { message }),
    });
    const { severity, title, permalink, target, tenants, commander, alerts } = incident;
    if (!isNew) {
      return {
        isPrivate: true,
        status: 'info',
        headline: `Already declared: ${severity} ${title}`,
        lines: [
          [
            'By ',
            person(incident.declaredBy),
            ' ',
            date(incident.declaredAt),
            ...(permalink === undefined ? [] : [': ', link(permalink, 'open it')]),
          ],
        ],
        next: ['Say what you know there, or: ', code(`/ops note --incident ${incident.id} …`)],
      };
    }
    const about = [...(target === undefined ? [] : [`On ${target}`]), ...tenants].join(' · ');
    const [first] = incident.timers;
    const lines: Line[] = [
      ...(permalink === undefined ? [] : [[link(permalink, 'Open its thread')]]),
      ...(about === '' ? [] : [about]),
      ...(commander === undefined ? [] : [['Commander: ', person(commander)]]),
      ...(alerts.linked === 0 ? [] : [`${alerts.linked} linked, ${alerts.firing} firing`]),
    ];
    const minutes = first === undefined ? undefined : minutesUntil(first.dueAt, now());
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Declared ${severity}: ${title}`,
      lines,
      next:
        minutes === undefined
          ? 'What is done goes into its thread.'
          : `What is done goes into its thread; ${timerWords[first!.kind]} in ${durationText(minutes)}.`,
    };
  },
});

const timerWords = {
  update_due: 'a status update is due',
  level2: 'level 2 is called',
  still_firing: 'its alerts are looked at',
  postmortem_24h: 'the postmortem is asked for',
  postmortem_4h: 'the postmortem is asked for',
  postmortem_due: 'the postmortem is due',
} as const;

/** At least 1: what is due now is due within a minute. */
function minutesUntil(at: Date, now: Date): number {
  return Math.max(1, Math.round((at.getTime() - now.getTime()) / 60_000));
}

/** @throws UserMistake when something is said of a message that is not named. */
function maybeMessage(args: {
  readonly message?: string | undefined;
  readonly messageText?: string | undefined;
  readonly messageAuthor?: string | undefined;
}): MessageReference | undefined {
  if (args.message === undefined) {
    if (args.messageText === undefined && args.messageAuthor === undefined) return undefined;
    throw new UserMistake(
      'message_not_named',
      'Give --message <channel>/<ts> with --message-text and --message-author; a message’s own menu does it.',
    );
  }
  const [channelId = '', ts = ''] = args.message.split('/');
  return { channelId, ts, author: args.messageAuthor, text: args.messageText ?? '' };
}

/** What was left out stays left out: its default is the service's to choose. */
function withoutUndefined<Given extends object>(
  given: Given,
): { [Key in keyof Given]: Exclude<Given[Key], undefined> } {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { [Key in keyof Given]: Exclude<Given[Key], undefined> };
}
