import { defineCommand, field, grouped, link, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Draft the postmortem of an incident',
  risk: 'read',
  isOwnRecord: true,
  examples: ['incident export', 'incident export i-7k2m9q4x'],
  args: z.object({
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread, or while one is open',
    }),
  }),
  positionals: ['incident'],
  async run({ args }, { countersign, requester }) {
    const { id, severity, title, status, permalink } = await countersign.incidents.find(args.incident);
    const { filename, markdown } = await countersign.incidents.export(id);
    return {
      // The file itself stands in the thread.
      isPrivate: true,
      // Whoever pressed the headline's button sees it come under it.
      isShownElsewhere: requester.via === 'button',
      status: 'ok',
      headline: `Postmortem draft uploaded to the thread: ${severity} ${title}`,
      lines: [
        [
          `${filename}, ${grouped(markdown.trimEnd().split('\n').length)} lines`,
          ...(permalink === undefined ? [] : [': ', link(permalink, 'open the thread')]),
        ],
        ...(status === 'resolved' ? [] : ['It is not resolved yet: what comes later is not in it.']),
      ],
      next: `Fill in impact and follow-ups, publish it, then: /ops incident postmortem ${id} --url …`,
    };
  },
});
