import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Risk } from '../../src/command.ts';
import type { GroupTimer } from '../../src/core/alerts/alert-store.ts';
import { incidentTimers } from '../../src/core/incidents/incident.ts';
import { loadCommands } from '../../src/registry.ts';
import { loadRunbooks } from '../../src/runbook-files/load-runbooks.ts';
import { shippedMappings } from '../../src/webhooks/shipped-mappings.ts';
import { sourceKinds } from '../../src/webhooks/source-kinds.ts';
import { countsOf, type Known, originalRows, problemsOf, rowsOf, servedRows } from './coverage-page.ts';

const root = resolve(import.meta.dirname, '../..');
const text = (file: string) => readFile(resolve(root, file), 'utf8');
const [page, original, yaml] = (await Promise.all(
  ['docs/coverage.md', 'test/fixtures/procedures.md', 'countersign.example.yaml'].map(text),
)) as [string, string, string];

const commands = await loadCommands();
const { runbooks } = await loadRunbooks([resolve(root, 'runbooks')], { commands });
// That these are taken as they stand is config.examples.test.ts's to say.
const { targets } = parse(yaml) as {
  targets: Record<
    string,
    {
      operations?: Record<string, { risk: Risk }>;
      workflows?: {
        needs?: { secrets: string[]; variables: string[] };
        files: Record<string, { requires?: unknown; onlyEnvironments?: unknown; lock?: unknown }>;
      };
    }
  >;
};
const named = <Value>(of: (target: (typeof targets)[string]) => Record<string, Value> | undefined) =>
  Object.entries(targets).flatMap(([target, settings]) =>
    Object.entries(of(settings) ?? {}).map(([name, value]) => [`${target} ${name}`, value] as const),
  );
/** So that none can be named that is none. */
const groupTimers: Record<GroupTimer, string> = {
  quiet: 'quiet',
  level2_unacknowledged: 'level2_unacknowledged',
  level2_unresolved: 'level2_unresolved',
  look_again: 'look_again',
};

const known: Known = {
  isFile: (fromDocs) => existsSync(resolve(root, 'docs', fromDocs)),
  commands: new Map(
    [...commands].map(([name, { definition, file }]) => [
      name,
      // Countersign's own record is written by these, whatever their risk.
      { risk: definition.risk, acts: definition.isOwnRecord === true, file: relative(root, file) },
    ]),
  ),
  runbooks,
  operations: new Map(named(({ operations }) => operations).map(([name, { risk }]) => [name, risk])),
  workflows: new Map(
    named(({ workflows }) => workflows?.files).map(([name, { requires, onlyEnvironments, lock }]) => [
      name,
      { isGuarded: [requires, onlyEnvironments, lock].some((guard) => guard !== undefined) },
    ]),
  ),
  sources: new Set(sourceKinds.map(({ kind }) => kind)),
  mappings: new Set<string>(shippedMappings),
  timers: new Map<string, readonly string[]>([
    ['src/core/incidents/timers.ts', incidentTimers],
    ['src/core/alerts/timers.ts', Object.values(groupTimers)],
    ['src/core/runbooks/remind-of-reviews.ts', ['review']],
  ]),
  original: originalRows(original),
};

describe('docs/coverage.md', () => {
  const rows = rowsOf(page);

  it('has every row of the procedures, and names nothing that is not there', () => {
    expect(known.original.size).toBe(146);
    expect(problemsOf(page, known)).toEqual([]);
  });

  it('shows at least 90 rows served, those that people attest not among them', () => {
    expect(servedRows(rows)).toBeGreaterThanOrEqual(90);
  });

  it('says of preflight only what the example has it look for', () => {
    const { needs } = targets.rms!.workflows!;
    const looked = [...needs!.secrets, ...needs!.variables];
    const wanted = rows
      .filter(({ served }) => served.includes('by name'))
      .flatMap(({ words }) => [...words.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!));
    expect(wanted).toContain('DATABASE_URL');
    expect(looked).toEqual(expect.arrayContaining(wanted));
  });
});

