import type { Pool } from 'pg';
import { remindOfReviews } from '../core/runbooks/remind-of-reviews.ts';
import type { RunbookContext } from '../core/runbooks/runbook-context.ts';
import { checkpointIfDue, type LedgerServicesContext } from '../ledger-services.ts';
import type { Log } from '../log.ts';
import { pruneAlerts } from '../postgres/alerts/prune.ts';
import { pruneInbox } from '../postgres/inbox.ts';

/** Redeliveries end after 24 hours; a week leaves time to look into a strange one. */
const inboxRetentionDays = 7;
const defaultEveryMilliseconds = 10 * 60_000;

/**
 * What has to happen now and then, whoever does it: each decides from the database whether it is due, so that
 * any number of replicas may look.
 */
export function startUpkeep(options: {
  readonly pool: Pool;
  readonly log: Log;
  readonly ledger: LedgerServicesContext;
  readonly checkpointEveryHours: () => number;
  readonly alertRetentionDays: () => { readonly alerts: number; readonly raw: number };
  readonly runbooks: RunbookContext;
  /** Default 10 minutes. */
  readonly everyMilliseconds?: number;
}): { stop: () => Promise<void> } {
  const { pool, log, everyMilliseconds = defaultEveryMilliseconds } = options;
  let running: Promise<void> = Promise.resolve();
  const chores: Readonly<Record<string, () => Promise<unknown>>> = {
    checkpoint: () => checkpointIfDue(options.ledger, options.checkpointEveryHours()),
    inbox: () => pruneInbox(pool, inboxRetentionDays),
    alerts: () => pruneAlerts(pool, options.ledger.workspaceId, options.alertRetentionDays()),
    reviews: () => remindOfReviews(options.runbooks),
  };
  const look = async () => {
    for (const [chore, work] of Object.entries(chores)) {
      try {
        await work();
      } catch (error) {
        // What fails for days must not keep the others from being done.
        log.warn({ err: error, chore }, 'upkeep failed and is tried again later');
      }
    }
  };
  const timer = setInterval(() => {
    running = look();
  }, everyMilliseconds);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
