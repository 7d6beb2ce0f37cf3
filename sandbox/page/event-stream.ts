/**
 * Server-sent events over fetch. EventSource would do, but it gives up for good on an HTTP error and cannot
 * name the event to continue from on its first connection, so what happens between reading the state and
 * opening the stream would be lost.
 */

export interface StreamedEvent {
  id: string;
  data: string;
}

/** Feeds chunks of a `text/event-stream` and returns the events completed by each. */
export function eventParser(): (chunk: string) => StreamedEvent[] {
  let rest = '';
  let id = '';
  let data: string[] = [];
  return (chunk) => {
    const events: StreamedEvent[] = [];
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') {
        if (data.length > 0) events.push({ id, data: data.join('\n') });
        data = [];
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === 'id') id = value ?? '';
      if (field === 'data') data.push(value ?? '');
    }
    return events;
  };
}

export interface Following {
  url: string;
  /** Asked before each connection and sent as Last-Event-ID; the stream continues after it. */
  lastEventId: () => Promise<string>;
  onEvent: (event: StreamedEvent) => void;
  /** `live` once the server answers, `lost` when the connection ends; it is tried again by itself. */
  onStatus: (status: 'live' | 'lost') => void;
  signal: AbortSignal;
}

const firstRetryMilliseconds = 250;
/** The demo is on this machine: after a restart the page should be live again within seconds. */
const longestRetryMilliseconds = 4000;

/** Follows the stream until `signal` aborts, reconnecting with a growing pause. Never rejects. */
export async function follow({ url, lastEventId, onEvent, onStatus, signal }: Following): Promise<void> {
  let pause = firstRetryMilliseconds;
  while (!signal.aborted) {
    try {
      const response = await fetch(url, {
        headers: { accept: 'text/event-stream', 'last-event-id': await lastEventId() },
        cache: 'no-store',
        signal,
      });
      if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
      onStatus('live');
      pause = firstRetryMilliseconds;
      await read(response.body, onEvent);
    } catch {
      // Whatever ended the connection, the answer is the same: say so and try again.
    }
    if (signal.aborted) return;
    onStatus('lost');
    await pausing(pause, signal);
    pause = Math.min(pause * 2, longestRetryMilliseconds);
  }
}

async function read(
  body: ReadableStream<Uint8Array>,
  onEvent: (event: StreamedEvent) => void,
): Promise<void> {
  const parse = eventParser();
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    for (const event of parse(decoder.decode(value, { stream: true }))) onEvent(event);
  }
}

function pausing(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
