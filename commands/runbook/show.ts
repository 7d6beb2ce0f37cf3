import {
  bold,
  code,
  currentStep,
  date,
  defineCommand,
  field,
  type Line,
  person,
  type Report,
  type RunbookInstance,
  type RunbookStep,
  type Span,
  type StepOutcome,
  type StepRecord,
  unmetGuards,
  z,
} from '../../src/command.ts';

/** Shape and word together, so that meaning rests on neither alone. */
const outcomeWords: Readonly<Record<StepOutcome, string>> = {
  green: '✓ green',
  red: '✗ red',
  unknown: '? unknown',
  seen: '○ seen',
  attested: '✓ attested',
  succeeded: '✓ done',
  sent: '✓ sent',
  waited: '✓ waited',
  skipped: '– skipped',
};

export default defineCommand({
  version: 1,
  summary: 'Show how far a runbook is, step by step',
  risk: 'read',
  examples: ['runbook show b-7k2m9q4x'],
  args: z.object({
    instance: field(z.string().trim().toLowerCase().min(1).max(40), {
      label: 'Started runbook',
      hint: 'Stands at the foot of its card, such as b-7k2m9q4x',
    }),
  }),
  positionals: ['instance'],
  async run({ args }, { countersign }) {
    const instance = await countersign.runbooks.find(args.instance);
    const { runbook, steps, incidentId, owners } = instance;
    return {
      // Everybody has its card, which shows the step they are at.
      isPrivate: true,
      ...verdict(instance),
      lines: [
        ['Started by ', person(instance.startedBy), ' ', date(instance.startedAt)],
        [
          ...(incidentId === undefined ? ['No incident'] : [`Incident ${incidentId}`]),
          ...(owners.length === 0 ? [] : [' · on call: ', ...people(owners)]),
          ` · version ${runbook.version}`,
        ],
        ...inputLines(instance),
        ...endLines(instance),
      ],
      details: steps.flatMap((record, index) => {
        const step = runbook.steps.find(({ id }) => id === record.id);
        return step === undefined ? [] : stepLines(instance, { step, record, number: index + 1 });
      }),
    };
  },
});

function verdict(instance: RunbookInstance): Pick<Report, 'status' | 'headline'> {
  const { runbook, steps, state } = instance;
  const done = steps.filter((step) => step.state === 'done').length;
  const notWell = steps.filter(({ outcome }) => outcome === 'red' || outcome === 'unknown').length;
  const far = `${done} of ${steps.length} steps`;
  const word = { active: 'Under way', finished: 'Finished', stopped: 'Stopped' }[state];
  return {
    status: notWell > 0 ? 'warning' : state === 'finished' ? 'ok' : 'info',
    headline: `${word}, ${far}${notWell === 0 ? '' : `, ${notWell} not well`}: ${runbook.title}`,
  };
}

function inputLines({ inputs }: RunbookInstance): Line[] {
  const given = Object.entries(inputs);
  return given.length === 0 ? [] : [given.map(([name, value]) => `${name} = ${value}`).join(' · ')];
}

function endLines({ state, endedBy, endedAt, stopReason }: RunbookInstance): Line[] {
  if (state === 'active') return [];
  return [
    [
      state === 'finished' ? 'Finished' : 'Stopped',
      ...(endedBy === undefined ? [] : [' by ', person(endedBy)]),
      ...(endedAt === undefined ? [] : [' ', date(endedAt)]),
      ...(stopReason === undefined ? [] : [`: ${stopReason}`]),
    ],
  ];
}

function stepLines(
  instance: RunbookInstance,
  { step, record, number }: { step: RunbookStep; record: StepRecord; number: number },
): Line[] {
  const { by, at, note, assignee, overriddenBy, dueAt, runId, finding } = record;
  const unmet = record.state === 'open' ? unmetGuards(instance, step.id) : [];
  const facts: Span[][] = [
    ...(by === undefined ? [] : [[person(by), ...(at === undefined ? [] : [' ', date(at)])]]),
    ...(assignee === undefined || record.state === 'done' ? [] : [['for ', person(assignee)]]),
    ...(dueAt === undefined || record.state === 'done' ? [] : [['until ', date(dueAt)]]),
    ...(overriddenBy === undefined ? [] : [['guard overridden by ', person(overriddenBy)]]),
    ...(unmet.length === 0 ? [] : [[`first: ${unmet.join(', ')}`]]),
    ...(runId === undefined ? [] : [[code(runId)]]),
  ];
  return [
    [
      `${number}. ${stateWords(instance, record)}  `,
      bold(step.title),
      ` (${step.id})`,
      ...facts.flatMap((fact): Span[] => [' · ', ...fact]),
    ],
    ...(note === undefined ? [] : [`    ${note}`]),
    ...finding.map((line): Line => ['    ', ...(typeof line === 'string' ? [line] : line)]),
  ];
}

function stateWords(instance: RunbookInstance, { id, state, outcome, runState }: StepRecord): string {
  if (state === 'done') return outcome === undefined ? '✓ done' : outcomeWords[outcome];
  if (state === 'under_way') return `… ${runState ?? 'under way'}`;
  // A check that came out badly stays open, to be done again.
  if (outcome !== undefined) return `${outcomeWords[outcome]}, to be done again`;
  const isCurrent = instance.state === 'active' && currentStep(instance)?.id === id;
  return isCurrent ? '▸ now' : '○ to do';
}

function people(ids: readonly string[]): Span[] {
  return ids.flatMap((id, index) => [index === 0 ? '' : ', ', person(id)]);
}
