import { code, date, defineCommand, type Line, person, UserMistake, z } from '../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Find one run and show its state',
  risk: 'read',
  examples: ['run r-7k2m9q4x'],
  args: z.object({ id: z.string().trim().min(1, 'Give the run id from its card, e.g. r-7k2m9q4x').max(40) }),
  positionals: ['id'],
  async run({ args }, { countersign }) {
    const id = args.id.toLowerCase();
    const run = await countersign.run(id);
    if (run === undefined) {
      throw new UserMistake(
        'unknown_run',
        `There is no run "${id}". Run ids stand at the foot of each card; /ops history lists them.`,
      );
    }
    return {
      status: 'info',
      headline: `${run.id} ${run.state.replace('_', ' ')}: ${run.command}`,
      lines: [
        [code(`/ops ${run.invocation}`)],
        ['Asked by ', person(run.requester), ' ', date(run.createdAt)],
        ...(run.finishedAt === undefined ? [] : [['Ended ', date(run.finishedAt)] as Line]),
        ...(run.target === undefined ? [] : [`On ${run.target} (${run.environment})`]),
        ...(run.headline === undefined ? [] : [`Outcome: ${run.headline}`]),
        ...run.steps.map((step): Line => `Step ${step.name}: ${step.state}`),
        ...(run.receipt === undefined ? [] : [`Receipt ${run.receipt}`]),
        ...(run.permalink === undefined ? [] : [[{ link: run.permalink, label: 'Open its card' }] as Line]),
      ],
    };
  },
});
