import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, inject } from 'vitest';
import { z } from 'zod';
import type { SlackWorkspace } from '../../sandbox/slack/server.ts';

const slackRecord = z.object({
  /** The test file it comes from, e.g. `commands.test.ts`. */
  file: z.string(),
  calls: z.array(z.object({ method: z.string(), scopes: z.array(z.string()), error: z.string().optional() })),
  /** Subscriptions by which events came, e.g. `app_mention`. */
  events: z.array(z.string()),
  /** Slash commands that were sent. */
  commands: z.array(z.string()),
});

/** What one workspace saw of the bot, each kind of thing once. */
export type SlackRecord = z.output<typeof slackRecord>;

/** Kept for the test that compares the manifest with the whole end-to-end suite. */
export async function keepSlackRecord(workspace: SlackWorkspace): Promise<void> {
  const folder = inject('slackRecordsFolder');
  const calls = workspace.calls.map(({ method, scopes, error }) => ({
    method,
    scopes: [...scopes].sort(),
    // What is tested to go wrong is no sign of anything; a missing scope is.
    ...(error === 'missing_scope' ? { error } : {}),
  }));
  const record: SlackRecord = {
    file: basename(expect.getState().testPath ?? 'unknown'),
    calls: [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()],
    events: unique(workspace.deliveries.flatMap(({ subscription }) => subscription ?? [])),
    commands: unique(workspace.deliveries.flatMap(({ kind, type }) => (kind === 'command' ? type : []))),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${randomUUID()}.json`), JSON.stringify(record));
}

/** Everything kept so far in this run. */
export async function slackRecords(): Promise<SlackRecord[]> {
  const folder = inject('slackRecordsFolder');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return Promise.all(
    names.map(async (name) => slackRecord.parse(JSON.parse(await readFile(join(folder, name), 'utf8')))),
  );
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
