import { describe, expect, it } from 'vitest';
import assign from '../../commands/runbook/assign.ts';
import attest from '../../commands/runbook/attest.ts';
import list from '../../commands/runbook/list.ts';
import show from '../../commands/runbook/show.ts';
import skip from '../../commands/runbook/skip.ts';
import start from '../../commands/runbook/start.ts';
import stop from '../../commands/runbook/stop.ts';
import runbookCommand from '../../commands/runbook.ts';
import type { JsonObject } from '../../src/command.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../src/registry.ts';
import { incidentId, incidentWorld } from './incident-world.ts';
import { cardText, reportOf } from './report-of.ts';
import {
  done,
  instance,
  instanceId,
  type RunbookWorld,
  record,
  runbook,
  runbookWorld,
} from './runbook-world.ts';

const golden = (name: string) => `../golden/commands/runbook-${name}.txt`;
const at = { instance: instanceId };
const half = [
  done('backend', { outcome: 'green', finding: ['4 probes of rms are well'], runId: 'r-2' }),
  record('redis'),
  record('restart'),
  record('logs'),
];
const running = [
  done('backend', { outcome: 'green' }),
  done('redis', { outcome: 'attested' }),
  record('restart', { state: 'under_way', runId: 'r-9', runState: 'waits for 1 signature', by: 'U0ADA' }),
  record('logs'),
];
const late = runbook({
  name: 'rollback',
  title: 'Roll back a release',
  reviewBy: '2026-11-19',
  owner: 'admin',
});

