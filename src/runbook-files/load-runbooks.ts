import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Fault } from '../core/errors.ts';
import type { RunbookCommands } from '../core/runbooks/judge-command.ts';
import { judgeRunbook } from '../core/runbooks/judge-runbook.ts';
import type { MessageTemplate, Runbook } from '../core/runbooks/runbook.ts';
import { readRunbook } from './read-runbook.ts';
import { readTemplate } from './read-template.ts';

export interface LoadedRunbooks {
  readonly runbooks: ReadonlyMap<string, Runbook>;
  readonly templates: ReadonlyMap<string, MessageTemplate>;
}

/** Typed after `/ops runbook`, and part of a button's value. */
const usableName = /^(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Loads every `<folder>/*.yaml` as a runbook and every `<folder>/templates/*.md` as a message they send. Runbooks of one
 * folder may send the templates of another; no name may be there twice.
 *
 * @param known.commands what their steps may call, as `loadCommands()` gives it
 * @param known.roles role names of the settings; left out: owners and roles are not checked
 * @throws Fault `bad_runbook_file` with every mistake of every file as `file:line: reason`: one bad file stops the start.
 * @example await loadRunbooks(['runbooks'], { commands: await loadCommands(), roles: Object.keys(settings.roles) })
 */
export async function loadRunbooks(
  folders: readonly string[],
  { commands, roles }: { readonly commands: RunbookCommands; readonly roles?: readonly string[] | undefined },
): Promise<LoadedRunbooks> {
  const files = (await Promise.all(folders.map(filesOf))).flat();
  const problems: string[] = [];
  const problemIn = (file: string, { line, message }: { line: number; message: string }) =>
    problems.push(`${file}:${line}: ${message}`);

  const templates = new Map<string, MessageTemplate>();
  const runbooks = new Map<string, Runbook>();
  const placeOf = new Map<string, string>();
  const isNew = (file: string, kind: 'runbook' | 'template', name: string): boolean => {
    const other = placeOf.get(`${kind} ${name}`);
    placeOf.set(`${kind} ${name}`, other ?? file);
    if (!usableName.test(name))
      problemIn(file, {
        line: 1,
        message: `"${name}" is not usable as a name: use lower-case letters and digits, joined by dashes, at most 40`,
      });
    else if (other !== undefined)
      problemIn(file, { line: 1, message: `there is a ${kind} "${name}" already, in ${other}` });
    return usableName.test(name) && other === undefined;
  };

  for (const { file } of files.filter(({ kind }) => kind === 'template')) {
    const name = basename(file, '.md');
    const { template, problems: found } = readTemplate(name, await readFile(file, 'utf8'));
    for (const problem of found) problemIn(file, problem);
    if (isNew(file, 'template', name)) templates.set(name, template);
  }
  for (const { file, kind } of files) {
    if (kind === 'odd')
      problemIn(file, {
        line: 1,
        message:
          'it would not be read. A runbook is <folder>/<name>.yaml, a message <folder>/templates/<name>.md',
      });
    if (kind !== 'runbook') continue;
    const name = basename(file, '.yaml');
    const read = readRunbook(name, await readFile(file));
    const found = [...read.problems];
    if (isNew(file, 'runbook', name) && read.runbook !== undefined) {
      runbooks.set(name, read.runbook);
      const known = { commands, templates, roles };
      for (const { path, message, quote } of judgeRunbook(read.runbook, known, read.examples)) {
        const key = path.filter((part) => typeof part === 'string').at(-1);
        found.push({ line: read.lineOf(path, quote), message: `${key}: ${message}` });
      }
    }
    for (const problem of found.sort((one, other) => one.line - other.line)) problemIn(file, problem);
  }
  if (problems.length > 0) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    throw new Fault(
      'bad_runbook_file',
      [`The runbook files cannot be used (${count}):`, ...problems.map((problem) => `  ${problem}`)].join(
        '\n',
      ),
    );
  }
  return { runbooks: sorted(runbooks), templates: sorted(templates) };
}

interface FoundFile {
  readonly file: string;
  /** `odd`: somebody meant it to be read, and it would not be. */
  readonly kind: 'runbook' | 'template' | 'odd';
}

async function filesOf(folder: string): Promise<FoundFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw new Fault(
      'bad_runbook_folder',
      `The runbook folder ${folder} cannot be read. Check COUNTERSIGN_RUNBOOKS.`,
      { cause },
    );
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(folder, file).split(sep).includes('node_modules'))
    .sort()
    .flatMap((file): FoundFile[] => {
      const inside = relative(folder, dirname(file));
      if (file.endsWith('.yaml') && inside === '') return [{ file, kind: 'runbook' }];
      if (file.endsWith('.md') && inside === 'templates') return [{ file, kind: 'template' }];
      // A README beside them is nobody's mistake.
      return /\.ya?ml$/.test(file) ? [{ file, kind: 'odd' }] : [];
    });
}

function sorted<Value>(map: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  return new Map([...map].sort(([a], [b]) => a.localeCompare(b)));
}
