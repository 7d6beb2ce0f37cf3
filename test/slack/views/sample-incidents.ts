import type { Incident, TimelineEntry } from '../../../src/core/incidents/incident.ts';
import type { Gathered, IncidentView, LinkedAlert } from '../../../src/core/incidents/incident-view.ts';
import { sentence } from '../../../src/core/ledger/sentences.ts';
import type { RunbookInstance, StepRecord } from '../../../src/core/runbooks/instance.ts';
import { later, now } from './sample-views.ts';

const permalink = (ts: number) => `https://demo.slack.example/archives/C0INCIDENTS/p${ts}`;

const declared: Incident = {
  id: 'i-7k2m9q4x',
  title: 'Emails of acme are not sent',
  severity: 'SEV1',
  status: 'investigating',
  origin: 'alert',
  declaredBy: 'U0GRACE',
  declaredAt: now,
  target: 'rms',
  environment: 'production',
  tenants: ['acme', 'globex'],
  commander: 'U0GRACE',
  update: undefined,
  resolution: undefined,
  reopenedAt: undefined,
  escalatedAt: undefined,
  pagedAt: undefined,
  postmortem: undefined,
};

export const emailsFail: LinkedAlert = {
  groupId: 'g-7k2m9q4x',
  title: 'Emails failed',
  severity: 'critical',
  state: 'firing',
  firing: 240,
  cardLink: permalink(1),
};

export function incidentView(
  changes: Partial<Omit<IncidentView, 'incident'>> & { readonly incident?: Partial<Incident> } = {},
): IncidentView {
  const { incident, ...others } = changes;
  return {
    alerts: [emailsFail],
    runs: [],
    runbooks: [],
    timers: [
      { kind: 'update_due', dueAt: later(30) },
      { kind: 'level2', dueAt: later(30) },
    ],
    suggestedFix: undefined,
    suggestedRunbook: undefined,
    receipt: '#1236 · 77aa01',
    ...others,
    incident: { ...declared, ...incident },
  };
}

const step = (id: string, state: StepRecord['state']): StepRecord => ({
  id,
  state,
  outcome: state === 'done' ? 'green' : undefined,
  by: undefined,
  at: undefined,
  runId: undefined,
  runState: undefined,
  finding: [],
  note: undefined,
  assignee: undefined,
  dueAt: undefined,
  overriddenBy: undefined,
});

export function runbookInstance(
  title: string,
  { done, of, state = 'active' }: { done: number; of: number; state?: RunbookInstance['state'] },
): RunbookInstance {
  const ids = Array.from({ length: of }, (_, index) => `step-${index + 1}`);
  const steps = ids.map((id, index) => ({
    id,
    title: id,
    text: undefined,
    role: undefined,
    requires: [],
    line: index + 1,
    kind: 'do' as const,
    evidence: 'optional' as const,
  }));
  return {
    id: 'b-1',
    runbook: {
      name: 'email-outage',
      version: '0123456789ab',
      title,
      summary: 'Emails are not sent',
      canonical: undefined,
      owner: 'on-call',
      reviewBy: '2027-05-01',
      alerts: [],
      inputs: {},
      steps: steps as unknown as RunbookInstance['runbook']['steps'],
    },
    incidentId: 'i-7k2m9q4x',
    origin: {},
    inputs: {},
    templates: {},
    startedBy: 'U0GRACE',
    startedAt: now,
    owners: [],
    state,
    endedBy: undefined,
    endedAt: undefined,
    stopReason: undefined,
    steps: ids.map((id, index) => step(id, index < done ? 'done' : 'open')),
  };
}

const run = (id: string, changes: Partial<IncidentView['runs'][number]>): IncidentView['runs'][number] => ({
  id,
  invocation: 'check-health rms',
  state: 'succeeded',
  risk: 'read',
  headline: undefined,
  link: undefined,
  ...changes,
});