describe('what people do with a runbook', () => {
  it.each<[string, string, unknown, object, RunbookWorld]>([
    ['start', 'ok', start, { name: 'database-down' }, {}],
    [
      'start-nobody-on-call',
      'ok',
      start,
      { name: 'database-down' },
      { instances: [instance({ owners: [] })] },
    ],
    [
      'attest',
      'ok',
      attest,
      { ...at, step: 'redis', evidence: 'PONG' },
      { instances: [instance({ steps: half })] },
    ],
    [
      'attest-last',
      'ok',
      attest,
      { ...at, step: 'logs' },
      {
        instances: [
          instance({ steps: [...half.slice(0, 1), done('redis'), done('restart'), record('logs')] }),
        ],
      },
    ],
    ['skip', 'ok', skip, { ...at, step: 'logs', reason: 'not needed' }, {}],
    ['skip-required', 'warning', skip, { ...at, step: 'redis', reason: 'there is none' }, {}],
    ['assign', 'ok', assign, { ...at, step: 'redis', person: 'U0LINUS' }, {}],
    [
      'stop',
      'ok',
      stop,
      { ...at, reason: 'it was the provider' },
      { instances: [instance({ steps: half })] },
    ],
    [
      'stop-running',
      'warning',
      stop,
      { ...at, reason: 'it came back' },
      { instances: [instance({ steps: running })] },
    ],
  ])(
    'shows by itself, and answers only the one who asked, as kept in runbook-%s, %s',
    async (name, status, command, input, world) => {
      const report = await reportOf(command, input as never, { countersign: runbookWorld(world) });
      expect(report).toMatchObject({ isPrivate: true, isShownElsewhere: true, status });
      await expect(cardText(`runbook ${name}`, report)).toMatchFileSnapshot(golden(name));
    },
  );

  it.each<[string, string, unknown, JsonObject, RunbookWorld]>([
    [
      'started-before',
      'info',
      start,
      { name: 'database-down' },
      { isNew: false, instances: [instance({ steps: half })] },
    ],
    ['list', 'warning', list, {}, { runbooks: [runbook(), late], instances: [instance({ steps: half })] }],
    [
      'list-none-under-way',
      'info',
      list,
      {},
      {
        runbooks: [runbook({ reviewBy: '2026-11-20' })],
        instances: [instance({ state: 'finished' })],
      },
    ],
    ['list-none', 'info', list, {}, { runbooks: [] }],
    ['show', 'info', show, at, { instances: [instance({ steps: running })] }],
    [
      'show-not-well',
      'warning',
      show,
      at,
      {
        instances: [
          instance({
            state: 'stopped',
            endedBy: 'U0GRACE',
            endedAt: new Date('2026-11-20T18:10:00Z'),
            stopReason: 'it was the provider',
            incidentId: undefined,
            inputs: {},
            owners: [],
            steps: [
              done('backend', { outcome: 'red', finding: ['rms is down: database refused', 'worker up'] }),
              done('redis', { outcome: 'skipped', note: 'there is none <!channel>' }),
              record('restart', { overriddenBy: 'U0LINUS', assignee: 'U0ADA' }),
              record('logs', { outcome: 'unknown', finding: ['rms did not answer'] }),
            ],
          }),
        ],
      },
    ],
    ['show-fresh', 'info', show, at, {}],
  ])(
    'is answered where nothing else shows it: runbook-%s, %s',
    async (name, status, command, input, world) => {
      const report = await reportOf(command, input, { countersign: runbookWorld(world) });
      expect(report).toMatchObject({ isPrivate: true, status });
      expect(report.isShownElsewhere ?? false).toBe(false);
      await expect(cardText(`runbook ${name}`, report)).toMatchFileSnapshot(golden(name));
    },
  );

  it.each<[typed: string, method: string, ...given: unknown[]]>([
    ['runbook Database-Down', 'start', { name: 'database-down', inputs: {} }],
    [
      'runbook start database-down --input tenant=acme --input "reason=a=b\\, c" --incident i-7k2m9q4x',
      'start',
      { name: 'database-down', inputs: { tenant: 'acme', reason: 'a=b, c' }, incidentId },
    ],
    [
      'runbook database-down --input tenant=acme --incident i-7k2m9q4x',
      'start',
      { name: 'database-down', inputs: { tenant: 'acme' }, incidentId },
    ],
    [`runbook attest ${instanceId} redis`, 'attest', instanceId, 'redis', undefined],
    [`runbook attest ${instanceId} redis --evidence "see it"`, 'attest', instanceId, 'redis', 'see it'],
    [`runbook skip B-7K2M9Q4X Redis --reason "there is none"`, 'skip', instanceId, 'redis', 'there is none'],
    [`runbook assign ${instanceId} redis --person U0LINUS`, 'assign', instanceId, 'redis', 'U0LINUS'],
    [`runbook stop ${instanceId} --reason "it came back"`, 'stop', instanceId, 'it came back'],
  ])('asks for what was typed: %s', async (typed, ...call) => {
    const commands = await loadCommands();
    const { command, input, missing, problems } = parseInvocation(typed, commands);
    expect([missing, problems]).toEqual([[], []]);
    const { calls, runbooks } = runbookWorld();
    const { definition } = commands.get(command)!;
    const { incidents } = incidentWorld();
    await reportOf(definition, definition.args.parse(input) as never, {
      countersign: { ...(incidents ? { incidents } : {}), ...(runbooks ? { runbooks } : {}) },
    });
    expect(calls).toEqual([call]);
  });

  it('lists them when none is named', async () => {
    const countersign = runbookWorld({ runbooks: [runbook(), late] });
    const listed = await reportOf(runbookCommand, {}, { countersign });
    expect(listed).toEqual(await reportOf(list, {}, { countersign }));
    expect(countersign.calls).toEqual([]);
  });

  it('refuses an input that is given twice', async () => {
    const countersign = runbookWorld();
    const input = { name: 'database-down', input: ['tenant=acme', 'tenant=globex'] };
    await expect(reportOf(start, input, { countersign })).rejects.toThrow('"tenant" is given twice');
    expect(countersign.calls).toEqual([]);
  });

  it.each(['tenant', '=acme', ' =acme'])('refuses the input %j where it is typed', async (given) => {
    for (const typed of ['runbook database-down', 'runbook start database-down']) {
      const { problems } = parseInvocation(`${typed} --input "${given}"`, await loadCommands());
      expect(problems).toMatchObject([{ argument: 'input', message: expect.stringContaining('name=value') }]);
    }
  });
});
