/** Records of incidents as the draft of a postmortem gets them. */
import type { Incident, TimelineEntry } from '../../../src/core/incidents/incident.ts';
import type { IncidentRecord } from '../../../src/core/incidents/incident-view.ts';
import type { RunbookInstance, StepRecord } from '../../../src/core/runbooks/instance.ts';
import type { RunbookStep } from '../../../src/core/runbooks/runbook.ts';
import { code, type Line, person } from '../../../src/core/text.ts';

export const at = (time: string) => new Date(`2026-11-20T${time}Z`);
const names: Readonly<Record<string, string>> = {
  U0ADA: 'Ada Moreau',
  U0GRACE: 'Grace Okafor',
  U0LINUS: 'Linus Berg',
};

const incident: Incident = {
  id: 'i-7k2m9q4x',
  title: 'Emails are not being sent',
  severity: 'SEV1',
  status: 'resolved',
  origin: 'alert',
  declaredBy: 'U0ADA',
  declaredAt: at('18:21:05'),
  target: 'rms-production',
  environment: 'production',
  tenants: ['acme', 'globex'],
  commander: 'U0ADA',
  update: { text: 'Backlog is being resent', by: 'U0ADA', at: at('18:40:00') },
  resolution: { by: 'U0ADA', at: at('19:02:41'), fix: '240 emails resent', override: undefined },
  reopenedAt: undefined,
  escalatedAt: at('18:45:00'),
  pagedAt: undefined,
  postmortem: undefined,
};

let seq = 1_200;
const entry = (
  time: string,
  kind: string,
  actor: string,
  sentence: Line,
  more: Partial<TimelineEntry> = {},
): TimelineEntry => {
  seq += 1;
  const receipt = `#${seq} · ${((seq * 7_919) % 0xffffff).toString(16).padStart(6, '0')}`;
  const empty = { text: undefined, permalink: undefined, runId: undefined };
  return { seq, receipt, at: at(time), kind, actor, sentence, ...empty, ...more };
};

const step = (id: string, title: string): RunbookStep => ({
  id,
  title,
  text: undefined,
  role: undefined,
  requires: [],
  line: 1,
  kind: 'do',
  evidence: 'optional',
});
const record = (id: string, more: Partial<StepRecord>): StepRecord => ({
  id,
  state: 'done',
  outcome: 'green',
  by: 'U0ADA',
  at: at('18:30:00'),
  runId: undefined,
  runState: undefined,
  finding: [],
  note: undefined,
  assignee: undefined,
  dueAt: undefined,
  overriddenBy: undefined,
  ...more,
});

export const runbookOf = (name: string): RunbookInstance => ({
  id: 'b-3f8d1c0a',
  runbook: {
    name,
    version: '9c1e55a0b7d2',
    title: 'Email outage',
    summary: '',
    canonical: undefined,
    owner: 'on-call',
    reviewBy: '2027-05-01',
    alerts: [],
    inputs: {},
    steps: [
      step('backend', 'See that the provider answers'),
      step('resend', 'Resend what failed'),
      step('tell', 'Tell the tenants'),
      step('settings', 'Compare the settings'),
    ],
  },
  incidentId: incident.id,
  origin: {},
  inputs: {},
  templates: {},
  startedBy: 'U0GRACE',
  startedAt: at('18:24:00'),
  owners: ['U0LINUS'],
  state: 'finished',
  endedBy: 'U0ADA',
  endedAt: at('19:00:00'),
  stopReason: undefined,
  steps: [
    record('backend', { outcome: 'unknown' }),
    record('resend', { outcome: 'succeeded', overriddenBy: 'U0GRACE' }),
    record('tell', { outcome: 'skipped', note: 'the account managers did' }),
    record('settings', {}),
  ],
});

