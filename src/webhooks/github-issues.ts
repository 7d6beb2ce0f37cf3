import { z } from 'zod';
import { readSeverity, type Severity, worst } from '../core/alerts/severity.ts';
import type { Signal } from '../core/alerts/signal.ts';
import { type GithubReading, repositorySchema, serviceOf } from './github-body.ts';
import { givenLinks } from './given-links.ts';
import { lenientObject, lenientText, lenientTime, readOrRefuse } from './lenient.ts';
import { requiredTime } from './required-time.ts';

const person = lenientObject({ login: lenientText, type: lenientText });

export const issueSchema = z.object({
  number: z.int().positive(),
  title: lenientText,
  body: lenientText,
  html_url: lenientText,
  user: person,
  author_association: lenientText,
  labels: z
    .array(z.object({ name: lenientText }).catch({ name: undefined }))
    .nullish()
    .catch(undefined),
  state_reason: lenientText,
  created_at: lenientTime,
  updated_at: requiredTime,
  closed_at: lenientTime,
});

const bodySchema = z.object({
  action: z.string(),
  issue: issueSchema,
  repository: repositorySchema,
  sender: person,
});
export type IssueEvent = z.infer<typeof bodySchema>;

const commentSchema = bodySchema.extend({
  // A comment on a pull request says so here; such are conversation.
  issue: issueSchema.extend({ pull_request: z.unknown().optional() }),
  comment: z.object({
    body: lenientText,
    html_url: lenientText,
    user: person,
    author_association: lenientText,
    created_at: requiredTime,
  }),
});
export type IssueCommentEvent = z.infer<typeof commentSchema>;

export function readIssueEvent(json: unknown): IssueEvent {
  return readOrRefuse(bodySchema, json, 'an issues event of GitHub');
}

export function readCommentEvent(json: unknown): IssueCommentEvent {
  return readOrRefuse(commentSchema, json, 'an issue_comment event of GitHub');
}

/** Opened or reopened it fires, closed it is over. Labelling, assigning and editing say nothing of that. */
export function issueSignals(event: IssueEvent): GithubReading {
  const { action, issue } = event;
  const reading = { action, sentAt: issue.updated_at };
  switch (action) {
    case 'opened':
      return { ...reading, signals: [{ ...issueSignal(event), startsAt: issue.created_at }] };
    case 'reopened':
      // Not its first start: an episode of its own, which the earlier closing must not be taken for the end of.
      return { ...reading, signals: [{ ...issueSignal(event), startsAt: issue.updated_at }] };
    case 'closed':
      return {
        ...reading,
        signals: [
          {
            ...issueSignal(event),
            status: 'resolved',
            endsAt: issue.closed_at ?? issue.updated_at,
            note: closedNote(issue.state_reason),
          },
        ],
      };
    case 'deleted':
    case 'transferred':
      // It will never be closed here, which is not the same as being over.
      return {
        ...reading,
        signals: [
          {
            ...issueSignal(event),
            status: 'noted',
            note: `The issue was ${action} at GitHub, so that nothing there will close this.`,
          },
        ],
      };
    default:
      return { ...reading, signals: [] };
  }
}

function issueSignal({ issue, repository }: IssueEvent): Signal {
  const key = `issue:${repository.full_name}#${issue.number}`;
  const names = labelNames(issue);
  return {
    status: 'firing',
    groupKey: key,
    fingerprint: key,
    severity: severityOfLabels(names),
    title: issue.title ?? `Issue #${issue.number}`,
    service: serviceOf(repository),
    labels: {
      repository: repository.full_name,
      issue: `#${issue.number}`,
      ...(names.length > 0 ? { labels: names.join(', ') } : {}),
    },
    links: givenLinks(['Issue', issue.html_url]),
    order: issue.updated_at.getTime(),
  };
}

/** GitHub allows 100 labels on an issue. */
function labelNames({ labels }: z.infer<typeof issueSchema>): string[] {
  return (labels ?? []).slice(0, 100).flatMap(({ name }) => name ?? []);
}

/** Alone, only words that are not also a topic: a label `page`, `error` or `debug` tells what an issue is about. */
const alone = /^(p[0-5]|sev[1-4]|critical|fatal|emergency|high|major|warning|warn|medium|minor|low|info)$/;

/** `sev2`, `SEV-2`, `P1`, `severity: high`, `priority/critical`: the worst of them; warning where none is given. */
function severityOfLabels(names: readonly string[]): Severity {
  const words = names.flatMap((name) => {
    const label = name.trim().toLowerCase();
    const given = /^(?:severity|sev|priority|prio)\s*[:/=]\s*(\S+)$/.exec(label)?.[1];
    if (given !== undefined) return given.replace(/^(p|sev)-?/, '$1');
    const word = label.replace(/^(p|sev)[-\s](?=\d$)/, '$1');
    return alone.test(word) ? word : [];
  });
  return worst(words.map(readSeverity)) ?? 'warning';
}

function closedNote(reason: string | undefined): string | undefined {
  if (reason === 'not_planned') return 'Closed at GitHub as not planned: without a fix.';
  if (reason === 'duplicate') return 'Closed at GitHub as a duplicate of another issue.';
  return reason === 'completed' ? 'Closed at GitHub as completed.' : undefined;
}
