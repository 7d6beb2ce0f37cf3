/** Response URLs: five uses in thirty minutes. https://docs.slack.dev/interactivity/handling-user-interaction */
import type { SlackClock } from './clock.ts';
import { secret } from './ids.ts';
import type { StoredMessage } from './messages.ts';

const uses = 5;
const lifeMilliseconds = 30 * 60_000;

export interface ResponseUrl {
  userId: string;
  channel: string;
  /** What `replace_original` and `delete_original` mean; a command's is its first answer. */
  original?: StoredMessage;
}

export class ResponseUrls {
  private readonly clock: SlackClock;
  private readonly prefix: string;
  private readonly issued = new Map<string, ResponseUrl & { at: number; left: number }>();

  constructor(clock: SlackClock, origin: string, teamId: string) {
    this.clock = clock;
    this.prefix = `${origin}/response/${teamId}/`;
  }

  issue(answersTo: ResponseUrl): string {
    const key = secret();
    this.issued.set(key, { ...answersTo, at: this.clock.now(), left: uses });
    return `${this.prefix}${key}`;
  }

  /** Counts one use. The names are those Slack is reported to answer 404 with; the body is unverified. */
  use(path: string): ResponseUrl | 'expired_url' | 'used_url' | 'invalid_url' {
    const found = this.issued.get(path.split('/').at(-1) ?? '');
    if (!found) return 'invalid_url';
    if (this.clock.now() - found.at > lifeMilliseconds) return 'expired_url';
    if (found.left === 0) return 'used_url';
    found.left -= 1;
    return found;
  }

  /** What a command's ack said is what its URL may replace; the first answer counts. */
  setOriginal(url: string, original: StoredMessage): void {
    const found = this.issued.get(url.split('/').at(-1) ?? '');
    if (found) found.original ??= original;
  }
}