describe('a page that says what is not so', () => {
  const row = (id: string) => page.split('\n').find((line) => line.startsWith(`| ${id} |`))!;
  const changed = (id: string, change: (line: string) => string) => {
    const line = row(id);
    expect(change(line)).not.toBe(line);
    return page.replace(line, () => change(line));
  };
  const served = (id: string, cell: string, how?: string) =>
    changed(id, (line) => {
      const cells = line.split(' | ');
      return [...cells.slice(0, 3), cell, how === undefined ? cells.at(-1) : `${how} |`].join(' | ');
    });

  it.each<[what: string, page: () => string, problem: string]>([
    ['a row that is gone', () => page.replace(`${row('S2.9')}\n`, ''), 'S2.9: is missing'],
    ['a row that is there twice', () => `${page}${row('S2.9')}\n`, 'S2.9: is there twice'],
    [
      'a row that nobody wrote',
      () => `${page}${row('S2.9').replace('S2.9', 'S2.99')}\n`,
      'S2.99: is none of the rows',
    ],
    [
      'other words',
      () => changed('S2.9', (line) => line.replace('previous stable', 'last')),
      'S2.9: was "W | roll back to the previous stable artifact"',
    ],
    [
      'an unknown command',
      () => changed('S1.8', (line) => line.replace('`resend-notifications`', '`resend-all`')),
      'S1.8: there is no command or step "resend-all"',
    ],
    [
      'a command of another file',
      () => changed('S1.8', (line) => line.replace('commands/resend-notifications.ts', 'commands/page.ts')),
      'S1.8: "resend-notifications" is not in ../commands/page.ts',
    ],
    [
      'an unknown step',
      () => changed('S1.8', (line) => line.replace('[`email-outage/resend`]', '[`email-outage/send-again`]')),
      'S1.8: there is no command or step "email-outage/send-again"',
    ],
    [
      'an unknown runbook',
      () => changed('S1.8', (line) => line.replaceAll('email-outage', 'mail-outage')),
      'S1.8: the link to ../runbooks/mail-outage.yaml is broken',
    ],
    [
      'a guard on a step without one',
      () =>
        changed('S2.22', (line) =>
          line.replace('guard `database-down/restart`', 'guard `database-down/payload`'),
        ),
      'S2.22: there is no guard "database-down/payload"',
    ],
    [
      'a guard on a workflow without one',
      () => changed('S3.5', (line) => line.replace('guard `rms db-bootstrap`', 'guard `rms smoke`')),
      'S3.5: there is no guard "rms smoke"',
    ],
    [
      'an operation that is not declared',
      () => changed('S2.23', (line) => line.replace('rms log-level', 'rms log-levels')),
      'S2.23: there is no operation "rms log-levels"',
    ],
    [
      'an operation of another target',
      () => changed('S1.9', (line) => line.replace('sentry comment-sentry', 'rms comment-sentry')),
      'S1.9: there is no operation "rms comment-sentry"',
    ],
    [
      'a workflow that is not declared',
      () => changed('S3.6', (line) => line.replace('rms ops-daily', 'rms ops_daily')),
      'S3.6: there is no workflow "rms ops_daily"',
    ],
    [
      'an unknown kind of source',
      () => changed('S3.20', (line) => line.replace('source `github`', 'source `gitlab`')),
      'S3.20: there is no source "gitlab"',
    ],
    [
      'an unknown mapping',
      () => changed('S4.26', (line) => line.replace('mapping `datadog`', 'mapping `nagios`')),
      'S4.26: there is no mapping "nagios"',
    ],
    [
      'alerts of a runbook that is suggested for none',
      () => changed('S3.19', (line) => line.replaceAll('ops-daily-unhealthy', 'dev-setup')),
      'S3.19: there is no alerts of "dev-setup"',
    ],
    [
      'an unknown timer',
      () => changed('S1.43', (line) => line.replace('timer `postmortem_due`', 'timer `postmortem_48h`')),
      'S1.43: there is no timer "postmortem_48h"',
    ],
    [
      'a file that is gone',
      () => changed('S3.2', (line) => line.replaceAll('src/core/redact.ts', 'src/core/redacted.ts')),
      'S3.2: the link to ../src/core/redacted.ts is broken',
    ],
    [
      'a broken link in its text',
      () => page.replace('(../countersign.example.yaml): a row', '(../example.yaml): a row'),
      'the link to ../example.yaml is broken',
    ],
    [
      'a name without a link',
      () => served('S2.9', '`rms rollback`', 'run'),
      'S2.9: names something without a link',
    ],
    [
      'a kind of thing that there is not',
      () => served('S2.9', '[robot `x`](../README.md)'),
      'S2.9: "robot `x`" is no kind of thing',
    ],
    [
      'a way that there is not',
      () => changed('S2.9', (line) => line.replace('| run |', '| done |')),
      'S2.9: "done" is none of',
    ],
    [
      'an attested step that counts as a check',
      () => served('S1.6', '[`email-outage/provider`](../runbooks/email-outage.yaml)', 'check'),
      'S1.6: nothing it names is served as "check"',
    ],
    [
      'a read that counts as a change',
      () => changed('S2.19', (line) => line.replace('| check |', '| run |')),
      'S2.19: nothing it names is served as "run"',
    ],
    [
      'a source that nobody names',
      () => served('S3.20', '[alerts of `ops-daily-unhealthy`](../runbooks/ops-daily-unhealthy.yaml)'),
      'S3.20: nothing it names is served as "alert"',
    ],
    [
      'something to come that is not named',
      () => served('S2.9', 'later', 'not yet'),
      'S2.9: does not say what would serve it',
    ],
    [
      'a wrong count',
      () => page.replace(/\*\*\d+ of/, '**146 of'),
      `the rows make it: ${countsOf(rowsOf(page))}`,
    ],
    [
      'a wrong count of one way',
      () => page.replace(/\| timer \| \d+ \|/, '| timer | 40 |'),
      `the rows make it: timer ${rowsOf(page).filter(({ how }) => how === 'timer').length}`,
    ],
  ])('is told of %s', (_, spoiled, problem) => {
    expect(spoiled()).not.toBe(page);
    expect(problemsOf(spoiled(), known)).toContainEqual(expect.stringContaining(problem));
  });

  it('counts no row as served that people attest, or that nothing serves yet', () => {
    const rows = [...'ab'].map(() => ({ how: 'check' })).concat({ how: 'attested' }, { how: 'not yet' });
    expect(servedRows(rows)).toBe(2);
    expect(countsOf(rows)).toContain('2 of 4 rows are served');
  });
});
