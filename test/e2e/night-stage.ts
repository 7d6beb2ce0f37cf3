import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type DemoMonitoring, startMonitoring } from '../../sandbox/demo/monitoring.ts';
import { startSampleGitHub } from '../../sandbox/demo/sample-github.ts';
import { startSampleRms } from '../../sandbox/demo/sample-rms.ts';
import { playScript } from '../../sandbox/say/play.ts';
import { type Settling, settleOn } from '../../sandbox/say/settle.ts';
import type { SlackWorkspaceOptions } from '../../sandbox/slack/server.ts';
import type { Rms } from '../../sandbox/targets/rms/server.ts';
import type { Pacing } from '../../src/core/pacing.ts';
import { createMemoryPacing } from '../../src/redis/memory-pacing.ts';
import { startTestCountersign, type TestCountersign } from '../support/countersign.ts';
import { testDatabase } from '../support/database.ts';
import { type Mode, type Surroundings, startSurroundings } from '../support/surroundings.ts';

/** Resending 240 emails takes 12 s on an idle machine, a killed bot's work is handed back within 15 s. */
const settleMilliseconds = 90_000;

const demoSettings = join(import.meta.dirname, '../../sandbox/demo/settings.yaml');

/** Everything of the demo, with its own settings, round a bot that is started by the test. */
export interface NightStage extends Omit<Surroundings, 'rms'> {
  readonly rms: Rms;
  readonly monitoring: DemoMonitoring;
  /** Waits until nothing is left to do. */
  settle(): Promise<void>;
  /** Plays `--say` lines one after another. @throws Error with what was seen until one failed */
  play(lines: readonly string[]): Promise<void>;
  /** What people saw so far. */
  seen(): string;
}

/** Call it while the file or its `describe` is collected. */
export async function startNightStage(options: {
  readonly mode: Mode;
  readonly workspace?: Partial<SlackWorkspaceOptions>;
}): Promise<NightStage> {
  const undo: (() => Promise<unknown>)[] = [];
  const rms = await startSampleRms(
    async () => ({ url: (await testDatabase({ isEmpty: true })).superuserUrl }),
    undo,
  );
  const { variables: gitHub } = await startSampleGitHub(undo);
  const monitoring = await startMonitoring(undo);
  // After the databases are made, so before they go.
  afterAll(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  const surroundings = await startSurroundings({
    mode: options.mode,
    umbrellaRecords: 10,
    variables: { ...rms.variables, ...gitHub, ...monitoring.variables },
    workspace: { monitoring: monitoring.page, ...options.workspace },
  });
  await copyFile(demoSettings, join(surroundings.folder, 'settings.yaml'));
  const { workspace, database } = surroundings;
  const settling: Settling = settleOn({
    workspace,
    pool: database.pool,
    deadlineMilliseconds: settleMilliseconds,
  });
  let transcript = '';
  return {
    ...surroundings,
    rms: rms.production,
    monitoring,
    settle: settling.settle,
    seen: () => transcript,
    play: async (lines) => {
      const { failed } = await playScript({
        workspace,
        lines,
        settle: settling.settle,
        alerts: monitoring.alerts,
        isTerminal: false,
        write: (text) => {
          transcript += text;
        },
      });
      if (failed !== undefined) throw new Error(`${failed}\n${transcript}`);
    },
  };
}

/** The pace of the settings' defaults, which Slack asks for. */
const slackPace = () =>
  createMemoryPacing({
    settings: () => ({
      updatesPerMinute: 40,
      updatesBurst: 8,
      postsPerSecondPerChannel: 1,
      postsBurst: 4,
      progressEverySeconds: 3,
    }),
  });

/** The bot in this process; monitoring reaches it from now on. @param pacing default: as Slack asks for. */
export async function startNightBot(
  stage: NightStage,
  pacing: Pacing = slackPace(),
): Promise<TestCountersign> {
  const bot = await startTestCountersign({ mode: stage.mode, in: { ...stage, rms: stage.rms }, pacing });
  // Before the bot goes, or its sources would miss it.
  afterAll(() => stage.monitoring.alerts.stop());
  await stage.monitoring.begin(bot.url);
  return bot;
}
