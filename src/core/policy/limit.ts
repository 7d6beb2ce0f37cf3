/** `limit: 3/hour` */
export interface RunLimit {
  readonly count: number;
  /** 1, 60 or 1440. */
  readonly perMinutes: number;
}

const units: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1_440 };
const mostRuns = 1_000;

/** `3/hour` → `{ count: 3, perMinutes: 60 }`; undefined when it is no limit. */
export function maybeRunLimit(text: string): RunLimit | undefined {
  const [, digits, unit] = /^([1-9]\d{0,3})\/(minute|hour|day)$/.exec(text) ?? [];
  const perMinutes = units[unit ?? ''];
  const count = Number(digits);
  return perMinutes === undefined || count > mostRuns ? undefined : { count, perMinutes };
}

/** `3 an hour` */
export function describeLimit({ count, perMinutes }: RunLimit): string {
  const unit = Object.keys(units).find((name) => units[name] === perMinutes);
  if (unit === undefined) return `${count} in ${perMinutes} minutes`;
  return `${count} ${unit === 'hour' ? 'an' : 'a'} ${unit}`;
}

/** What people read when a limit is used up; when it is free again, in UTC. */
export function limitReachedReason(question: {
  readonly command: string;
  readonly rulePosition: number;
  readonly limit: RunLimit;
  /** When the oldest run that counts no longer does. */
  readonly freeAt: Date;
  readonly now: Date;
}): string {
  const { command, rulePosition, limit, freeAt, now } = question;
  const times = limit.count === 1 ? 'once' : `${limit.count} times`;
  const unit = describeLimit(limit).replace(/^\d+ /, '');
  return (
    `"${command}" may run ${times} ${unit} (policy rule ${rulePosition}), and that is used up. ` +
    `It is free again ${fromNow(freeAt, now)}.`
  );
}

/** `in 12 min (at 18:15 UTC)`; with the date when that is another day. */
export function fromNow(at: Date, now: Date): string {
  const minutes = Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 60_000));
  // Rounded up: at the minute it names it is surely true.
  const [day, time] = new Date(Math.ceil(at.getTime() / 60_000) * 60_000)
    .toISOString()
    .slice(0, 16)
    .split('T');
  const isToday = now.toISOString().startsWith(day!);
  return `in ${duration(minutes)} (at ${isToday ? '' : `${day} `}${time} UTC)`;
}

function duration(minutes: number): string {
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
}
