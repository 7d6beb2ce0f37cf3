import { code, date, defineCommand, field, type IncidentTimerKind, z } from '../../src/command.ts';

/** What will not happen any more. */
const what = {
  update_due: 'nobody is asked for a status update',
  level2: 'level 2 is not called by itself',
  still_firing: 'its alerts are not looked at again',
  postmortem_24h: 'no reminder of the postmortem 24 h before',
  postmortem_4h: 'no reminder of the postmortem 4 h before',
  postmortem_due: 'the postmortem is not called overdue',
} as const satisfies Record<IncidentTimerKind, string>;
const kinds = Object.keys(what) as [IncidentTimerKind, ...IncidentTimerKind[]];

export default defineCommand({
  version: 1,
  summary: 'Cancel a timer of an incident',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['incident cancel-timer i-7k2m9q4x --timer level2 --reason "their lead is here already"'],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
    timer: field(z.enum(kinds), { hint: 'Those that wait stand on the headline' }),
    reason: field(z.string().trim().min(3).max(500), {
      isPersonal: true,
      hint: 'Everybody reads it in the thread',
    }),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const { id } = await countersign.incidents.find(args.incident);
    const incident = await countersign.incidents.cancelTimer(id, args.timer, args.reason);
    const [next] = incident.timers;
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Timer cancelled, ${what[args.timer]}: ${incident.severity} ${incident.title}`,
      lines: [`Reason: ${args.reason}`],
      next:
        next === undefined
          ? 'No other timer waits.'
          : ['Still waiting: ', code(next.kind), ' ', date(next.dueAt)],
    };
  },
});
