import {
  bold,
  defineCommand,
  Fault,
  type HealthCheck,
  type Line,
  quoted,
  type Report,
  type TargetInfo,
  targetRef,
  z,
} from '../src/command.ts';

/** Below two seconds the Date header's one-second precision and the way there and back say nothing. */
const skewMilliseconds = 2_000;

export default defineCommand({
  version: 1,
  summary: 'Check health and readiness of targets',
  risk: 'read',
  needs: 'health',
  isForEveryTarget: true,
  examples: ['check-health', 'check-health rms'],
  args: z.object({ target: targetRef() }),
  positionals: ['target'],
  async run({ args }, { targets, signal }) {
    const looked = await Promise.all(
      targets.map(async ({ name, environment, health }): Promise<Looked> => {
        try {
          const checks = await health.check(signal);
          return {
            name,
            environment,
            checks,
            isConfigured: checks.length > 0,
            problem: 'no probe is configured',
          };
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          return { name, environment, checks: [], isConfigured: true, problem: error.message };
        }
      }),
    );
    const again = args.target === undefined ? '' : ` ${quoted(args.target)}`;
    return {
      ...report(looked),
      suggestions: [{ label: 'Check again', invocation: `check-health${again}` }],
    };
  },
});

interface Looked extends TargetInfo {
  readonly checks: readonly HealthCheck[];
  readonly isConfigured: boolean;
  /** Why there are no checks, when there are none. */
  readonly problem: string;
}

function report(looked: readonly Looked[]): Report {
  const all = looked.flatMap((target) => target.checks.map((check) => ({ target, check })));
  const down = all.filter(({ check }) => check.status === 'down');
  const unknown = all.filter(({ check }) => check.status === 'unknown');
  const silent = looked.filter(({ checks }) => checks.length === 0);
  const skewed = looked.flatMap(skewsOf);
  const well = looked.filter(
    ({ checks }) => checks.length > 0 && checks.every(({ status }) => status === 'up'),
  );
  const lines: Line[] = [
    ...down.map(({ target, check }): Line => [bold('DOWN '), ...described(target, check)]),
    ...unknown.map(({ target, check }): Line => [bold('Unknown '), ...described(target, check)]),
    ...silent.map(
      (target): Line => [bold('Unknown '), `${target.name} (${target.environment}): ${target.problem}`],
    ),
    ...skewed.map(({ line }): Line => [bold('Clock '), line]),
    ...well.map((target): Line => `Up: ${upText(target)}`),
  ];
  const details = looked.flatMap(detailsOf);
  const common = { lines, ...(details.length === 0 ? {} : { details }) };
  const first = down[0];
  if (first !== undefined) {
    const failing = first.check.failing[0];
    return {
      ...common,
      status: 'bad',
      headline: bounded(
        `DOWN: ${probeName(first.target, first.check)}${failing === undefined ? '' : ` (${failing})`}`,
        more(down.length - 1, 'more'),
      ),
      next: 'Bring back what the payload names first; restart the application only after its backend is back.',
    };
  }
  if (unknown.length + silent.length > 0 || looked.length === 0) {
    const lost = unknown[0];
    const what =
      lost !== undefined
        ? `${probeName(lost.target, lost.check)}, ${lost.check.answer}`
        : silent[0] !== undefined
          ? `${silent[0].name}, ${silent[0].problem}`
          : 'no target has health probes';
    return {
      ...common,
      status: 'unknown',
      headline: bounded(`Unknown: ${what}`, more(Math.max(0, unknown.length + silent.length - 1), 'more')),
      next:
        unknown.length > 0 || silent.some(({ isConfigured }) => isConfigured)
          ? 'No answer is not health: try the address from another place, and see that the process runs.'
          : 'Declare its health paths under targets: in the configuration.',
    };
  }
  if (skewed[0] !== undefined) {
    return {
      ...common,
      status: 'warning',
      headline: bounded(`Clock off: ${skewed[0].line}`, `; ${probes(all.length)} up`),
      next: 'Check NTP on that host: its audit times and tokens are off by as much.',
    };
  }
  const slowest = slowestOf(all.map(({ check }) => check));
  return {
    ...common,
    status: 'ok',
    headline: bounded(
      looked.length === 1
        ? `All up: ${probes(all.length)} of ${looked[0]!.name}`
        : `All up: ${probes(all.length)} of ${looked.length} targets`,
      slowest === undefined ? '' : `, slowest ${slowest} ms`,
    ),
  };
}

