/** The parts of a running workspace, as its capabilities receive them. Built once, in `server.ts`. */
import type { BotDelivery } from './bot/delivery.ts';
import type { SampleAlert } from './client-api.ts';
import type { SlackClock } from './clock.ts';
import type { Directory } from './directory.ts';
import type { Faults } from './faults.ts';
import type { Feed } from './feed.ts';
import type { Files } from './files.ts';
import type { AppManifest } from './manifest.ts';
import type { MessageStore } from './messages.ts';
import type { Pending } from './pending.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Recorder } from './recorder.ts';
import type { ResponseUrls } from './response-urls.ts';
import type { Timestamps } from './timestamps.ts';
import type { Triggers } from './triggers.ts';
import type { Views } from './views.ts';

/** The team's message-editing setting, as an administrator may change it while the workspace runs. */
export interface TeamSettings {
  /** Minutes after posting in which a message may be edited; undefined: always. */
  editWindowMinutes: number | undefined;
}

/** Monitoring beside the workspace, for the page's "Send alerts". */
export interface SampleMonitoring {
  readonly offered: readonly SampleAlert[];
  /** Resolves when the bot has taken it. @throws Error with what the page shows */
  send(sample: string): Promise<void>;
}

export interface Core {
  /** `http://127.0.0.1:4711`, without a slash at the end. */
  readonly origin: string;
  readonly clock: SlackClock;
  readonly manifest: AppManifest;
  readonly settings: TeamSettings;
  readonly directory: Directory;
  readonly messages: MessageStore;
  readonly timestamps: Timestamps;
  readonly files: Files;
  readonly views: Views;
  readonly triggers: Triggers;
  readonly responseUrls: ResponseUrls;
  readonly feed: Feed;
  readonly bot: BotDelivery;
  readonly pending: Pending;
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly monitoring: SampleMonitoring | undefined;
}
