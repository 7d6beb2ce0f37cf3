import { date, defineCommand, field, type Line, person, UserMistake, z } from '../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Stop everything but reads, at once',
  // It changes nothing that is operated, and must never wait for a signature; who may is judged when it runs.
  risk: 'read',
  examples: ['lockdown odd deploys, looking into it', 'lockdown --status', 'lockdown --lift'],
  args: z.object({
    reason: field(z.string().trim().min(3).max(500).optional(), {
      isPersonal: true,
      rest: true,
      hint: 'Everybody reads it on the card',
    }),
    lift: field(z.boolean().default(false), { hint: 'Agree to end it; it takes two different people' }),
    status: field(z.boolean().default(false), { hint: 'Only say whether one lasts' }),
  }),
  positionals: ['reason'],
  async run({ args }, { countersign }) {
    const { lockdown } = countersign;
    if (args.lift && (args.reason !== undefined || args.status)) {
      throw new UserMistake('lift_or_begin', 'Give --lift alone: it ends a lockdown, a reason begins one.');
    }
    if (args.status) {
      const state = await lockdown.state();
      if (state === undefined)
        return { status: 'ok', headline: 'No lockdown: commands run as the policy says' };
      return {
        status: 'warning',
        headline: 'Locked down: nothing but reads runs',
        lines: [
          ['Called by ', person(state.begunBy), ' ', date(state.begunAt)],
          ...(state.reason === undefined ? [] : [`Reason: ${state.reason}`]),
          ...(state.lifts.length === 0
            ? []
            : [['Agreed to lift it: ', ...state.lifts.map((one) => person(one))] as Line]),
        ],
        next: 'Two different people end it: /ops lockdown --lift',
      };
    }
    if (args.lift) {
      const { stillNeeded } = await lockdown.lift();
      return stillNeeded === 0
        ? {
            isPrivate: true,
            status: 'ok',
            headline: 'Lockdown lifted: commands run again',
            next: 'What was stopped stays stopped: ask for it again.',
          }
        : {
            isPrivate: true,
            status: 'warning',
            headline: 'Still locked down: one more person has to lift it',
            next: 'Another approver or admin: /ops lockdown --lift',
          };
    }
    const { stopped } = await lockdown.begin(args.reason);
    return {
      // Everybody has the lockdown's own card.
      isPrivate: true,
      status: 'warning',
      headline: 'Locked down: nothing but reads runs, in any process',
      lines: [
        stopped === 0
          ? 'Nothing was waiting or under way.'
          : `${stopped} ${stopped === 1 ? 'request' : 'requests'} stopped: what waited is cancelled, what runs stops before its next step.`,
        ...(args.reason === undefined ? [] : [`Reason: ${args.reason}`]),
      ],
      next: 'Two different people end it: /ops lockdown --lift',
    };
  },
});
