import { z } from 'zod';
import type { ParsedDelivery, Signal } from '../core/alerts/signal.ts';
import {
  describeStatusLine,
  judgeStatus,
  readStatusLine,
  readStatusText,
  type StatusReading,
  standingOf,
} from '../core/alerts/status-line.ts';
import { type GithubReading, type Repository, serviceOf } from './github-body.ts';
import type { IssueCommentEvent, IssueEvent } from './github-issues.ts';
import { forkOf, type WorkflowRunEvent, workflowName } from './github-workflow-run.ts';
import { givenLinks } from './given-links.ts';
import { readOrRefuse } from './lenient.ts';

/*
 * The profile `ops-daily` of kind `github`: WeAreMany's daily workflow (.github/workflows/ops_daily.yml and tools/*.py).
 *
 * - A strict run that fails opens the issue "ops_daily strict unhealthy", without labels; while one is open it comments on
 *   that instead: the same alert, again. It never closes it: only a person's closing ends the alert, not a bot that tidies
 *   up, and not a green run.
 * - A green run says nothing: exit 2 is turned into 0 when any line says insufficient_data (`status=normalized`), and
 *   without its settings the workflow runs a smoke test and is green. `normalized` is unknown: it has a warning of its own,
 *   which ends nothing and lowers nothing.
 * - A red run need not mean unhealthy: a broken cleanup step ends healthy runs red. But without POSTGRES_DSN_PROD the run
 *   dies before it opens an issue, and is all that is heard.
 * - In the issue `mode_line` is always `missing` and the tails are empty (`ops_tail<<'EOF'` never ends), so that nothing
 *   here depends on them.
 * - Anyone may open an issue in a public repository: what the body says of severity counts only from a bot or a member.
 * - The step that posts to Slack tests a variable that is never set there. Where somebody mends it and points it here, it
 *   posts `{"text": "ops_daily strict unhealthy (exit_code=2) <run>"}`, or other status lines, without headers.
 */

const title = 'ops_daily strict unhealthy';

/** The workflow runs once a day, and GitHub's schedule can be hours late. */
const quietMinutes = 36 * 60;

/** Of one group, so that what one of them says lowers nothing the other said. */
const fingerprints = ['issue', 'run', 'posted'] as const;

/** Undefined: an issue like any other. */
export function opsDailyIssueSignals(event: IssueEvent): GithubReading | undefined {
  const { action, issue, repository, sender } = event;
  if (issue.title?.trim() !== title) return undefined;
  const reading = { action, sentAt: issue.updated_at };
  const base = { ...signalOf(repository, 'issue'), order: issue.updated_at.getTime() };
  if (action === 'opened' || action === 'reopened') {
    const said = { body: issue.body, isTrusted: isTrusted(issue) };
    const signal = failure(base, said, repository, issue.html_url);
    return { ...reading, signals: [{ ...signal, labels: { ...signal.labels, issue: `#${issue.number}` } }] };
  }
  if (action !== 'closed') return { ...reading, signals: [] };
  if (sender?.type !== 'User') {
    const note =
      'The issue was closed at GitHub, but not by a person: this stays open until a person says it is over.';
    return { ...reading, signals: [{ ...base, status: 'noted', note }] };
  }
  const over = { status: 'resolved', endsAt: issue.closed_at ?? issue.updated_at } as const;
  const note = 'The issue was closed by a person at GitHub.';
  return {
    ...reading,
    signals: fingerprints.map((fingerprint) => ({ ...base, ...over, fingerprint, note })),
  };
}

/** Undefined: people talking. The workflow's comment has the form of its issue. */
export function opsDailyCommentSignals(event: IssueCommentEvent): GithubReading | undefined {
  const { action, issue, comment, repository } = event;
  if (issue.title?.trim() !== title || issue.pull_request !== undefined) return undefined;
  if (action !== 'created' || !isTrusted(comment) || exitCodeOf(comment.body) === undefined) return undefined;
  const base = { ...signalOf(repository, 'issue'), order: comment.created_at.getTime() };
  const signal = failure(base, { body: comment.body, isTrusted: true }, repository, issue.html_url);
  return {
    action: `${action}.repeat`,
    sentAt: comment.created_at,
    signals: [{ ...signal, labels: { ...signal.labels, issue: `#${issue.number}` } }],
  };
}

/** Undefined: another workflow, or a fork's copy of it. */
export function opsDailyRunSignals(event: WorkflowRunEvent): GithubReading | undefined {
  const { action, workflow_run: run, repository } = event;
  if (workflowName(event) !== 'ops_daily' || forkOf(event) !== undefined) return undefined;
  if (action !== 'completed') return { action, signals: [] };
  const reading = { action: run.conclusion ?? action, sentAt: run.updated_at };
  const base: Signal = {
    ...signalOf(repository, 'run'),
    labels: { ...signalOf(repository, 'run').labels, run: `#${run.run_number}` },
    links: givenLinks(['Run', run.html_url]),
    // Comparable to when the issue was closed.
    order: run.updated_at.getTime(),
  };
  if (run.conclusion === 'failure' || run.conclusion === 'timed_out') {
    const note = `Run #${run.run_number} ended as ${run.conclusion}: a check, its settings or its cleanup; its log says which.`;
    return { ...reading, signals: [{ ...base, severity: 'high', note }] };
  }
  if (run.conclusion !== 'success') return { ...reading, signals: [] };
  const note = `Run #${run.run_number} ended green, as it also does without data: closing the issue says that this is over.`;
  return { ...reading, signals: [{ ...base, status: 'noted', note }] };
}

