import {
  ageText,
  bold,
  boundedHeadline,
  cancelWhenStopped,
  clock,
  code,
  defineCommand,
  durationText,
  field,
  followMilliseconds,
  followRun,
  isStopWanted,
  type JsonObject,
  type Line,
  link,
  locateMilliseconds,
  type Observation,
  quoted,
  type Reading,
  Refusal,
  type Report,
  readable,
  repeated,
  runWords,
  type TargetInfo,
  type TargetKinds,
  UnknownOutcome,
  UserMistake,
  verdictWords,
  type WorkflowRun,
  type WorkflowSummary,
  type WorkflowVerdict,
  z,
} from '../src/command.ts';

type GitHub = TargetKinds['workflows'];

const longestLabel = 23;
const minute = 60_000;
/** As many as a locked ref's runs may stand there before ours. */
const mostKnownRuns = 30;

export default defineCommand({
  version: 1,
  summary: 'Run a GitHub workflow that a target declares',
  // What a workflow not yet named is taken for: `riskOf` says what the named one is.
  risk: 'dangerous',
  needs: 'workflows',
  examples: ['run-workflow rms db-bootstrap --input mode=all', 'run-workflow rms migrate'],
  args: z.object({
    target: field(z.string().trim().min(1, 'Name the target').max(80), { choice: 'target' }),
    workflow: field(z.string().trim().min(1, 'Name the workflow').max(80), {
      hint: 'As declared under targets.<name>.workflows.files',
    }),
    input: field(
      z
        .array(
          z
            .string()
            .max(2_000)
            .regex(/^\s*[^\s=][^=]*=/, 'Give each as name=value, such as mode=all'),
        )
        .max(25)
        .default([]),
      { label: 'Inputs', hint: 'One name=value each', isPersonal: true },
    ),
    ref: field(z.string().trim().min(1).max(200).optional(), {
      label: 'Branch or tag',
      hint: 'Default: the one the workflow is declared with',
    }),
  }),
  positionals: ['target', 'workflow'],
  riskOf: ({ workflow, input }, target) => target.workflows.find(workflow, inputsOf(input)).risk,
  // One that deploys keeps out everything that shares its lock, a change of secrets among them.
  lock: ({ workflow }, target) =>
    `workflow/${target.workflows.list().find(({ name }) => name === workflow)?.lock ?? workflow}`,

  async plan({ workflow: name, input, ref: asked }, { target, now, frozen }) {
    const typed = inputsOf(input);
    const workflow = target.workflows.find(name, typed);
    const ref = asked ?? workflow.ref;
    const inputs = withDefaults(workflow, typed);
    await target.workflows.refuseUndispatchable(name, ref);
    const [commit, runs] = await Promise.all([
      target.workflows.commit(ref),
      target.workflows.recent(name, { ref, limit: mostKnownRuns }),
    ]);
    const requirements = await Promise.all(
      workflow.requires.map((requirement) => requirementLine(target, requirement, ref, commit, now())),
    );
    const last = await lastRun(target, name, runs);
    const known = runs.map(({ id }) => id).sort((a, b) => a - b);
    const call = target.workflows.dispatch(name, { ref, inputs });
    return {
      action: labelOf(name),
      data: { workflow: name, file: workflow.file, ref, inputs, notIds: keptIds(frozen) ?? known },
      effects: [{ step: 'dispatch', summary: call.summary, call: call.call }],
      summary: [
        [bold(name), `: ${workflow.summary}`],
        [code(workflow.file), ` on ${ref}, now at `, code(commit.slice(0, 7))],
        ...inputLines(inputs),
        last.line,
        ...requirements.map(({ line }) => line),
      ],
      warnings: [...last.warnings, ...requirements.flatMap(({ warnings }) => warnings)],
      context: {
        readAt: now().toISOString(),
        commit,
        // Newer than what was signed: these are not ours either.
        knownIds: known,
        requires: requirements.map(({ runId }) => runId),
      },
    };
  },

  async run({ data, context }, { step, observe, target, progress, signal, now }) {
    const { workflow: name, ref, inputs } = data;
    const dispatched = await step('dispatch', target.workflows.dispatch(name, { ref, inputs }));
    const notIds = [...new Set([...data.notIds, ...idsOf(context)])];
    const locate = () => target.workflows.locate(name, { ...dispatched, ref, notIds });
    const stopping = cancelWhenStopped(signal, target.workflows, locate);

    const found = await observe(
      'find its run',
      async (until) => {
        progress(`Waiting for GitHub to begin ${name}`);
        const run = await repeated(until, locateMilliseconds, locate, stopping);
        return run === undefined ? undefined : { id: run.id };
      },
      { deadlineMilliseconds: locateMilliseconds },
    );
    if (found === undefined) {
      throw new UnknownOutcome(
        'workflow_run_not_found',
        `GitHub accepted "${name}" on ${ref}, and no run of it can be told from others. Look at the runs of ${data.file} in ${target.workflows.repository}.`,
      );
    }
    stopping.knows(found.id);
    let ended: { readonly conclusion: string } | undefined;
    try {
      ended = await observe(
        'follow it',
        (until) => followRun(target.workflows, name, found.id, { until, progress, stopping, now }),
        { deadlineMilliseconds: followMilliseconds },
      );
    } catch (error) {
      if (!isStopWanted(signal)) throw error;
      await stopping.done();
      return cancelledThere(target, name, found.id);
    }
    if (ended === undefined) return stillGoing(target, name, found.id);
    const [run, jobs] = await Promise.all([
      target.workflows.run(found.id),
      readable(target.workflows.jobs(found.id)),
    ]);
    const verdict = await target.workflows.verdict(name, run);
    return reportOf(target, target.workflows.find(name, inputs), {
      run,
      verdict,
      jobs,
      planned: context?.commit,
    });
  },

  async lookAgain({ data, context }, { target }): Promise<Observation> {
    const since = typeof context?.readAt === 'string' ? context.readAt : undefined;
    const notIds = [...new Set([...data.notIds, ...idsOf(context)])];
    if (since === undefined) return { happened: 'unclear', lines: ['When it was asked for is not known.'] };
    const looked = await readable(
      target.workflows.locate(data.workflow, { ref: data.ref, dispatchedAt: since, notIds }),
    );
    if ('why' in looked) return { happened: 'unclear', lines: [`Unknown, ${looked.why}`] };
    const run = looked.value;
    if (run === undefined) {
      // GitHub may be slow to list it, or there are several, or somebody else's.
      return {
        happened: 'unclear',
        lines: [
          `No single run of ${data.file} on ${data.ref} has begun since; look there whether one is ours.`,
        ],
      };
    }
    return {
      // It is the only one that was dispatched since; who dispatched it GitHub's list does not say.
      happened: 'unclear',
      lines: [
        [`One run of ${data.file} was dispatched since: `, ...runWords(run), '.'],
        'If nobody else dispatched it, it is ours: settle this as "happened".',
      ],
    };
  },
});

