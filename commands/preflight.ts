import {
  ageText,
  bold,
  counted,
  defineCommand,
  durationText,
  field,
  type Line,
  quoted,
  type Report,
  readable,
  type TargetKinds,
  z,
} from '../src/command.ts';

type GitHub = TargetKinds['workflows'];

const minute = 60_000;
const mostNamed = 5;

/** Beside what a card always shows. */
const mostLines = 4;

export default defineCommand({
  version: 1,
  summary: 'Check everything a release needs before it begins',
  risk: 'read',
  needs: 'workflows',
  examples: ['preflight rms', 'preflight rms deploy', 'preflight rms --ref release'],
  args: z.object({
    target: field(z.string().trim().min(1, 'Name the target').max(80), { choice: 'target' }),
    workflow: field(z.string().trim().min(1).max(80).optional(), {
      hint: 'Looks at what this one requires. Default: what any of them requires',
    }),
    ref: field(z.string().trim().min(1).max(200).optional(), {
      label: 'Branch or tag',
      hint: 'Default: the one it is declared with, or main',
    }),
  }),
  positionals: ['target', 'workflow'],

  async run({ args }, { target, now }) {
    const { workflows } = target;
    const all = workflows.list();
    const asked = all.find(({ name }) => name === args.workflow);
    // Says which there are: what it objects to is the name, before any input.
    if (args.workflow !== undefined && asked === undefined) workflows.find(args.workflow, {});
    const ref = args.ref ?? asked?.ref ?? 'main';
    const required = requirementsOf(all, asked);
    const findings = await Promise.all([
      settingsFinding(target),
      commitFinding(target, ref),
      ...required.map((requirement) => workflowFinding(target, requirement, ref, now())),
    ]);
    const words = [target.name, args.workflow, ...(args.ref === undefined ? [] : ['--ref', args.ref])];
    const again = words.flatMap((word) =>
      word === undefined ? [] : [word.startsWith('--') ? word : quoted(word)],
    );
    return {
      ...report(target, ref, findings.flat()),
      suggestions: [{ label: 'Check again', invocation: `preflight ${again.join(' ')}` }],
    };
  },
});

interface Finding {
  readonly kind: 'bad' | 'unknown' | 'warning' | 'ok';
  readonly text: string;
}

type Requirement = { readonly workflow: string; readonly withinMinutes: number | undefined };

/** What one workflow requires; or what any of them does, or all where none requires anything, however old. */
function requirementsOf(
  all: ReturnType<GitHub['workflows']['list']>,
  asked: ReturnType<GitHub['workflows']['list']>[number] | undefined,
): Requirement[] {
  if (asked !== undefined) return [...asked.requires];
  const required = [...new Set(all.flatMap(({ requires }) => requires.map(({ workflow }) => workflow)))];
  const names = required.length > 0 ? required : all.map(({ name }) => name);
  return names.map((workflow) => ({ workflow, withinMinutes: undefined }));
}

async function settingsFinding({ workflows }: GitHub): Promise<Finding[]> {
  const { secrets, variables } = workflows.needs;
  if (secrets.length + variables.length === 0) return [];
  const read = await readable(workflows.settingNames());
  if ('why' in read) return [{ kind: 'unknown', text: `secrets and variables: ${read.why}` }];
  const missing = [
    ...secrets.filter((name) => !read.value.secrets.includes(name)).map((name) => `secret ${name}`),
    ...variables.filter((name) => !read.value.variables.includes(name)).map((name) => `variable ${name}`),
  ];
  if (missing.length > 0) return [{ kind: 'bad', text: `missing: ${listed(missing)}` }];
  const there = [
    ...(secrets.length === 0 ? [] : [counted(secrets.length, 'secret')]),
    ...(variables.length === 0 ? [] : [counted(variables.length, 'variable')]),
  ];
  return [{ kind: 'ok', text: `${there.join(' and ')} there, by name` }];
}

async function commitFinding({ workflows }: GitHub, ref: string): Promise<Finding[]> {
  const read = await readable(workflows.checks(ref));
  if ('why' in read) return [{ kind: 'unknown', text: `checks of ${ref}: ${read.why}` }];
  const { commit, checks } = read.value;
  const at = `${ref} at ${commit.slice(0, 7)}`;
  // A check over an empty set is no pass.
  if (checks.length === 0) return [{ kind: 'unknown', text: `${at} has no checks` }];
  const passed = (conclusion: string | undefined) =>
    conclusion === 'success' || conclusion === 'neutral' || conclusion === 'skipped';
  const open = checks.filter(({ status }) => status !== 'completed');
  const failed = checks.filter(({ status, conclusion }) => status === 'completed' && !passed(conclusion));
  if (failed.length > 0) {
    const names = failed.map(({ name, conclusion }) => `${name} (${conclusion ?? 'no conclusion'})`);
    return [{ kind: 'bad', text: `checks of ${at} not green: ${listed(names)}` }];
  }
  if (open.length > 0) {
    return [
      { kind: 'unknown', text: `checks of ${at} still going on: ${listed(open.map(({ name }) => name))}` },
    ];
  }
  if (!checks.some(({ conclusion }) => conclusion === 'success')) {
    return [{ kind: 'unknown', text: `all ${counted(checks.length, 'check')} of ${at} were skipped` }];
  }
  return [{ kind: 'ok', text: `${counted(checks.length, 'check')} of ${at} green` }];
}

