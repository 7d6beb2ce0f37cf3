import type { RunbookInstance, StepRecord } from '../../../src/core/runbooks/instance.ts';
import type { Runbook, RunbookStep } from '../../../src/core/runbooks/runbook.ts';
import { later, now } from './sample-views.ts';

type Kind = RunbookStep['kind'];
type Of<One extends Kind> = Extract<RunbookStep, { kind: One }>;
/** What of a step is its own; the rest is filled in. */
export type SampleStep = { [One in Kind]: Partial<RunbookStep> & Pick<Of<One>, 'kind'> & Own<Of<One>> }[Kind];
type Own<Step> = Omit<Step, 'kind' | 'id' | 'title' | 'text' | 'role' | 'requires' | 'line'>;

const doStep = { kind: 'do', evidence: 'optional' } as const;

export const steps: Readonly<Record<string, SampleStep>> = {
  provider: {
    ...doStep,
    title: 'Look at the status page of the mail provider',
    text: 'Open https://status.mail.example/today. A known outage: go on with "Tell the tenants".\nNothing there for {{tenant}}: the fault is ours.',
  },
  backend: {
    kind: 'check',
    title: 'See that the backend answers',
    command: 'check-health --target {{target}}',
    text: 'It has to answer before anything is sent again.',
  },
  resend: {
    kind: 'run',
    title: 'Send the failed emails again',
    command: 'resend-notifications {{tenant}} --channel email',
    requires: ['backend'],
  },
  quiet: {
    kind: 'wait',
    title: 'Wait until the queue is empty',
    minutes: 15,
    until: { command: 'monitoring-status', everyMinutes: 1 },
  },
  tell: { kind: 'message', title: 'Tell the tenants', template: 'email-outage', to: 'incidents' },
  snapshot: {
    kind: 'do',
    evidence: 'required',
    title: 'Note the id of the snapshot',
    role: 'approver',
    text: 'In the console, under Backups.',
  },
};

export function runbookOf(
  parts: Readonly<Record<string, SampleStep>>,
  changes: Partial<Runbook> = {},
): Runbook {
  const made = Object.entries(parts).map(
    ([id, part], index) =>
      ({
        id,
        title: id,
        text: undefined,
        role: undefined,
        requires: [],
        line: 10 + index,
        ...part,
      }) as RunbookStep,
  );
  return {
    name: 'email-outage',
    version: '3f2a91bc04de',
    title: 'Email outage',
    summary: 'Emails fail or wait',
    canonical: 'https://docs.example.com/runbooks/email-outage',
    owner: 'on-call',
    reviewBy: '2027-03-01',
    alerts: [],
    inputs: {},
    steps: made as [RunbookStep, ...RunbookStep[]],
    ...changes,
  };
}

export function record(id: string, changes: Partial<StepRecord> = {}): StepRecord {
  return {
    id,
    state: 'open',
    outcome: undefined,
    by: undefined,
    at: undefined,
    runId: undefined,
    runState: undefined,
    finding: [],
    note: undefined,
    assignee: undefined,
    dueAt: undefined,
    overriddenBy: undefined,
    ...changes,
  };
}

export function done(outcome: StepRecord['outcome'], minutes: number, changes: Partial<StepRecord> = {}) {
  return { state: 'done', outcome, by: 'U0GRACE', at: later(minutes), ...changes } as const;
}

/** A runbook of the steps named, standing as told; a step that is not named in `standing` is open. */
export function instanceOf(
  parts: Readonly<Record<string, SampleStep>>,
  standing: Readonly<Record<string, Partial<StepRecord>>> = {},
  changes: Partial<RunbookInstance> & { readonly runbook?: Runbook } = {},
): RunbookInstance {
  return {
    id: 'b-7k2m9q4x',
    runbook: runbookOf(parts),
    incidentId: 'i-7k2m9q4x',
    origin: { channelId: 'C0INCIDENTS' },
    inputs: { tenant: 'acme', target: 'rms' },
    templates: {},
    startedBy: 'U0ADA',
    startedAt: now,
    owners: ['U0LIN'],
    state: 'active',
    endedBy: undefined,
    endedAt: undefined,
    stopReason: undefined,
    steps: Object.keys(parts).map((id) => record(id, standing[id])),
    ...changes,
  };
}

