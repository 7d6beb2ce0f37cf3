import { defineCommand, field, link, person, userRef, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Name who leads an incident',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['incident commander --commander @grace', 'incident commander i-7k2m9q4x --commander @grace'],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
    commander: field(userRef(), { hint: 'Is reminded of updates and of the postmortem' }),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const { id } = await countersign.incidents.find(args.incident);
    const incident = await countersign.incidents.update(id, { commander: args.commander });
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Commander set: ${incident.severity} ${incident.title}`,
      lines: [[person(args.commander), ' leads it and is reminded of its updates']],
      ...(incident.permalink === undefined ? {} : { next: [link(incident.permalink, 'Open its thread')] }),
    };
  },
});
