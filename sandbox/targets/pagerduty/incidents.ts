import { randomBytes } from 'node:crypto';
import type { EnqueuedEvent } from './event-shape.ts';

export type IncidentStatus = 'triggered' | 'acknowledged' | 'resolved';

export interface Incident {
  readonly id: string;
  readonly number: number;
  readonly routingKey: string;
  /** The dedup key it was opened with. */
  readonly incidentKey: string;
  readonly title: string;
  readonly urgency: 'high' | 'low';
  readonly createdAt: Date;
  readonly status: IncidentStatus;
  /** Triggers it has taken, the first included. */
  readonly triggers: number;
  /** The newest trigger as it came. */
  readonly event: EnqueuedEvent & { readonly event_action: 'trigger' };
}

/** What an accepted event did. `dropped`: nothing, and the sender is not told. */
export type Effect = 'opened' | 'merged' | 'acknowledged' | 'resolved' | 'dropped';

/** Incidents by the rules of the Events API: one open incident for each key of an integration. */
export class Incidents {
  private readonly list: Incident[] = [];

  all(): readonly Incident[] {
    return this.list;
  }

  withId(id: string): Incident | undefined {
    return this.list.find((incident) => incident.id === id);
  }

  /** Acknowledge and resolve find only what is open under the same routing key. */
  apply(
    event: EnqueuedEvent,
    dedupKey: string,
    at: Date,
  ): { effect: Effect; incident: Incident | undefined } {
    const open = this.list.find(
      (one) =>
        one.status !== 'resolved' && one.routingKey === event.routing_key && one.incidentKey === dedupKey,
    );
    if (event.event_action === 'trigger') {
      if (open) {
        return {
          effect: 'merged',
          incident: this.change(open.id, { triggers: open.triggers + 1, event }),
        };
      }
      return { effect: 'opened', incident: this.open(event, dedupKey, at) };
    }
    if (!open) return { effect: 'dropped', incident: undefined };
    if (event.event_action === 'resolve') {
      return { effect: 'resolved', incident: this.change(open.id, { status: 'resolved' }) };
    }
    if (open.status === 'acknowledged') return { effect: 'dropped', incident: open };
    return { effect: 'acknowledged', incident: this.change(open.id, { status: 'acknowledged' }) };
  }

  /** @returns the changed incident */
  change(id: string, to: Partial<Pick<Incident, 'status' | 'triggers' | 'event'>>): Incident {
    const index = this.list.findIndex((incident) => incident.id === id);
    const changed = { ...this.list[index]!, ...to };
    this.list[index] = changed;
    return changed;
  }

  private open(event: Incident['event'], incidentKey: string, at: Date): Incident {
    const incident: Incident = {
      id: `Q${randomBytes(7).toString('hex').toUpperCase().slice(0, 13)}`,
      number: this.list.length + 1,
      routingKey: event.routing_key,
      incidentKey,
      title: event.payload.summary,
      urgency: ['critical', 'error'].includes(event.payload.severity) ? 'high' : 'low',
      createdAt: at,
      status: 'triggered',
      triggers: 1,
      event,
    };
    this.list.push(incident);
    return incident;
  }
}
