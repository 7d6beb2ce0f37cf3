import {
  code,
  counted,
  date,
  defineCommand,
  Fault,
  field,
  grouped,
  type Line,
  type QueueDepth,
  quoted,
  Refusal,
  type Release,
  type Report,
  type Seen,
  type Span,
  type TargetInfo,
  z,
} from '../src/command.ts';

/** Long enough for a queue that moves once a second to show where it goes, short for somebody who waits. */
const betweenSamplesMilliseconds = 3_000;
const queuesOnCard = 4;

export default defineCommand({
  version: 1,
  summary: 'Show whether and how a release can be rolled back',
  risk: 'read',
  needs: 'releases',
  examples: ['rollback-status rms'],
  args: z.object({
    target: field(z.string().trim().min(1, 'Name the target').max(80), { choice: 'target' }),
  }),
  positionals: ['target'],
  async run({ args }, { target, signal, progress }) {
    const source = target.releases;
    const [releases, migrations, readiness, before] = await Promise.all([
      looked(source.releases()),
      looked(source.migrations()),
      looked(source.readiness()),
      looked(source.queues()),
    ]);
    let after = before;
    if (before.isSeen) {
      progress(`Read; looking at the queues again in ${betweenSamplesMilliseconds / 1_000} s`);
      await pause(betweenSamplesMilliseconds, signal);
      signal.throwIfAborted();
      after = await looked(source.queues());
    }
    return {
      ...report(target, { releases, migrations, readiness, before, after }),
      suggestions: [
        { label: 'Look again', invocation: `rollback-status ${quoted(args.target)}` },
        { label: 'Check health', invocation: `check-health ${quoted(args.target)}` },
      ],
    };
  },
});

type Migrations = { readonly applied: readonly string[]; readonly pending: readonly string[] };

interface Readings {
  readonly releases: Seen<readonly Release[]>;
  readonly migrations: Seen<Migrations>;
  readonly readiness: Seen<{ readonly isReady: boolean; readonly failing: readonly string[] }>;
  readonly before: Seen<readonly QueueDepth[]>;
  readonly after: Seen<readonly QueueDepth[]>;
}

async function looked<Value>(reading: Promise<Seen<Value>>): Promise<Seen<Value>> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof Fault || error instanceof Refusal)) throw error;
    return { isSeen: false, why: error.message };
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
}

// ---------------------------------------------------------------------------------------- which rule holds

/** From the runbooks: application before schema; the newest schema stays; else a matching database rollback or restore. */
type Rule =
  | { readonly kind: 'same_schema'; readonly to: Release }
  | {
      readonly kind: 'compatible';
      readonly to: Release;
      readonly crossed: readonly string[] | undefined;
      /** Later ones that do not run on the newest schema, or do not say. */
      readonly passedOver: readonly Release[];
    }
  | {
      readonly kind: 'restore';
      readonly previous: Release;
      readonly crossed: readonly string[] | undefined;
      /** Earlier releases that do not say what they run on. */
      readonly undeclared: readonly Release[];
    }
  | { readonly kind: 'unknown'; readonly why: string; readonly next: string };

function ruleOf(releases: Readings['releases'], migrations: Readings['migrations']): Rule {
  const unknown = (why: string, next = 'Settle what is unknown before anything goes back.'): Rule => ({
    kind: 'unknown',
    why,
    next,
  });
  if (!releases.isSeen) return unknown(`releases not read, ${releases.why}`);
  if (!migrations.isSeen) return unknown(`migrations not read, ${migrations.why}`);
  const [current, previous] = releases.value;
  const { applied, pending } = migrations.value;
  const newest = applied.at(-1);
  if (current === undefined) return unknown('no release is on record');
  if (previous === undefined) {
    return unknown('no earlier release is on record', 'Find out by hand which artifact ran before this one.');
  }
  if (newest === undefined) return unknown('no applied migration is on record');
  if (previous.schema === newest) return { kind: 'same_schema', to: previous };

  const order = [...applied, ...pending];
  const earlier = releases.value.slice(1).map((release) => ({ release, fit: fitOf(release, newest, order) }));
  const crossedTo = ({ schema }: Release) => {
    const position = applied.indexOf(schema);
    return position < 0 ? undefined : applied.slice(position + 1);
  };
  const last = earlier.findIndex(({ fit }) => fit === 'runs');
  if (last >= 0) {
    const to = earlier[last]!.release;
    const passedOver = earlier.slice(0, last).map(({ release }) => release);
    return { kind: 'compatible', to, crossed: crossedTo(to), passedOver };
  }
  if (earlier[0]?.fit === 'unknown') {
    return unknown(
      `${previous.version} does not say whether it runs on schema ${newest}`,
      `Find out whether ${previous.version} runs on the newest schema; until then treat it as if it did not.`,
    );
  }
  const undeclared = earlier.filter(({ fit }) => fit === 'unknown').map(({ release }) => release);
  return { kind: 'restore', previous, crossed: crossedTo(previous), undeclared };
}