const resend = run('r-3', {
  invocation: 'resend-notifications acme --channel email',
  risk: 'change',
  headline: 'Resent 240 emails of acme',
  link: permalink(3),
});

const worked: Partial<IncidentView> = {
  alerts: [
    {
      ...emailsFail,
      groupId: 'g-2',
      title: 'Queue is long',
      severity: 'warning',
      state: 'resolved',
      cardLink: undefined,
    },
    emailsFail,
    { ...emailsFail, groupId: 'g-3', title: 'SMTP refuses connections', severity: 'high' },
  ],
  runs: [
    run('r-4', {
      state: 'unknown',
      risk: 'dangerous',
      invocation: 'suspend-tenant acme',
      link: permalink(4),
    }),
    resend,
    run('r-2', { state: 'awaiting_approval', risk: 'change' }),
    run('r-1', {}),
    run('r-0', { state: 'denied', risk: 'change' }),
  ],
  runbooks: [{ instance: runbookInstance('Email outage', { done: 3, of: 9 }), link: permalink(5) }],
};

const updated: Partial<Incident> = {
  status: 'identified',
  update: {
    text: 'the mail provider refuses our credentials since the deploy of 17:40; restoring them',
    by: 'U0LIN',
    at: later(12),
  },
};

const resolved: Partial<Incident> = {
  ...updated,
  status: 'resolved',
  resolution: {
    by: 'U0LIN',
    at: later(72),
    fix: 'credentials restored, 240 emails resent',
    override: undefined,
  },
};

const owed: IncidentView['timers'] = [
  { kind: 'still_firing', dueAt: later(87) },
  { kind: 'postmortem_24h', dueAt: later(72 + 24 * 60) },
  { kind: 'postmortem_4h', dueAt: later(72 + 44 * 60) },
  { kind: 'postmortem_due', dueAt: later(72 + 48 * 60) },
];

const quiet = [{ ...emailsFail, state: 'resolved' as const, firing: 0 }];

export const incidentCards: Readonly<Record<string, IncidentView>> = {
  declared: incidentView({ suggestedRunbook: 'email-outage' }),
  'under-way': incidentView({ ...worked, incident: updated, suggestedFix: 'Resent 240 emails of acme' }),
  resolved: incidentView({
    incident: resolved,
    alerts: quiet,
    runs: [resend],
    runbooks: [
      {
        instance: runbookInstance('Email outage', { done: 9, of: 9, state: 'finished' }),
        link: permalink(5),
      },
    ],
    timers: owed,
  }),
  /** Everything a resolved headline can have to say, at once. */
  overridden: incidentView({
    ...worked,
    incident: {
      ...resolved,
      tenants: ['acme', 'globex', 'initech', 'hooli', 'umbrella'],
      resolution: {
        by: 'U0LIN',
        at: later(72),
        fix: 'credentials restored, 240 emails resent',
        override: 'the alert is stale: its source was switched off at 18:40',
      },
    },
    timers: owed,
  }),
  published: incidentView({
    incident: {
      ...resolved,
      postmortem: { url: 'https://wiki.example.com/postmortems/2026-11-20', by: 'U0GRACE', at: later(2_000) },
    },
    alerts: quiet,
    timers: [],
  }),
  'not-published': incidentView({ incident: resolved, alerts: quiet, timers: [] }),
  reopened: incidentView({
    ...worked,
    incident: { ...updated, status: 'investigating', reopenedAt: later(95), escalatedAt: later(30) },
    timers: [{ kind: 'update_due', dueAt: later(125) }],
  }),
  'sev4-by-hand': incidentView({
    incident: {
      severity: 'SEV4',
      origin: 'command',
      title: 'Rehearsal',
      commander: undefined,
      target: undefined,
      environment: undefined,
      tenants: [],
      declaredBy: 'cli:root',
    },
    alerts: [],
    timers: [],
  }),
  empty: {
    incident: {
      ...declared,
      id: 'i-0',
      title: '',
      commander: undefined,
      target: undefined,
      environment: undefined,
      tenants: [],
      declaredBy: '',
    },
    alerts: [],
    runs: [],
    runbooks: [],
    timers: [],
    suggestedFix: undefined,
    suggestedRunbook: undefined,
    receipt: undefined,
  },
};

