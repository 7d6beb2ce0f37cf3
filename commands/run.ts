import { code, date, defineCommand, field, type Line, person, UserMistake, z } from '../src/command.ts';

export default defineCommand({
  version: 2,
  summary: 'Find one run, stop it, or settle it',
  risk: 'read',
  examples: ['run r-7k2m9q4x', 'run r-7k2m9q4x --cancel', 'run r-7k2m9q4x --settle happened'],
  args: z.object({
    id: z.string().trim().min(1, 'Give the run id from its card, e.g. r-7k2m9q4x').max(40),
    cancel: field(z.boolean().default(false), {
      hint: 'Take back a request that waits, or stop one that runs before its next step',
    }),
    settle: field(z.enum(['happened', 'not']).optional(), {
      hint: 'Say what became of an outcome that is unknown: happened, or not',
    }),
    step: field(z.string().trim().min(1).max(200).optional(), {
      hint: 'With --settle: of several unknown steps only this one',
    }),
  }),
  positionals: ['id'],
  async run({ args }, { countersign }) {
    const id = args.id.toLowerCase();
    if (args.cancel && args.settle !== undefined) {
      throw new UserMistake('cancel_or_settle', 'Give either --cancel or --settle, not both.');
    }
    if (args.cancel) await countersign.cancelRun(id);
    if (args.settle !== undefined) {
      await countersign.settleRun(id, args.settle === 'happened' ? 'happened' : 'did_not_happen', args.step);
    }
    const run = await countersign.run(id);
    if (run === undefined) {
      throw new UserMistake(
        'unknown_run',
        `There is no run "${id}". Run ids stand at the foot of each card; /ops history lists them.`,
      );
    }
    const next = nextOf(run.state, id);
    return {
      status: run.state === 'unknown' ? 'unknown' : 'info',
      headline: `${run.id} ${run.state.replace('_', ' ')}: ${run.command}`,
      lines: [
        [code(`/ops ${run.invocation}`)],
        ['Asked by ', person(run.requester), ' ', date(run.createdAt)],
        ...(run.signers.length === 0
          ? []
          : [
              [
                'Signed by ',
                ...run.signers.flatMap((one, index) => [index === 0 ? '' : ', ', person(one)]),
              ] as Line,
            ]),
        ...(run.finishedAt === undefined ? [] : [['Ended ', date(run.finishedAt)] as Line]),
        ...(run.target === undefined ? [] : [`On ${run.target} (${run.environment})`]),
        ...(run.headline === undefined ? [] : [`Outcome: ${run.headline}`]),
        ...(run.receipt === undefined ? [] : [`Receipt ${run.receipt}`]),
        ...(run.permalink === undefined ? [] : [[{ link: run.permalink, label: 'Open its card' }] as Line]),
      ],
      details: run.steps.map((step): Line => `Step ${step.name}: ${step.state}`),
      ...(next === undefined ? {} : { next }),
    };
  },
});

function nextOf(state: string, id: string): Line | undefined {
  if (state === 'unknown') {
    return ['Look at the target, then: ', code(`/ops run ${id} --settle happened`), ' or ', code('not')];
  }
  const isStoppable = ['planned', 'awaiting_approval', 'approved', 'executing'].includes(state);
  return isStoppable ? ['To stop it: ', code(`/ops run ${id} --cancel`)] : undefined;
}
