import { defineCommand, field, link, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Record where the postmortem is',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['incident postmortem i-7k2m9q4x --url https://wiki.example.com/postmortems/2026-11-20'],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread',
    }),
    url: field(
      z
        .url({
          protocol: /^https?$/,
          error: 'Give a full address, for example https://wiki.example.com/page',
        })
        .max(2_000),
      { label: 'Address', hint: 'Ends its reminders' },
    ),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const { id } = await countersign.incidents.find(args.incident);
    const incident = await countersign.incidents.publishPostmortem(id, args.url);
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Postmortem published: ${incident.severity} ${incident.title}`,
      lines: [[link(args.url, 'Open it')]],
      next: 'Nobody is reminded of it any more.',
    };
  },
});