/** Whether a release's code runs on the newest schema. `order`: every known schema, oldest first. */
function fitOf(
  { schema, runsOn }: Release,
  newest: string,
  order: readonly string[],
): 'runs' | 'does_not' | 'unknown' {
  if (schema === newest) return 'runs';
  if (runsOn === undefined) return 'unknown';
  const at = order.indexOf(newest);
  const [from, to] = [order.indexOf(runsOn.oldest), order.indexOf(runsOn.newest)];
  if ((from >= 0 && from > at) || (to >= 0 && to < at)) return 'does_not';
  // A bound that is no known schema bounds nothing we can see.
  return from >= 0 && to >= 0 ? 'runs' : 'unknown';
}

// ---------------------------------------------------------------------------------------------- the queues

type Trend = 'growing' | 'unknown' | 'still' | 'draining' | 'empty';
const trends: readonly Trend[] = ['growing', 'unknown', 'still', 'draining', 'empty'];

interface QueueTrend {
  readonly name: string;
  readonly trend: Trend;
  readonly text: string;
}

/** Those that need somebody first. */
function queueTrends(before: readonly QueueDepth[], after: readonly QueueDepth[]): QueueTrend[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  const depthIn = (sample: readonly QueueDepth[], name: string) =>
    sample.find((queue) => queue.name === name)?.depth;
  return names
    .map((name) => queueTrend(name, depthIn(before, name), depthIn(after, name)))
    .sort(
      (left, right) =>
        trends.indexOf(left.trend) - trends.indexOf(right.trend) || left.name.localeCompare(right.name),
    );
}

function queueTrend(name: string, was: number | undefined, is: number | undefined): QueueTrend {
  if (was === undefined || is === undefined) {
    return { name, trend: 'unknown', text: `${name} unknown: seen in one of two looks` };
  }
  if (was === 0 && is === 0) return { name, trend: 'empty', text: `${name} empty` };
  const trend = is < was ? 'draining' : is > was ? 'growing' : 'still';
  const depths = trend === 'still' ? grouped(is) : `${grouped(was)} → ${grouped(is)}`;
  return { name, trend, text: `${name} ${depths} ${trend === 'still' ? 'standing still' : trend}` };
}

// ---------------------------------------------------------------------------------------------- the report

function report(target: TargetInfo, readings: Readings): Report {
  const { releases, migrations, readiness, before, after } = readings;
  const rule = ruleOf(releases, migrations);
  const queues = before.isSeen && after.isSeen ? queueTrends(before.value, after.value) : [];
  const drift = driftOf(releases, migrations);
  const isAnythingUnknown =
    rule.kind === 'unknown' ||
    !readiness.isSeen ||
    queues.length === 0 ||
    queues.some(({ trend }) => trend === 'unknown');
  const isNotReady = readiness.isSeen && !readiness.value.isReady;
  const isToWatch =
    rule.kind === 'restore' ||
    drift !== '' ||
    queues.some(({ trend }) => trend === 'growing' || trend === 'still');
  const lines: Line[] = [
    releasesLine(releases, drift),
    releases.isSeen ? ruleLine(rule) : 'Schema boundary: unknown without the releases',
    readinessLine(readiness),
    queuesLine(queues, before, after),
  ];
  return {
    status: isNotReady ? 'bad' : isAnythingUnknown ? 'unknown' : isToWatch ? 'warning' : 'ok',
    headline: bounded(
      `${isNotReady ? 'NOT ready; ' : ''}${headlineOf(target, rule)}`,
      rule.kind === 'unknown' ? '' : alsoText(readiness, queues),
    ),
    lines,
    ...(queues.length > queuesOnCard ? { details: ['All queues:', ...queues.map(({ text }) => text)] } : {}),
    next: nextOf(rule),
  };
}

/** What else a phone has to show: unknown before anything that was seen. */
function alsoText(readiness: Readings['readiness'], queues: readonly QueueTrend[]): string {
  const has = (trend: Trend) => queues.some((queue) => queue.trend === trend);
  const unknown = [
    ...(readiness.isSeen ? [] : ['readiness']),
    ...(queues.length === 0 || has('unknown') ? ['queues'] : []),
  ];
  if (unknown.length > 0) return `; ${unknown.join(' and ')} unknown`;
  if (has('growing')) return '; a queue grows';
  return has('still') ? '; a queue stands still' : '';
}

