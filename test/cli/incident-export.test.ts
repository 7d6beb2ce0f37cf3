import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import { runIncidentExport } from '../../src/cli/incident-export.ts';
import { postmortemDraft } from '../../src/core/incidents/postmortem.ts';
import { sevOneNight } from '../core/incidents/incident-record.ts';

const draft = postmortemDraft(sevOneNight()).markdown;

async function exported(out: string | undefined, isForced = false, incidentId = 'i-7k2m9q4x') {
  const output = new PassThrough();
  const messages = new PassThrough();
  const code = await runIncidentExport({
    incidentId,
    loadRecord: async (id) => (id === 'i-7k2m9q4x' ? sevOneNight() : undefined),
    out,
    isForced,
    output,
    messages,
  });
  const said = (stream: PassThrough) => String(stream.read() ?? '');
  return { code, output: said(output), messages: said(messages) };
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'incident-export-'));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

it.each([undefined, '-'])('prints the draft alone without a file (--out %s)', async (out) => {
  expect(await exported(out)).toEqual({ code: 0, output: draft, messages: '' });
});

it('writes a file that only its owner reads, and says so beside standard output', async () => {
  const file = join(await folder(), 'pm.md');
  const { code, output, messages } = await exported(file);
  expect({ code, output }).toEqual({ code: 0, output: '' });
  expect(messages).toBe(`Wrote the draft of i-7k2m9q4x's postmortem to "${file}".\n`);
  expect(await readFile(file, 'utf8')).toBe(draft);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('writes over a file only when told to', async () => {
  const file = join(await folder(), 'pm.md');
  await writeFile(file, `edited by hand${'.'.repeat(50_000)}`);
  await expect(exported(file)).rejects.toMatchObject({
    code: 'export_file_exists',
    message: `"${file}" is there already. Name another file, or write over it with --force.`,
  });
  expect(await readFile(file, 'utf8')).toMatch(/^edited by hand/);
  await exported(file, true);
  expect(await readFile(file, 'utf8')).toBe(draft);
});

it('names the folder it cannot write to', async () => {
  const file = join(await folder(), 'none', 'pm.md');
  await expect(exported(file)).rejects.toMatchObject({ code: 'export_file_unwritable' });
});

it('refuses an incident that is not there, and touches no file', async () => {
  const file = join(await folder(), 'pm.md');
  await expect(exported(file, true, 'i-none')).rejects.toMatchObject({
    code: 'unknown_incident',
    message: expect.stringContaining('no incident "i-none"'),
  });
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
});
