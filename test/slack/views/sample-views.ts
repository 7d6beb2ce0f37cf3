import type { Effect } from '../../../src/command.ts';
import type { RunView } from '../../../src/core/cards/run-view.ts';
import type { Approval, Run, StoredPlan, Terms } from '../../../src/core/run.ts';

export const now = new Date('2026-11-20T18:00:00Z');
export const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
export const digest = '9f3ab2c41d0e77aa'.repeat(4);

const names: Readonly<Record<string, string>> = {
  U0ADA: 'ada',
  U0GRACE: 'grace',
  U0LIN: 'lin',
  U0KIM: 'kim',
  U0SAM: 'sam',
  U0PAT: 'pat',
};
export const nameOf = (id: string) => names[id];
export const shown = { now, nameOf };

const tenant = { id: '8d2f6c1e-0b7a-4c55-9d3e-2f1a6b7c8d90', slug: 'acme', name: 'Acme GmbH' };

export const suspendPlan: StoredPlan = {
  args: { tenant, reason: 'card testing since noon', notify: true },
  data: { id: tenant.id, slug: 'acme', from: 'active', to: 'suspended', reason: 'card testing since noon' },
  effects: [
    {
      step: 'suspend',
      summary: 'PATCH /api/tenants/8d2f6c1e…/suspend on rms (production)',
      call: {
        method: 'PATCH',
        path: `/api/tenants/${tenant.id}/suspend`,
        body: { reason: 'card testing since noon' },
      },
    },
  ],
  context: { readAt: '2026-11-20T17:59:58Z', activeUsers: 12, openInvoices: 3, pendingNotifications: 4 },
  summary: [
    [{ bold: 'Acme GmbH' }, ' (acme) is active and becomes suspended at once'],
    '12 active users · 3 open invoices · 4 pending notifications',
    ['Id ', { code: tenant.id }],
  ],
  warnings: [],
  action: 'Suspend acme',
};

export function resendEffects(count: number): Effect[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `ntf-${String(index + 1).padStart(4, '0')}`;
    return {
      step: `resend ${id}`,
      summary: `PATCH /api/notifications/${id}/resend on rms (production)`,
      call: { method: 'PATCH', path: `/api/notifications/${id}/resend` },
    };
  });
}

export function resendPlan(count: number): StoredPlan {
  const effects = resendEffects(count);
  return {
    args: { tenant, channel: 'email' },
    data: { ids: effects.map(({ step }) => step.slice('resend '.length)), count },
    effects,
    context: { readAt: '2026-11-20T17:59:58Z', failedNow: count },
    summary: [
      `${count} failed emails of Acme GmbH (acme) are sent again`,
      '231 mailbox full · 9 connection refused',
    ],
    warnings: [],
    action: `Resend ${count} emails`,
  };
}

export const terms: Terms = {
  rulePosition: 2,
  approvalsNeeded: 1,
  approvers: [{ role: 'approver', users: ['U0GRACE', 'U0LIN'], unreadableGroups: [] }],
  expiresMinutes: 15,
  breakGlass: { roles: ['responder'], afterMinutes: 10 },
  conditions: { risk: 'dangerous' },
};

const run: Run = {
  workspaceId: 'T0DEMO',
  id: 'r-7k2m9q4x',
  command: 'suspend-tenant',
  commandVersion: 1,
  risk: 'dangerous',
  invocation: 'suspend-tenant acme --reason "card testing since noon"',
  input: { tenant: 'acme', reason: 'card testing since noon' },
  requester: 'U0ADA',
  via: 'slash',
  origin: { channelId: 'C0SUPPORT' },
  correlationId: 'c-1',
  target: 'rms',
  environment: 'production',
  state: 'awaiting_approval',
  plan: suspendPlan,
  performed: undefined,
  digest,
  terms,
  lockKey: `tenant/${tenant.id}`,
  isPlanOnly: false,
  undoOf: undefined,
  incidentId: undefined,
  runbook: undefined,
  expiresAt: later(15),
  endedBy: undefined,
  cancelRequestedBy: undefined,
  executor: undefined,
  attempt: 0,
  progress: undefined,
  report: undefined,
  problem: undefined,
  isRetryable: false,
  createdAt: now,
  startedAt: undefined,
  finishedAt: undefined,
};

const waiting: RunView = {
  run,
  receipt: '#1234 · 9f3ab2',
  approvals: [],
  steps: [],
  signersNow: ['U0GRACE', 'U0LIN'],
  unreadableGroups: [],
  signaturesHolding: 0,
  waitsFor: undefined,
  undo: undefined,
  approvalLink: undefined,
};

