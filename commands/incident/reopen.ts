import { date, defineCommand, field, link, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Reopen a resolved incident',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['incident reopen i-7k2m9q4x --reason "emails fail again since 14:05"'],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread',
    }),
    reason: field(z.string().trim().min(3).max(500), {
      isPersonal: true,
      multiline: true,
      hint: 'Everybody reads it; what was recorded before stays',
    }),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const { id } = await countersign.incidents.find(args.incident);
    const incident = await countersign.incidents.reopen(id, args.reason);
    const due = incident.timers.find(({ kind }) => kind === 'update_due');
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Reopened: ${incident.severity} ${incident.title}`,
      lines: [
        `Reason: ${args.reason}`,
        ...(incident.permalink === undefined ? [] : [[link(incident.permalink, 'Open its thread')]]),
      ],
      ...(due === undefined ? {} : { next: ['A status update is due ', date(due.dueAt)] }),
    };
  },
});
