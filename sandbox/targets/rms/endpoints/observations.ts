import { z } from 'zod';
import { type Endpoint, isoTime, readQuery } from '../endpoint.ts';

const hour = 3_600_000;

/** How often each event is logged in an hour. Counts are all that is told: lines hold what nobody may paste. */
const eventsPerHour: Readonly<Record<string, number>> = {
  request_completed: 74_400,
  connector_poll_completed: 118,
  communication_send_failed: 131,
  audit_append_failed: 0,
  reminder_blocked_cap: 4,
  reminder_skipped_missing_recipient: 1,
  database_error: 0,
  login_failed: 9,
};

/** Requests that answered 5xx, by the hour: their ids are what a supplier asks for. */
const failingRequestIds = ['req-8f1c20d4', 'req-8f1c3377', 'req-8f1c9a02'];

const logs: Endpoint = {
  name: 'logs',
  method: 'GET',
  paths: ['/api/logs'],
  async answer(call) {
    const { query, since } = readQuery(
      { query: z.string().trim().max(200).default(''), since: isoTime().optional() },
      call.query,
    );
    const from = since ?? new Date(call.at.getTime() - hour);
    const hours = Math.max(0, call.at.getTime() - from.getTime()) / hour;
    const wanted = query.toLowerCase();
    const events = Object.fromEntries(
      Object.entries(eventsPerHour)
        .filter(([event]) => event.includes(wanted))
        .map(([event, count]) => [event, Math.round(count * hours)]),
    );
    const total = Object.values(events).reduce((sum, count) => sum + count, 0);
    // Scanned as they are written: a line that holds a known secret is counted, and kept from everybody.
    return { status: 200, body: { since: from, query: wanted, total, events, secretLeaks: 0 } };
  },
};

const requestIds: Endpoint = {
  name: 'logs/request-ids',
  method: 'GET',
  paths: ['/api/logs/request-ids'],
  async answer(call) {
    const { since } = readQuery({ since: isoTime().optional() }, call.query);
    const from = since ?? new Date(call.at.getTime() - hour);
    return {
      status: 200,
      body: { since: from, count: failingRequestIds.length, requestIds: failingRequestIds },
    };
  },
};

const metrics: Endpoint = {
  name: 'metrics',
  method: 'GET',
  paths: ['/api/metrics/summary'],
  async answer(call) {
    readQuery({}, call.query);
    const body = {
      windowMinutes: 5,
      requestsPerMinute: 1_240,
      errorRate: 0.0016,
      statuses: { 401: 11, 403: 2, 429: 0 },
      websockets: 412,
      jobs: { scheduledSeconds: 14, deliveredSeconds: 95 },
    };
    return { status: 200, body };
  },
};

const scans: Endpoint = {
  name: 'attachments/scans',
  method: 'GET',
  paths: ['/api/attachments/scans'],
  async answer(call) {
    readQuery({}, call.query);
    const body = {
      pending: 2,
      failed: 0,
      quarantined: 1,
      oldestPendingSeconds: 6,
      lastScanAt: new Date(call.at.getTime() - 6_000),
    };
    return { status: 200, body };
  },
};

export const observationEndpoints: readonly Endpoint[] = [logs, requestIds, metrics, scans];
