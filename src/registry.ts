import { existsSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createRequire, findPackageJSON, registerHooks } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { CommandDefinition } from './command.ts';
import { Fault } from './core/errors.ts';
import { argumentProblems } from './core/parse/argument-problems.ts';
import { usage } from './core/parse/usage.ts';
import type { Commands, RegisteredCommand } from './core/registered-command.ts';

/** The project's own folder, whatever the current directory is. */
const projectRoot = resolve(import.meta.dirname, '..');

const definition = z
  .object({
    version: z
      .number({ error: 'version: give an integer, and raise it when the meaning changes' })
      .int()
      .positive(),
    summary: z.string({ error: 'summary: say in under 60 characters what it does' }).min(1).max(60),
    risk: z.enum(['read', 'change', 'dangerous'], { error: "risk: one of 'read', 'change', 'dangerous'" }),
    needs: z.string().optional(),
    examples: z.array(z.string().min(1)).min(1, 'examples: give at least one'),
    args: z.custom<z.ZodObject>((value) => value instanceof z.ZodObject, 'args: give a z.object({ … })'),
    positionals: z.array(z.string()).optional(),
    lock: z.function().optional(),
    plan: z.function().optional(),
    run: z.custom((value) => typeof value === 'function', 'run: give an async function'),
    undo: z.string().optional(),
    lookAgain: z.function().optional(),
    riskOf: z.function().optional(),
    isForEveryTarget: z.boolean().optional(),
    isOpenToEveryone: z.boolean().optional(),
    isOwnRecord: z.boolean().optional(),
  })
  .strict();

/** Command names are typed on phones: lower-case words joined by dashes. */
const namePart = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Loads every command file of the project's `commands/` and of `further` folders or packages.
 * @param further absolute or relative folders, or package names whose `package.json` says
 *   `"countersign": { "commands": "./commands" }`.
 * @throws Fault `bad_command_file` naming the file and the reason: one bad file stops the start.
 */
export async function loadCommands(
  further: readonly string[] = [],
  kinds: readonly string[] = [],
): Promise<Commands> {
  letOutsideFilesImportUs();
  const commands = new Map<string, RegisteredCommand>();
  for (const folder of [join(projectRoot, 'commands'), ...further.map(commandFolder)]) {
    for (const file of await commandFiles(folder)) {
      const command = await loadCommand(folder, file, kinds);
      const other = commands.get(command.name);
      if (other !== undefined)
        throw bad(file, `the command "${command.name}" is already defined in ${other.file}`);
      commands.set(command.name, command);
    }
  }
  for (const command of commands.values()) {
    const { undo } = command.definition;
    if (undo !== undefined && !commands.has(undo))
      throw bad(command.file, `undo: there is no command "${undo}"`);
  }
  return new Map([...commands].sort(([a], [b]) => a.localeCompare(b)));
}

async function commandFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new Fault(
      'bad_command_folder',
      `The command folder ${folder} cannot be read. Check COUNTERSIGN_COMMANDS.`,
      { cause },
    );
  });
  return entries
    .filter(
      (entry) =>
        entry.isFile() && /\.(ts|js|mjs)$/.test(entry.name) && !/\.(d|test)\.(ts|js|mjs)$/.test(entry.name),
    )
    .filter((entry) => !relative(folder, entry.parentPath).split(sep).includes('node_modules'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function loadCommand(
  folder: string,
  file: string,
  kinds: readonly string[],
): Promise<RegisteredCommand> {
  const parts = relative(folder, file)
    .replace(/\.[a-z]+$/, '')
    .split(sep);
  const odd = parts.find((part) => !namePart.test(part));
  if (odd !== undefined)
    throw bad(file, `"${odd}" cannot be typed as a command: use lower-case words joined by dashes`);
  const module: { default?: unknown } = await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw bad(file, `it cannot be loaded: ${cause instanceof Error ? cause.message : cause}`, cause);
  });
  if (module.default === undefined)
    throw bad(file, 'it has no default export: export default defineCommand({ … })');
  const checked = definition.safeParse(module.default);
  if (!checked.success) throw bad(file, checked.error.issues.map(explain).join('; '));
  const command = module.default as CommandDefinition;
  if (command.needs !== undefined && kinds.length > 0 && !kinds.includes(command.needs)) {
    throw bad(file, `needs: there is no kind of target "${command.needs}" (there is ${kinds.join(', ')})`);
  }
  const [problem] = argumentProblems(command);
  if (problem !== undefined) throw bad(file, problem);
  const name = parts.join(' ');
  return { name, file, definition: command, usage: usage(name, command) };
}

function explain(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  return path === '' || issue.message.startsWith(path) ? issue.message : `${path}: ${issue.message}`;
}

function bad(file: string, reason: string, cause?: unknown): Fault {
  return new Fault('bad_command_file', `The command file ${file} is not usable: ${reason}.`, { cause });
}

/** A folder as it is; anything else is a package whose package.json names its folder of commands. */
function commandFolder(entry: string): string {
  const folder = resolve(entry);
  if (existsSync(folder)) return folder;
  try {
    // Not through "exports", which rarely lists package.json.
    const manifestFile = findPackageJSON(entry, pathToFileURL(join(process.cwd(), 'package.json')));
    const manifest = z
      .object({ countersign: z.object({ commands: z.string() }) })
      .parse(JSON.parse(readFileSync(manifestFile!, 'utf8')));
    return resolve(dirname(manifestFile!), manifest.countersign.commands);
  } catch (cause) {
    throw new Fault(
      'bad_command_folder',
      `COUNTERSIGN_COMMANDS names "${entry}", which is neither a folder nor an installed package with "countersign": { "commands": "…" } in its package.json.`,
      { cause },
    );
  }
}

let isHooked = false;

/**
 * Lets command files anywhere on the machine `import … from 'countersign'` and `'zod'`: both must be the very
 * modules this process runs, or schemas would not be recognised.
 */
function letOutsideFilesImportUs(): void {
  if (isHooked) return;
  isHooked = true;
  const ours = createRequire(join(projectRoot, 'package.json'));
  const targets: Readonly<Record<string, string>> = {
    countersign: pathToFileURL(join(projectRoot, 'src/command.ts')).href,
    zod: pathToFileURL(ours.resolve('zod').replace(/index\.cjs$/, 'index.js')).href,
  };
  registerHooks({
    resolve: (specifier, context, next) => {
      const url = targets[specifier];
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
}