function headlineOf({ name }: TargetInfo, rule: Rule): string {
  switch (rule.kind) {
    case 'same_schema':
      return `${name}: code can go back to ${rule.to.version}, on the same schema`;
    case 'compatible':
      return `${name}: code can go back to ${rule.to.version}, the schema stays`;
    case 'restore':
      return `${name}: NOT by code alone, no earlier release runs on its schema`;
    case 'unknown':
      return `Unknown whether ${name} can go back: ${rule.why}`;
  }
}

function releasesLine(releases: Readings['releases'], drift: string): Line {
  if (!releases.isSeen) return `Releases: unknown, ${releases.why}`;
  const [current, previous] = releases.value;
  if (current === undefined) return 'Releases: none on record';
  const since: Span[] = current.deployedAt === undefined ? [] : [' since ', date(current.deployedAt)];
  const earlier: Span[] =
    previous === undefined
      ? [' · none before it on record']
      : [` · before it ${previous.version}, schema `, code(previous.schema)];
  return [`Running ${current.version}`, ...since, ', schema ', code(current.schema), ...earlier, drift];
}

/** Where the database is not where the running release expects it. */
function driftOf(releases: Readings['releases'], migrations: Readings['migrations']): string {
  if (!migrations.isSeen) return '';
  const { applied, pending } = migrations.value;
  const newest = applied.at(-1);
  const current = releases.isSeen ? releases.value[0] : undefined;
  return [
    ...(pending.length === 0 ? [] : [` · ${counted(pending.length, 'migration')} not applied yet`]),
    ...(current === undefined || newest === undefined || current.schema === newest
      ? []
      : [` · database at ${newest}`]),
  ].join('');
}

function ruleLine(rule: Rule): Line {
  switch (rule.kind) {
    case 'same_schema':
      return 'Crosses no schema boundary: application before schema, the schema is left alone';
    case 'compatible': {
      const not = rule.passedOver.map(({ version }) => version).join(', ');
      return `${crossing(rule.crossed)}: the newest schema stays, code only back to the last version that runs on it${not === '' ? '' : `, not to ${not}`}`;
    }
    case 'restore': {
      const silent = rule.undeclared.map(({ version }) => version).join(', ');
      return `${crossing(rule.crossed)}: needs a matching database rollback or restore${silent === '' ? '' : `; undeclared: ${silent}`}`;
    }
    case 'unknown':
      return `Schema boundary: unknown, ${rule.why}`;
  }
}

function crossing(crossed: readonly string[] | undefined): string {
  if (crossed === undefined) return 'Crosses a schema boundary';
  const named = crossed.length === 1 ? ` (${crossed[0]})` : '';
  return `Crosses ${counted(crossed.length, 'migration')}${named}`;
}

function readinessLine(readiness: Readings['readiness']): Line {
  if (!readiness.isSeen) return `Readiness: unknown, ${readiness.why}`;
  if (readiness.value.isReady) return ['Ready, seen ', date(readiness.at)];
  const { failing } = readiness.value;
  return `NOT ready: ${failing.length === 0 ? 'it does not say why' : failing.slice(0, 4).join(', ')}`;
}

function queuesLine(
  queues: readonly QueueTrend[],
  before: Readings['before'],
  after: Readings['after'],
): Line {
  if (!before.isSeen) return `Queues: unknown, ${before.why}`;
  if (!after.isSeen) return `Queues: unknown, the second look failed: ${after.why}`;
  if (queues.length === 0) return 'Queues: unknown, none were listed';
  const seconds = Math.max(1, Math.round((after.at.getTime() - before.at.getTime()) / 1_000));
  const more = queues.length - queuesOnCard;
  const shown = queues.slice(0, queuesOnCard).map(({ text }) => text);
  return `Queues over ${seconds} s: ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join(' · ')}`;
}

function nextOf(rule: Rule): Line {
  switch (rule.kind) {
    case 'same_schema':
      return `Roll back the application to ${rule.to.version}, leave the schema, then look again: ready, and queues draining.`;
    case 'compatible':
      return `Roll back the application to ${rule.to.version}, keep the newest schema, then look again: ready, and queues draining.`;
    case 'restore':
      return `Do not roll back code alone: have the database rollback or backup that matches ${rule.previous.version} ready first.`;
    case 'unknown':
      return rule.next;
  }
}

/** 90 characters reach a phone; two go to the mark. What comes last must not be lost to a long name. */
function bounded(text: string, end: string): string {
  const room = 88 - end.length;
  return `${text.length <= room ? text : `${text.slice(0, room - 1)}…`}${end}`;
}
