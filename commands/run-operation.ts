import {
  bold,
  code,
  defineCommand,
  Fault,
  field,
  type Json,
  type JsonObject,
  type Line,
  type OperationReading,
  type OperationSummary,
  Refusal,
  type Report,
  type TargetInfo,
  type TargetKinds,
  UnknownOutcome,
  UserMistake,
  z,
} from '../src/command.ts';

const longestLabel = 23;
/** A thread of more is not read; the target has the whole answer. */
const mostAnswerLines = 40;
const fieldsOnCard = 3;
const findingsOnCard = 4;

export default defineCommand({
  version: 1,
  summary: 'Run an operation that a target declares',
  // What an operation not yet named is taken for: `riskOf` says what the named one is.
  risk: 'dangerous',
  needs: 'operations',
  examples: ['run-operation rms test-email --param to=ops@example.com'],
  args: z.object({
    target: field(z.string().trim().min(1, 'Name the target').max(80), { choice: 'target' }),
    operation: field(z.string().trim().min(1, 'Name the operation').max(80), {
      hint: 'As declared under targets.<name>.operations',
    }),
    param: field(
      z
        .array(
          z
            .string()
            .max(2_000)
            .regex(
              /^\s*[^\s=][^=]*=/,
              'Give each as name=value, such as level=debug; a comma inside a value is typed \\,',
            ),
        )
        .max(50)
        .default([]),
      { label: 'Parameters', hint: 'One name=value each', isPersonal: true },
    ),
  }),
  positionals: ['target', 'operation'],
  riskOf: ({ operation, param }, target) => target.operations.find(operation, parametersOf(param)).risk,
  lock: ({ operation }) => `operation/${operation}`,

  async plan({ operation: name, param }, { target, now }) {
    const parameters = parametersOf(param);
    const operation = target.operations.find(name, parameters);
    const data = { operation: operation.name, parameters };
    const readAt = now().toISOString();
    const summary = [titleOf(operation), ...parameterLines(parameters)];
    const action = labelOf(operation.name);
    if (operation.risk === 'read') return { action, data, summary, context: { readAt, seenBefore: null } };
    const before = await observed(target, data);
    const call = target.operations.prepare(operation.name, parameters);
    return {
      action,
      data,
      summary,
      effects: [{ step: operation.name, summary: call.summary, call: call.call }],
      warnings: warningsOf(before, target),
      // Null: it could not be read, so seeing it afterwards proves nothing either.
      context: { readAt, seenBefore: before.kind === 'unreadable' ? null : before.kind === 'seen' },
    };
  },

  async run({ data, context }, { step, observe, target }) {
    const { operation: name, parameters } = data;
    const operation = target.operations.find(name, parameters);
    if (operation.risk === 'read') {
      return readReport(operation, target, await target.operations.read(name, parameters));
    }
    const answer = await step(operation.name, target.operations.prepare(name, parameters));
    let last: Observed | undefined;
    // Nothing declared is an answer too, so nobody waits for it.
    const seen = await observe(`${operation.name}: what came of it`, async () => {
      last = await observed(target, data);
      return last.kind === 'seen' || last.kind === 'undeclared' ? { ...last } : undefined;
    });
    return changeReport(operation, target, {
      answer,
      observed: seen ?? last ?? { kind: 'not_seen', sentence: 'not seen' },
      before: beforeOf(context),
    });
  },

  async lookAgain({ data, context }, { target }) {
    const now = await observed(target, data);
    switch (now.kind) {
      case 'undeclared':
        return {
          happened: 'unclear',
          lines: [
            `Nothing is declared to observe after "${data.operation}": look on ${target.name} yourself.`,
          ],
        };
      case 'unreadable':
        return { happened: 'unclear', lines: [`Unknown, ${now.sentence}`] };
      case 'not_seen':
        // Not to be seen is no proof: it may take longer, or show elsewhere.
        return { happened: 'unclear', lines: [`Not seen: ${now.sentence}`] };
      case 'seen': {
        const before = beforeOf(context);
        return before === 'not_so'
          ? { happened: 'yes', lines: [`Seen: ${now.sentence}`] }
          : { happened: 'unclear', lines: [`Seen, but ${beforeWords[before]}: ${now.sentence}`] };
      }
    }
  },
});

/** @throws UserMistake naming the parameter that is given twice. */
function parametersOf(given: readonly string[]): Record<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of given) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (parameters.has(name)) {
      throw new UserMistake('parameter_given_twice', `The parameter "${name}" is given twice. Give it once.`);
    }
    parameters.set(name, pair.slice(at + 1));
  }
  return Object.fromEntries(parameters);
}

type Observed = {
  readonly kind: 'seen' | 'not_seen' | 'undeclared' | 'unreadable';
  readonly sentence: string;
};

async function observed(
  target: TargetKinds['operations'],
  { operation, parameters }: { operation: string; parameters: Readonly<Record<string, string>> },
): Promise<Observed> {
  try {
    const seen = await target.operations.observe(operation, parameters);
    if (seen === undefined) return { kind: 'undeclared', sentence: '' };
    return { kind: seen.isSeen ? 'seen' : 'not_seen', sentence: seen.sentence };
  } catch (error) {
    const isTargetProblem =
      error instanceof Fault || error instanceof Refusal || error instanceof UnknownOutcome;
    if (!isTargetProblem) throw error;
    return { kind: 'unreadable', sentence: error.message };
  }
}

/** How what is observed stood before the run. */
function beforeOf(context: JsonObject | undefined): 'so' | 'not_so' | 'unknown' {
  if (context?.seenBefore === false) return 'not_so';
  return context?.seenBefore === true ? 'so' : 'unknown';
}

