import type { DigestView, GroupView } from '../../../src/core/alerts/group.ts';
import { later, now } from './sample-views.ts';

const group: GroupView['group'] = {
  workspaceId: 'T0DEMO',
  id: 'g-7k2m9q4x',
  source: 'prometheus',
  state: 'firing',
  severity: 'critical',
  severitySetBy: undefined,
  title: 'HighErrorRate',
  summary: '5xx above 5 % of requests for 10 minutes',
  service: 'payments-api',
  tenant: undefined,
  environment: 'production',
  links: [
    { label: 'Rule', url: 'https://prometheus.example.com/graph?g0.expr=rate%28errors%5B5m%5D%29' },
    { label: 'Runbook', url: 'https://wiki.example.com/runbooks/high-error-rate' },
  ],
  firing: 3,
  resolved: 0,
  truncated: 0,
  firstSeenAt: now,
  lastSeenAt: later(4),
  resolvedAt: undefined,
  resolvedBy: undefined,
  quietMinutes: undefined,
  reopenedCount: 0,
  isFlapping: false,
  acknowledgedBy: undefined,
  acknowledgedAt: undefined,
  note: undefined,
  channel: 'alerts',
  digestId: undefined,
  silenceId: undefined,
  escalatedAt: undefined,
  escalatedBecause: undefined,
  incidentId: undefined,
};

export function groupView(
  changes: Partial<Omit<GroupView, 'group'>> & { readonly group?: Partial<GroupView['group']> } = {},
): GroupView {
  const { group: ofGroup, ...others } = changes;
  return {
    differing: [
      { name: 'instance', values: ['web-1:9100', 'web-2:9100', 'web-3:9100'], more: 0 },
      { name: 'zone', values: ['eu-1', 'eu-2'], more: 0 },
    ],
    mentions: [],
    silence: undefined,
    incidentLink: undefined,
    suggestion: undefined,
    receipt: '#1234 · 9f3ab2',
    pagedAt: undefined,
    ...others,
    group: { ...group, ...ofGroup },
  };
}

const acknowledged = { acknowledgedBy: 'U0GRACE', acknowledgedAt: later(2) };

export const alertCards: Readonly<Record<string, GroupView>> = {
  'first-critical': groupView({
    group: { firing: 1, lastSeenAt: now },
    differing: [],
    mentions: [{ user: 'U0ADA' }, { usergroup: 'S0ONCALL' }],
    receipt: undefined,
    pagedAt: now,
  }),
  warning: groupView({ group: { severity: 'warning', summary: undefined } }),
  acknowledged: groupView({ group: acknowledged, mentions: [{ user: 'U0ADA' }], pagedAt: now }),
  'partly-resolved': groupView({ group: { severity: 'high', firing: 1, resolved: 2 } }),
  resolved: groupView({
    group: {
      ...acknowledged,
      state: 'resolved',
      firing: 0,
      resolved: 3,
      resolvedAt: later(12),
      lastSeenAt: later(12),
      resolvedBy: 'prometheus',
    },
  }),
  'closed-by-hand': groupView({
    group: { state: 'resolved', firing: 0, resolved: 1, resolvedAt: later(12), resolvedBy: 'U0LIN' },
    differing: [],
  }),
  flapping: groupView({ group: { severity: 'high', isFlapping: true, reopenedCount: 4 } }),
  silenced: groupView({
    group: { severity: 'warning', silenceId: 3 },
    silence: { owner: 'U0LIN', until: later(120), reason: 'the disk is being replaced' },
  }),
  truncated: groupView({
    group: { firing: 100, resolved: 4, truncated: 212 },
    differing: [{ name: 'instance', values: ['web-1:9100', 'web-2:9100', 'web-3:9100'], more: 97 }],
  }),
  'never-resolving': groupView({
    group: {
      source: 'sentry',
      severity: 'high',
      title: 'TypeError: cannot read properties of undefined',
      summary: undefined,
      service: 'web',
      firing: 1,
      quietMinutes: 60,
      links: [{ label: 'Issue', url: 'https://acme.sentry.io/issues/4509' }],
    },
    differing: [],
  }),
  'resolved-after-quiet': groupView({
    group: {
      source: 'sentry',
      state: 'resolved',
      severity: 'high',
      title: 'TypeError: cannot read properties of undefined',
      summary: undefined,
      service: 'web',
      firing: 0,
      resolved: 1,
      quietMinutes: 60,
      resolvedAt: later(64),
      resolvedBy: 'quiet',
      links: [{ label: 'Issue', url: 'https://acme.sentry.io/issues/4509' }],
    },
    differing: [],
  }),
  escalated: groupView({
    group: { escalatedAt: later(5), escalatedBecause: 'unacknowledged' },
    mentions: [{ user: 'U0ADA' }],
    pagedAt: now,
  }),
  incident: groupView({
    group: { ...acknowledged, incidentId: 'i-3f8w' },
    incidentLink: 'https://demo.slack.example/archives/C0INCIDENTS/p1795197600000100',
  }),
  suggestion: groupView({
    group: {
      source: 'genzi',
      severity: 'warning',
      title: 'Emails failed',
      summary: '240 emails of Acme GmbH failed in the last hour',
      service: 'notifications',
      tenant: 'acme',
      firing: 240,
      links: [],
    },
    differing: [{ name: 'error', values: ['mailbox full', 'connection refused'], more: 0 }],
    suggestion: { label: 'Resend 240 emails', invocation: 'resend-notifications acme --channel email' },
  }),
  /** Everything a card can have to say, at once. */
  everything: groupView({
    group: {
      ...acknowledged,
      tenant: 'acme',
      resolved: 2,
      isFlapping: true,
      reopenedCount: 2,
      quietMinutes: 60,
      severitySetBy: 'U0LIN',
      note: 'reassigned to the database team',
      escalatedAt: later(30),
      escalatedBecause: 'unresolved',
      incidentId: 'i-3f8w',
      silenceId: 3,
    },
    mentions: [{ user: 'U0ADA' }, { usergroup: 'S0ONCALL' }],
    silence: { owner: 'U0LIN', until: later(120), reason: 'the disk is being replaced' },
    incidentLink: 'https://demo.slack.example/archives/C0INCIDENTS/p1795197600000100',
    suggestion: { label: 'Resend 240 emails', invocation: 'resend-notifications acme --channel email' },
    pagedAt: now,
  }),
};

const service = (name: string, firing: number, worst: DigestView['services'][number]['worst']) => ({
  service: name,
  firing,
  resolved: 1,
  worst,
});

export const digests: Readonly<Record<string, DigestView>> = {
  storm: {
    id: 12,
    channel: 'alerts',
    since: now,
    lastSeenAt: later(3),
    firingGroups: 41,
    resolvedGroups: 6,
    services: [
      service('payments-api', 14, 'high'),
      service('ledger', 11, 'warning'),
      service('web', 7, 'warning'),
      service('mailer', 5, 'info'),
      service('search', 3, 'warning'),
      service('', 1, 'info'),
    ],
    moreServices: 3,
  },
  over: {
    id: 12,
    channel: 'alerts',
    since: now,
    lastSeenAt: later(25),
    firingGroups: 0,
    resolvedGroups: 12,
    services: [
      { service: 'payments-api', firing: 0, resolved: 8, worst: 'high' },
      { service: 'web', firing: 0, resolved: 4, worst: 'warning' },
    ],
    moreServices: 0,
  },
};