export type ViewChanges = Omit<Partial<RunView>, 'run'> & { readonly run?: Partial<Run> };

/** A suspension waiting for its one signature, but for what is said. */
export function viewOf({ run: changes = {}, ...others }: ViewChanges = {}): RunView {
  return { ...waiting, ...others, run: { ...run, ...changes } };
}

export function signed(signer: string, decision: Approval['decision'] = 'approved'): Approval {
  return { signer, decision, digest, decidedAt: later(3) };
}

/** A resend that its requester confirms, but for what is said. */
export function resendView(count: number, { run: changes = {}, ...others }: ViewChanges = {}): RunView {
  return viewOf({
    signersNow: [],
    ...others,
    run: {
      command: 'resend-notifications',
      risk: 'change',
      invocation: 'resend-notifications acme --channel email',
      input: { tenant: 'acme', channel: 'email' },
      state: 'planned',
      plan: resendPlan(count),
      terms: { ...terms, approvalsNeeded: 0, approvers: [] },
      ...changes,
    },
  });
}

export const steps = {
  done: (name: string) => ({ name, state: 'succeeded', isRepeatable: false, problem: undefined }) as const,
  failed: (name: string, problem: string) =>
    ({ name, state: 'failed', isRepeatable: false, problem }) as const,
  lost: (name: string, problem: string) =>
    ({ name, state: 'unknown', isRepeatable: false, problem }) as const,
};

const bySigned = { approvals: [signed('U0GRACE')], signaturesHolding: 1, signersNow: [] };
const link = 'https://demo.slack.example/archives/C0OPS/p1795197600000100';
const thread = 'https://demo.slack.example/archives/C0INC/p1795197600000200';

const suspended = {
  status: 'ok',
  headline: 'suspended: acme, seen 0.4 s later',
  lines: ['Status active → suspended', 'Audit entry tenant.suspended seen · notification seen'],
} as const;

const resent = {
  status: 'warning',
  headline: 'resent: 236 of 238 emails of acme',
  lines: ['236 sent · 1 already delivered · 1 failed: mailbox full'],
  details: ['ntf-0117 failed: mailbox full'],
  suggestions: [{ label: 'Resend the 1 left', invocation: 'resend-notifications acme --id ntf-0117' }],
} as const;

const shrunk = { ...resendPlan(240), effects: resendEffects(238) };