/** What somebody may have typed, or an alert may have said, in 3,000 characters. */
export const nastyText = `<!channel> @here <@U0ADA> <https://evil.example|ok> evil.example \u202egnp.exe\u0007 "quoted", \\ --status *b* \`c\`\n${'long '.repeat(600)}`;

export const hostileIncident = incidentView({
  ...worked,
  incident: {
    ...updated,
    title: nastyText,
    target: nastyText,
    environment: nastyText,
    tenants: [nastyText, '<!here>', 'a, b', '\u202eemca', ''],
    commander: '<!channel>',
    declaredBy: nastyText,
    update: { text: nastyText, by: '<!subteam^S0ALL>', at: later(12) },
  },
  alerts: [{ ...emailsFail, title: nastyText }],
  runs: [{ ...resend, headline: nastyText, invocation: nastyText, link: undefined }],
  runbooks: [{ instance: runbookInstance(nastyText, { done: 0, of: 2 }), link: undefined }],
  suggestedFix: nastyText,
  suggestedRunbook: 'email-outage',
});

const receipt = (seq: number) => `#${seq} · ${(0x9f3ab2 + seq).toString(16).slice(0, 6)}`;

export function entry(
  seq: number,
  kind: string,
  changes: Partial<TimelineEntry> & { readonly facts?: Parameters<typeof sentence>[0]['facts'] } = {},
): TimelineEntry {
  const { facts = {}, actor = 'U0GRACE', ...others } = changes;
  return {
    seq,
    receipt: receipt(seq),
    at: later(seq - 1_200),
    kind,
    actor,
    sentence: sentence({ kind, actor, facts }),
    text: undefined,
    permalink: undefined,
    runId: undefined,
    ...others,
  };
}

export const deeds: readonly TimelineEntry[] = [
  entry(1_236, 'incident.declared', {
    facts: {
      severity: 'SEV1',
      target: 'rms',
      tenants: ['acme', 'globex'],
      origin: 'alert',
      group: 'g-7k2m9q4x',
    },
  }),
  entry(1_240, 'incident.noted', { text: 'the provider’s status page is green', permalink: permalink(7) }),
  entry(1_241, 'incident.updated', {
    actor: 'U0LIN',
    facts: { status: 'identified', from: 'investigating' },
    text: 'the mail provider refuses our credentials since the deploy of 17:40; restoring them',
  }),
  entry(1_242, 'runbook.attested', {
    facts: {
      runbook: 'email-outage',
      instance: 'b-1',
      step: 'provider',
      title: 'Look at the provider’s blocklist',
    },
    text: '(erased)',
  }),
  entry(1_243, 'incident.paged', {
    facts: { called: ['U0KIM', 'S0LEVEL2'], pagerduty: true },
    text: 'need the DBA',
  }),
];

export const gathered: Gathered = {
  at: now,
  parts: [
    { kind: 'alerts', status: 'bad', lines: ['2 firing on rms', 'Emails failed (critical) since 17:52'] },
    { kind: 'health', status: 'ok', lines: ['api ready', 'worker ready', 'clock 40 ms ahead'] },
    {
      kind: 'releases',
      status: 'info',
      lines: ['2.14.1 deployed 17:40 by ada', '2.14.0 deployed yesterday'],
    },
    { kind: 'migrations', status: 'unknown', lines: ['the database did not answer within 2 s'] },
    { kind: 'runs', status: 'info', lines: ['suspend-tenant hooli, 3 days ago'] },
    { kind: 'silences', status: 'ok', lines: [] },
  ],
};
