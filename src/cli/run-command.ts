import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { JsonObject } from '../command.ts';
import { reportText } from '../core/cards/report-text.ts';
import { UserMistake } from '../core/errors.ts';
import type { SigningKey } from '../core/ledger/signing-key.ts';
import { argvTokens } from '../core/parse/argv-tokens.ts';
import { parseTokens } from '../core/parse/parse-invocation.ts';
import { receiveAndExecute } from '../jobs/tasks.ts';
import { storeIncoming } from '../postgres/inbox.ts';
import { addJob } from '../postgres/jobs.ts';
import { openPool } from '../postgres/pool.ts';
import { bePresent } from '../presence.ts';
import { maybeRunView } from '../run-views.ts';
import { openRuntime } from '../runtime.ts';
import { countPages, viewCard } from '../slack/views/run-message.ts';
import type { Prepared } from '../start.ts';
import { followRun } from './follow-run.ts';
import { membershipFor, theWorkspace } from './workspace.ts';

/**
 * `countersign run <command…>`: the way when Slack is down. Same parser, policy and ledger; the requester is
 * `cli:<login>`, which has to be in a role like anyone else.
 * @param isConfirmed goes ahead after the preview of a change that needs no signature; others are signed in Slack.
 * @returns the exit code: 0 succeeded, 1 failed, refused or not well, 2 unknown.
 */
export async function runCommandLine(
  words: readonly string[],
  prepared: Prepared<'database'>,
  signingKey: SigningKey,
  write: (text: string) => void,
  isConfirmed: boolean,
): Promise<0 | 1 | 2> {
  const { environment, commands, settings, log } = prepared;
  const invocation = parseTokens(argvTokens(words), commands);
  const command = commands.get(invocation.command)!;
  const problem = invocation.problems[0]?.message ?? missingSentence(invocation.missing);
  if (problem !== undefined) {
    throw new UserMistake('incomplete_invocation', `${problem}\nUsage: countersign run ${command.usage}`);
  }
  const databaseUrl = environment.databaseUrl.reveal();
  const undo: (() => Promise<void>)[] = [];
  try {
    const pool = openPool(databaseUrl, { max: 5, name: 'countersign run' }, log);
    undo.push(() => pool.end());
    const now = () => new Date();
    const processId = randomUUID();
    const workspaceId = await theWorkspace(pool);
    const presence = await bePresent({ databaseUrl, pool, workspaceId, processId, sharing: 'guest', log });
    undo.push(() => presence.leave());
    // The command line prints its own answer; signers are asked by a process that speaks to Slack.
    const deliverElsewhere = (messageId: string) =>
      void addJob(pool, `deliver:${workspaceId}`, { workspaceId, messageId }).catch(() => undefined);
    const runtime = await openRuntime({
      pool,
      workspaceId,
      processId,
      onWanted: (ids) => {
        for (const id of ids) deliverElsewhere(id);
      },
      settings,
      commands,
      signingKey,
      membership: membershipFor(prepared, workspaceId, now),
      log,
      redactor: prepared.redactor,
      now,
      stopping: new AbortController().signal,
      countPages,
      permalink: async () => undefined,
      messageLink: async () => undefined,
      linkTo: async () => undefined,
      runbooks: prepared.runbooks,
      sourceKinds: prepared.sourceKinds,
      // Names are looked up by whoever delivers.
      resolveChannel: async (reference) => reference,
    });
    undo.push(() => runtime.close());

    const key = `cli:${processId}`;
    const incoming = {
      workspaceId,
      key,
      correlationId: processId,
      needsWork: true,
      request: {
        kind: 'invocation',
        command: invocation.command,
        input: invocation.input as JsonObject,
        requester: `cli:${userInfo().username}`,
        via: 'cli',
        origin: {},
        ...(invocation.isPlanOnly ? { isPlanOnly: true } : {}),
        ...(invocation.incidentId === undefined ? {} : { incidentId: invocation.incidentId }),
      },
    } as const;
    await storeIncoming(pool, [incoming], processId);
    await receiveAndExecute(key, runtime);
    const run = await followRun({
      look: () => runtime.execute.store.maybeRunForInbox(key),
      guard: runtime.execute,
      isConfirmed,
      write,
    });
    if (run === undefined) return 0;
    const permalink = async () => undefined;
    const view = await maybeRunView(run.id, { pool, workspaceId, guard: runtime.execute, permalink });
    write(reportText(viewCard(view!)));
    if (run.state === 'unknown') return 2;
    return run.state === 'succeeded' && run.report?.status !== 'bad' ? 0 : 1;
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

function missingSentence(missing: readonly string[]): string | undefined {
  return missing.length === 0 ? undefined : `Missing: ${missing.map((name) => `<${name}>`).join(' ')}`;
}
