import type { WorkflowVerdict } from '../../command.ts';
import { describeStatusLine, type StatusLine, standingOf } from '../../core/alerts/status-line.ts';
import type { RunLog } from './run-log.ts';
import type { SuccessConfig, WorkflowConfig } from './workflows-config.ts';

/** Conclusions that nobody has to look into the log for. */
const cancelledConclusions: ReadonlySet<string> = new Set(['cancelled']);
/** It did not do anything, or nobody knows yet; neither is a success. */
const emptyConclusions: ReadonlySet<string> = new Set(['skipped', 'neutral', 'stale', 'action_required']);

/** Whether GitHub's conclusion alone decides, or the log has to be read. */
export function needsLog(config: WorkflowConfig, conclusion: string | undefined): boolean {
  if (conclusion === 'success') return config.success !== undefined;
  // A failure may be "no data" in truth, and the log says why it failed.
  return (
    conclusion === 'failure' && (config.success !== undefined || Object.keys(config.exitCodes).length > 0)
  );
}

/**
 * What a completed run says, from GitHub's conclusion and the log together: green only where both are.
 *
 * - A bad line decides, whatever GitHub concludes: steps may go on after an error.
 * - `insufficient_data` with exit code 2 is no failure, and no success either; with exit code 1 something broke besides.
 * - Without the declared line nobody has said that it went well.
 *
 * @param log undefined where {@link needsLog} says that it is not wanted.
 */
export function judgeRun(
  config: WorkflowConfig,
  conclusion: string | undefined,
  log: RunLog | undefined,
): WorkflowVerdict {
  const { success } = config;
  if (conclusion === undefined) return verdictOf('unknown', log, { why: 'it is not completed' });
  if (cancelledConclusions.has(conclusion)) return verdictOf('cancelled', log, { why: 'it was cancelled' });
  if (emptyConclusions.has(conclusion)) {
    return verdictOf('unknown', log, { why: `GitHub concluded "${conclusion}"` });
  }
  if (conclusion !== 'success' && conclusion !== 'failure') {
    const isKnown = ['timed_out', 'startup_failure'].includes(conclusion);
    const word = /^[a-z_]{1,40}$/.test(conclusion) ? conclusion : 'an unknown word';
    return verdictOf(isKnown ? 'failure' : 'unknown', log, { why: `GitHub concluded "${word}"` });
  }
  if (success === undefined) {
    if (conclusion === 'success') return verdictOf('success', log, {});
    return verdictOf(byExitCode(config, log), log, { why: failureWords(log) });
  }
  return judgeLog(config, success, conclusion, log ?? { lines: [], unread: 0, exitCodes: [] });
}

function judgeLog(
  config: WorkflowConfig,
  success: SuccessConfig,
  conclusion: 'success' | 'failure',
  log: RunLog,
): WorkflowVerdict {
  const known = knownLines(success, log);
  const tell = (
    verdict: WorkflowVerdict['verdict'],
    line: StatusLine | undefined,
    why?: string,
  ): WorkflowVerdict => ({
    verdict,
    statusLine: line === undefined ? undefined : shownLine(line, success),
    unknownLines: log.unread + log.lines.length - known.length,
    why,
  });
  const own = known.filter((line) => isOwn(success, line));
  const bad = known.find((line) => standingOf(line) === 'bad' && !repeatsExitCode(line));
  if (bad !== undefined) return tell('failure', bad, describeStatusLine(bad));
  const good = own.findLast((line) => says(line, success.where));
  const insufficient = known.find((line) => success.insufficient.some((fields) => says(line, fields)));
  const isBroken = log.exitCodes.some((code) => code !== 2);
  if (insufficient !== undefined) {
    return isBroken
      ? tell('failure', insufficient, failureWords(log))
      : tell('insufficient_data', insufficient, describeStatusLine(insufficient));
  }
  if (conclusion === 'failure') {
    const last = own.at(-1);
    return tell(byExitCode(config, log), last, failureWords(log));
  }
  const doubtful = known.find((line) => standingOf(line) === 'unknown');
  if (doubtful !== undefined) return tell('unknown', doubtful, `it says ${describeStatusLine(doubtful)}`);
  if (good !== undefined) return tell('success', good);
  const other = own.at(-1);
  return other === undefined
    ? tell('unknown', undefined, `its log has no line "${expectedLine(success)}"`)
    : tell('unknown', other, `its log does not say "${expectedLine(success)}"`);
}

