import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import runOperation from '../../../../commands/run-operation.ts';
import { readSettings } from '../../../../src/config/settings.ts';
import { openTargets, targetSchemas } from '../../../../src/targets/targets.ts';
import { loadSourceKinds } from '../../../../src/webhooks/source-kinds.ts';
import { lookAgainOf, planOf, runOf } from '../../../commands/guarded-world.ts';
import { testRms } from './rms.ts';

/** The demo's own settings: what it declares is what is tried. */
const file = resolve(import.meta.dirname, '../../../../sandbox/demo/settings.yaml');
const text = await readFile(file, 'utf8');

let time = Date.now();
const now = () => new Date(time);
const { rms, call } = await testRms({ now });
afterEach(() => rms.faults.clear());

const settings = readSettings(text, {
  file,
  env: {
    ...Object.fromEntries([...text.matchAll(/env:([A-Z_]+)/g)].map(([, name]) => [name, variableFor(name!)])),
    RMS_URL: rms.url,
    RMS_TOKEN: rms.token,
  },
  targetSchemas,
  sourceSchemas: Object.fromEntries(loadSourceKinds()),
});

function variableFor(name: string): string {
  if (name.endsWith('DATABASE_URL')) return 'postgres://127.0.0.1:1/x';
  return name.endsWith('URL') ? 'http://127.0.0.1:1' : 'an0secret0of0this0length0of0letters';
}

/** What a command is given of the target, as the bot opens it. */
function openRms() {
  const targets = openTargets(settings.targets, {
    auditCheckpoints: { load: async () => undefined, save: async () => undefined },
    now,
  });
  onTestFinished(() => targets.close());
  return { target: targets.client('operations', 'rms', 'c-1'), now };
}

async function ran(operation: string, parameters: Readonly<Record<string, string>>) {
  const world = openRms();
  const param = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
  const planned = await planOf(runOperation, { target: 'rms', operation, param }, world);
  return { world, planned, report: await runOf(runOperation, planned, world) };
}

/** In this order: what one of them does, a later one sees. */
const tried: [
  operation: string,
  parameters: Record<string, string>,
  status: string,
  after?: () => unknown,
][] = [
  ['email-status', { tenant: 'acme' }, 'bad'],
  ['email-status', { tenant: 'hooli', 'most-failed': '0' }, 'ok'],
  ['email-status', { tenant: 'stark', 'most-failed': '1' }, 'bad'],
  ['update-communications', { tenant: 'acme', user: 'acme-rms' }, 'ok'],
  ['email-status', { tenant: 'acme' }, 'ok'],
  ['test-email', { to: 'ada@example.com', tenant: 'acme' }, 'info'],
  [
    'maintenance',
    { tenant: 'acme', enabled: 'true' },
    'info',
    () => call('PATCH /api/tenants/initech/activate', { body: {} }),
  ],
  ['resume-counters', { tenant: 'initech' }, 'ok'],
  ['revoke-sessions', { tenant: 'acme' }, 'ok'],
  ['revoke-sessions', { tenant: 'acme' }, 'info'],
  ['set-flag', { flag: 'sync', enabled: 'false' }, 'ok'],
  ['restrict-attachments', {}, 'ok'],
  ['log-level', { level: 'debug' }, 'ok'],
  ['set-sample-rate', { rate: '0.25' }, 'ok'],
  ['rotate-hook-secret', {}, 'info'],
  ['reminder-status', { tenant: 'acme' }, 'bad'],
  ['reminder-status', { tenant: 'hooli', case: 'C-7' }, 'ok'],
  ['broadcast', { subject: 'Emails are late', text: 'We are on it, and tell you more at 15:00' }, 'info'],
  ['file-ticket', { title: 'Rotated password', text: 'cause and prevention' }, 'info'],
  ['comment-sentry', { issue: '4711', text: 'the password was rotated' }, 'info'],
  ['export-audit', { tenant: 'acme' }, 'info'],
  ['search-logs', {}, 'ok'],
  ['search-logs', { query: 'audit_append_failed', 'at-most': '0' }, 'ok'],
  ['search-logs', { query: 'request_completed', 'at-least': '1' }, 'ok'],
  ['search-logs', { query: 'communication_send_failed', 'at-most': '0' }, 'bad'],
  ['capture-request-ids', {}, 'info'],
  ['target-metrics', {}, 'ok'],
  ['scan-status', {}, 'ok'],
  ['sync-status', {}, 'bad'],
  [
    'retry-sync',
    {},
    'ok',
    () => {
      time += 10_000;
    },
  ],
  ['sync-status', {}, 'ok'],
  ['queues', {}, 'info'],
  ['queue-status', { queue: 'notifications' }, 'bad'],
  ['retry-queue', { queue: 'notifications' }, 'ok'],
  ['drain-queue', { queue: 'notifications' }, 'ok'],
  ['queue-status', { queue: 'notifications' }, 'ok'],
  ['restart', { service: 'api' }, 'info'],
];

test.each(tried)('%s %j is %s', async (operation, parameters, status, after) => {
  const { report } = await ran(operation, parameters);
  expect(report, JSON.stringify(report.lines)).toMatchObject({ status });
  expect(report.headline.length).toBeLessThanOrEqual(88);
  await after?.();
});

test('a restore is seen once it has ended', async () => {
  const { world, planned, report } = await ran('run-restore', { snapshot: 'snap-nightly' });
  expect(report).toMatchObject({
    status: 'warning',
    lines: expect.arrayContaining(['Not seen: /status is "running"']),
  });
  time += 3_000;
  expect(await lookAgainOf(runOperation, planned, world)).toEqual({
    happened: 'yes',
    lines: ['Seen: /status is "succeeded"'],
  });
});

test('nothing is restarted while its database is down', async () => {
  rms.faults.set({ endpoint: 'ready', fault: 'not_ready' });
  const before = (await rms.effects()).length;
  await expect(ran('restart', { service: 'api' })).rejects.toThrow(/409.*database of api is down/);
  expect((await rms.effects()).length).toBe(before);
});

test('every declared operation is tried here', () => {
  const { target } = openRms();
  const here = new Set([
    ...tried.map(([operation]) => operation),
    'run-restore',
    'set-fault',
    'clear-faults',
  ]);
  expect(
    target.operations
      .list()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual([...here].toSorted());
});

test('no report tells the secret that was put in place', async () => {
  const { report, planned } = await ran('update-communications', { tenant: 'hooli' });
  expect(JSON.stringify([report, planned.plan])).not.toContain('an0secret');
  expect(JSON.stringify(planned.plan.effects)).toContain('env:RMS_SMTP_PASSWORD');
});
