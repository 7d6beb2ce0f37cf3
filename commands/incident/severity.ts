import { date, defineCommand, field, type IncidentSeverity, z } from '../../src/command.ts';

const severities = ['SEV1', 'SEV2', 'SEV3', 'SEV4'] as const satisfies readonly IncidentSeverity[];

export default defineCommand({
  version: 1,
  summary: 'Set how bad an incident is',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['incident severity --severity SEV1', 'incident severity i-7k2m9q4x --severity SEV3'],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
    severity: field(z.enum(severities), {
      hint: 'From SEV1, everybody’s evening, to SEV4, worth a note; it decides when updates are due',
    }),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const before = await countersign.incidents.find(args.incident);
    const incident = await countersign.incidents.update(before.id, { severity: args.severity });
    const due = incident.timers.find(({ kind }) => kind === 'update_due');
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline:
        before.severity === incident.severity
          ? `Still ${incident.severity}: ${incident.title}`
          : `${incident.severity}, before ${before.severity}: ${incident.title}`,
      next: due === undefined ? 'No status update is owed.' : ['A status update is due ', date(due.dueAt)],
    };
  },
});
