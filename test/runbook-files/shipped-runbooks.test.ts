import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as monitoring from '../../sandbox/alerts/monitoring-samples.ts';
import type { Sample } from '../../sandbox/alerts/sample.ts';
import { storm } from '../../sandbox/alerts/storm.ts';
import { matches, type Routable } from '../../src/core/alerts/route.ts';
import type { Signal } from '../../src/core/alerts/signal.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { fillCommand, placeholdersOf } from '../../src/core/runbooks/fill-template.ts';
import { loadCommands } from '../../src/registry.ts';
import { loadRunbooks } from '../../src/runbook-files/load-runbooks.ts';
import type { RawDelivery } from '../../src/webhooks/source-kind.ts';
import { loadSourceKinds } from '../../src/webhooks/source-kinds.ts';
import { sampleSources } from '../webhooks/sample-sources.ts';
import { readSample } from '../webhooks/samples.ts';

const folder = resolve(import.meta.dirname, '../../runbooks');
const commands = await loadCommands();
const { runbooks, templates } = await loadRunbooks([folder], { commands });

function stepOf(runbook: string, id: string) {
  const step = runbooks.get(runbook)?.steps.find((one) => one.id === id);
  if (step === undefined) throw new Error(`runbooks/${runbook}.yaml has no step "${id}"`);
  return step;
}

describe('the shipped runbooks', () => {
  it('are these', () => {
    expect([...runbooks.keys()]).toEqual([
      'audit-anomaly',
      'audit-invalid',
      'database-down',
      'deploy',
      'dev-setup',
      'email-outage',
      'first-time-setup',
      'migration-failed',
      'monitoring-health',
      'ops-daily-unhealthy',
      'postmortem',
      'queue-backlog',
      'release',
      'reminder-missing',
      'rollback',
      'rotate-secrets',
      'schema-migration',
      'security-incident',
      'seeding',
      'sms-outage',
      'sync-spike',
      'tenant-suspension',
    ]);
    expect([...templates.keys()]).toEqual([
      'audit-investigation',
      'email-outage',
      'incident-update',
      'rollback-announcement',
      'tenant-suspended',
    ]);
  });

  it.each([...runbooks.keys()])(
    '%s begins with the document it follows, and says where that stands',
    async (name) => {
      expect(await readFile(join(folder, `${name}.yaml`), 'utf8')).toMatch(/^# Follows "/);
      expect(runbooks.get(name)?.canonical).toBeDefined();
    },
  );

  it('need no role of the settings, which are other ones everywhere', () => {
    for (const { owner, steps } of runbooks.values()) {
      expect(owner).toBe('on-call');
      expect(steps.filter(({ role }) => role !== undefined)).toEqual([]);
    }
  });

  it('send each template there is', () => {
    const sent = [...runbooks.values()].flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'message' ? [step.template] : [])),
    );
    expect([...new Set(sent)].sort()).toEqual([...templates.keys()]);
  });
});

describe('the commands of the shipped runbooks', () => {
  const written = [...runbooks.values()].flatMap(({ name, steps }) =>
    steps.flatMap((step): [string, string][] => {
      if (step.kind === 'check' || step.kind === 'run') return [[`${name} ${step.id}`, step.command]];
      return step.kind === 'wait' && step.until !== undefined
        ? [[`${name} ${step.id}`, step.until.command]]
        : [];
    }),
  );
  const hostile = ['" --target other "', '--full', 'a, b=c', "it's \\ <@U0ADA> «x» &amp; “y”", 'now\nthen'];

  it.each(written)('%s keeps what it is filled with in its argument', (_, command) => {
    const inputsOf = (value: string) =>
      Object.fromEntries(placeholdersOf(command).map((name) => [name, value]));
    const read = (value: string) => parseInvocation(fillCommand(command, inputsOf(value)), commands);
    const usual = read('SAMPLE');
    for (const value of hostile) {
      const { input, missing, command: name } = read(value);
      expect({ input, missing, name }).toEqual({
        input: replaced(usual.input, value),
        missing: [],
        name: usual.command,
      });
    }
  });

  function replaced(input: unknown, value: string): unknown {
    if (typeof input === 'string') return input.replaceAll('SAMPLE', () => value);
    if (Array.isArray(input)) return input.map((item) => replaced(item, value));
    if (typeof input !== 'object' || input === null) return input;
    return Object.fromEntries(Object.entries(input).map(([key, item]) => [key, replaced(item, value)]));
  }
});

