import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environmentVariables, readEnvironment } from '../src/config/environment.ts';
import { readSettings } from '../src/config/settings.ts';
import { loadCommands } from '../src/registry.ts';
import { targetSchemas } from '../src/targets/targets.ts';
import { loadSourceKinds } from '../src/webhooks/source-kinds.ts';

const root = path.resolve(import.meta.dirname, '..');
const text = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8');

async function variablesNamedBy(yaml: string): Promise<string[]> {
  const named = [...yaml.matchAll(/^[^#\n]*\benv:([A-Z_]+)/gm)].map((match) => match[1] as string);
  return [...new Set(named)];
}

describe('.env.example', () => {
  it('lists every variable the code and the example settings read, and no other', async () => {
    const listed = Object.keys(parseEnv(await text('.env.example'))).sort();
    const named = await variablesNamedBy(await text('countersign.example.yaml'));
    expect(named).not.toEqual([]);
    expect(listed).toEqual([...environmentVariables, ...named].sort());
  });

  it('holds the true defaults', async () => {
    const written = parseEnv(await text('.env.example'));
    expect(readEnvironment(written, [])).toEqual(readEnvironment({}, []));
  });
});

const sourceSchemas = Object.fromEntries(loadSourceKinds());
const commandNames = [...(await loadCommands()).keys()];

describe('countersign.example.yaml', async () => {
  const yaml = await text('countersign.example.yaml');
  const env = Object.fromEntries(
    (await variablesNamedBy(yaml)).map((name) => [
      name,
      name.endsWith('DATABASE_URL') ? 'postgres://localhost/x' : 'a-secret-of-this-length',
    ]),
  );
  const read = (written: string) =>
    readSettings(written, {
      file: 'countersign.example.yaml',
      env,
      targetSchemas,
      sourceSchemas,
      commandNames,
    });

  it('is accepted, and writes out the defaults truly', () => {
    const whole = read(yaml);
    const optional = ['slack', 'limits', 'ledger'] as const;
    const withoutOptional = yaml.slice(0, yaml.indexOf('# Everything below may be left out'));
    for (const key of optional) {
      expect(parse(withoutOptional)).not.toHaveProperty(key);
      expect(whole[key]).toEqual(read(withoutOptional)[key]);
      expect(keysOf(parse(yaml)[key])).toEqual(keysOf(whole[key]));
    }
  });

  it('writes out the defaults of alerts truly', () => {
    const written = parse(yaml);
    const { alerts } = read(yaml);
    const defaults = read(yaml.replace(/^alerts:\n( .*\n|\n)+/m, '')).alerts;
    expect(defaults.sources).toEqual({});
    const { notify, pagerduty, ...minutes } = alerts.escalation;
    expect({ ...minutes, notify: [] }).toEqual(defaults.escalation);
    expect([notify.length, pagerduty?.url]).toEqual([1, 'https://events.pagerduty.com/v2/enqueue']);
    for (const key of ['digest', 'flapping', 'reopenWithinMinutes', 'retentionDays'] as const) {
      expect(alerts[key]).toEqual(defaults[key]);
      expect(keysOf(written.alerts[key])).toEqual(keysOf(defaults[key]));
    }
    expect(alerts.sources.rms?.options).toEqual(sourceSchemas.genzi?.options.parse({}));
  });

  it('shows every kind of source, and every key of a route', () => {
    const { sources, routes } = read(yaml).alerts;
    expect([...new Set(Object.values(sources).map(({ kind }) => kind))].sort()).toEqual(
      Object.keys(sourceSchemas).sort(),
    );
    expect([...new Set(routes.flatMap((route) => Object.keys(route)))].sort()).toEqual([
      'channel',
      'match',
      'notify',
      'runbook',
      'severity',
      'silence',
      'suggest',
    ]);
  });
});

describe('src', () => {
  // PATH is no setting: a process that starts another has to pass it on.
  it('reads process.env in one place', async () => {
    const files = (await readdir(path.join(root, 'src'), { recursive: true })).filter((file) =>
      file.endsWith('.ts'),
    );
    expect(files.length).toBeGreaterThan(10);
    const readers: string[] = [];
    for (const file of files) {
      if (/process\.env(?!\.PATH\b)/.test(await text(path.join('src', file)))) readers.push(file);
    }
    expect(readers).toEqual(['config.ts']);
  });
});

/** Every key at every depth. */
function keysOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .flatMap(([key, child]) => [key, ...keysOf(child).map((inner) => `${key}.${inner}`)])
    .sort();
}
