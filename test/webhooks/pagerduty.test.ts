import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { foldMember, type StateSignal } from '../../src/core/alerts/fold-member.ts';
import type { Member } from '../../src/core/alerts/group.ts';
import { dedupKeyOf, ourDedupPrefix } from '../../src/core/alerts/page.ts';
import type { ParsedDelivery, Signal } from '../../src/core/alerts/signal.ts';
import { Secret } from '../../src/core/secret.ts';
import { pagerduty } from '../../src/webhooks/pagerduty.ts';
import { type RawDelivery, UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import fc from '../support/properties.ts';
import { mutationsOf, parsedOrRefused } from './mutations.ts';
import { readSample } from './samples.ts';

type Json = Record<string, unknown>;

const secret = new Secret('PAGERDUTY_SECRET', 'pd-signing-secret-for-tests');
const source = { name: 'pagerduty', secrets: [secret], options: {} };
const triggered = (readSample('pagerduty', 'incident-triggered').json as { event: { data: Json } & Json })
  .event;

function deliver(headers: Record<string, string> = {}, body = Buffer.from('{"event":{}}')): RawDelivery {
  return { method: 'POST', headers, body, receivedAt: new Date('2026-03-02T10:00:00Z') };
}

function parse(changes: Json, data: Json = triggered.data): ParsedDelivery {
  return pagerduty.parse({ event: { ...triggered, ...changes, data } }, deliver(), source);
}

function onlySignal({ signals }: ParsedDelivery): Signal {
  expect(signals).toHaveLength(1);
  return signals[0]!;
}

const happened = (what: string, at = '2026-03-02T09:20:00Z', data: Json = {}) =>
  parse({ event_type: `incident.${what}`, occurred_at: at }, { ...triggered.data, ...data });
const resolved = (at?: string) => onlySignal(happened('resolved', at, { status: 'resolved' }));

function stateAfter(signals: readonly Signal[]): Member['state'] | undefined {
  let member: Member | undefined;
  for (const signal of signals) {
    member = foldMember(member, signal as StateSignal, new Date('2026-03-02T12:00:00Z')).member;
  }
  return member?.state;
}

describe('the proof', () => {
  const body = Buffer.from('{"event":{}}');
  const right = createHmac('sha256', secret.reveal()).update(body).digest('hex');
  const wrong = 'ab'.repeat(32);
  const verify = (signature: string | undefined) =>
    pagerduty.verify(
      deliver(signature === undefined ? {} : { 'x-pagerduty-signature': signature }, body),
      source,
    ).kind;

  test.each([
    `v1=${right}`,
    `v1=${wrong},v1=${right}`,
    `v1=${right} , v1=${wrong}`,
    `v2=${wrong},v1=${right}`,
    `v2=whatever it will be, v1=${right}`,
  ])('is any v1 that fits: %s', (signature) => {
    expect(verify(signature)).toBe('proven');
  });

  test.each([undefined, '', right, `v1=${wrong}`, `v2=${right}`, `v1=${right}0`, `v1=`, `v0=x,v1=${wrong}`])(
    'is not %s',
    (signature) => {
      expect(verify(signature)).toBe('refused');
    },
  );

  test('is not sought among more signatures than there are secrets to change', () => {
    expect(verify(`${`v1=${wrong},`.repeat(20)}v1=${right}`)).toBe('refused');
  });

  test('is left to the URL without a secret', () => {
    expect(pagerduty.verify(deliver(), { ...source, secrets: [] })).toEqual({ kind: 'unsigned' });
  });
});

describe('an incident', () => {
  test('that is resolved is over, and fires again when it is reopened', () => {
    const first = onlySignal(parse({}));
    const again = onlySignal(happened('reopened', '2026-03-02T09:40:00Z'));
    expect(resolved()).toMatchObject({ status: 'resolved', groupKey: first.groupKey });
    expect(stateAfter([first, resolved()])).toBe('resolved');
    // `created_at` belongs to the episode that is over.
    expect(again.startsAt).toEqual(new Date('2026-03-02T09:40:00Z'));
    expect(stateAfter([first, resolved(), again])).toBe('firing');
    expect(stateAfter([first, resolved(), again, resolved('2026-03-02T09:50:00Z')])).toBe('resolved');
  });

  test('that is resolved stays so when its trigger is delivered again', () => {
    const first = onlySignal(parse({}));
    expect(stateAfter([first, resolved(), first])).toBe('resolved');
  });

  test('whose acknowledgement ran out still fires', () => {
    expect(onlySignal(happened('unacknowledged')).status).toBe('firing');
  });

  test('called resolved by the event alone is not over', () => {
    expect(onlySignal(happened('resolved', undefined, { status: 'triggered' })).status).toBe('noted');
  });

  test.each([
    ['acknowledged', 'Acknowledged at PagerDuty by Alex Example.'],
    ['escalated', 'Escalated at PagerDuty by Alex Example.'],
    ['reassigned', 'Reassigned at PagerDuty by Alex Example.'],
    ['delegated', 'Given to another escalation policy at PagerDuty by Alex Example.'],
    ['priority_updated', 'The priority at PagerDuty is now P1, set by Alex Example.'],
  ])('that was %s is only noted', (what, note) => {
    const agent = { type: 'user_reference', summary: 'Alex Example' };
    const signal = onlySignal(parse({ event_type: `incident.${what}`, agent }));
    expect(signal).toMatchObject({ status: 'noted', note });
  });

  test.each([
    ['annotated', 'incident_note'],
    ['responder.added', 'incident_responder'],
    ['responder.replied', 'incident_responder'],
    ['status_update_published', 'incident_status_update'],
  ])('is found inside the data of %s, which is only noted', (what, type) => {
    const incident = { id: triggered.data.id, summary: 'InstanceDown', type: 'incident_reference' };
    const data = { id: 'P2LA89X', type, incident, content: 'private', message: 'private', user: null };
    const signal = onlySignal(parse({ event_type: `incident.${what}`, agent: null }, data));
    expect(signal).toMatchObject({
      status: 'noted',
      groupKey: 'incident:Q1K2L3M4N5P6Q7',
      title: 'InstanceDown',
    });
    expect(JSON.stringify(signal)).not.toContain('private');
  });

  test.each([
    [{ summary: 'P1' }, 'low', 'critical'],
    [{ summary: 'P2' }, 'low', 'high'],
    [{ summary: 'P3' }, 'high', 'warning'],
    [{ summary: 'P4' }, 'high', 'info'],
    [{ summary: 'SEV-1 (all hands)' }, 'low', 'critical'],
    [{ summary: 'Platinum' }, 'high', 'high'],
    [null, 'high', 'high'],
    [null, 'low', 'info'],
    [null, null, 'warning'],
  ])('of priority %j and urgency %s is %s', (priority, urgency, severity) => {
    expect(onlySignal(parse({}, { ...triggered.data, priority, urgency })).severity).toBe(severity);
  });

  test('of our own paging is no alert, whatever happens to it', () => {
    const ours = { incident_key: dedupKeyOf('T0001', 'g-1') };
    expect(ours.incident_key).toBe(`${ourDedupPrefix}T0001/g-1`);
    for (const what of ['triggered', 'acknowledged', 'resolved', 'reopened']) {
      const status = what === 'resolved' ? 'resolved' : 'triggered';
      expect(happened(what, undefined, { ...ours, status })).toMatchObject({ isKnown: true, signals: [] });
    }
  });

  test('of somebody whose key only resembles ours is an alert', () => {
    expect(parse({}, { ...triggered.data, incident_key: 'my countersign/T1/g-1' }).signals).toHaveLength(1);
  });

  test('with nothing but what must be there is understood', () => {
    const data = { id: 'Q1', type: 'incident', priority: null, service: null, assignees: null, agent: null };
    expect(onlySignal(parse({ agent: null, client: null }, data))).toMatchObject({
      title: 'Incident Q1',
      severity: 'warning',
    });
  });
});

describe('other deliveries', () => {
  test('a ping is known and says nothing', () => {
    const { json, delivery } = readSample('pagerduty', 'pagey-ping');
    expect(pagerduty.parse(json, delivery, source)).toMatchObject({
      event: 'pagey.ping',
      isKnown: true,
      signals: [],
    });
  });

  test.each(['incident.of_tomorrow', 'incident.resolved.partly', 'constructor'])(
    '"%s" is not known',
    (type) => {
      expect(parse({ event_type: type })).toMatchObject({ event: type, isKnown: false, signals: [] });
    },
  );

  test('a service that was changed is known and says nothing', () => {
    expect(parse({ event_type: 'service.updated' }, { id: 'PF9KMXH', type: 'service' })).toMatchObject({
      isKnown: true,
      signals: [],
    });
  });

  test('the id of a delivery is the same when it is tried again', () => {
    const { json, delivery } = readSample('pagerduty', 'incident-triggered');
    const [once, again] = [1, 2].map(() =>
      pagerduty.parse(json, { ...delivery, receivedAt: new Date() }, source),
    );
    expect(once?.deliveryId).toBe('4b5a6b40-0001-4b5a-9a51-000000000001');
    expect(again?.deliveryId).toBe(once?.deliveryId);
    expect(pagerduty.parse(json, deliver(), source).deliveryId).toBe('01FPD0TRIGGER000000000001');
  });

  test.each([
    ['event', {}],
    ['event.event_type', { event: { data: {} } }],
    ['event.occurred_at', { event: { ...triggered, occurred_at: undefined } }],
    ['id', { event: { ...triggered, data: { type: 'incident' } } }],
  ])('without %s are unreadable, and the answer names it', (field, json) => {
    expect(() => pagerduty.parse(json, deliver(), source)).toThrow(UnreadableDelivery);
    expect(() => pagerduty.parse(json, deliver(), source)).toThrow(field);
  });

  test('too many are answered 429, which is tried again', () => {
    expect(pagerduty.tooMany).toBe(429);
  });
});

test('any JSON at all is read or refused, and ends nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), mutationsOf({ event: triggered })), (json) => {
      const parsed = parsedOrRefused(pagerduty, json, deliver(), source);
      expect(parsed?.signals.filter(({ status }) => status === 'resolved') ?? []).toEqual([]);
    }),
    { numRuns: 400 },
  );
});