/** One SEV1 night, from the first alert to the end. */
export function sevOneNight(): IncidentRecord {
  seq = 1_200;
  const ada = person('U0ADA');
  const grace = person('U0GRACE');
  const resend = 'resend-notifications acme --since 2h';
  return {
    incident,
    alerts: [
      {
        groupId: 'g-1',
        title: 'NotificationFailureRate rms-production',
        severity: 'critical',
        state: 'resolved',
        firing: 0,
        cardLink: 'https://acme.slack.com/archives/C0ALERTS/p1795198500000100',
        source: 'alertmanager',
        startedAt: at('18:14:30'),
        acknowledgedAt: at('18:17:02'),
        acknowledgedBy: 'U0ADA',
        resolvedAt: at('18:58:00'),
      },
      {
        groupId: 'g-2',
        title: 'QueueDepth rms-production',
        severity: 'warning',
        state: 'firing',
        firing: 2,
        cardLink: undefined,
        source: 'grafana',
        startedAt: at('18:19:00'),
        acknowledgedAt: undefined,
        acknowledgedBy: undefined,
        resolvedAt: undefined,
      },
    ],
    timeline: [
      entry('18:15:00', 'alert.woke', 'system', ['The alert ', code('g-1'), ' woke people']),
      entry('18:17:02', 'alert.acknowledged', 'U0ADA', [ada, ' acknowledged the alert ', code('g-1')]),
      entry('18:21:05', 'incident.declared', 'U0ADA', [ada, ' declared the incident']),
      entry('18:26:10', 'incident.noted', 'U0LINUS', 'A note was added', {
        text: 'Provider status page is green.\nOur own send rate dropped at 18:12.\n\nSo it is us.',
        permalink: 'https://acme.slack.com/archives/C0INC/p1795198600000200?thread_ts=1795198500.000100',
      }),
      entry('18:28:44', 'approval.granted', 'U0GRACE', [grace, ' signed ', code(resend)]),
      entry('18:31:20', 'run.succeeded', 'U0ADA', [
        code(resend),
        ' for ',
        ada,
        ' finished: 240 emails resent',
      ]),
      entry('18:40:00', 'incident.updated', 'U0ADA', [ada, ' gave an update'], {
        text: 'Backlog is being resent',
      }),
      entry('19:02:41', 'incident.resolved', 'U0ADA', [ada, ' resolved the incident'], { text: '(erased)' }),
    ],
    changes: [
      {
        invocation: resend,
        state: 'succeeded',
        requester: 'U0ADA',
        signers: ['U0GRACE'],
        at: at('18:27:50'),
        headline: '240 emails resent',
        receipt: '#1206 · 91c04e',
      },
      {
        invocation: 'run-operation drain-queue',
        state: 'unknown',
        requester: 'U0LINUS',
        signers: [],
        at: at('18:50:00'),
        headline: undefined,
        receipt: '#1209 · 04aa31',
      },
    ],
    runbooks: [runbookOf('email-outage')],
    nameOf: (id) => names[id],
    headlineLink: 'https://acme.slack.com/archives/C0INC/p1795198500000100',
    exportedAt: at('20:15:00'),
  };
}

/** Declared and resolved at once, by one person. */
export function small(): IncidentRecord {
  const night = sevOneNight();
  return {
    ...night,
    incident: {
      ...incident,
      severity: 'SEV4',
      origin: 'command',
      tenants: [],
      escalatedAt: undefined,
      update: undefined,
      declaredAt: at('18:21:05'),
      resolution: { by: 'U0ADA', at: at('18:21:40'), fix: 'a false alarm', override: undefined },
      postmortem: { url: 'https://wiki.acme.example/pm/42', by: 'U0ADA', at: at('19:00:00') },
    },
    alerts: [],
    timeline: night.timeline.filter(({ kind }) => /^incident\.(declared|resolved)$/.test(kind)),
    changes: [],
    runbooks: [],
  };
}

/** Declared this minute: nothing is known but that. */
export function nothingKnown(): IncidentRecord {
  return {
    ...small(),
    incident: {
      ...incident,
      title: '',
      status: 'investigating',
      origin: 'message',
      target: undefined,
      environment: undefined,
      tenants: [],
      commander: undefined,
      update: undefined,
      resolution: undefined,
      escalatedAt: undefined,
    },
    timeline: [],
    nameOf: () => undefined,
    headlineLink: undefined,
    exportedAt: at('18:21:30'),
  };
}

/** A night in which everything people, alerts and targets could write is this text. */
export function saying(text: string): IncidentRecord {
  const night = sevOneNight();
  return {
    ...night,
    incident: {
      ...incident,
      title: text,
      target: text,
      environment: text,
      tenants: [text, text],
      update: { text, by: 'U0ADA', at: at('18:40:00') },
      resolution: { by: 'U0ADA', at: at('19:02:41'), fix: text, override: text },
    },
    alerts: night.alerts.map((alert) => ({ ...alert, title: text, source: text })),
    timeline: night.timeline.map((each) => ({ ...each, sentence: [text, code(text), ' ', text], text })),
    changes: night.changes.map((change) => ({ ...change, invocation: text, headline: text })),
    runbooks: night.runbooks.map((instance) => ({
      ...instance,
      stopReason: text,
      steps: instance.steps.map((each) => ({ ...each, note: text })),
      runbook: {
        ...instance.runbook,
        steps: [step('backend', text), step('resend', text), step('tell', text), step('settings', text)],
      },
    })),
    nameOf: () => text,
  };
}
