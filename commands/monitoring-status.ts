import {
  bold,
  counted,
  date,
  defineCommand,
  durationText,
  grouped,
  type Line,
  type MonitoringStatus,
  type Report,
  type Span,
  z,
} from '../src/command.ts';

/** A delivery may have been under way for a while before it came, so that less says nothing of the clock. */
const skewSeconds = 30;
/** More than that have not come in together and are about to be processed. */
const manyWaiting = 1_000;

export default defineCommand({
  version: 1,
  summary: 'Check that monitoring sources speak',
  risk: 'read',
  examples: ['monitoring-status'],
  args: z.object({}),
  async run(_, { countersign }) {
    const looked = (await countersign.alerts.status()).map((status) => ({
      status,
      findings: findingsOf(status),
    }));
    const ranked = looked.toSorted((one, other) => rankOf(one) - rankOf(other));
    return {
      ...verdict(ranked),
      lines: ranked.map(({ status, findings }) => lineOf(status, findings)),
      details: ranked.flatMap(({ status, findings }) => detailsOf(status, findings)),
      suggestions: [{ label: 'Look again', invocation: 'monitoring-status' }],
    };
  },
});

interface Finding {
  readonly word: 'Silent' | 'Unknown' | 'Refused' | 'Unreadable' | 'Lost' | 'Behind' | 'Clock';
  /** Follows the source's name in the headline. */
  readonly what: string;
  readonly next: string;
}

interface Looked {
  readonly status: MonitoringStatus;
  readonly findings: readonly Finding[];
}

/** The worst first. */
const words: readonly Finding['word'][] = [
  'Silent',
  'Lost',
  'Refused',
  'Unreadable',
  'Behind',
  'Clock',
  'Unknown',
];

function rankOf({ findings: [worst] }: Looked): number {
  return worst === undefined ? words.length : words.indexOf(worst.word);
}

function findingsOf(status: MonitoringStatus): Finding[] {
  const { name, lastSeenAt, lastRefusal, lastProblem, clockSkewSeconds: skew = 0 } = status;
  const found: Finding[] = [];
  if (status.isSilent) {
    found.push({
      word: 'Silent',
      what: `expected every ${durationText(status.expectEveryMinutes ?? 0)}`,
      next: `See that ${name} runs, and that its notifications point at /hooks/${name}.`,
    });
  }
  if (status.shed > 0) {
    found.push({
      word: 'Lost',
      what: `${grouped(status.shed)} turned away: too many at once`,
      next: `Raise alerts.sources.${name}.limits, or have ${name} group more.`,
    });
  }
  // Strangers knock too: it counts while the last word was a refused one.
  if (lastRefusal !== undefined && (lastSeenAt === undefined || lastRefusal.at > lastSeenAt)) {
    found.push({
      word: 'Refused',
      what: lastRefusal.reason,
      next: `Compare the secret in ${name} with alerts.sources.${name}.`,
    });
  }
  if (lastProblem !== undefined) {
    found.push({
      word: 'Unreadable',
      what: lastProblem.reason,
      next: `Compare what ${name} sends with what its kind (${status.kind}) is.`,
    });
  }
  if (status.waiting >= manyWaiting) {
    found.push({
      word: 'Behind',
      what: `${grouped(status.waiting)} wait to be processed`,
      next: 'Nothing is lost. See that the database answers, or start another process.',
    });
  }
  if (Math.abs(skew) >= skewSeconds) {
    found.push({
      word: 'Clock',
      what: skewText(skew),
      next: `Check NTP where ${name} runs: signed times are refused once they are too far off.`,
    });
  }
  if (lastSeenAt === undefined && found.length === 0) {
    found.push({
      word: 'Unknown',
      what: 'never heard from',
      next: `Send a test notification from ${name}; expectEvery would make its silence an alert.`,
    });
  }
  return found;
}

