import {
  bold,
  code,
  counted,
  currentStep,
  defineCommand,
  type Line,
  type Runbook,
  type RunbookInstance,
  z,
} from '../../src/command.ts';

/** As many as are read in one go; what ended is on record in its incident. */
const mostUnderWay = 10;

export default defineCommand({
  version: 1,
  summary: 'List the runbooks, and those under way',
  risk: 'read',
  examples: ['runbook list'],
  args: z.object({}),
  async run(_, { countersign, now }) {
    const runbooks = countersign.runbooks.list();
    const active = (await countersign.runbooks.instances()).filter(({ state }) => state === 'active');
    if (runbooks.length === 0) {
      return {
        isPrivate: true,
        status: 'info',
        headline: 'No runbook is there',
        next: 'Write one in runbooks/, one file each.',
      };
    }
    const today = now().toISOString().slice(0, 10);
    const overdue = runbooks.filter(({ reviewBy }) => reviewBy < today).length;
    const left = active.length - mostUnderWay;
    return {
      // A list to look something up in, which nobody else in the channel asked for.
      isPrivate: true,
      status: overdue === 0 ? 'info' : 'warning',
      headline: [
        counted(runbooks.length, 'runbook'),
        ...(active.length === 0 ? [] : [`${active.length} under way`]),
        ...(overdue === 0 ? [] : [`${overdue} overdue for review`]),
      ].join(', '),
      lines: [
        ...active.slice(0, mostUnderWay).map(underWayLine),
        ...(left > 0 ? [`… and ${left} more under way`] : []),
      ],
      details: runbooks.map((runbook) => runbookLine(runbook, today)),
      next: ['Start one: ', code('/ops runbook <name>')],
    };
  },
});

function underWayLine(instance: RunbookInstance): Line {
  const { id, runbook, steps, incidentId } = instance;
  const current = currentStep(instance);
  const title = runbook.steps.find((step) => step.id === current?.id)?.title;
  const done = steps.filter(({ state }) => state === 'done').length;
  return [
    '… ',
    bold(runbook.title),
    `  ${done} of ${steps.length} done${title === undefined ? '' : `, now: ${title}`}`,
    ...(incidentId === undefined ? [] : [` · ${incidentId}`]),
    ' · ',
    code(id),
  ];
}

function runbookLine({ name, title, steps, owner, reviewBy }: Runbook, today: string): Line {
  return [
    code(name),
    `  ${title} · ${counted(steps.length, 'step')} · ${owner} · `,
    reviewBy < today ? `▲ REVIEW OVERDUE since ${reviewBy}` : `review by ${reviewBy}`,
  ];
}
