import {
  bold,
  code,
  currentStep,
  date,
  defineCommand,
  field,
  type Line,
  person,
  Refusal,
  type RunbookInstance,
  type Span,
  type StepOutcome,
  UserMistake,
  unmetGuards,
  z,
} from '../../src/command.ts';

const outcomeWords: Readonly<Record<StepOutcome, string>> = {
  green: '✓ green',
  red: '✗ RED',
  unknown: '? UNKNOWN',
  seen: '○ seen',
  attested: '✓ attested',
  succeeded: '✓ done',
  sent: '✓ sent',
  waited: '✓ waited',
  skipped: '– SKIPPED',
};
/** A card has eight lines for everything. */
const mostGuards = 4;

export default defineCommand({
  version: 1,
  summary: 'Let a step begin although its guard is not met',
  risk: 'dangerous',
  examples: [
    'runbook override b-7k2m9q4x restart --reason "the check asks the old address, I looked by hand"',
  ],
  args: z.object({
    instance: field(z.string().trim().toLowerCase().min(1).max(40), { label: 'Started runbook' }),
    step: field(z.string().trim().toLowerCase().min(1).max(80), { hint: 'Its short name, such as restart' }),
    reason: field(
      z
        .string()
        .trim()
        .min(10, 'Say why in at least 10 characters')
        .max(500, 'Say why in at most 500 characters'),
      { isPersonal: true, multiline: true, hint: 'Signers read it, and it stays on record' },
    ),
  }),
  positionals: ['instance', 'step'],
  lock: ({ instance }) => `runbook/${instance}`,

  async plan({ instance: id, step: stepId }, { countersign, now }) {
    const readAt = now();
    const instance = await countersign.runbooks.find(id);
    const step = stepOf(instance, stepId);
    // All that is not met now, also what was met when it was signed: more than was signed is refused.
    const requires = unmetGuards(instance, step.id);
    if (requires.length === 0) throw nothingToOverride(instance, step);
    const left = requires.length - mostGuards;
    const isLater = currentStep(instance)?.id !== step.id;
    return {
      action: 'Override the guard',
      data: { instance: instance.id, step: step.id, requires },
      effects: [
        {
          step: 'override',
          summary: `Countersign lets "${step.id}" of ${instance.id} begin without ${requires.join(', ')}`,
          call: {
            service: 'countersign.runbooks',
            method: 'override',
            instance: instance.id,
            step: step.id,
            requires,
          },
        },
      ],
      summary: [
        ['Let ', bold(step.title), ` begin in ${instance.runbook.title}`],
        ...requires.slice(0, mostGuards).map((required) => guardLine(instance, required)),
        ...(left > 0 ? [`… and ${left} more`] : []),
      ],
      warnings: isLater ? ['It is not the step people are at: those before it are still to be done.'] : [],
      context: { readAt: readAt.toISOString() },
    };
  },

  async run({ args, data }, { step, countersign }) {
    const { id: instance } = await step(
      'override',
      async () => {
        const { id } = await countersign.runbooks.override(data.instance, data.step, args.reason);
        return { id };
      },
      // Overridden twice is overridden once.
      { repeatable: true },
    );
    const { runbook } = await countersign.runbooks.find(instance);
    const title = runbook.steps.find(({ id }) => id === data.step)?.title ?? data.step;
    return {
      status: 'ok',
      headline: `Guard overridden: "${title}" may begin`,
      lines: [
        `In ${runbook.title}, ${instance}`,
        `Although not come out well: ${data.requires.map((id) => titleOf(runbook.steps, id)).join(', ')}`,
      ],
      next: 'Go on with Next on its card.',
    };
  },

  async lookAgain({ data }, { countersign }) {
    const instance = await countersign.runbooks.find(data.instance);
    const record = instance.steps.find(({ id }) => id === data.step);
    // Not overridden may mean not yet: the call may still be on its way.
    return record?.overriddenBy === undefined
      ? { happened: 'unclear', lines: [`"${data.step}" of ${data.instance} is not overridden up to now`] }
      : {
          happened: 'yes',
          lines: [[`"${data.step}" of ${data.instance} was overridden by `, person(record.overriddenBy)]],
        };
  },
});

type Step = RunbookInstance['runbook']['steps'][number];

/** @throws UserMistake naming the steps there are, Refusal when the step can no longer begin. */
function stepOf({ id, runbook, state, steps }: RunbookInstance, stepId: string): Step {
  const step = runbook.steps.find((one) => one.id === stepId);
  if (step === undefined) {
    const names = runbook.steps.map((one) => one.id).join(', ');
    throw new UserMistake(
      'unknown_step',
      `"${runbook.name}" has no step "${stepId}". Its steps are ${names}.`,
    );
  }
  if (state !== 'active') {
    throw new Refusal(
      'runbook_ended',
      `${runbook.title} (${id}) is ${state}, so no step of it begins. Start it again: /ops runbook ${runbook.name}`,
    );
  }
  if (steps.find((record) => record.id === stepId)?.state === 'done') {
    throw new Refusal('step_done', `"${step.title}" of ${id} is done already; there is nothing to override.`);
  }
  return step;
}

function nothingToOverride({ id, steps }: RunbookInstance, { id: stepId, title, requires }: Step): Refusal {
  const isOverridden = steps.find((record) => record.id === stepId)?.overriddenBy !== undefined;
  const why = isOverridden
    ? 'its guard is overridden already'
    : requires.length === 0
      ? 'it has no guard'
      : 'its guard is met';
  return new Refusal(
    'nothing_to_override',
    `"${title}" of ${id} may begin: ${why}. Go on with Next on its card.`,
  );
}

/** `✗ RED  Backend answers: database down · Ada, 18:02` */
function guardLine({ runbook, steps }: RunbookInstance, id: string): Line {
  const record = steps.find((one) => one.id === id);
  const words = record?.outcome === undefined ? '○ NOT DONE' : outcomeWords[record.outcome];
  const [found] = record?.finding ?? [];
  const why: Span[] =
    found === undefined
      ? record?.note === undefined
        ? []
        : [`: ${record.note}`]
      : [': ', ...(typeof found === 'string' ? [found] : found)];
  return [
    `${words}  `,
    titleOf(runbook.steps, id),
    ' (',
    code(id),
    ')',
    ...why,
    ...(record?.by === undefined ? [] : [' · ', person(record.by)]),
    ...(record?.at === undefined ? [] : [' ', date(record.at)]),
  ];
}

function titleOf(steps: readonly Step[], id: string): string {
  return steps.find((step) => step.id === id)?.title ?? id;
}