function verdict(ranked: readonly Looked[]): Pick<Report, 'status' | 'headline' | 'next'> {
  const [worst] = ranked;
  if (worst === undefined) {
    return {
      status: 'unknown',
      headline: 'Unknown: no monitoring source is configured',
      next: 'Name one under alerts: in the settings file.',
    };
  }
  const [finding] = worst.findings;
  if (finding === undefined) {
    const rate = ranked.reduce((sum, { status }) => sum + status.deliveriesLastHour, 0);
    return {
      status: 'ok',
      headline: `${counted(ranked.length, 'source')} speaking, ${grouped(rate)} in the last hour`,
    };
  }
  const same = ranked.filter(({ findings: [one] }) => one?.word === finding.word);
  const others = ranked.filter(({ findings }) => findings.length > 0).length - same.length;
  const names = same.map(({ status }) => status.name).join(', ');
  return {
    status:
      finding.word === 'Silent' || finding.word === 'Lost'
        ? 'bad'
        : finding.word === 'Unknown'
          ? 'unknown'
          : 'warning',
    headline: `${finding.word}: ${names}${same.length > 1 ? '' : `, ${finding.what}`}${others === 0 ? '' : `; ${others} more to look at`}`,
    next: finding.next,
  };
}

/** One line: the worst that is wrong, when it last spoke, how much it says. */
function lineOf(status: MonitoringStatus, findings: readonly Finding[]): Line {
  const [worst] = findings;
  const ignored = status.unknownEvents.reduce((sum, { count }) => sum + count, 0);
  return [
    ...(worst === undefined ? [] : [bold(worst.word), ' ']),
    `${status.name} (${status.kind})`,
    ...(worst === undefined ? [] : [`: ${worst.what}`]),
    ' · ',
    ...seen(status),
    ` · ${grouped(status.deliveriesLastHour)} an hour, ${grouped(status.deliveriesLastMinute)} a minute`,
    ...(status.firingGroups === 0 ? [] : [` · ${counted(status.firingGroups, 'group')} firing`]),
    ...(status.unreadable === undefined ? [] : [` · ${grouped(status.unreadable.count)} not readable`]),
    // No problem: sources tell more than anybody asked for. Their names are in the thread.
    ...(ignored === 0 ? [] : [` · ${grouped(ignored)} of no use`]),
  ];
}

function detailsOf(status: MonitoringStatus, findings: readonly Finding[]): Line[] {
  const { refused, lastRefusal, unknownEvents, unreadable } = status;
  return [
    [bold(`${status.name} (${status.kind})`)],
    [
      ...seen(status),
      status.expectEveryMinutes === undefined
        ? ' · never expected: its silence goes unnoticed'
        : ` · expected every ${durationText(status.expectEveryMinutes)}`,
      ` · clock ${status.clockSkewSeconds === undefined ? 'unknown' : skewText(status.clockSkewSeconds)}`,
    ],
    [
      'In a day: ',
      `${grouped(refused)} refused`,
      ...(lastRefusal === undefined ? [] : [` (last `, date(lastRefusal.at), `: ${lastRefusal.reason})`]),
      ` · ${grouped(status.duplicates)} sent again · ${grouped(status.shed)} turned away · ${grouped(status.waiting)} waiting now`,
    ],
    ...(unreadable === undefined
      ? []
      : [
          [
            `Kept, and nothing made of: ${grouped(unreadable.count)} (last `,
            date(unreadable.at),
            `: ${unreadable.reason})`,
          ] as Line,
        ]),
    ...(unknownEvents.length === 0
      ? []
      : [
          `Nothing is made of: ${unknownEvents.map(({ event, count }) => `${event} (${grouped(count)})`).join(', ')}`,
        ]),
    ...findings.map(({ word, what, next }): Line => [bold(word), ` ${what}. ${next}`]),
  ];
}

function seen({ lastSeenAt }: MonitoringStatus): Span[] {
  return lastSeenAt === undefined ? ['never seen'] : ['last seen ', date(lastSeenAt)];
}

function skewText(seconds: number): string {
  if (Math.abs(seconds) < skewSeconds) return 'agrees';
  return `${grouped(Math.round(Math.abs(seconds)))} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`;
}
