/**
 * A sample PagerDuty on the loopback address: the Events API v2 at least as strict as the real one, the incidents it
 * would have opened, and its v3 webhooks. It knows nothing of who sends.
 *
 * @example
 * const pagerDuty = await startPagerDuty({ routingKeys: ['0123456789abcdef0123456789abcdef'] });
 * pagerDuty.sendWebhooks({ url: 'http://127.0.0.1:4711/hooks/pagerduty', secrets: ['a-signing-secret'] });
 * …
 * expect(pagerDuty.incidents()).toMatchObject([{ status: 'triggered' }]);
 * await pagerDuty.close();
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseJson, sendJson } from '../rms/http.ts';
import { type EnqueuedEvent, readEvent } from './event-shape.ts';
import { type Effect, type Incident, Incidents } from './incidents.ts';
import { type WebhookDelivery, type WebhookSubscription, Webhooks } from './webhooks.ts';

export interface PagerDutyOptions {
  /** Of the integrations there are, 32 letters and digits each. */
  readonly routingKeys: readonly string[];
  /** Events a minute for each key before 429; PagerDuty has about 120. Default: no limit. */
  readonly perMinute?: number;
  readonly webhooks?: WebhookSubscription;
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default: the wall clock. */
  readonly now?: () => Date;
}

/** `error`: 500; `cut`: the connection is cut, nothing happens; `cut_after`: it happens first. */
export type PagerDutyFault = 'error' | 'cut' | 'cut_after';

/** An event that arrived, whatever became of it. */
export interface ArrivedEvent {
  readonly at: Date;
  readonly body: unknown;
  readonly outcome: Effect | 'refused' | 'limited' | PagerDutyFault;
}

export interface PagerDuty {
  /** Where events go: `http://127.0.0.1:4711/v2/enqueue`. */
  readonly url: string;
  incidents(): readonly Incident[];
  readonly events: readonly ArrivedEvent[];
  readonly webhookDeliveries: readonly WebhookDelivery[];
  /** Undefined: none from now on. */
  sendWebhooks(to: WebhookSubscription | undefined): void;
  /** What a person does at PagerDuty. @throws RangeError when there is no such open incident */
  person(action: 'acknowledge' | 'resolve', incidentId: string): void;
  /** The next `times` events meet this. Default times: until `works()`. */
  fails(fault: PagerDutyFault, times?: number): void;
  works(): void;
  /** Resolves when every webhook so far has been delivered or given up. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const mostBytes = 512 * 1024;
const minute = 60_000;

export async function startPagerDuty(options: PagerDutyOptions): Promise<PagerDuty> {
  const { routingKeys, perMinute, now = () => new Date() } = options;
  const incidents = new Incidents();
  const webhooks = new Webhooks();
  webhooks.subscribe(options.webhooks);
  const events: ArrivedEvent[] = [];
  const takenAt = new Map<string, number[]>();
  let fault: { readonly kind: PagerDutyFault; left: number } | undefined;

  /** Milliseconds until the key may send again; 0: now, and it is counted. */
  function waitOf(key: string, at: Date): number {
    const recent = (takenAt.get(key) ?? []).filter((one) => at.getTime() - one < minute);
    const isOver = perMinute !== undefined && recent.length >= perMinute;
    takenAt.set(key, isOver ? recent : [...recent, at.getTime()]);
    return isOver ? recent[0]! + minute - at.getTime() : 0;
  }

  function take(event: EnqueuedEvent, at: Date): { effect: Effect; dedupKey: string } {
    const dedupKey = event.dedup_key ?? randomUUID().replaceAll('-', '');
    const { effect, incident } = incidents.apply(event, dedupKey, at);
    if (incident && effect !== 'merged' && effect !== 'dropped') {
      const name = effect === 'opened' ? 'triggered' : effect;
      webhooks.tell(incident, `incident.${name}`, at, 'integration');
    }
    return { effect, dedupKey };
  }

  async function enqueue(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const at = now();
    const raw = await readWhole(request);
    const invalid = (body: unknown, status: number, errors: readonly string[]) => {
      events.push({ at, body, outcome: 'refused' });
      sendJson(response, status, { status: 'invalid event', message: 'Event object is invalid', errors });
    };
    if (raw === undefined) return invalid(undefined, 413, [`the event is larger than ${mostBytes} bytes`]);
    let body: unknown;
    try {
      body = parseJson(request, raw);
    } catch (error) {
      return invalid(undefined, 400, [(error as Error).message]);
    }
    const broken = takeFault();
    if (broken === 'error' || broken === 'cut') {
      events.push({ at, body, outcome: broken });
      if (broken === 'cut') response.destroy();
      else sendJson(response, 500, { status: 'internal error', message: 'Internal Server Error' });
      return;
    }
    const event = readEvent(body);
    if ('errors' in event) return invalid(body, 400, event.errors);
    if (!routingKeys.includes(event.routing_key)) return invalid(body, 400, ['Invalid routing key']);
    const wait = waitOf(event.routing_key, at);
    if (wait > 0) {
      events.push({ at, body, outcome: 'limited' });
      const message = 'Requests for this service key are arriving too quickly. Please retry later.';
      const limited = { status: 'throttle exceeded', message, errors: ['Enhance Your Calm.'] };
      return sendJson(response, 429, limited, { 'retry-after': String(Math.ceil(wait / 1000)) });
    }
    const { effect, dedupKey } = take(event, at);
    events.push({ at, body, outcome: broken ?? effect });
    if (broken === 'cut_after') return void response.destroy();
    sendJson(response, 202, { status: 'success', message: 'Event processed', dedup_key: dedupKey });
  }

  function takeFault(): PagerDutyFault | undefined {
    if (fault === undefined || fault.left <= 0) return undefined;
    fault.left -= 1;
    return fault.kind;
  }

  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    if (request.url !== '/v2/enqueue') return sendJson(response, 404, { message: 'Not Found' });
    if (request.method !== 'POST')
      return sendJson(response, 405, { message: 'Method Not Allowed' }, { allow: 'POST' });
    enqueue(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/enqueue`,
    incidents: () => incidents.all(),
    events,
    webhookDeliveries: webhooks.deliveries,
    sendWebhooks: (to) => webhooks.subscribe(to),
    person(action, incidentId) {
      const incident = incidents.withId(incidentId);
      if (incident === undefined || incident.status === 'resolved')
        throw new RangeError(`PagerDuty has no open incident "${incidentId}"`);
      const status = action === 'acknowledge' ? 'acknowledged' : 'resolved';
      webhooks.tell(incidents.change(incidentId, { status }), `incident.${status}`, now(), 'person');
    },
    fails(kind, times = Number.POSITIVE_INFINITY) {
      fault = { kind, left: times };
    },
    works() {
      fault = undefined;
    },
    idle: () => webhooks.idle(),
    async close() {
      await webhooks.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Undefined when it is too large; the rest is read and thrown away, so that the sender reads the answer. */
async function readWhole(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= mostBytes) chunks.push(chunk);
  }
  return size > mostBytes ? undefined : Buffer.concat(chunks);
}