async function workflowFinding(
  { workflows }: GitHub,
  { workflow, withinMinutes }: Requirement,
  ref: string,
  now: Date,
): Promise<Finding[]> {
  const read = await readable(workflows.recent(workflow, { ref, limit: 10 }));
  if ('why' in read) return [{ kind: 'unknown', text: `${workflow}: ${read.why}` }];
  const run = read.value.find(({ status }) => status === 'completed');
  if (run?.finishedAt === undefined)
    return [
      {
        kind: 'unknown',
        text: `${workflow}: ${read.value.length === 0 ? 'it has not run' : 'its first run is not over'} on ${ref}`,
      },
    ];
  const judged = await readable(workflows.verdict(workflow, run));
  if ('why' in judged) return [{ kind: 'unknown', text: `${workflow}: ${judged.why}` }];
  const { verdict, why, statusLine } = judged.value;
  const because = why === undefined ? '' : `, ${why}`;
  const minutes = Math.floor((now.getTime() - run.finishedAt.getTime()) / minute);
  switch (verdict) {
    case 'failure':
    case 'cancelled':
      return [{ kind: 'bad', text: `${workflow}: ${verdict}${because} (run ${run.id})` }];
    case 'unknown':
      return [{ kind: 'unknown', text: `${workflow}${because || ': unknown'} (run ${run.id})` }];
    case 'insufficient_data':
      return [{ kind: 'warning', text: `${workflow}: no traffic yet${because} (run ${run.id})` }];
    case 'success':
      return withinMinutes !== undefined && minutes > withinMinutes
        ? [
            {
              kind: 'bad',
              text: `${workflow}: green, but ${ageText(minutes)} ago; it must be within ${durationText(withinMinutes)}`,
            },
          ]
        : [{ kind: 'ok', text: `${workflow} green${statusLine === undefined ? '' : `: ${statusLine}`}` }];
  }
}

const marks = { bad: 'NOT READY ', unknown: 'Unknown ', warning: 'Look ', ok: 'Ready ' } as const;

function report({ name, environment }: GitHub, ref: string, findings: readonly Finding[]): Report {
  const sorted = Object.keys(marks).flatMap((kind) => findings.filter((finding) => finding.kind === kind));
  const lines = sorted.map(({ kind, text }): Line => [bold(marks[kind]), text]);
  // What the card has no room for stands in its thread, once.
  const common = {
    lines: lines.slice(0, mostLines),
    ...(lines.length > mostLines ? { details: lines.slice(mostLines) } : {}),
  };
  const of = (kind: Finding['kind']) => findings.filter((finding) => finding.kind === kind);
  const place = `${name} (${environment}) on ${ref}`;
  const more = (these: readonly Finding[]) => (these.length > 1 ? ` (and ${these.length - 1} more)` : '');
  const [bad, unknown, warning] = [of('bad'), of('unknown'), of('warning')];
  if (bad[0] !== undefined) {
    return {
      ...common,
      status: 'bad',
      headline: bounded(`NOT READY: ${bad[0].text}`, more(bad)),
      next: `Put that right before ${name} is changed.`,
    };
  }
  if (unknown[0] !== undefined || findings.length === 0) {
    return {
      ...common,
      status: 'unknown',
      headline: bounded(
        `Unknown: ${unknown[0]?.text ?? `nothing is declared to check for ${name}`}`,
        more(unknown),
      ),
      next: 'What could not be seen is not green: see to that first.',
    };
  }
  if (warning[0] !== undefined) {
    return {
      ...common,
      status: 'warning',
      headline: bounded(`Ready, but ${warning[0].text}`, more(warning)),
    };
  }
  return {
    ...common,
    status: 'ok',
    headline: bounded(`Ready: ${place}, ${counted(findings.length, 'check')} passed`, ''),
  };
}

function listed(names: readonly string[]): string {
  const left = names.length - mostNamed;
  return left > 0 ? `${names.slice(0, mostNamed).join(', ')} and ${left} more` : names.join(', ');
}

/** 90 characters reach a phone; two go to the mark. `end` is kept. */
function bounded(text: string, end: string): string {
  const room = 88 - end.length;
  return `${text.length <= room ? text : `${text.slice(0, room - 1)}…`}${end}`;
}
