import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Incident } from './incidents.ts';

export interface WebhookSubscription {
  /** Where webhooks go, e.g. `http://127.0.0.1:4711/hooks/pagerduty`. */
  readonly url: string;
  /** Two during a rotation, the current one first: each signs. */
  readonly secrets: readonly string[];
}

export interface WebhookDelivery {
  readonly eventType: string;
  readonly incidentId: string;
  /** Of each attempt, in order; `failed` when there was none. */
  readonly answers: readonly (number | 'failed')[];
}

/** PagerDuty's own patience (developer documentation, Webhooks v3, "Webhook Behavior"). */
const timeoutMilliseconds = 5_000;
/** PagerDuty goes on for two days; who watches the sandbox does not. */
const pausesMilliseconds = [100, 400, 1_600];

/** V3 webhooks: in order, at least once, the same id on every attempt. */
export class Webhooks {
  readonly deliveries: WebhookDelivery[] = [];
  private readonly fetch: typeof globalThis.fetch;
  private readonly stopping = new AbortController();
  private subscription: WebhookSubscription | undefined;
  private queue: Promise<void> = Promise.resolve();

  constructor(fetch: typeof globalThis.fetch = globalThis.fetch) {
    this.fetch = fetch;
  }

  subscribe(to: WebhookSubscription | undefined): void {
    this.subscription = to;
  }

  tell(incident: Incident, eventType: string, at: Date, agent: 'integration' | 'person'): void {
    const to = this.subscription;
    if (!to) return;
    const body = JSON.stringify({ event: webhookEvent(incident, eventType, at, agent) });
    this.queue = this.queue.then(async () => {
      const answers = await this.deliver(to, body).catch(() => ['failed' as const]);
      this.deliveries.push({ eventType, incidentId: incident.id, answers });
    });
  }

  /** Resolves when everything that was told so far has been delivered or given up. */
  idle(): Promise<void> {
    return this.queue;
  }

  async close(): Promise<void> {
    this.subscription = undefined;
    this.stopping.abort();
    await this.queue;
  }

  /** 5xx, 429 and silence come again; any other answer ends it. */
  private async deliver(to: WebhookSubscription, body: string): Promise<(number | 'failed')[]> {
    const id = randomUUID();
    const answers: (number | 'failed')[] = [];
    for (const wait of [0, ...pausesMilliseconds]) {
      if (wait > 0) await pause(wait, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) break;
      const answer = await this.post(to, id, body);
      answers.push(answer);
      if (answer !== 'failed' && answer !== 429 && answer < 500) break;
    }
    return answers;
  }

  private async post(to: WebhookSubscription, id: string, body: string): Promise<number | 'failed'> {
    const signed = to.secrets.map(
      (secret) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`,
    );
    try {
      const response = await this.fetch(to.url, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          'user-agent': 'PagerDuty-Webhook/V3.0',
          'x-pagerduty-signature': signed.join(','),
          'x-webhook-id': id,
          'x-webhook-subscription': 'PSANDBOX',
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(timeoutMilliseconds)]),
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return 'failed';
    }
  }
}

const webSite = 'https://sandbox.pagerduty.com';
const reference = (kind: 'user' | 'service' | 'escalation_policy', id: string, summary: string) => ({
  html_url: `${webSite}/${kind === 'escalation_policy' ? 'escalation_policies' : `${kind}s`}/${id}`,
  id,
  self: `https://api.pagerduty.com/${kind}/${id}`,
  summary,
  type: `${kind}_reference`,
});
const person = reference('user', 'PSANDBU', 'Somebody at PagerDuty');
const service = reference('service', 'PSANDBS', 'Countersign pages');

function webhookEvent(
  incident: Incident,
  eventType: string,
  at: Date,
  agent: 'integration' | 'person',
): object {
  return {
    id: randomUUID().replaceAll('-', '').toUpperCase().slice(0, 26),
    event_type: eventType,
    resource_type: 'incident',
    occurred_at: at.toISOString(),
    agent: agent === 'person' ? person : service,
    client: null,
    data: {
      id: incident.id,
      type: 'incident',
      self: `https://api.pagerduty.com/incidents/${incident.id}`,
      html_url: `${webSite}/incidents/${incident.id}`,
      number: incident.number,
      status: incident.status,
      incident_key: incident.incidentKey,
      created_at: `${incident.createdAt.toISOString().slice(0, 19)}Z`,
      title: incident.title,
      incident_type: { name: 'incident_default' },
      service,
      assignees: [person],
      escalation_policy: reference('escalation_policy', 'PSANDBE', 'Default'),
      teams: [],
      priority: null,
      urgency: incident.urgency,
      conference_bridge: null,
      resolve_reason: null,
    },
  };
}
