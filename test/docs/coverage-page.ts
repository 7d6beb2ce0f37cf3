import type { Risk } from '../../src/command.ts';
import type { Runbook } from '../../src/core/runbooks/runbook.ts';

/** What a row may count as. The first five are served, by something that does it; the others are not counted so. */
export const ways = ['check', 'run', 'alert', 'timer', 'guard', 'attested', 'not yet'] as const;
export type Way = (typeof ways)[number];
const notServed: readonly Way[] = ['attested', 'not yet'];

interface Row {
  readonly id: string;
  /** Kind and step, as they were written. */
  readonly words: string;
  readonly served: string;
  readonly how: string;
}

/** What there really is, for the names of the page to be held against. */
export interface Known {
  /** `docs/coverage.md` links from its own folder. */
  readonly isFile: (fromDocs: string) => boolean;
  readonly commands: ReadonlyMap<
    string,
    { readonly risk: Risk; readonly file: string; readonly acts: boolean }
  >;
  readonly runbooks: ReadonlyMap<string, Runbook>;
  /** `rms search-logs`, of the example's settings. */
  readonly operations: ReadonlyMap<string, Risk>;
  readonly workflows: ReadonlyMap<string, { readonly isGuarded: boolean }>;
  readonly sources: ReadonlySet<string>;
  readonly mappings: ReadonlySet<string>;
  /** By the file that decides them. */
  readonly timers: ReadonlyMap<string, readonly string[]>;
  readonly original: ReadonlyMap<string, string>;
}

export function rowsOf(page: string): Row[] {
  return [...page.matchAll(/^\| (S\d\.\S+) \| (.+ \| .+) \| (.+) \| (.*) \|$/gm)].map(
    ([, id, words, served, how]) => ({ id: id!, words: words!, served: served!, how: how! }),
  );
}

/** Kind and step of each row by its id; of the original, which names nothing that serves. */
export function originalRows(page: string): ReadonlyMap<string, string> {
  return new Map([...page.matchAll(/^\| (S\d\.\S+) \| (.+) \|$/gm)].map(([, id, words]) => [id!, words!]));
}

/** The head of the page, as its rows make it. */
export function countsOf(rows: readonly { readonly how: string }[]): string {
  const count = (way: Way) => rows.filter(({ how }) => how === way).length;
  const served = ways.filter((way) => !notServed.includes(way)).reduce((sum, way) => sum + count(way), 0);
  return `**${served} of ${rows.length} rows are served by checks, runs, alerts, timers or guards; ${count('attested')} are attested by a person; ${count('not yet')} not yet.**`;
}

export function servedRows(rows: readonly { readonly how: string }[]): number {
  return rows.filter(({ how }) => ways.includes(how as Way) && !notServed.includes(how as Way)).length;
}

/** Everything on the page that is not so; empty: all of it is. */
export function problemsOf(page: string, known: Known): string[] {
  const rows = rowsOf(page);
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const { id, words, served, how } of rows) {
    const say = (problem: string) => problems.push(`${id}: ${problem}`);
    if (seen.has(id)) say('is there twice');
    seen.add(id);
    const original = known.original.get(id);
    if (original === undefined) say('is none of the rows');
    else if (original !== words) say(`was "${original}"`);
    if (served.replaceAll(linkPattern, '').includes('`')) say('names something without a link');
    const parts = linksOf(served).map(({ label, target }) => partOf(label, target, known));
    for (const { problem } of parts) if (problem !== undefined) say(problem);
    const why = whyNot(
      how,
      parts.flatMap(({ serves }) => serves ?? []),
      served,
    );
    if (why !== undefined) say(why);
  }
  for (const id of known.original.keys()) if (!seen.has(id)) problems.push(`${id}: is missing`);
  const other = page.replaceAll(/^\| S\d\..*$/gm, '');
  for (const { target } of linksOf(other)) {
    if (!known.isFile(target)) problems.push(`the link to ${target} is broken`);
  }
  if (!page.includes(countsOf(rows))) problems.push(`the rows make it: ${countsOf(rows)}`);
  for (const way of ways) {
    const count = rows.filter(({ how }) => how === way).length;
    if (!page.includes(`\n| ${way} | ${count} |`)) problems.push(`the rows make it: ${way} ${count}`);
  }
  return problems;
}

const linkPattern = /\[([^\]]*)\]\(([^)]*)\)/g;

function linksOf(text: string): { readonly label: string; readonly target: string }[] {
  return [...text.matchAll(linkPattern)].map(([, label, target]) => ({ label: label!, target: target! }));
}

interface Part {
  /** As what the row could count by it. */
  readonly serves?: readonly Way[];
  readonly problem?: string;
}

function partOf(label: string, target: string, known: Known): Part {
  if (!known.isFile(target)) return { problem: `the link to ${target} is broken` };
  const [, what = '', name = ''] = /^(?:([a-z ]+) )?`([^`]+)`$/.exec(label) ?? [];
  const at = (file: string, serves: readonly Way[] | undefined): Part => {
    if (serves === undefined) return { problem: `there is no ${what || 'command or step'} "${name}"` };
    return target === `../${file}` ? { serves } : { problem: `"${name}" is not in ${target}` };
  };
  const [runbook = '', stepId] = name.split('/');
  const step = known.runbooks.get(runbook)?.steps.find(({ id }) => id === stepId);
  const yaml = `runbooks/${runbook}.yaml`;
  const settings = 'countersign.example.yaml';
  switch (what) {
    case '': {
      if (name.startsWith('src/')) return at(name, ['guard', 'check']);
      if (name.includes('/')) return at(yaml, step && [wayOfStep(step)]);
      const command = known.commands.get(name);
      return at(command?.file ?? '', command && [command.risk === 'read' && !command.acts ? 'check' : 'run']);
    }
    case 'operation': {
      const risk = known.operations.get(name);
      return at(settings, risk && [risk === 'read' ? 'check' : 'run']);
    }
    case 'workflow':
      return at(settings, known.workflows.has(name) ? ['run'] : undefined);
    case 'guard':
      return name.includes('/')
        ? at(yaml, step && step.requires.length > 0 ? ['guard'] : undefined)
        : at(settings, known.workflows.get(name)?.isGuarded === true ? ['guard'] : undefined);
    case 'alerts of':
      // A runbook that is suggested for alerts needs a source that sends them: that is what the row counts by.
      return at(yaml, (known.runbooks.get(name)?.alerts.length ?? 0) > 0 ? [] : undefined);
    case 'source':
      return at(`src/webhooks/${name}.ts`, known.sources.has(name) ? ['alert'] : undefined);
    case 'mapping':
      return at(`src/webhooks/mappings/${name}.yaml`, known.mappings.has(name) ? ['alert'] : undefined);
    case 'timer': {
      const file = [...known.timers].find(([, kinds]) => kinds.includes(name))?.[0];
      return at(file ?? '', file === undefined ? undefined : ['timer']);
    }
    default:
      return { problem: `"${label}" is no kind of thing` };
  }
}

function wayOfStep({ kind }: Runbook['steps'][number]): Way {
  return { do: 'attested', check: 'check', run: 'run', wait: 'timer', message: 'run' }[kind] as Way;
}

/** Why a row cannot count as it does; undefined: it can. */
function whyNot(how: string, serves: readonly Way[], served: string): string | undefined {
  if (!ways.includes(how as Way)) return `"${how}" is none of ${ways.join(', ')}`;
  if (how === 'not yet')
    return /would serve it/.test(served) ? undefined : 'does not say what would serve it';
  return serves.includes(how as Way) ? undefined : `nothing it names is served as "${how}"`;
}
