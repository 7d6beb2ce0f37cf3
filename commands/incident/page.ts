import { defineCommand, field, link, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Page level 2 for an incident',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'incident page --reason "the database does not come back, we need its owner"',
    'incident page i-7k2m9q4x --reason "nobody of ours knows the mail relay"',
  ],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
    reason: field(z.string().trim().min(3).max(500), {
      isPersonal: true,
      multiline: true,
      hint: 'They read it first, perhaps at night',
    }),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const { id } = await countersign.incidents.find(args.incident);
    const incident = await countersign.incidents.page(id, args.reason);
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Level 2 called: ${incident.severity} ${incident.title}`,
      lines: [`Reason: ${args.reason}`],
      next:
        incident.permalink === undefined
          ? 'Meet them in its thread.'
          : ['Meet them in ', link(incident.permalink, 'its thread')],
    };
  },
});