const { provider, backend, resend, quiet, tell, snapshot } = steps as { [name: string]: SampleStep } & Record<
  'provider' | 'backend' | 'resend' | 'quiet' | 'tell' | 'snapshot',
  SampleStep
>;
const outage = { provider, backend, resend, quiet, tell };
const attested = done('attested', 1, { by: 'U0ADA', note: 'known outage since 17:40' });
const green = done('green', 2, { finding: ['rms answers', 'readiness 200 in 41 ms'] });
const red = done('red', 3, {
  finding: ['rms does not answer: 503 from /health/ready', '2 of 3 pods are ready'],
});
const twentyFive = Object.fromEntries(
  Array.from({ length: 25 }, (_, index): [string, SampleStep] => [
    `step-${index + 1}`,
    index % 3 === 2
      ? { kind: 'check', title: `Look at part ${index + 1}`, command: 'check-health' }
      : { ...doStep, title: `Do part ${index + 1}` },
  ]),
);

/** One of each kind and state that a card can be in. */
export const runbookCards: Readonly<Record<string, RunbookInstance>> = {
  do: instanceOf(outage),
  'do-with-evidence': instanceOf({ snapshot, provider }),
  check: instanceOf(outage, { provider: attested }),
  'check-under-way': instanceOf(outage, {
    provider: attested,
    backend: { state: 'under_way', by: 'U0GRACE', at: later(2), runId: 'r-1', runState: 'runs' },
  }),
  'check-red-and-guarded': instanceOf(outage, { provider: attested, backend: red }),
  'check-unknown': instanceOf(
    { provider, backend, tell },
    {
      provider: attested,
      backend: done('unknown', 3, { finding: ['rms could not be reached within 10 s'] }),
    },
  ),
  'run-overridden': instanceOf(outage, {
    provider: attested,
    backend: red,
    resend: { overriddenBy: 'U0LIN', assignee: 'U0KIM' },
  }),
  run: instanceOf(outage, { provider: attested, backend: green }),
  'run-waits-for-signatures': instanceOf(outage, {
    provider: attested,
    backend: green,
    resend: {
      state: 'under_way',
      by: 'U0ADA',
      at: later(4),
      runId: 'r-2',
      runState: 'waits for signatures',
    },
  }),
  'run-failed': instanceOf(outage, {
    provider: attested,
    backend: green,
    resend: { by: 'U0ADA', at: later(5), runState: 'failed', finding: ['rms refused it: 409 already sent'] },
  }),
  wait: instanceOf(outage, { provider: attested, backend: green, resend: done('succeeded', 6) }),
  'wait-under-way': instanceOf(outage, {
    provider: attested,
    backend: green,
    resend: done('succeeded', 6),
    quiet: { state: 'under_way', by: 'U0ADA', at: later(7), dueAt: later(22), finding: ['240 wait'] },
  }),
  message: instanceOf(outage, {
    provider: attested,
    backend: green,
    resend: done('succeeded', 6),
    quiet: done('waited', 22, { by: undefined }),
  }),
  finished: instanceOf(
    outage,
    {
      provider: attested,
      backend: green,
      resend: done('succeeded', 6),
      quiet: done('green', 9),
      tell: done('sent', 12),
    },
    { state: 'finished', endedBy: 'U0GRACE', endedAt: later(12) },
  ),
  'finished-not-well': instanceOf(
    outage,
    {
      provider: done('skipped', 1, { note: 'the provider called us' }),
      backend: red,
      resend: done('succeeded', 6, { overriddenBy: 'U0LIN' }),
      quiet: done('unknown', 9, { finding: ['prometheus did not answer'] }),
      tell: done('sent', 12),
    },
    { state: 'finished', endedBy: 'U0GRACE', endedAt: later(12), owners: [] },
  ),
  stopped: instanceOf(
    outage,
    { provider: attested },
    { state: 'stopped', endedBy: 'U0ADA', endedAt: later(4), stopReason: 'it was a false alarm' },
  ),
  'twenty-five-steps': instanceOf(
    twentyFive,
    Object.fromEntries(
      Array.from({ length: 17 }, (_, index) => [
        `step-${index + 1}`,
        index === 4
          ? done('skipped', index, { note: 'not used here' })
          : index === 5
            ? done('red', index, { finding: ['slow'] })
            : done(index % 3 === 2 ? 'green' : 'attested', index),
      ]),
    ),
    { inputs: {} },
  ),
};
