import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/core/errors.ts';
import { loadCommands } from '../../src/registry.ts';
import { loadRunbooks } from '../../src/runbook-files/load-runbooks.ts';
import { runbookFile, stepKeys } from '../../src/runbook-files/runbook-schema.ts';
import { runbookFolder } from './runbook-folder.ts';

const page = await readFile(resolve(import.meta.dirname, '../../docs/runbooks.md'), 'utf8');
const commands = await loadCommands();

const [, file, yaml] = /```yaml\n# runbooks\/(\S+)\n([\s\S]*?)```/.exec(page)!;
const [, template, message] = /```md\n<!-- runbooks\/(\S+) -->\n([\s\S]*?)```/.exec(page)!;
/** The first line says where it goes, and is one of the file. */
const written = `# runbooks/${file}\n${yaml}`;

describe('docs/runbooks.md', () => {
  it('shows a runbook of every kind of step, which is taken as it stands', async () => {
    const folder = await runbookFolder({ [file!]: written, [template!]: message! });
    const { runbooks, templates } = await loadRunbooks([folder], { commands, roles: ['responder'] });
    const [runbook] = [...runbooks.values()];
    expect(new Set(runbook?.steps.map(({ kind }) => kind))).toEqual(new Set(stepKeys));
    expect(templates.size).toBe(1);
  });

  it('shows the very words its example is refused with', async () => {
    const shown = /```\n(The runbook files cannot be used[\s\S]*?)\n```/.exec(page)![1];
    const spoiled = written
      .replace('check: check-health', 'check: chek-health')
      .replace('requires: index', 'requires: quiet');
    const folder = await runbookFolder({ [file!]: spoiled, [template!]: message! });
    const refused = (await loadRunbooks([folder], { commands }).catch((error) => error)) as Fault;
    expect(refused.message.replaceAll(folder, 'runbooks')).toBe(shown);
  });

  it('names every key', () => {
    for (const key of [...Object.keys(runbookFile.shape), ...stepKeys, 'id', 'text', 'role', 'requires'])
      expect(page).toContain(`\`${key}`);
  });
});