// -------------------------------------------------------------------------------------------- arguments

/** @throws UserMistake naming the input that is given twice. */
function inputsOf(given: readonly string[]): Record<string, string> {
  const inputs = new Map<string, string>();
  for (const pair of given) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (inputs.has(name)) {
      throw new UserMistake('input_given_twice', `The input "${name}" is given twice. Give it once.`);
    }
    inputs.set(name, pair.slice(at + 1));
  }
  return Object.fromEntries(inputs);
}

/** What is signed is every value that goes out, also those the settings fill in. */
function withDefaults(
  { inputs }: WorkflowSummary,
  typed: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    inputs.flatMap(({ name, default: standard }) => {
      const value = typed[name] ?? standard;
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function keptIds(frozen: JsonObject | undefined): number[] | undefined {
  return Array.isArray(frozen?.notIds) ? frozen.notIds.filter((id) => typeof id === 'number') : undefined;
}

function idsOf(context: JsonObject | undefined): number[] {
  return Array.isArray(context?.knownIds) ? context.knownIds.filter((id) => typeof id === 'number') : [];
}

function inputLines(inputs: Readonly<Record<string, string>>): Line[] {
  const shown = Object.entries(inputs).map(
    ([name, value]) => `${name} = ${value.length <= 60 ? value : `${value.slice(0, 59)}…`}`,
  );
  return shown.length === 0 ? [] : [shown.join(' · ')];
}

function labelOf(name: string): string {
  const label = `Run ${name}`;
  return label.length <= longestLabel ? label : `${label.slice(0, longestLabel - 1)}…`;
}

// ---------------------------------------------------------------------------------------------- the plan

async function lastRun(
  { workflows }: GitHub,
  name: string,
  runs: readonly WorkflowRun[],
): Promise<{ readonly line: Line; readonly warnings: readonly Line[] }> {
  const [newest] = runs;
  if (newest === undefined) return { line: 'It has not run on this ref yet', warnings: [] };
  const warnings: Line[] =
    newest.status === 'completed' ? [] : [['Already under way: ', ...runWords(newest)]];
  const done = runs.find(({ status }) => status === 'completed');
  if (done === undefined) return { line: 'None of its runs on this ref is over yet', warnings };
  const { verdict, statusLine, why } = await workflows.verdict(name, done);
  return {
    line: [
      'Last time: ',
      verdictWords[verdict],
      ', ',
      ...runWords(done),
      statusLine ? `, ${statusLine}` : why ? `, ${why}` : '',
    ],
    warnings,
  };
}

/**
 * Whether a workflow that has to come first has: its newest completed run on the same ref, by its own line.
 * @throws Refusal naming it and how it stands.
 */
async function requirementLine(
  { name: target, workflows }: GitHub,
  { workflow, withinMinutes }: WorkflowSummary['requires'][number],
  ref: string,
  commit: string,
  now: Date,
): Promise<{ readonly line: Line; readonly warnings: readonly Line[]; readonly runId: number }> {
  const next = `Run it first: /ops run-workflow ${quoted(target)} ${quoted(workflow)}`;
  const recently = withinMinutes === undefined ? '' : ` within ${durationText(withinMinutes)}`;
  const refuse = (how: string): never => {
    throw new Refusal(
      'workflow_required',
      `It needs a successful "${workflow}" on ${ref}${recently} first, and ${how}. ${next}`,
    );
  };
  const runs = await workflows.recent(workflow, { ref, limit: 10 });
  const done = runs.find(({ status }) => status === 'completed');
  if (done?.finishedAt === undefined) {
    return refuse(
      runs[0] === undefined ? 'it has not run there' : `its run ${runs[0].id} is ${runs[0].status}`,
    );
  }
  const { verdict, why } = await workflows.verdict(workflow, done);
  if (verdict !== 'success') {
    return refuse(
      `its newest run ${done.id} came out ${verdictWords[verdict]}${why === undefined ? '' : ` (${why})`}`,
    );
  }
  const minutes = Math.floor((now.getTime() - done.finishedAt.getTime()) / minute);
  if (withinMinutes !== undefined && minutes > withinMinutes) {
    return refuse(`its newest success, run ${done.id}, is ${ageText(minutes)} old`);
  }
  const isOther = done.commit !== commit;
  return {
    runId: done.id,
    line: [`After ${workflow}: `, ...runWords(done)],
    warnings: isOther
      ? [`${workflow} was of ${done.commit.slice(0, 7)}, and ${ref} is at ${commit.slice(0, 7)} now`]
      : [],
  };
}

// -------------------------------------------------------------------------------------------- the report

/** What became of the run that GitHub was asked to cancel. */
async function cancelledThere({ workflows }: GitHub, name: string, id: number): Promise<Report> {
  const looked = await readable(workflows.run(id));
  const where: Line = 'value' in looked ? [...runWords(looked.value)] : `Run ${id}: unknown, ${looked.why}`;
  return {
    status: 'bad',
    headline: boundedHeadline(`${name} was cancelled; GitHub was asked to cancel its run, too`),
    lines: [where],
    next: 'See at GitHub what it had done by then.',
  };
}

async function stillGoing({ workflows, ...target }: GitHub, name: string, id: number): Promise<Report> {
  const looked = await readable(workflows.run(id));
  const where: Line = 'value' in looked ? [...runWords(looked.value)] : `Run ${id}: unknown, ${looked.why}`;
  return {
    status: 'unknown',
    headline: boundedHeadline(`${name} is still going on at GitHub; it is not followed any longer`),
    lines: [where, `It was followed for ${followMilliseconds / minute} minutes and goes on there`],
    next: `Look again later: /ops workflow-status ${quoted(target.name)} ${quoted(name)}`,
    suggestions: [
      { label: 'Look again', invocation: `workflow-status ${quoted(target.name)} ${quoted(name)}` },
    ],
  };
}

const outcomes = {
  success: { status: 'ok', words: 'succeeded' },
  failure: { status: 'bad', words: 'FAILED' },
  insufficient_data: { status: 'warning', words: 'had too little data to judge: no traffic yet' },
  cancelled: { status: 'bad', words: 'was cancelled at GitHub' },
  unknown: { status: 'unknown', words: 'ended, and nothing says that it went well' },
} as const satisfies Record<WorkflowVerdict['verdict'], { status: Report['status']; words: string }>;

function reportOf(
  target: TargetInfo,
  workflow: WorkflowSummary,
  seen: {
    readonly run: WorkflowRun;
    readonly verdict: WorkflowVerdict;
    readonly jobs: Reading<Awaited<ReturnType<GitHub['workflows']['jobs']>>>;
    readonly planned: unknown;
  },
): Report {
  const { run, verdict, jobs, planned } = seen;
  const { status, words } = outcomes[verdict.verdict];
  const { name } = workflow;
  const seconds =
    run.finishedAt === undefined
      ? undefined
      : Math.round((run.finishedAt.getTime() - run.startedAt.getTime()) / 1_000);
  const all = 'value' in jobs ? jobs.value : [];
  const wrong = all.filter(({ conclusion }) => conclusion !== 'success' && conclusion !== 'skipped');
  const lines: Line[] = [
    [
      link(run.url, `Run ${run.id}`),
      ` of ${run.commit.slice(0, 7)} on ${run.ref}${seconds === undefined ? '' : `, ${clock(seconds)}`}`,
    ],
    ...(verdict.statusLine === undefined ? [] : [[code(verdict.statusLine)] as const]),
    ...(verdict.why === undefined ? [] : [`Why: ${verdict.why}`]),
    ...(wrong.length === 0 || status === 'ok' || status === 'warning'
      ? []
      : [
          `Jobs not well: ${wrong
            .slice(0, 4)
            .map(({ name: job, conclusion, status: at }) => `${job} (${conclusion ?? at})`)
            .join(', ')}`,
        ]),
    ...('why' in jobs ? [`Jobs: unknown, ${jobs.why}`] : []),
    ...(verdict.unknownLines === 0
      ? []
      : [`${verdict.unknownLines.toLocaleString('en-US')} other log lines, not shown`]),
    ...(typeof planned === 'string' && planned !== run.commit
      ? [`It ran ${run.commit.slice(0, 7)}; when it was planned ${run.ref} was at ${planned.slice(0, 7)}`]
      : []),
  ];
  const details = all.map((job): Line => {
    const time = job.seconds === undefined ? '' : `, ${clock(job.seconds)}`;
    const text = `${job.name}: ${job.conclusion ?? job.status}${time}`;
    return job.url === undefined ? text : [`${text} `, link(job.url, 'log')];
  });
  return {
    status,
    headline: boundedHeadline(`${name} ${words} on ${target.name} (${target.environment})`),
    lines,
    ...(details.length > 1 ? { details } : {}),
    ...nextOf(verdict, workflow, run),
  };
}

function nextOf(
  { verdict }: WorkflowVerdict,
  { name }: WorkflowSummary,
  run: WorkflowRun,
): { readonly next?: Line } {
  switch (verdict) {
    case 'success':
      return {};
    case 'insufficient_data':
      return { next: 'Judge it again when there has been traffic.' };
    case 'failure':
    case 'cancelled':
      return { next: [`See what ${name} had done before it ended: `, link(run.url, 'its log')] };
    case 'unknown':
      return { next: ['Read its log before going on: ', link(run.url, `run ${run.id}`)] };
  }
}
