import { counted, defineCommand, field, z } from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Stop a runbook before its end',
  // It changes nothing that is operated; who may is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: ['runbook stop b-7k2m9q4x --reason "the provider was down, not us"'],
  args: z.object({
    instance: field(z.string().trim().toLowerCase().min(1).max(40), { label: 'Started runbook' }),
    reason: field(z.string().trim().min(3).max(500), {
      isPersonal: true,
      multiline: true,
      hint: 'Everybody reads it; what was done stays done',
    }),
  }),
  positionals: ['instance'],
  async run({ args }, { countersign }) {
    const { runbook, steps } = await countersign.runbooks.stop(args.instance, args.reason);
    const left = steps.filter(({ state }) => state === 'open').length;
    const underWay = steps.filter(({ state, runId }) => state === 'under_way' && runId !== undefined);
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: underWay.length === 0 ? 'ok' : 'warning',
      headline: `Stopped: ${runbook.title}`,
      lines: [
        `${counted(left, 'step')} left undone. Reason: ${args.reason}`,
        ...(underWay.length === 0
          ? []
          : [`What it began goes on by itself: ${underWay.map(({ runId }) => runId).join(', ')}`]),
      ],
      next:
        underWay.length === 0
          ? 'Undo what has to be undone: nothing was taken back.'
          : `Take it back: /ops run ${underWay[0]!.runId} --cancel`,
    };
  },
});
