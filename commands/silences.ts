import {
  bold,
  code,
  counted,
  date,
  defineCommand,
  field,
  type Line,
  person,
  type SilenceSummary,
  z,
} from '../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'List silences, or end one',
  // Ending one changes nothing that is operated; who may is judged when it runs.
  risk: 'read',
  examples: ['silences', 'silences --end 12'],
  args: z.object({
    end: field(z.number().int().positive().max(2_147_483_647).optional(), {
      hint: 'The number of the silence to end now',
    }),
  }),
  async run({ args }, { countersign }) {
    const { alerts } = countersign;
    if (args.end !== undefined) {
      const ended = await alerts.endSilence(args.end);
      return {
        status: 'ok',
        headline: `Silence ${ended.id} ended: ${ended.matches}`,
        lines: [
          `It had hidden ${counted(ended.hiddenGroups, 'group')} with ${counted(ended.hiddenAlerts, 'alert')}.`,
          'What still fires is shown now, and wakes people where it is critical.',
        ],
        next: ['What fires: ', code('/ops alerts')],
      };
    }
    const all = await alerts.silences();
    const lasting = all.filter(({ isEnded }) => !isEnded);
    const ended = all.filter(({ isEnded }) => isEnded);
    const details: Line[] =
      ended.length === 0 ? [] : [[bold('Ended within a day')], ...ended.map((one) => lineOf(one, 'ended '))];
    const common = details.length === 0 ? {} : { details };
    if (lasting.length === 0) {
      return { ...common, status: 'ok', headline: 'No silence lasts' };
    }
    const hidden = lasting.reduce((sum, { hiddenGroups }) => sum + hiddenGroups, 0);
    return {
      ...common,
      status: 'info',
      headline: `${counted(lasting.length, 'silence')}, ${counted(hidden, 'group')} hidden so far`,
      lines: lasting.map((one) => lineOf(one, 'until ')),
      next: ['End one early: ', code('/ops silences --end <number>')],
      // The first to be asked about are those that hide most.
      suggestions: lasting
        .toSorted((one, other) => other.hiddenGroups - one.hiddenGroups)
        .slice(0, 3)
        .map(({ id }) => ({ label: `End silence ${id}`, invocation: `silences --end ${id}` })),
    };
  },
});

function lineOf(silence: SilenceSummary, when: 'until ' | 'ended '): Line {
  const { id, matches, owner, reason, until, hiddenGroups, hiddenAlerts } = silence;
  return [
    bold(`${id}`),
    `  ${matches} · ${when}`,
    date(until),
    ' · ',
    person(owner),
    `: ${reason} · `,
    hiddenGroups === 0
      ? 'hid nothing yet'
      : `${counted(hiddenGroups, 'group')}, ${counted(hiddenAlerts, 'alert')}`,
  ];
}
