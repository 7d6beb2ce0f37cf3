import type { Pool } from 'pg';
import { checkpointIfDue, type LedgerServicesContext } from '../ledger-services.ts';
import type { Log } from '../log.ts';
import { pruneAlerts } from '../postgres/alerts/prune.ts';
import { pruneInbox } from '../postgres/inbox.ts';

/** Redeliveries end after 24 hours; a week leaves time to look into a strange one. */
const inboxRetentionDays = 7;
const lookEveryMilliseconds = 10 * 60_000;

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
}): { stop: () => Promise<void> } {
  const { pool, log } = options;
  let running: Promise<void> = Promise.resolve();
  const look = async () => {
    try {
      await checkpointIfDue(options.ledger, options.checkpointEveryHours());
      await pruneInbox(pool, inboxRetentionDays);
      await pruneAlerts(pool, options.ledger.workspaceId, options.alertRetentionDays());
    } catch (error) {
      log.warn({ err: error }, 'upkeep failed and is tried again later');
    }
  };
  const timer = setInterval(() => {
    running = look();
  }, lookEveryMilliseconds);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