/** Whether any of a run's lines is one that this declaration speaks of. */
export function speaksOf(success: SuccessConfig, log: RunLog): boolean {
  return log.lines.some((line) => isOwn(success, line));
}

function isOwn({ line: name }: SuccessConfig, line: StatusLine): boolean {
  return line.tool === name;
}

function knownLines(success: SuccessConfig, { lines }: RunLog): StatusLine[] {
  const { checks } = success;
  if (checks.includes('*')) return [...lines];
  return lines.filter(
    (line) => isOwn(success, line) || (line.tool !== undefined && checks.includes(line.tool)),
  );
}

function says({ fields, status }: StatusLine, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) =>
    key === 'status' ? status === value : Object.hasOwn(fields, key) && fields[key] === value,
  );
}

/** `ops_ci_normalize status=fail reason=unexpected_exit_2` only says again what the exit code says. */
function repeatsExitCode({ reason }: StatusLine): boolean {
  return /^(?:unexpected_)?exit_\d+$/.test(reason ?? '');
}

function byExitCode({ exitCodes }: WorkflowConfig, log: RunLog | undefined): 'failure' | 'insufficient_data' {
  const codes = log?.exitCodes ?? [];
  const isInsufficient =
    codes.length > 0 && codes.every((code) => exitCodes[String(code)] === 'insufficient_data');
  return isInsufficient ? 'insufficient_data' : 'failure';
}

function failureWords(log: RunLog | undefined): string {
  const codes = log?.exitCodes ?? [];
  if (codes.length === 0) return 'GitHub concluded "failure"';
  const worst = codes.find((code) => code !== 2) ?? 2;
  return `exit code ${worst}${worst === 1 ? ', an error' : worst === 2 ? ', unhealthy or no data' : ''}`;
}

/** Room for a name and some pairs; a card's line is one. */
const longestShown = 160;

/**
 * The line as people may see it: its name, status and reason, what the settings name, and plain counts. Any other value may
 * be an identifier or a secret (S3.25: aggregate-only lines).
 */
export function shownLine(line: StatusLine, success: SuccessConfig): string {
  const named = new Set([
    ...Object.keys(success.where),
    ...success.insufficient.flatMap((fields) => Object.keys(fields)),
    ...success.shows,
  ]);
  const pairs = Object.entries(line.fields).filter(
    ([key, value]) =>
      /^[A-Za-z_][\w.-]{0,59}$/.test(key) &&
      (['status', 'state', 'reason'].includes(key) || named.has(key)
        ? /^[A-Za-z0-9][\w.:+-]{0,59}$/.test(value)
        : /^-?\d{1,7}(?:\.\d{1,6})?$/.test(value)),
  );
  const name = line.tool !== undefined && /^[A-Za-z]\w{0,59}$/.test(line.tool) ? [line.tool] : [];
  // `prod_verify skipped reason=…` has no key for it.
  const isBare =
    line.status !== undefined && line.fields.status === undefined && line.fields.state === undefined;
  if (isBare && /^[a-z_]{1,40}$/.test(line.status!)) name.push(line.status!);
  const order = (key: string) =>
    key === 'status' || key === 'state' ? 0 : named.has(key) ? 1 : key === 'reason' ? 2 : 3;
  const words = [
    ...name,
    ...pairs.sort(([a], [b]) => order(a) - order(b)).map(([key, value]) => `${key}=${value}`),
  ];
  let shown = '';
  for (const word of words) {
    if (shown.length + word.length + 1 > longestShown) break;
    shown = shown === '' ? word : `${shown} ${word}`;
  }
  return shown;
}

export function expectedLine({ line, where }: SuccessConfig): string {
  const pairs = Object.entries(where).map(([key, value]) => `${key}=${value}`);
  return [...(line === undefined ? [] : [line]), ...pairs].join(' ');
}

function verdictOf(
  verdict: WorkflowVerdict['verdict'],
  log: RunLog | undefined,
  { why }: { readonly why?: string },
): WorkflowVerdict {
  const unknownLines = log === undefined ? 0 : log.unread + log.lines.length;
  return { verdict, statusLine: undefined, unknownLines, why };
}