/** Where the card was asked, by what is going on. */
export const askedCards: Readonly<Record<string, RunView>> = {
  preview: resendView(240),
  'preview-dangerous': viewOf({
    run: { state: 'planned', terms: { ...terms, approvalsNeeded: 0, approvers: [] } },
  }),
  'waiting-elsewhere': viewOf({ approvalLink: link }),
  'waiting-for-lock': viewOf({
    ...bySigned,
    run: { state: 'approved' },
    waitsFor: {
      runId: 'r-22222222',
      requester: 'U0LIN',
      invocation: 'activate-tenant acme --reason "paid in full"',
    },
  }),
  starting: viewOf({ ...bySigned, run: { state: 'approved' } }),
  executing: resendView(240, {
    run: { state: 'executing', performed: shrunk, progress: '▓▓▓▓▓░░░░░ 117 of 238 sent' },
    steps: shrunk.effects.slice(0, 117).map(({ step }) => steps.done(step)),
  }),
  stopping: resendView(240, {
    run: { state: 'executing', cancelRequestedBy: 'U0LIN', progress: '▓▓▓▓▓░░░░░ 117 of 240 sent' },
    steps: resendEffects(117).map(({ step }) => steps.done(step)),
  }),
  succeeded: viewOf({
    ...bySigned,
    run: { state: 'succeeded', performed: suspendPlan, report: suspended },
    steps: [steps.done('suspend')],
    undo: { command: 'activate-tenant', until: later(30) },
    receipt: '#1240 · 77b04d',
  }),
  'succeeded-with-less': resendView(240, {
    run: { state: 'succeeded', performed: shrunk, report: resent },
    receipt: '#1241 · 0c11aa',
  }),
  'succeeded-unsigned': viewOf({
    approvals: [signed('U0ADA', 'broke_glass')],
    run: { state: 'succeeded', performed: suspendPlan, report: suspended },
    steps: [steps.done('suspend')],
    receipt: '#1242 · 1d22bb',
  }),
  denied: viewOf({
    approvals: [signed('U0GRACE', 'denied')],
    run: { state: 'denied', endedBy: 'U0GRACE', problem: 'Their payment provider confirmed a false alarm.' },
    receipt: '#1235 · 2e33cc',
  }),
  expired: viewOf({ run: { state: 'expired' }, receipt: '#1236 · 3f44dd' }),
  'expired-unconfirmed': resendView(240, { run: { state: 'expired' }, receipt: '#1237 · 4a55ee' }),
  cancelled: viewOf({ run: { state: 'cancelled', endedBy: 'U0ADA' }, receipt: '#1238 · 5b66ff' }),
  'cancelled-halfway': resendView(240, {
    run: { state: 'cancelled', endedBy: 'U0LIN', cancelRequestedBy: 'U0LIN', performed: resendPlan(240) },
    steps: resendEffects(117).map(({ step }) => steps.done(step)),
    receipt: '#1239 · 6c7700',
  }),
  'refused-changed': viewOf({
    ...bySigned,
    run: {
      state: 'refused',
      problem: 'acme is not what was signed any more. Nothing was sent.',
      report: {
        status: 'bad',
        headline: 'changed since it was signed',
        lines: ['from: "active" → "suspended"'],
        next: 'Look who suspended it: history acme',
      },
    },
    receipt: '#1243 · 7d8811',
  }),
  'failed-halfway': viewOf({
    ...bySigned,
    run: {
      command: 'activate-tenant',
      invocation: 'activate-tenant acme',
      state: 'failed',
      plan: {
        ...suspendPlan,
        action: 'Activate acme',
        effects: [
          {
            step: 'activate',
            summary: 'PATCH /api/tenants/8d2f6c1e…/activate on rms (production)',
            call: {},
          },
          {
            step: 'resume-counters',
            summary: 'POST /api/tenants/8d2f6c1e…/counters/resume on rms (production)',
            call: {},
          },
          {
            step: 'notify',
            summary: 'POST /api/tenants/8d2f6c1e…/notifications on rms (production)',
            call: {},
          },
        ],
      },
      problem: 'rms answered 409: counters are locked by a migration. Wait for it, then ask again.',
      isRetryable: false,
    },
    steps: [
      steps.done('activate'),
      steps.failed('resume-counters', 'rms answered 409: counters are locked by a migration'),
    ],
    receipt: '#1244 · 8e9922',
  }),
  unknown: viewOf({
    ...bySigned,
    run: { state: 'unknown', performed: suspendPlan, problem: 'rms did not answer within 30 s.' },
    steps: [steps.lost('suspend', 'rms did not answer within 30 s')],
    receipt: '#1245 · 9faa33',
  }),
  'unknown-looked': viewOf({
    ...bySigned,
    run: {
      state: 'unknown',
      performed: suspendPlan,
      problem: 'rms did not answer within 30 s.',
      report: {
        status: 'unknown',
        headline: 'unclear',
        lines: ['acme is still active; no audit entry since 18:03'],
      },
    },
    steps: [steps.lost('suspend', 'rms did not answer within 30 s')],
  }),
  settled: viewOf({
    ...bySigned,
    run: {
      state: 'failed',
      performed: suspendPlan,
      endedBy: 'U0LIN',
      problem: 'rms did not answer within 30 s.',
    },
    steps: [steps.failed('suspend', 'rms did not answer within 30 s')],
    receipt: '#1246 · a0bb44',
  }),
};

/** The card signatures are given on, while they are waited for. */
export const approvalCards: Readonly<Record<string, RunView>> = {
  dangerous: viewOf(),
  change: viewOf({
    run: {
      risk: 'change',
      command: 'resend-notifications',
      invocation: 'resend-notifications acme --channel email',
      input: {},
      plan: resendPlan(600),
      terms: { ...terms, rulePosition: 1 },
    },
  }),
  'one-of-two': viewOf({
    run: { terms: { ...terms, approvalsNeeded: 2 } },
    approvals: [signed('U0GRACE')],
    signaturesHolding: 1,
    signersNow: ['U0LIN', 'U0KIM', 'U0SAM', 'U0PAT', 'U0NAMELESS'],
  }),
  'nobody-now': viewOf({ signersNow: [], unreadableGroups: ['S0ONCALL'] }),
  'does-not-fit': viewOf({
    run: {
      plan: {
        ...suspendPlan,
        warnings: [
          '3 invoices are overdue',
          '4 pending notifications will not be sent',
          'acme is in a trial',
        ],
      },
    },
  }),
  'asked-again': viewOf({
    approvals: [signed('U0GRACE')],
    signaturesHolding: 0,
    run: {
      problem: 'grace is no longer in the role approver.',
      plan: { ...suspendPlan, summary: suspendPlan.summary.slice(0, 2) },
    },
  }),
};

/** Links as the notices of a broken glass carry them. */
export const links = [
  { label: 'Card', url: link },
  { label: 'Incident thread', url: thread },
];
