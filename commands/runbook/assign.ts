import { defineCommand, field, person, userRef, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Assign a step of a runbook to a person',
  // It changes nothing that is operated; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['runbook assign b-7k2m9q4x blocklist --person @grace'],
  args: z.object({
    instance: field(z.string().trim().toLowerCase().min(1).max(40), { label: 'Started runbook' }),
    step: field(z.string().trim().toLowerCase().min(1).max(80), {
      hint: 'Its short name, such as blocklist',
    }),
    person: field(userRef(), { hint: 'Others may still do it' }),
  }),
  positionals: ['instance', 'step'],
  async run({ args }, { countersign }) {
    const { runbook } = await countersign.runbooks.assign(args.instance, args.step, args.person);
    const step = runbook.steps.find(({ id }) => id === args.step);
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Assigned: ${step?.title ?? args.step}`,
      lines: [[person(args.person), ` has it, in ${runbook.title}`]],
    };
  },
});