/** A service's hosts share a clock, so one line for each service. */
function skewsOf(target: Looked): { readonly line: string }[] {
  const services = [...new Set(target.checks.map(({ service }) => service))];
  return services.flatMap((service) => {
    const skews = target.checks
      .filter((check) => check.service === service)
      .map((check) => check.clockSkewMilliseconds ?? 0)
      .sort((left, right) => Math.abs(right) - Math.abs(left));
    const [most = 0] = skews;
    if (Math.abs(most) < skewMilliseconds) return [];
    const seconds = Math.round(Math.abs(most) / 1_000);
    return [{ line: `${target.name} ${service} is ${seconds} s ${most > 0 ? 'ahead of' : 'behind'} ours` }];
  });
}

function probeName({ name }: TargetInfo, { service, probe }: HealthCheck): string {
  return `${name} ${service} ${probe}`;
}

function described(target: TargetInfo, check: HealthCheck): string[] {
  const { path, answer, latencyMilliseconds, failing } = check;
  const parts = failing.length > 3 ? [...failing.slice(0, 3), `${failing.length - 3} more`] : failing;
  return [
    `${probeName(target, check)} (${target.environment}) ${path}: ${answer}`,
    ...(parts.length === 0 ? [] : [` · ${parts.join(', ')}`]),
    ...(latencyMilliseconds === undefined ? [] : [` · ${Math.round(latencyMilliseconds)} ms`]),
  ];
}

function upText({ name, environment, checks }: Looked): string {
  const services = [...new Set(checks.map(({ service }) => service))].join(', ');
  const slowest = slowestOf(checks);
  return `${name} (${environment}) ${services} · ${probes(checks.length)}${slowest === undefined ? '' : `, slowest ${slowest} ms`}`;
}

function detailsOf(target: Looked): Line[] {
  if (target.checks.length === 0) return [];
  return [
    [bold(`${target.name} (${target.environment})`)],
    ...target.checks.map(
      (check): Line => [
        `${check.status}  ${check.service} ${check.probe} ${check.path}: ${check.answer}`,
        ...(check.latencyMilliseconds === undefined
          ? []
          : [` · ${Math.round(check.latencyMilliseconds)} ms`]),
        ` · ${skewText(check.clockSkewMilliseconds)}`,
        ...(check.failing.length === 0 ? [] : [` · ${check.failing.join(', ')}`]),
      ],
    ),
  ];
}

function skewText(skew: number | undefined): string {
  if (skew === undefined) return 'clock unknown';
  if (Math.abs(skew) < skewMilliseconds) return 'clock agrees';
  return `clock ${Math.round(Math.abs(skew) / 1_000)} s ${skew > 0 ? 'ahead' : 'behind'}`;
}

function slowestOf(checks: readonly HealthCheck[]): number | undefined {
  const latencies = checks.flatMap(({ latencyMilliseconds }) => latencyMilliseconds ?? []);
  return latencies.length === 0 ? undefined : Math.round(Math.max(...latencies));
}

function probes(amount: number): string {
  return `${amount} ${amount === 1 ? 'probe' : 'probes'}`;
}

function more(amount: number, word: string): string {
  return amount === 0 ? '' : `, and ${amount} ${word}`;
}

/** 90 characters reach a phone; two go to the mark. What comes last must not be lost to a long reason. */
function bounded(text: string, end: string): string {
  const room = 88 - end.length;
  return `${text.length <= room ? text : `${text.slice(0, room - 1)}…`}${end}`;
}
