import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  incidentTimers,
  level2AfterMinutes,
  postmortemWithinHours,
  stillFiringAfterMinutes,
  updateEveryMinutes,
} from '../../src/core/incidents/incident.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../src/registry.ts';

const root = resolve(import.meta.dirname, '../..');
const textOf = (file: string) => readFile(resolve(root, file), 'utf8');
const page = await textOf('docs/incidents.md');
const commands = await loadCommands();

describe('docs/incidents.md', () => {
  const timers = new Map(
    [...page.matchAll(/^\| `([a-z0-9_]+)` \| ([^|]+) \|/gm)].map(([, kind, due]) => [kind!, due!]),
  );

  it('lists every timer, with its time', () => {
    expect([...timers.keys()].sort()).toEqual([...incidentTimers].sort());
    const { SEV1, SEV2, SEV3, SEV4 } = updateEveryMinutes;
    expect(SEV4).toBeUndefined();
    expect(timers.get('update_due')).toBe(
      `SEV1 ${SEV1}, SEV2 ${SEV2}, SEV3 ${SEV3} minutes after the last update`,
    );
    expect(timers.get('level2')).toBe(`SEV1 and SEV2: ${level2AfterMinutes} minutes after declaring`);
    expect(timers.get('still_firing')).toContain(`${stillFiringAfterMinutes} minutes after`);
    expect(timers.get('postmortem_due')).toBe(`SEV1: ${postmortemWithinHours} hours after it was resolved`);
  });

  const typed = [...page.matchAll(/`(?:\/ops|@countersign) ([^`]+)`/g)].map(([, words]) => words!);

  it.each(typed)('shows a command that is taken: %s', (words) => {
    const { problems, missing } = parseInvocation(
      words
        .replaceAll('…', 'some words')
        .replaceAll(/<(\w+)>/g, (_, name) =>
          name === 'address' ? 'https://wiki.example.com/pm' : `a ${name}`,
        ),
      commands,
    );
    expect({ problems, missing }).toEqual({ problems: [], missing: [] });
  });

  it('shows most of the commands about incidents', () => {
    const shown = new Set(typed.map((words) => parseInvocation(words, commands).command));
    expect([...shown]).toEqual(
      expect.arrayContaining([
        'incident declare',
        'incident update',
        'incident timeline',
        'incident cancel-timer',
        'incident reopen',
        'incident postmortem',
        'incidents',
        'note',
        'page',
      ]),
    );
  });
});

describe('the pages about incidents', () => {
  it.each([
    'docs/incidents.md',
    'docs/runbooks.md',
    'docs/workflows.md',
    'docs/decisions/0009-runbook-format.md',
    'docs/decisions/0010-incidents.md',
  ])('%s links to what is there, and names files that are there', async (file) => {
    const text = await textOf(file);
    const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, to]) =>
      resolve(root, file, '..', to!),
    );
    const named = [...text.matchAll(/`((?:src|test|commands|runbooks)\/[\w./-]+\.(?:ts|yaml|md))`/g)].map(
      ([, name]) => resolve(root, name!),
    );
    expect([...linked, ...named].filter((path) => !existsSync(path))).toEqual([]);
  });
});
