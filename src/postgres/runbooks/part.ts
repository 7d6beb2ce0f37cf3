import type { ClientBase } from 'pg';
import type { RunbookPart } from '../../core/runbooks/runbook-store.ts';
import { isDecidedBy } from '../decided-by.ts';
import { addJob } from '../jobs.ts';
import type { Along } from '../transaction.ts';
import { insertInstance, maybeInstance, saveInstance } from './instances.ts';
import { manyReviewsDue, takeReviews } from './reviews.ts';

/** {@link RunbookPart} inside a transaction that is open. */
export function runbookPart(client: ClientBase, along: Along, workspaceId: string): RunbookPart {
  return {
    hold: (id) => maybeInstance(client, workspaceId, { id }, 'FOR UPDATE'),
    maybeOfRun: (runId) => maybeInstance(client, workspaceId, { runId }),
    isDecidedBy: (runId) => isDecidedBy(client, workspaceId, runId, 'runbook'),
    insert: (instance, runId) => along(insertInstance(client, workspaceId, instance, runId)),
    save: (instance) => along(saveInstance(client, workspaceId, instance)),
    setWait: (id, stepId, at) =>
      along(
        addJob(
          client,
          `runbook_wait:${workspaceId}`,
          { workspaceId, instanceId: id, stepId },
          { key: `runbook_wait:${workspaceId}:${id}:${stepId}`, at },
        ),
      ),
    manyReviewsDue: (runbooks) => manyReviewsDue(client, workspaceId, runbooks),
    takeReviews: (runbooks) => takeReviews(client, workspaceId, runbooks),
  };
}
