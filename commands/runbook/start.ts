import {
  currentStep,
  defineCommand,
  field,
  type Line,
  person,
  quoted,
  type Report,
  type Runbook,
  UserMistake,
  z,
} from '../../src/command.ts';

export default defineCommand({
  version: 1,
  summary: 'Start a runbook',
  // Its steps ask the policy one by one; who may start it is judged when it runs.
  risk: 'read',
  isOwnRecord: true,
  examples: [
    'runbook start email-outage --input tenant=acme',
    'runbook start rollback --input "reason=errors since 2.14.2" --incident i-7k2m9q4x',
  ],
  args: z.object({
    name: field(z.string().trim().toLowerCase().min(1, 'Name the runbook').max(80), {
      choice: 'runbook',
      label: 'Runbook',
      hint: '"runbook list" names them',
    }),
    input: field(
      z
        .array(
          z
            .string()
            .max(2_000)
            .regex(
              /^\s*[^\s=][^=]*=/,
              'Give each as name=value, such as tenant=acme; a comma inside a value is typed \\,',
            ),
        )
        .max(30)
        .default([]),
      {
        label: 'Inputs',
        isPersonal: true,
        hint: 'One name=value each; an incident fills in what it knows',
      },
    ),
    incident: field(z.string().trim().toLowerCase().min(1).max(40).optional(), {
      hint: 'Such as i-7k2m9q4x; not needed in its thread',
    }),
  }),
  positionals: ['name'],
  async run({ args }, { countersign }) {
    const inputs = inputsOf(args.input);
    // A name people type is looked up, so that a wrong one is told before anything starts.
    const incidentId =
      args.incident === undefined ? undefined : (await countersign.incidents.find(args.incident)).id;
    const asked = { name: args.name, inputs, ...(incidentId === undefined ? {} : { incidentId }) };
    let started: Awaited<ReturnType<typeof countersign.runbooks.start>>;
    try {
      started = await countersign.runbooks.start(asked);
    } catch (error) {
      const runbook = countersign.runbooks.list().find(({ name }) => name === args.name);
      const isIncomplete = error instanceof UserMistake && error.code === 'missing_input';
      if (!isIncomplete || runbook === undefined) throw error;
      return toBeFilledIn(runbook, asked, error.message);
    }
    const { instance, isNew } = started;
    const { runbook, steps, owners } = instance;
    const done = steps.filter(({ state }) => state === 'done').length;
    const step = runbook.steps.find(({ id }) => id === currentStep(instance)?.id);
    const begins: Line[] = step === undefined ? [] : [`Step ${done + 1} of ${steps.length}: ${step.title}`];
    if (!isNew) {
      return {
        isPrivate: true,
        status: 'info',
        headline: `Under way already: ${runbook.title}`,
        lines: [...begins, ['Started by ', person(instance.startedBy), `, ${instance.id}`]],
        next: `How far it is: /ops runbook show ${instance.id}`,
      };
    }
    return {
      isPrivate: true,
      isShownElsewhere: true,
      status: 'ok',
      headline: `Started: ${runbook.title}`,
      lines: [
        ...begins,
        [
          ...(owners.length === 0
            ? ['Nobody is on call for it']
            : [
                'On call for it: ',
                ...owners.flatMap((one, index) => [index === 0 ? '' : ', ', person(one)]),
              ]),
          ` · ${instance.id}`,
        ],
      ],
      next: 'Go on with Next on its card.',
    };
  },
});

/** Its form opens with every input there is: what was given stays, what is missing is seen. */
function toBeFilledIn(
  { name, title, inputs }: Runbook,
  given: { readonly inputs: Readonly<Record<string, string>>; readonly incidentId?: string },
  why: string,
): Report {
  const pairs = Object.entries(inputs).flatMap(([input, { isRequired }]) => {
    const value = given.inputs[input];
    const isAsked = value !== undefined || isRequired;
    // A comma would end the item in the form's list.
    return isAsked ? [`--input ${quoted(`${input}=${value ?? ''}`, true).replaceAll(',', '\\,')}`] : [];
  });
  const incident = given.incidentId === undefined ? [] : [`--incident ${given.incidentId}`];
  return {
    isPrivate: true,
    status: 'warning',
    headline: `Not started, something is missing: ${title}`,
    lines: [why],
    suggestions: [
      {
        label: 'Fill in and start',
        invocation: ['runbook start', quoted(name), ...pairs, ...incident].join(' '),
        isForm: true,
      },
    ],
  };
}

/** @throws UserMistake naming the input that is given twice. */
function inputsOf(given: readonly string[]): Record<string, string> {
  const inputs = new Map<string, string>();
  for (const pair of given) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (inputs.has(name)) {
      throw new UserMistake('input_given_twice', `The input "${name}" is given twice. Give it once.`);
    }
    inputs.set(name, pair.slice(at + 1).trim());
  }
  return Object.fromEntries(inputs);
}