describe('the order that must hold', () => {
  it.each<[what: string, runbook: string, step: string, requires: string]>([
    ['restart only after the backend check is green', 'database-down', 'restart', 'backend-check'],
    ['schema only after the application', 'rollback', 'schema', 'application'],
    ['production only after staging', 'deploy', 'deploy', 'staging-health'],
    ['production only after staging', 'rotate-secrets', 'production', 'staging-health'],
    ['production only after staging', 'rotate-secrets', 'production', 'staging-login'],
    ['production only after staging', 'schema-migration', 'migrate', 'staging-health'],
    ['production only after a green dry run', 'schema-migration', 'migrate', 'dry-run'],
    ['bootstrap only after a dry run', 'first-time-setup', 'bootstrap', 'bootstrap-dry'],
    ['promote only after the soak', 'release', 'promote', 'soak'],
    ['promote only after the soak was well', 'release', 'promote', 'soak-health'],
    ['old secrets revoked only after cutover', 'rotate-secrets', 'revoke', 'cutover'],
    ['old secrets revoked only when none stands in a log', 'rotate-secrets', 'revoke', 'no-leaks'],
    ['resend only once a message arrives', 'email-outage', 'resend', 'proof'],
    ['seed only where it is neither staging nor production', 'seeding', 'development', 'not-production'],
  ])('%s: %s %s requires %s', (_, runbook, step, requires) => {
    expect(stepOf(runbook, step).requires).toContain(requires);
  });

  it('rests on no read that judges nothing: whatever it answered, nobody would know whether that was well', () => {
    const answersOnly = /^(run-operation|comms-settings|history) /;
    const resting = [...runbooks.values()].flatMap(({ name, steps }) =>
      steps.flatMap(({ id, requires }) =>
        requires.flatMap((required) => {
          const step = stepOf(name, required);
          return step.kind === 'check' && answersOnly.test(step.command)
            ? [`${name}: ${id} → ${required}`]
            : [];
        }),
      ),
    );
    expect(resting).toEqual([]);
  });

  it('never keeps people from rolling back because the system is not well', () => {
    const required = stepOf('rollback', 'application').requires.map((id) => stepOf('rollback', id).kind);
    expect(required).toEqual(['do']);
  });

  it('lets no production migration or restore begin without a recorded snapshot id', () => {
    const guarded = [...runbooks.values()].flatMap(({ name, steps, inputs }) =>
      steps.flatMap((step) => {
        const changesSchema =
          step.kind === 'run' && /^run-workflow \{\{target\}\} migrate$|run-restore/.test(step.command);
        if (!changesSchema) return [];
        const required = step.requires.map((id) => stepOf(name, id));
        const isRecorded = required.some(
          (one) =>
            one.kind === 'do' && one.evidence === 'required' && /snapshot/i.test(`${one.title}${one.text}`),
        );
        // After a failure the snapshot is an input: it was asked for before anything began.
        return [[`${name} ${step.id}`, isRecorded || Object.hasOwn(inputs, 'snapshot')]];
      }),
    );
    expect(Object.fromEntries(guarded)).toEqual({
      'deploy migrate': true,
      'migration-failed apply-fix': true,
      'migration-failed restore': true,
      'release migrate': true,
      'schema-migration migrate': true,
    });
  });

  it.each(['deploy', 'release'])(
    'looks after a %s at 15 minutes, 1 hour and 24 hours, counted together',
    (name) => {
      const waits = ['t15m', 't1h', 't24h'].map((id) => stepOf(name, id));
      const ends: number[] = [];
      for (const wait of waits) {
        if (wait.kind !== 'wait') throw new Error(`"${wait.id}" is no wait`);
        ends.push((ends.at(-1) ?? 0) + wait.minutes);
        expect(stepOf(name, `${wait.id}-health`)).toMatchObject({ kind: 'check' });
      }
      expect(ends).toEqual([15, 60, 1_440]);
    },
  );
});

