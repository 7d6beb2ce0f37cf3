/**
 * Slack's date formats (`<!date^…>` and rich_text `date`), shown in the reader's own time zone
 * (docs.slack.dev/messaging/formatting-message-text#date-formatting).
 */

const dayMilliseconds = 86_400_000;

/** Calendar day as a number, so that "yesterday" is the reader's yesterday, not 24 hours ago. */
function dayNumber(at: Date, timeZone: string): number {
  const [year, month, day] = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
    .format(at)
    .split('-')
    .map(Number);
  return Date.UTC(year!, month! - 1, day!) / dayMilliseconds;
}

function ordinal(day: number): string {
  const tens = day % 100;
  if (tens >= 11 && tens <= 13) return `${day}th`;
  return `${day}${['th', 'st', 'nd', 'rd'][day % 10] ?? 'th'}`;
}

/** `5 minutes ago`, `now`. */
export function agoText(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const size = Math.abs(seconds);
  if (size < 60) return words.format(seconds, 'second');
  if (size < 3600) return words.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return words.format(Math.round(seconds / 3600), 'hour');
  return words.format(Math.round(seconds / 86_400), 'day');
}

/** `09:41`: 24 hours, which Slack shows to people who chose so, and which nobody misreads at night. */
export function clockTime(at: Date, timeZone: string, withSeconds = false): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' } : {}),
  }).format(at);
}

/** `Today`, `Yesterday`, or `Friday, November 20th`: the rule between days of messages. */
export function dayHeading(at: Date, now: Date, timeZone: string): string {
  const pretty = prettyDay(at, now, timeZone);
  if (pretty) return pretty[0]!.toUpperCase() + pretty.slice(1);
  const part = parts(at, timeZone);
  const isThisYear = part('year') === parts(now, timeZone)('year');
  return `${part('weekday')}, ${part('month')} ${ordinal(Number(part('day')))}${isThisYear ? '' : `, ${part('year')}`}`;
}

/** Whether two moments fall on one calendar day of the reader. */
export function isSameDay(a: Date, b: Date, timeZone: string): boolean {
  return dayNumber(a, timeZone) === dayNumber(b, timeZone);
}

function prettyDay(at: Date, now: Date, timeZone: string): string | undefined {
  const days = dayNumber(at, timeZone) - dayNumber(now, timeZone);
  return days === 0 ? 'today' : days === -1 ? 'yesterday' : days === 1 ? 'tomorrow' : undefined;
}

function parts(at: Date, timeZone: string, month: 'long' | 'short' = 'long') {
  const found = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'long',
    year: 'numeric',
    month,
    day: 'numeric',
  }).formatToParts(at);
  return (type: string) => found.find((part) => part.type === type)?.value ?? '';
}

/** A date token's text. Unknown `{tokens}` stay as written, as in Slack. */
export function formatDate(
  timestampSeconds: number,
  format: string,
  reader: { timeZone: string; now: Date },
): string {
  const { timeZone, now } = reader;
  const at = new Date(timestampSeconds * 1000);
  if (Number.isNaN(at.getTime())) return '';
  const long = parts(at, timeZone);
  const short = parts(at, timeZone, 'short');
  const day = ordinal(Number(long('day')));
  const full: Record<string, () => string> = {
    date_num: () => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at),
    date_slash: () => new Intl.DateTimeFormat('en-US', { timeZone, dateStyle: 'short' }).format(at),
    date: () => `${long('month')} ${day}, ${long('year')}`,
    date_short: () => `${short('month')} ${short('day')}, ${short('year')}`,
    date_long: () => `${long('weekday')}, ${long('month')} ${day}, ${long('year')}`,
    time: () => clockTime(at, timeZone),
    time_secs: () => clockTime(at, timeZone, true),
    ago: () => agoText(at, now),
  };
  return format.replace(/\{(\w+?)(_pretty)?\}/g, (token, name: string, pretty: string | undefined) => {
    const render = full[name];
    if (!render) return token;
    return (pretty && prettyDay(at, now, timeZone)) || render();
  });
}
