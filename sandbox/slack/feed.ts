/** Everything anybody sees happen, in order; people's clients follow it live or catch up by sequence. */
import type { ClientEvent } from './client-api.ts';
import type { SlackClock } from './clock.ts';

type Unnumbered<Event> = Event extends unknown ? Omit<Event, 'sequence' | 'at'> : never;
export type NewClientEvent = Unnumbered<ClientEvent>;

/** Kept for clients that reconnect; one that was away for longer reads the state again. */
const keptEvents = 20_000;

export class Feed {
  private readonly clock: SlackClock;
  private readonly events: ClientEvent[] = [];
  private readonly listeners = new Set<(event: ClientEvent) => void>();
  private lastSequence: number;

  /** `startAfter` keeps sequences growing over a restart, so that no client takes a new event for a seen one. */
  constructor(clock: SlackClock, startAfter = 0) {
    this.clock = clock;
    this.lastSequence = startAfter;
  }

  get sequence(): number {
    return this.lastSequence;
  }

  emit(event: NewClientEvent): void {
    this.lastSequence += 1;
    const numbered = { ...event, sequence: this.lastSequence, at: this.clock.now() } as ClientEvent;
    this.events.push(numbered);
    if (this.events.length > keptEvents) this.events.shift();
    for (const listener of this.listeners) listener(numbered);
  }

  since(sequence: number): ClientEvent[] {
    return this.events.filter((event) => event.sequence > sequence);
  }

  onEvent(listener: (event: ClientEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The channel an event happened in, where it happened in one. */
export function channelOf(event: ClientEvent): string | undefined {
  if ('message' in event) return event.message.channel;
  return 'channel' in event ? event.channel : undefined;
}
