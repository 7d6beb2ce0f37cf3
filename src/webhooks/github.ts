import { z } from 'zod';
import { eventName } from './event-name.ts';
import type { GithubReading } from './github-body.ts';
import { deploymentStatusSignals } from './github-deployment-status.ts';
import { issueSignals, readCommentEvent, readIssueEvent } from './github-issues.ts';
import {
  opsDailyCommentSignals,
  opsDailyIssueSignals,
  opsDailyRunSignals,
  readPostedStatus,
} from './github-ops-daily.ts';
import { readWorkflowRunEvent, workflowRunSignals } from './github-workflow-run.ts';
import { isHmacSha256Hex, readHeader } from './proofs.ts';
import { type RawDelivery, type SourceKind, UnreadableDelivery } from './source-kind.ts';

const options = z.strictObject({
  /**
   * `ops-daily`: reads the issue, comments, runs and posted status lines of WeAreMany's `ops_daily` workflow as one alert.
   * Default: they are an issue and a workflow like any other.
   */
  profile: z.enum(['ops-daily']).optional(),
});
export type GithubOptions = z.infer<typeof options>;

/**
 * GitHub's repository and organisation webhooks (github/docs, content/webhooks; shapes: octokit/webhooks).
 *
 * - `X-Hub-Signature-256: sha256=<hex HMAC-SHA256 of the raw body>`, sent only where the webhook has a secret; without one
 *   the URL has to hold it. `X-Hub-Signature`, SHA-1, is not looked at. The content type of the webhook must be set to
 *   `application/json`: its default is a form.
 * - `X-GitHub-Delivery` is the same when a delivery is sent again. Nothing is sent again by itself: a person or a job
 *   redelivers, and an answer has to come within 10 s. Deliveries come in no order, so each fingerprint has one of its own:
 *   a run's number and attempt, or `updated_at`.
 * - `ping`, on creation, has no `action`. Addresses may be `""`, and `workflow_run.name` too.
 * - A workflow is known by its id and branch, never by its run, or no green run would ever end its failure. A fork's pull
 *   request may run on a branch that is called `main` as well.
 */
export const github: SourceKind<GithubOptions> = {
  kind: 'github',
  options,

  verify(delivery, { secrets, options }) {
    if (secrets.length === 0) return { kind: 'unsigned' };
    const given = readHeader(delivery.headers, 'x-hub-signature-256');
    if (given === undefined) {
      // The line that ops_daily posts for Slack comes without any header: the secret in the URL has to prove it.
      if (options.profile === 'ops-daily' && isPosted(delivery)) return { kind: 'unsigned' };
      return {
        kind: 'refused',
        why: 'X-Hub-Signature-256 is missing; give the webhook at GitHub the secret that is configured here',
      };
    }
    const digits = /^sha256=(.*)$/s.exec(given)?.[1];
    return secrets.some((secret) => isHmacSha256Hex(digits, secret, delivery.body))
      ? { kind: 'proven' }
      : { kind: 'refused', why: 'X-Hub-Signature-256 was made with another secret or for other bytes' };
  },

  parse(json, delivery, { options }) {
    const isOpsDaily = options.profile === 'ops-daily';
    if (isOpsDaily && isPosted(delivery)) return readPostedStatus(json);
    const event = readHeader(delivery.headers, 'x-github-event');
    if (event === undefined) {
      throw new UnreadableDelivery('X-GitHub-Event is missing, so that this is no delivery of GitHub.');
    }
    const reading = readEvent(event, json, isOpsDaily);
    return {
      event: eventName(event, reading?.action),
      isKnown: reading !== undefined,
      deliveryId: readHeader(delivery.headers, 'x-github-delivery'),
      signals: reading?.signals ?? [],
      sentAt: reading?.sentAt,
    };
  },
};

function isPosted({ headers }: RawDelivery): boolean {
  return (
    readHeader(headers, 'x-github-event') === undefined &&
    readHeader(headers, 'x-hub-signature-256') === undefined
  );
}

/** Undefined of an event nobody has told us of. */
function readEvent(event: string, json: unknown, isOpsDaily: boolean): GithubReading | undefined {
  switch (event) {
    case 'issues': {
      const issue = readIssueEvent(json);
      return (isOpsDaily ? opsDailyIssueSignals(issue) : undefined) ?? issueSignals(issue);
    }
    case 'issue_comment': {
      const comment = readCommentEvent(json);
      // People talking about an alert is not the alert.
      return (
        (isOpsDaily ? opsDailyCommentSignals(comment) : undefined) ?? { action: comment.action, signals: [] }
      );
    }
    case 'workflow_run': {
      const run = readWorkflowRunEvent(json);
      return (isOpsDaily ? opsDailyRunSignals(run) : undefined) ?? workflowRunSignals(run);
    }
    case 'deployment_status':
      return deploymentStatusSignals(json);
    default:
      return quietEvents.has(event) ? { signals: [] } : undefined;
  }
}

/** A webhook set to "everything" sends these as well. What they tell of an alert, the events above tell better. */
const quietEvents = new Set([
  'ping',
  'check_run',
  'check_suite',
  'code_scanning_alert',
  'commit_comment',
  'create',
  'delete',
  'dependabot_alert',
  'deployment',
  'deployment_protection_rule',
  'deployment_review',
  'discussion',
  'discussion_comment',
  'fork',
  'gollum',
  'installation',
  'installation_repositories',
  'label',
  'member',
  'membership',
  'merge_group',
  'meta',
  'milestone',
  'organization',
  'package',
  'page_build',
  'public',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'push',
  'release',
  'repository',
  'repository_dispatch',
  'secret_scanning_alert',
  'star',
  'status',
  'team',
  'team_add',
  'watch',
  'workflow_dispatch',
  'workflow_job',
]);
