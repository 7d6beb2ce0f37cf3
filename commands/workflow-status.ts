import {
  bold,
  date,
  defineCommand,
  field,
  type Line,
  link,
  quoted,
  type Report,
  readable,
  type TargetKinds,
  type WorkflowRun,
  type WorkflowSummary,
  type WorkflowVerdict,
  z,
} from '../src/command.ts';

type GitHub = TargetKinds['workflows'];

/** How far back one that is over is looked for behind those under way. */
const mostRuns = 10;

/** Beside what a card always shows. */
const mostLines = 4;

export default defineCommand({
  version: 1,
  summary: 'Show how the workflows of a target came out last',
  risk: 'read',
  needs: 'workflows',
  examples: ['workflow-status rms', 'workflow-status rms ops-daily'],
  args: z.object({
    target: field(z.string().trim().min(1, 'Name the target').max(80), { choice: 'target' }),
    workflow: field(z.string().trim().min(1).max(80).optional(), { hint: 'Default: all that are declared' }),
  }),
  positionals: ['target', 'workflow'],

  async run({ args }, { target }) {
    const all = target.workflows.list();
    if (args.workflow !== undefined && !all.some(({ name }) => name === args.workflow)) {
      // Says which there are: what it objects to is the name, before any input.
      target.workflows.find(args.workflow, {});
    }
    const wanted = args.workflow === undefined ? all : all.filter(({ name }) => name === args.workflow);
    const looked = await Promise.all(wanted.map((workflow) => look(target, workflow)));
    const again = args.workflow === undefined ? '' : ` ${quoted(args.workflow)}`;
    return {
      ...report(target, looked),
      suggestions: [{ label: 'Look again', invocation: `workflow-status ${quoted(target.name)}${again}` }],
    };
  },
});

type Standing = WorkflowVerdict['verdict'] | 'never' | 'unread';

interface Looked {
  readonly name: string;
  readonly standing: Standing;
  readonly run: WorkflowRun | undefined;
  readonly text: string;
  readonly underWay: WorkflowRun | undefined;
}

async function look({ workflows }: GitHub, { name, ref }: WorkflowSummary): Promise<Looked> {
  const read = await readable(workflows.recent(name, { limit: mostRuns }));
  if ('why' in read) return { name, standing: 'unread', run: undefined, text: read.why, underWay: undefined };
  const underWay = read.value.find(({ status }) => status !== 'completed');
  const run = read.value.find(({ status }) => status === 'completed');
  if (run === undefined) {
    const text = underWay === undefined ? `it has not run on ${ref}` : 'its first run is not over';
    return { name, standing: 'never', run, text, underWay };
  }
  const judged = await readable(workflows.verdict(name, run));
  if ('why' in judged) return { name, standing: 'unread', run, text: judged.why, underWay };
  const { verdict, statusLine, why } = judged.value;
  const said = verdict === 'success' ? (statusLine ?? '') : (why ?? statusLine ?? '');
  return { name, standing: verdict, run, text: said, underWay };
}

const words = {
  failure: 'FAILED',
  cancelled: 'CANCELLED',
  unread: 'Unknown',
  unknown: 'Unknown',
  never: 'Never ran',
  insufficient_data: 'No data',
  success: 'Green',
} as const satisfies Record<Standing, string>;
/** The worst first. */
const order = Object.keys(words) as Standing[];

function report({ name: target, environment }: GitHub, looked: readonly Looked[]): Report {
  const sorted = [...looked].sort((a, b) => order.indexOf(a.standing) - order.indexOf(b.standing));
  const lines = sorted.map(lineOf);
  // What the card has no room for stands in its thread, once.
  const common = {
    lines: lines.slice(0, mostLines),
    ...(lines.length > mostLines ? { details: lines.slice(mostLines) } : {}),
  };
  const of = (...standings: Standing[]) => looked.filter(({ standing }) => standings.includes(standing));
  const place = `on ${target} (${environment})`;
  const bad = of('failure', 'cancelled');
  if (bad[0] !== undefined) {
    return {
      ...common,
      status: 'bad',
      headline: headline(bad, place, bad[0].standing === 'failure' ? 'FAILED' : 'was cancelled'),
      next: 'Read its log; what its line says comes first.',
    };
  }
  const unknown = of('unknown', 'unread', 'never');
  if (unknown[0] !== undefined || looked.length === 0) {
    return {
      ...common,
      status: 'unknown',
      headline:
        looked.length === 0
          ? `Unknown: no workflow is declared for ${target}`
          : headline(unknown, place, unknown[0]!.standing === 'never' ? 'never ran' : 'is unknown'),
      next: 'What nobody has seen green is not green.',
    };
  }
  const idle = of('insufficient_data');
  if (idle.length > 0) {
    return {
      ...common,
      status: 'warning',
      headline: headline(idle, place, 'has no traffic yet to judge'),
      next: 'Judge it again when there has been traffic.',
    };
  }
  const one =
    looked.length === 1 ? `${looked[0]!.name} is green` : `All ${looked.length} workflows are green`;
  return { ...common, status: 'ok', headline: bounded(`${one} ${place}`) };
}

function headline(these: readonly Looked[], place: string, how: string): string {
  const more = these.length === 1 ? '' : ` (and ${these.length - 1} more)`;
  return bounded(`${these[0]!.name} ${how} ${place}${more}`);
}

function lineOf({ name, standing, run, text, underWay }: Looked): Line {
  return [
    bold(words[standing]),
    ` ${name}`,
    ...(run === undefined
      ? []
      : [', ', link(run.url, `run ${run.id}`), ' ', date(run.finishedAt ?? run.startedAt)]),
    text === '' ? '' : `: ${text.length <= 160 ? text : `${text.slice(0, 159)}…`}`,
    ...(underWay === undefined
      ? []
      : ['; ', link(underWay.url, `run ${underWay.id}`), ` is ${underWay.status}`]),
  ];
}

function bounded(text: string): string {
  return text.length <= 88 ? text : `${text.slice(0, 87)}…`;
}