const beforeWords = { so: 'it was so before', unknown: 'perhaps it was so before' } as const;

function warningsOf(before: Observed, { name }: TargetInfo): Line[] {
  switch (before.kind) {
    case 'seen':
      return [`${name} shows already now: ${before.sentence}`];
    case 'undeclared':
      return [`Nothing is declared to observe afterwards: only the answer of ${name} will tell`];
    case 'unreadable':
      return [`What is observed afterwards cannot be read now: ${before.sentence}`];
    case 'not_seen':
      return [];
  }
}

function titleOf({ name, summary }: OperationSummary): Line {
  return [bold(name), `: ${summary}`];
}

function parameterLines(parameters: Readonly<Record<string, string>>): Line[] {
  const shown = Object.entries(parameters).map(
    ([name, value]) => `${name} = ${value.length <= 60 ? value : `${value.slice(0, 59)}…`}`,
  );
  return shown.length === 0 ? [] : [shown.join(' · ')];
}

function labelOf(name: string): string {
  const label = `Run ${name}`;
  return label.length <= longestLabel ? label : `${label.slice(0, longestLabel - 1)}…`;
}

// ---------------------------------------------------------------------------------------------- the report

function readReport(
  operation: OperationSummary,
  target: TargetInfo,
  { answer, findings }: OperationReading,
): Report {
  const details = answerLines(answer);
  const [first, ...others] = findings.toSorted((one, other) => order[one.holds] - order[other.holds]);
  if (first === undefined) {
    return {
      status: 'info',
      headline: bounded(`${operation.name}: answer of ${target.name}`),
      lines: [operation.summary, [code(operation.request)], ...fieldLines(answer)],
      details,
    };
  }
  const left = others.length + 1 - findingsOnCard;
  return {
    status: verdicts[first.holds].status,
    headline: bounded(`${verdicts[first.holds].words}: ${operation.name} of ${target.name}`),
    lines: [
      ...[first, ...others]
        .slice(0, findingsOnCard)
        .map(({ holds, sentence }): Line => `${verdicts[holds].mark} ${sentence}`),
      ...(left > 0 ? [`… and ${left} more`] : []),
      operation.summary,
    ],
    details,
  };
}

/** What is not well is read first. */
const order = { no: 0, unclear: 1, yes: 2 } as const;
const verdicts = {
  no: { status: 'bad', mark: '✗', words: 'NOT as expected' },
  unclear: { status: 'unknown', mark: '?', words: 'Unknown, it does not say what is expected' },
  yes: { status: 'ok', mark: '✓', words: 'As expected' },
} as const;

function changeReport(
  operation: OperationSummary,
  target: TargetInfo,
  outcome: { answer: Json; observed: Observed; before: 'so' | 'not_so' | 'unknown' },
): Report {
  const { answer, observed: seen, before } = outcome;
  const details = answerLines(answer);
  const common = { details };
  const accepted = `${operation.name} accepted by ${target.name}`;
  const answered = fieldLines(answer).slice(0, 2);
  switch (seen.kind) {
    case 'seen':
      return before !== 'not_so'
        ? {
            ...common,
            status: 'info',
            headline: bounded(`${accepted}; seen, but ${beforeWords[before]}`),
            lines: [`Seen: ${seen.sentence}`, ...answered],
            next: `Look on ${target.name} whether anything changed: what was seen is no proof of it.`,
          }
        : {
            ...common,
            status: 'ok',
            headline: bounded(`${operation.name} done on ${target.name}, and seen`),
            lines: [`Seen: ${seen.sentence}`, ...answered],
          };
    case 'not_seen':
      return {
        ...common,
        status: 'warning',
        headline: bounded(`${accepted}, but its effect was not seen`),
        lines: [`Not seen: ${seen.sentence}`, ...answered],
        next: `Look on ${target.name} before running it again: it may only be slow.`,
      };
    case 'unreadable':
      return {
        ...common,
        status: 'unknown',
        headline: bounded(`${accepted}, but its effect could not be read`),
        lines: [`Effect: unknown, ${seen.sentence}`, ...answered],
        next: `Look on ${target.name} before running it again.`,
      };
    case 'undeclared':
      return {
        ...common,
        status: 'info',
        headline: bounded(`${accepted}; nothing is declared to observe`),
        lines: [`Only the answer of ${target.name} says that it happened`, ...answered],
      };
  }
}

/** The first plain values of an object, which often are all there is to know. */
function fieldLines(answer: Json): Line[] {
  if (answer === null) return ['The answer is empty'];
  if (typeof answer !== 'object') return [String(answer)];
  const entries = Object.entries(answer) as [string, Json][];
  if (Array.isArray(answer)) return [`A list of ${answer.length.toLocaleString('en-US')}, in the thread`];
  return entries
    .filter(([, value]) => value === null || typeof value !== 'object')
    .slice(0, fieldsOnCard)
    .map(([name, value]): Line => [`${name}: `, code(String(value))]);
}

function answerLines(answer: Json): Line[] {
  if (answer === null || typeof answer !== 'object') return [];
  const lines = JSON.stringify(answer, null, 2).split('\n');
  const left = lines.length - mostAnswerLines;
  return [
    ...lines.slice(0, mostAnswerLines).map((line): Line => [code(line)]),
    ...(left > 0 ? [`… and ${left.toLocaleString('en-US')} more lines`] : []),
  ];
}

/** 90 characters reach a phone; two go to the mark. */
function bounded(text: string): string {
  return text.length <= 88 ? text : `${text.slice(0, 87)}…`;
}
