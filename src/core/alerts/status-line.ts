import { type Severity, worst } from './severity.ts';

/*
 * The one-line reports that command-line checks print: `metrics_regression status=fail reason=missing_snapshot`, the same
 * without a name, the same in JSON, and a name followed by JSON. Modelled on WeAreMany's `ops_daily` tools.
 *
 * Traps: pairs come in any order (`reason` before `status` where the tool sorts its keys); one tool says `state=`, one says
 * `skipped` without a key; the watchdogs print no name; a name followed by prose (`matching_health ratio=0.33; no tuning
 * change`) is no report. What cannot be read is counted and never passed on: a log may hold what must not be pasted.
 */

export interface StatusLine {
  /** The first word. Undefined where the tool prints none. */
  readonly tool: string | undefined;
  /** `status=`, or `state=`. */
  readonly status: string | undefined;
  readonly reason: string | undefined;
  /** Every pair, as text; of a key given twice the first. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * `unknown` is neither: no data, `normalized` (no data made to look like success), a word nobody has told us.
 * `idle` says itself that it did nothing. `silent` says only numbers.
 */
export type Standing = 'good' | 'bad' | 'unknown' | 'idle' | 'silent';

export interface StatusReading {
  readonly lines: readonly StatusLine[];
  /** Lines with text that are no reports. */
  readonly unread: number;
}

/** A longer line is a log's, and a longer log is not read to its end. */
const longestLine = 4_000;
const mostLines = 1_000;

const standings = new Map<string, Standing>([
  ...(['ok', 'healthy', 'ready'] as const).map((word) => [word, 'good'] as const),
  ...(['fail', 'failed', 'error', 'unhealthy'] as const).map((word) => [word, 'bad'] as const),
  ...(['skip', 'skipped', 'not_configured'] as const).map((word) => [word, 'idle'] as const),
  ...(['insufficient_data', 'normalized'] as const).map((word) => [word, 'unknown'] as const),
]);

/** People harmed, secrets out, or data that cannot be reached or trusted. A secret that was echoed is out, whoever found it. */
const criticalReasons =
  /^(identity_leak_rate_high|crisis_rate_high|secret_echo_detected|secret_echo_guard_failed_.*|sensitive_value_detected|suspicious_dsn|db_connect_failed|migration_checksum_mismatch)$/;

/** The check was called wrongly or had nothing to compare with: it says nothing of production. */
const mildReasons =
  /^(invalid_mode|invalid_days|invalid_command|missing_args|missing_latest_pointer|hold_insufficient_data|report_failed)$/;

/**
 * @example readStatusLine('ops_ci_normalize status=normalized reason=insufficient_data')?.status // 'normalized'
 * @returns undefined for what is no report.
 */
export function readStatusLine(line: string): StatusLine | undefined {
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.length > longestLine) return undefined;
  if (trimmed.startsWith('{')) return readJson(undefined, trimmed);
  const named = /^([A-Za-z]\w*)\s+(\{.*)$/s.exec(trimmed);
  if (named?.[2] !== undefined) return readJson(named[1], named[2]);
  return readPairs(trimmed.split(/\s+/));
}

export function readStatusText(text: string): StatusReading {
  const written = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const lines = written
    .slice(0, mostLines)
    .map(readStatusLine)
    .filter((line) => line !== undefined);
  return { lines, unread: written.length - lines.length };
}

export function standingOf({ status, fields }: StatusLine): Standing {
  if (status !== undefined) return standings.get(status.toLowerCase()) ?? 'unknown';
  // The checks of production did not run: the run is green and says nothing of production.
  return fields.mode === 'smoke' ? 'unknown' : 'silent';
}

/** How bad one line is by itself. What is unknown is a warning: not green, and nobody is woken. */
export function severityOfLine(line: StatusLine): Severity {
  const standing = standingOf(line);
  if (standing === 'unknown') return 'warning';
  if (standing !== 'bad') return 'info';
  const reason = line.reason ?? '';
  if (criticalReasons.test(reason)) return 'critical';
  return mildReasons.test(reason) ? 'warning' : 'high';
}

/**
 * What a run's lines say together with its exit code: 0 healthy, 1 error, 2 unhealthy or no data.
 *
 * - Any bad line decides, whatever the exit code: exit 2 is turned into 0 as soon as *any* line says insufficient_data, so
 *   that an unhealthy watchdog hides behind another check's low volume.
 * - Without one, insufficient_data or `normalized` is unknown, with exit 0 as with exit 2.
 * - Exit 2 without a line that explains it is high, as exit 1 is: "unhealthy or no data" is read as the worse of the two,
 *   and not as critical, which is kept for lines that name a harm.
 */
export function judgeStatus(
  lines: readonly StatusLine[],
  exitCode?: number,
): { readonly standing: 'good' | 'bad' | 'unknown'; readonly severity: Severity } {
  const bad = lines.filter((line) => standingOf(line) === 'bad');
  const isUnknown = lines.some((line) => standingOf(line) === 'unknown');
  // What only repeats the exit code explains nothing: `ops_ci_normalize status=fail reason=unexpected_exit_2`.
  const explained = bad.filter(({ reason }) => !/^(unexpected_)?exit_\d+$/.test(reason ?? ''));
  if (explained.length > 0)
    return { standing: 'bad', severity: worst(explained.map(severityOfLine)) ?? 'high' };
  if (isUnknown && (exitCode === undefined || exitCode === 0 || exitCode === 2))
    return { standing: 'unknown', severity: 'warning' };
  if (bad.length > 0 || (exitCode !== undefined && exitCode !== 0))
    return { standing: 'bad', severity: 'high' };
  const isGood = exitCode === 0 || lines.some((line) => standingOf(line) === 'good');
  return isGood ? { standing: 'good', severity: 'info' } : { standing: 'unknown', severity: 'warning' };
}

/** `metrics_regression fail (missing_snapshot)`: only words that look like a check's own, never a value. */
export function describeStatusLine({ tool, status, reason }: StatusLine): string {
  const [name, word, why] = [tool, status, reason].map((text) =>
    text !== undefined && /^[A-Za-z]\w{0,59}$/.test(text) ? text : undefined,
  );
  return `${name ?? 'a check'} ${word ?? 'says nothing'}${why === undefined ? '' : ` (${why})`}`;
}

function readPairs(words: readonly string[]): StatusLine | undefined {
  const fields = new Map<string, string>();
  let tool: string | undefined;
  let bareStatus: string | undefined;
  for (const [index, word] of words.entries()) {
    const pair = /^([A-Za-z_][\w.-]*)=(.*)$/.exec(word);
    if (pair?.[1] !== undefined) {
      // A value that ends a clause belongs to prose.
      if (/[;,]$/.test(word)) return undefined;
      if (!fields.has(pair[1])) fields.set(pair[1], pair[2] ?? '');
    } else if (index === 0 && /^[A-Za-z]\w*$/.test(word)) tool = word;
    else if (index === 0 && /^\d{4}-\d{2}-\d{2}$/.test(word)) fields.set('day', word);
    else if (index === 1 && tool !== undefined && standings.has(word)) bareStatus = word;
    else return undefined;
  }
  const isPaired = words.some((word) => word.includes('='));
  return isPaired ? lineOf(tool, fields, bareStatus) : undefined;
}

function readJson(tool: string | undefined, json: string): StatusLine | undefined {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined;
  const fields = new Map<string, string>();
  for (const [key, value] of Object.entries(read)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      fields.set(key, String(value));
  }
  const named = tool ?? fields.get('tool');
  fields.delete('tool');
  // An object without a name and without a status may be anything.
  if (named === undefined && !fields.has('status') && !fields.has('state')) return undefined;
  return lineOf(named, fields);
}

function lineOf(
  tool: string | undefined,
  fields: ReadonlyMap<string, string>,
  bareStatus?: string,
): StatusLine {
  const status = fields.get('status') ?? fields.get('state') ?? bareStatus;
  return { tool, status, reason: fields.get('reason'), fields: Object.fromEntries(fields) };
}
