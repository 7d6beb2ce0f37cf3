/** Sends to the bot whichever way is switched on, plays delivery faults, and retries events. */
import type { SlackClock } from '../clock.ts';
import type { Faults } from '../faults.ts';
import type { Pending } from '../pending.ts';
import type { RecordedDelivery, Recorder } from '../recorder.ts';
import {
  type Answer,
  ackMilliseconds,
  type BotRequest,
  type Transport,
  timedOut,
  unreachable,
} from './transport.ts';

/** https://docs.slack.dev/apis/events-api#error-handling: nearly at once, after a minute, after five. */
const retryDelaysMilliseconds = [0, 60_000, 300_000];

interface Parts {
  clock: SlackClock;
  faults: Faults;
  pending: Pending;
  recorder: Recorder;
}

export class BotDelivery {
  private readonly parts: Parts;
  private readonly waiting = new Set<() => void>();
  private transport: Transport | undefined;

  constructor(parts: Parts, transport: Transport | undefined) {
    this.parts = parts;
    this.transport = transport;
  }

  get via(): Transport['via'] | undefined {
    return this.transport?.via;
  }

  use(transport: Transport | undefined): void {
    this.transport = transport;
  }

  /** A command or an interaction: sent once; what did not get through is the person's to try again. */
  ask(request: BotRequest): Promise<Answer> {
    return this.parts.pending.track(() => this.send(request));
  }

  /** An event: sent until acked, at most four times. Does not wait. */
  tell(request: BotRequest, subscription: string): void {
    void this.parts.pending.track(() => this.attempt(request, subscription, 0));
  }

  /** Forgets retries that are still to come. */
  stop(): void {
    for (const cancel of this.waiting) cancel();
    this.waiting.clear();
  }

  private async attempt(request: BotRequest, subscription: string, retries: number): Promise<void> {
    const answer = await this.send(request, subscription);
    const delay = retryDelaysMilliseconds[retries];
    if (answer.isAck || answer.isFinal || delay === undefined || this.parts.faults.isDown) return;
    const again = { ...request, retry: { number: retries + 1, reason: answer.reason } };
    if (delay === 0) return this.attempt(again, subscription, retries + 1);
    const cancel = this.parts.clock.after(delay, () => {
      this.waiting.delete(cancel);
      void this.parts.pending.track(() => this.attempt(again, subscription, retries + 1));
    });
    this.waiting.add(cancel);
  }

  private async send(request: BotRequest, subscription?: string): Promise<Answer> {
    const { transport } = this;
    const { faults } = this.parts;
    if (faults.isDown || !transport) return unreachable;
    const isTwice = faults.takeDuplicate();
    const isLost = faults.takeLostAck();
    const first = this.sendOnce(transport, request, subscription);
    // The copy's answer, whichever it is, changes nothing for the person: Slack keeps the first.
    if (isTwice) void this.parts.pending.track(() => this.sendOnce(transport, request, subscription));
    return isLost ? this.losing(first) : first;
  }

  private async sendOnce(transport: Transport, request: BotRequest, subscription?: string): Promise<Answer> {
    const { clock, recorder } = this.parts;
    const recorded: RecordedDelivery = {
      kind: request.kind,
      type: request.type,
      ...(subscription ? { subscription } : {}),
      payload: request.payload,
      via: transport.via,
      retry: request.retry?.number ?? 0,
      outcome: 'pending',
      at: clock.now(),
    };
    recorder.delivery(recorded);
    const answer = await transport.send(request);
    recorded.outcome = answer.isAck ? 'acked' : 'failed';
    if (!answer.isAck) recorded.failure = answer.shown;
    return answer;
  }

  /** The ack went missing on its way: Slack waits out its deadline. */
  private async losing(first: Promise<Answer>): Promise<Answer> {
    const { clock } = this.parts;
    const deadline = new Promise<void>((resolve) => void clock.after(ackMilliseconds, resolve));
    await Promise.all([first, deadline]);
    return timedOut;
  }
}
