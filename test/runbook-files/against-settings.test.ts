import { resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCommands } from '../../src/registry.ts';
import { loadRunbooks } from '../../src/runbook-files/load-runbooks.ts';
import { readRunbook } from '../../src/runbook-files/read-runbook.ts';
import { againstSettings } from './against-settings.ts';

const commands = await loadCommands();
const { runbooks } = await loadRunbooks([resolve(import.meta.dirname, '../../runbooks')], { commands });
const example = await againstSettings('countersign.example.yaml', commands);
const demo = await againstSettings('sandbox/demo/settings.yaml', commands);
afterAll(() => Promise.all([example.close(), demo.close()]));

describe('countersign.example.yaml', () => {
  it.each([...runbooks.keys()])(
    'declares every target, operation, workflow, parameter and input that %s names',
    (name) => {
      expect(example.problemsOf(runbooks.get(name)!)).toEqual([]);
    },
  );

  it('declares no operation that nothing names', () => {
    const named = [...runbooks.values()].flatMap((runbook) =>
      example.typedBy(runbook).map(({ typed }) => typed.replaceAll('"', '').split(' ').slice(0, 3).join(' ')),
    );
    expect(example.operations.filter((one) => !named.includes(`run-operation ${one}`))).toEqual([]);
  });

  it.each([
    ['run-operation rms search-logz', 'has no operation'],
    ['run-operation rms restart --param service=database', 'must be one of api, worker'],
    ['run-operation rms restart', 'needs "service"'],
    ['run-operation rms restart --param service=api --param twice=1', 'has no parameter "twice"'],
    ['run-operation pilot restart --param service=api', 'not for this kind of command'],
    ['run-workflow rms db_bootstrap', 'has no workflow'],
    ['run-workflow rms deploy --input environment=staging', 'must be one of production'],
    ['run-workflow rms seed-beta', 'has no workflow'],
    ['workflow-status rms ops_daily', 'has no workflow'],
    ['check-health nowhere', 'There is no target "nowhere"'],
    ['verify-audit acme --target rms', 'not for this kind of command'],
    ['suspend-tenant acme --reason short', '10'],
  ])('would be told of %s', (typed, problem) => {
    expect(example.problemOf(typed)).toContain(problem);
  });

  it('would be told of a text that names an operation nobody declares', () => {
    const text = `title: T
summary: S
owner: on-call
reviewBy: 2027-01-01
steps:
  - id: one
    title: T
    do: |
      /ops run-operation <target> comment-jira --param issue=<id>
`;
    const { runbook } = readRunbook('sample', Buffer.from(text));
    expect(example.problemsOf(runbook!)).toEqual([expect.stringContaining('no-target-declares-it')]);
  });
});

describe('the settings of the demo', () => {
  it.each([
    'audit-invalid',
    'database-down',
    'email-outage',
    'rollback',
    'security-incident',
    'tenant-suspension',
  ])('declare everything that %s names', (name) => {
    expect(demo.problemsOf(runbooks.get(name)!)).toEqual([]);
  });

  it('keep what seeds staging off production', () => {
    expect(demo.problemOf('run-workflow rms seed-beta')).toBe('it is refused on production');
  });
});
