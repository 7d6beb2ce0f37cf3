import { currentStep, defineCommand, field, type Line, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Skip a step of a runbook, saying why',
  // It changes nothing that is operated; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['runbook skip b-7k2m9q4x blocklist --reason "they send through their own relay"'],
  args: z.object({
    instance: field(z.string().trim().toLowerCase().min(1).max(40), { label: 'Started runbook' }),
    step: field(z.string().trim().toLowerCase().min(1).max(80), {
      hint: 'Its short name, such as blocklist',
    }),
    reason: field(z.string().trim().min(3).max(500), {
      isPersonal: true,
      multiline: true,
      hint: 'Everybody reads it; a step that requires this one stays closed',
    }),
  }),
  positionals: ['instance', 'step'],
  async run({ args }, { countersign }) {
    const instance = await countersign.runbooks.skip(args.instance, args.step, args.reason);
    const { steps, title } = instance.runbook;
    const named = (id: string | undefined) => steps.find((step) => step.id === id)?.title;
    const closed = steps.filter(({ requires }) => requires.includes(args.step));
    const lines: Line[] = [
      `Reason: ${args.reason}`,
      ...(closed.length === 0
        ? []
        : [`Stays closed, as it requires this step: ${closed.map((step) => step.title).join(', ')}`]),
    ];
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: closed.length === 0 ? 'ok' : 'warning',
      headline: `Skipped: ${named(args.step) ?? args.step}`,
      lines,
      next: named(currentStep(instance)?.id) ?? `That was the last step of ${title}.`,
    };
  },
});
