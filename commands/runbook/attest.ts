import { currentStep, defineCommand, field, type Line, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Attest that a step of a runbook is done',
  // It changes nothing that is operated; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'runbook attest b-7k2m9q4x blocklist --evidence "not listed, see https://mxtoolbox.example/acme"',
  ],
  args: z.object({
    instance: field(z.string().trim().toLowerCase().min(1).max(40), { label: 'Started runbook' }),
    step: field(z.string().trim().toLowerCase().min(1).max(80), {
      hint: 'Its short name, such as blocklist',
    }),
    evidence: field(z.string().trim().min(1).max(2_000).optional(), {
      isPersonal: true,
      multiline: true,
      hint: 'What you saw, or a link to it; some steps need it',
    }),
  }),
  positionals: ['instance', 'step'],
  async run({ args }, { countersign }) {
    const instance = await countersign.runbooks.attest(args.instance, args.step, args.evidence);
    const { runbook } = instance;
    const title = (id: string | undefined) => runbook.steps.find((step) => step.id === id)?.title;
    const following = title(currentStep(instance)?.id);
    const lines: Line[] = args.evidence === undefined ? [] : [`With: ${args.evidence}`];
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Attested: ${title(args.step) ?? args.step}`,
      lines,
      next: following ?? `That was the last step of ${runbook.title}.`,
    };
  },
});
