import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fieldMetadata } from '../src/command.ts';
import { loadCommands } from '../src/registry.ts';
import { targetKinds } from '../src/targets/targets.ts';

const root = await mkdtemp(join(tmpdir(), 'countersign-registry-'));
afterAll(() => rm(root, { recursive: true, force: true }));

let folders = 0;
/** A folder outside the repository with these files. */
async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = join(root, `commands-${++folders}`);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  await mkdir(folder, { recursive: true });
  return folder;
}

const command = (changes = '', args = '{}') => `
  import { defineCommand, field, tenantRef, z } from 'countersign';
  export default defineCommand({
    version: 1, summary: 'Say hello', risk: 'read', examples: ['hello'], args: z.object(${args}),
    run: async () => ({ status: 'info', headline: 'hello' }), ${changes}
  });`;

describe('loading commands', () => {
  it('finds every command of the project', async () => {
    expect([...(await loadCommands()).keys()]).toEqual([
      'activate-tenant',
      'alerts',
      'check-health',
      'comms-settings',
      'explain',
      'help',
      'history',
      'incident cancel-timer',
      'incident commander',
      'incident declare',
      'incident export',
      'incident link',
      'incident page',
      'incident postmortem',
      'incident reopen',
      'incident resolve',
      'incident severity',
      'incident timeline',
      'incident update',
      'incidents',
      'ledger',
      'lockdown',
      'monitoring-status',
      'note',
      'page',
      'preflight',
      'resend-notifications',
      'rollback-status',
      'run',
      'run-operation',
      'run-workflow',
      'runbook',
      'runbook assign',
      'runbook attest',
      'runbook list',
      'runbook override',
      'runbook show',
      'runbook skip',
      'runbook start',
      'runbook stop',
      'silence',
      'silences',
      'suspend-tenant',
      'verify-audit',
      'workflow-status',
    ]);
  });

  it('loads a folder outside the repository that imports from countersign and zod', async () => {
    const folder = await folderOf({
      'hello.ts': command('positionals: ["name"]', '{ name: field(z.string(), { label: "Whom" }) }'),
      'drill/begin.mjs': `
        import { defineCommand } from 'countersign';
        import { z } from 'zod';
        export default defineCommand({
          version: 2, summary: 'Begin', risk: 'change', examples: ['drill begin x'], undo: 'hello',
          args: z.object({ title: z.string() }), positionals: ['title'],
          lock: () => 'x', plan: async () => ({ summary: [], data: {} }), run: async () => ({ status: 'ok', headline: 'x' }),
        });`,
      'notes.md': 'not a command',
      'hello.test.ts': 'throw new Error("a test is not a command")',
      'hello.test.mjs': 'throw new Error("a test is not a command")',
      'node_modules/dependency/index.js': 'throw new Error("a dependency is not a command")',
    });
    const commands = await loadCommands([folder]);
    expect([...commands.keys()]).toContain('drill begin');
    // The very zod of this process: else its schemas and their metadata would not be recognised.
    const { name } = commands.get('hello')!.definition.args.shape;
    expect(fieldMetadata.get(name as never)).toEqual({ label: 'Whom' });
    expect(commands.get('hello')!.usage).toBe('hello <name>');
  });

  it('loads a package that says where its commands are, also one that hides its package.json', async () => {
    const home = await folderOf({
      'package.json': '{"name":"home"}',
      'node_modules/ops-commands/package.json': JSON.stringify({
        name: 'ops-commands',
        version: '1.0.0',
        exports: { '.': './index.js' },
        countersign: { commands: './dist/commands' },
      }),
      'node_modules/ops-commands/index.js': '',
      'node_modules/ops-commands/dist/commands/hello.mjs': command(),
    });
    const before = process.cwd();
    process.chdir(home);
    try {
      expect([...(await loadCommands(['ops-commands'])).keys()]).toContain('hello');
    } finally {
      process.chdir(before);
    }
  });

  it('says what is wrong with a folder or package that is not there', async () => {
    await expect(loadCommands(['no-such-package-anywhere'])).rejects.toThrow(
      'COUNTERSIGN_COMMANDS names "no-such-package-anywhere", which is neither a folder nor an installed package',
    );
  });

  it.each([
    ['no default export', 'x.ts', 'export const x = 1;', 'it has no default export'],
    ['a syntax error', 'x.ts', 'export default {', 'it cannot be loaded'],
    ['an exception', 'x.ts', 'throw new Error("boom")', 'it cannot be loaded: boom'],
    ['an import nobody has', 'x.ts', 'import "left-pad-of-nobody";', 'it cannot be loaded'],
    ['not a command', 'x.ts', 'export default {}', 'version: give an integer'],
    ['a version that is no integer', 'x.ts', command('version: 1.5'), 'version'],
    ['a long summary', 'x.ts', command(`summary: '${'x'.repeat(61)}'`), 'summary'],
    [
      'an unknown risk',
      'x.ts',
      command("risk: 'scary' as never"),
      "risk: one of 'read', 'change', 'dangerous'",
    ],
    ['no examples', 'x.ts', command('examples: [] as never'), 'examples: give at least one'],
    ['arguments that are no object', 'x.ts', command('args: z.string() as never'), 'args: give a z.object'],
    ['no run', 'x.ts', command('run: undefined as never'), 'run: give an async function'],
    ['a field nobody knows', 'x.ts', command('approvers: 2,'), 'approvers'],
    [
      'a kind of target nobody has',
      'x.ts',
      command("needs: 'mainframe' as never"),
      'there is no kind of target "mainframe"',
    ],
    ['a positional that is no argument', 'x.ts', command("positionals: ['nothing'] as never"), 'nothing'],
    ['an argument nobody can type', 'x.ts', command('', '{ when: z.map(z.string(), z.string()) }'), 'when'],
    ['an undo that is not there', 'x.ts', command("undo: 'unhello'"), 'undo: there is no command "unhello"'],
    ['a name nobody can type', 'Say_Hello.ts', command(), '"Say_Hello" cannot be typed as a command'],
    ['a name that is taken', 'help.ts', command(), 'the command "help" is already defined in'],
  ])('stops with the file and the reason: %s', async (_what, name, text, reason) => {
    const folder = await folderOf({ [name]: text });
    const loading = loadCommands([folder], targetKinds);
    await expect(loading).rejects.toMatchObject({ code: 'bad_command_file' });
    await expect(loading).rejects.toThrow(`The command file ${join(folder, name)} is not usable: `);
    await expect(loading).rejects.toThrow(reason);
  });

  it('stops when one folder defines a command twice', async () => {
    const folder = await folderOf({ 'hello.ts': command(), 'hello.mjs': command() });
    await expect(loadCommands([folder])).rejects.toThrow(/"hello" is already defined in .*hello\.mjs/);
  });
});
