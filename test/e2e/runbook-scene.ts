import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { ClientMessage } from '../../sandbox/slack/client-api.ts';
import type { RunbookInstance } from '../../src/core/runbooks/instance.ts';
import { manyInstances } from '../../src/postgres/runbooks/instances.ts';
import { buttons, cardText, type People } from '../support/slack.ts';
import type { Surroundings } from '../support/surroundings.ts';

/**
 * A folder with these runbook files for `COUNTERSIGN_RUNBOOKS`, gone with the last test. Call it while the file or its
 * `describe` is collected.
 */
export async function runbookFiles(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-runbooks-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  await writeRunbooks(folder, files);
  return folder;
}

export async function writeRunbooks(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** One step of each kind, in the order people would do them. */
export const night = `title: A quiet night
summary: Every kind of step, once
owner: on-call
reviewBy: 2099-01-01
steps:
  - { id: health, title: Look at health, check: check-health rms }
  - id: proof
    title: Send a test message
    requires: health
    run: run-operation rms test-email --param to=ops@example.com
  - { id: asked, title: Ask the provider, do: Call them. }
  - { id: tell, title: Tell the others, message: night-told, to: ops }
  - id: calm
    title: Wait for calm
    wait: 30m
    until: check-health rms
    every: 5m
  - { id: last, title: Say good night, do: Go to bed. }
`;
export const nightTold = 'Emails are *sent* again.\n';

/** Every started runbook, the newest first. */
export function startedRunbooks({ workspace, database }: Surroundings): Promise<readonly RunbookInstance[]> {
  return manyInstances(database.pool, workspace.directory.team.id, { limit: 50 });
}

/** The messages on Ada's screen that are the card of this runbook; there must be one. */
export function runbookCards(slack: Pick<People, 'screen'>, instanceId: string): ClientMessage[] {
  return slack
    .screen('ada')
    .filter((message) => message.ephemeralFor === undefined && cardText(message).includes(`${instanceId} ·`));
}

/** The words on the button that goes on. */
export function nextLabel(card: ClientMessage): string | undefined {
  return buttons(card).find(({ actionId }) => actionId === 'runbook:next')?.label;
}