/** What the workflow would post to Slack, or any status lines somebody posts instead. */
export function readPostedStatus(json: unknown): ParsedDelivery {
  const { text } = readOrRefuse(z.object({ text: z.string() }), json, 'a posted status line');
  const headline = /^\s*ops_daily strict unhealthy \(exit_code=(\d{1,3})\)(?:\s+https:\S+)?/.exec(text);
  const exitCode = headline?.[1] === undefined ? undefined : Number(headline[1]);
  const reading = readStatusText(headline === null ? text : text.slice(headline[0].length));
  if (headline === null && reading.lines.length === 0) {
    return { event: 'posted', isKnown: false, signals: [] };
  }
  const { standing, severity } = judgeStatus(reading.lines, exitCode);
  const run = /https:\/\/[\w.-]+(?::\d+)?\/([\w.-]+\/[\w.-]+)\/actions\/runs\/\d+/.exec(text);
  const repository = run?.[1] === undefined ? undefined : { full_name: run[1], name: undefined };
  const base: Signal = {
    ...signalOf(repository, 'posted'),
    summary: summaryOf(reading, exitCode),
    links: givenLinks(['Run', run?.[0]]),
    // Without a repository there is no issue that a person could close.
    ...(repository === undefined ? { quietMinutes } : {}),
  };
  const event = `posted.${standing}`;
  if (standing === 'bad') return { event, isKnown: true, signals: [{ ...base, severity }] };
  if (standing === 'unknown') return { event, isKnown: true, signals: [unknownSignal(base)] };
  const note = 'A status line says healthy; closing the issue says that this is over.';
  return { event, isKnown: true, signals: [{ ...base, status: 'noted', note }] };
}

function unknownSignal(signal: Signal): Signal {
  return {
    ...signal,
    groupKey: `${signal.groupKey}:unknown`,
    severity: 'warning',
    title: 'ops_daily unknown',
    note: 'Unknown, not green: there was too little data to judge, and a check that is unhealthy may be hidden by that.',
    quietMinutes,
  };
}

function signalOf(
  repository: Pick<Repository, 'full_name' | 'name'> | undefined,
  fingerprint: (typeof fingerprints)[number],
): Signal {
  return {
    status: 'firing',
    groupKey: repository === undefined ? 'ops_daily' : `ops_daily:${repository.full_name}`,
    fingerprint,
    severity: 'high',
    title,
    service: repository && serviceOf(repository),
    labels: { ...(repository && { repository: repository.full_name }), seen: fingerprint },
    links: [],
  };
}

/** The body of the issue, or of its comment. */
function failure(
  base: Signal,
  { body, isTrusted }: { body: string | undefined; isTrusted: boolean },
  repository: Repository,
  issueUrl: string | undefined,
): Signal {
  const reading = readIssueBody(body ?? '');
  const exitCode = exitCodeOf(body);
  const judged = judgeStatus(reading.lines, exitCode);
  // That there is an issue says that something failed: only "no data" makes it less.
  const isUnknown = judged.standing === 'unknown' && exitCode === 2;
  const severity = judged.standing === 'bad' || isUnknown ? judged.severity : 'high';
  return {
    ...base,
    severity: isTrusted ? severity : 'warning',
    summary: summaryOf(reading, exitCode),
    links: givenLinks(['Issue', issueUrl], ['Run', runUrlOf(body, repository)]),
    labels: { ...base.labels, ...(exitCode === undefined ? {} : { exit_code: String(exitCode) }) },
    ...(isUnknown ? { note: 'Unknown, not green: the run had too little data to judge.' } : {}),
  };
}

function isTrusted(written: {
  user?: { type?: string | undefined } | undefined;
  author_association?: string | undefined;
}): boolean {
  return (
    written.user?.type === 'Bot' || /^(OWNER|MEMBER|COLLABORATOR)$/.test(written.author_association ?? '')
  );
}

/** `normalize_line=ops_ci_normalize status=fail …` holds a line each; the fenced tails hold lines of their own. */
function readIssueBody(body: string): StatusReading {
  const tails = body.split(/^```\w*\s*$/m).filter((_, index) => index % 2 === 1);
  const tail = readStatusText(tails.join('\n'));
  const named = [...body.matchAll(/^\w+_line=(.*)$/gm)]
    .slice(0, 20)
    .flatMap(([, line]) => (line === undefined ? [] : (readStatusLine(line) ?? [])));
  return { lines: [...named, ...tail.lines], unread: tail.unread };
}

function exitCodeOf(body: string | undefined): number | undefined {
  const digits = /^exit_code=(\d{1,3})\s*$/m.exec(body ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Only this repository's own runs: the body is text that others may write. */
function runUrlOf(body: string | undefined, { html_url }: Repository): string | undefined {
  const url = /^run_url=(\S+)\s*$/m.exec(body ?? '')?.[1];
  const runs = `${html_url ?? ''}/actions/runs/`;
  return html_url !== undefined && url?.startsWith(runs) && /^\d+$/.test(url.slice(runs.length))
    ? url
    : undefined;
}

/** Never a line as it stands: a log may hold what must not be pasted. */
function summaryOf({ lines, unread }: StatusReading, exitCode: number | undefined): string | undefined {
  const telling = lines.filter((line) => ['bad', 'unknown'].includes(standingOf(line)));
  const parts = telling.slice(0, 3).map(describeStatusLine);
  if (telling.length > 3) parts.push(`${telling.length - 3} more`);
  if (exitCode !== undefined) parts.push(`exit code ${exitCode}`);
  if (unread > 0) parts.push(unread === 1 ? '1 line not read' : `${unread} lines not read`);
  return parts.length === 0 ? undefined : parts.join(' · ');
}
