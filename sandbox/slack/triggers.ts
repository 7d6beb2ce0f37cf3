/** Trigger ids: three seconds, one exchange. https://docs.slack.dev/interactivity/handling-user-interaction */
import type { SlackClock } from './clock.ts';
import { secret } from './ids.ts';

const lifeMilliseconds = 3000;

export interface Trigger {
  userId: string;
  /** The view the person acted in, when they acted in one: only then may a view be pushed on it. */
  viewId?: string;
  /** The conversation they acted in. */
  channel?: string;
}

export type TriggerError = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';

export class Triggers {
  private readonly clock: SlackClock;
  private readonly issued = new Map<string, Trigger & { at: number; isExchanged: boolean }>();
  private count = 1000;

  constructor(clock: SlackClock) {
    this.clock = clock;
  }

  issue(trigger: Trigger): string {
    const id = `${++this.count}.${Math.floor(this.clock.now() / 1000)}.${secret(32).toLowerCase()}`;
    this.issued.set(id, { ...trigger, at: this.clock.now(), isExchanged: false });
    return id;
  }

  /** Looks without using up: a call refused for its view leaves the trigger good. */
  check(id: string): Trigger | TriggerError {
    const found = this.issued.get(id);
    if (!found) return 'invalid_trigger_id';
    if (found.isExchanged) return 'exchanged_trigger_id';
    return this.clock.now() - found.at > lifeMilliseconds ? 'expired_trigger_id' : found;
  }

  exchange(id: string): void {
    const found = this.issued.get(id);
    if (found) found.isExchanged = true;
  }
}