describe('what an alert suggests', () => {
  const suggested = (source: string, signal: Partial<Routable>) => {
    const alert: Routable = { source, severity: 'high', title: '', ...signal, labels: signal.labels ?? {} };
    return [...runbooks.values()]
      .filter(({ alerts }) => alerts.some((match) => matches(match, alert)))
      .map(({ name }) => name);
  };

  it.each<[folder: string, sample: string, runbooks: string[]]>([
    ['genzi', 'notification-failure', ['email-outage']],
    ['genzi', 'audit-anomaly', ['audit-anomaly']],
    ['github', 'workflow_run-failure', ['rollback']],
    ['wearemany', 'issue-opened', ['ops-daily-unhealthy']],
    ['wearemany', 'workflow_run-prod-config-missing', ['ops-daily-unhealthy']],
    ['grafana', 'firing', []],
    ['alertmanager', 'firing-group', []],
  ])('%s/%s: %j', (name, sampleName, expected) => {
    const sample = readSample(name, sampleName);
    expect(
      signalsOf(sampleSources[name]!.kind, sample.delivery, sampleSources[name]!.options?.(sample)).map(
        (signal) => suggested(name, signal),
      )[0],
    ).toEqual(expected);
  });

  it.each<[sample: string, Sample, source: string, kind: string, runbooks: string[]]>([
    ['emailFailures', monitoring.emailFailures, 'rms', 'genzi', ['email-outage']],
    ['diskFilling', monitoring.diskFilling, 'prometheus', 'alertmanager', ['database-down']],
    ['checkoutErrors', monitoring.checkoutErrors, 'prometheus', 'alertmanager', []],
    ['storm', storm, 'prometheus', 'alertmanager', ['queue-backlog']],
  ])('the sandbox sends %s', (_, sample, source, kind, expected) => {
    const now = new Date('2026-03-02T09:45:00Z');
    let ids = 0;
    const secrets = { prometheus: 'p', grafana: 'g', rms: 'r', uptime: 'u' };
    const deliveries = sample
      .deliveries({
        now,
        episode: { startedAt: now },
        isRepeat: false,
        isOver: false,
        secrets,
        newId: () => `n-${++ids}`,
      })
      .flat();
    const found = deliveries.flatMap(({ headers, body }) =>
      signalsOf(kind, { method: 'POST', headers, body, receivedAt: now }).flatMap((signal) =>
        suggested(source, signal),
      ),
    );
    expect([...new Set(found)]).toEqual(expected);
  });

  it.each<[Partial<Routable>, string[]]>([
    [{ title: 'sms delivery failing', labels: { channel: 'sms' } }, ['sms-outage']],
    [{ title: 'in_app delivery failing', labels: { channel: 'in_app' } }, ['sync-spike']],
    [{ title: 'SMTPError: connection refused', labels: { channel: 'email' } }, ['email-outage']],
    [{ title: 'Many changes to settings' }, ['audit-anomaly']],
    [{ title: 'audit.verify failed for acme' }, ['audit-invalid']],
    [{ title: 'Database connection errors' }, ['database-down']],
    [{ title: 'Redis is down' }, ['database-down']],
    [{ title: 'Queue latency over 60 s' }, ['queue-backlog']],
    [{ title: 'Job retries exhausted' }, ['queue-backlog']],
    [{ title: 'Spike in 401/403/429 on api' }, ['security-incident']],
    [{ title: 'Attachment scan failures' }, ['security-incident']],
    [{ title: 'Deployment to production failed' }, ['rollback']],
    [{ title: 'Error #4012 on checkout' }, []],
  ])('%j: %j', (alert, expected) => {
    expect(suggested('grafana', alert)).toEqual(expected);
  });

  it('is monitoring-health when a source falls silent', () => {
    expect(suggested('countersign', { title: 'prometheus has fallen silent' })).toEqual([
      'monitoring-health',
    ]);
  });
});

function signalsOf(kindName: string, delivery: RawDelivery, options: unknown = {}): readonly Signal[] {
  const kind = loadSourceKinds().get(kindName)!;
  const source = { name: kindName, secrets: [], options: kind.options.parse(options) };
  return kind.parse(JSON.parse(delivery.body.toString('utf8')), delivery, source).signals;
}
