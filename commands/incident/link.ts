import { counted, defineCommand, field, link, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Link an alert to an incident',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['incident link --alert g-7k2m9q4x', 'incident link i-7k2m9q4x --alert g-7k2m9q4x'],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
    alert: field(
      z
        .string()
        .trim()
        .toLowerCase()
        .regex(/^g-[a-z0-9]{1,40}$/, 'Give the id of an alert, for example g-7k2m9q4x'),
      { hint: 'Stands at the foot of its card, such as g-7k2m9q4x' },
    ),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign }) {
    const { id } = await countersign.incidents.find(args.incident);
    const incident = await countersign.incidents.linkAlert(id, args.alert);
    const { linked, firing } = incident.alerts;
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Linked ${args.alert} to ${incident.severity} ${incident.title}`,
      lines: [`${counted(linked, 'alert')} linked now, ${firing === 0 ? 'none' : firing} firing`],
      ...(incident.permalink === undefined ? {} : { next: [link(incident.permalink, 'Open its thread')] }),
    };
  },
});
