import type { Pool } from 'pg';
import { Fault } from '../core/errors.ts';
import type { Membership } from '../core/policy/membership.ts';
import { manyWorkspaces } from '../postgres/workspaces.ts';
import { createMemoryStore } from '../redis/memory-store.ts';
import { boltLogger } from '../slack/bolt-logger.ts';
import { slackClient } from '../slack/connect.ts';
import { createSlackMembership } from '../slack/membership.ts';
import type { Prepared } from '../start.ts';

/** What the command line has to know of the workspace it works for. */

/** The one workspace of this database; the ledger's chains are per workspace. @throws Fault `no_workspace` when the database serves none, or several. */
export async function theWorkspace(pool: Pool): Promise<string> {
  const workspaces = await manyWorkspaces(pool);
  if (workspaces.length === 1) return workspaces[0]!;
  throw new Fault(
    'no_workspace',
    workspaces.length === 0
      ? 'This database has never been connected to a Slack workspace. Run "countersign start" once first.'
      : `This database serves several workspaces (${workspaces.join(', ')}); run commands from Slack.`,
  );
}

/** With a token people and groups are read as usual; without one, groups count as empty and say so. */
export function membershipFor(
  { environment, log }: Prepared<'database'>,
  teamId: string,
  now: () => Date,
): Membership {
  if (environment.slack === undefined) {
    const unread = { isReadable: false, reason: 'SLACK_BOT_TOKEN is not set' } as const;
    return { person: async () => unread, group: async () => unread };
  }
  const slack = slackClient(environment.slack.botToken.reveal(), {
    apiUrl: environment.slackApiUrl,
    logger: boltLogger(log),
  });
  return createSlackMembership({ slack, store: createMemoryStore(), teamId, now });
}
