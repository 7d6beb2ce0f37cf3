import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAlertSender } from '../sandbox/alerts/alert-sender.ts';
import { readSettings } from '../src/config/settings.ts';
import { loadCommands } from '../src/registry.ts';
import { openTargets, targetSchemas } from '../src/targets/targets.ts';
import { loadSourceKinds } from '../src/webhooks/source-kinds.ts';

const root = resolve(import.meta.dirname, '..');
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'docs/adopt.md',
  'docs/generic-sources.md',
  'docs/alerts.md',
  'docs/incidents.md',
  'docs/runbooks.md',
  'docs/workflows.md',
  'docs/coverage.md',
  'docs/operations.md',
  'docs/security.md',
];
const readme = await readFile(join(root, 'README.md'), 'utf8');

describe('the README', () => {
  it('shows a command that loads from a folder outside the repository and answers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-readme-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
    expect(code).toBeDefined();
    await writeFile(join(folder, 'hello.ts'), code!);
    const hello = (await loadCommands([folder])).get('hello');
    expect(hello?.usage).toBe('hello <name>');
    const report = await hello!.definition.run({ args: { name: 'world' } } as never, {} as never);
    expect(report.headline).toBe('Hello, world');
    // "In ten lines": what is between the braces.
    const lines = code!.split('\n');
    expect(
      lines.lastIndexOf('});') - lines.findIndex((line) => line.includes('defineCommand({')) - 1,
    ).toBeLessThanOrEqual(10);
  });

  it('shows an operation that needs no code, in twelve lines the settings take', async () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(yaml.trimEnd().split('\n').length).toBeLessThanOrEqual(12);
    const indented = yaml.replace(/^/gm, '  ');
    const settings = readSettings(
      `channels: { ops: C0OPS, ledger: C0LEDGER }\nroles: {}\npolicy: []\ntargets:\n${indented}`,
      { file: 'countersign.yaml', env: { RMS_TOKEN: 'secret-token' }, targetSchemas },
    );
    const auditCheckpoints = {} as never;
    const targets = openTargets(settings.targets, { auditCheckpoints, now: () => new Date() });
    onTestFinished(() => targets.close());
    const { operations } = targets.client('operations', 'rms');
    const call = operations.prepare('test-email', { to: 'ada@example.com' });
    expect(call.call).toEqual({ method: 'POST', path: '/api/test-email', body: { to: 'ada@example.com' } });
  });

  it('shows a source and a route of alerts that the settings take', () => {
    const [, yaml = ''] = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block!);
    const settings = readSettings(
      `channels: { ops: C0OPS, ledger: C0LEDGER }\nroles: {}\npolicy: []\nonCall: { users: [U0ADA] }\ntargets: {}\n${yaml}`,
      {
        file: 'countersign.yaml',
        env: { ALERTMANAGER_TOKEN: 'a-secret-token' },
        targetSchemas,
        sourceSchemas: Object.fromEntries(loadSourceKinds()),
      },
    );
    expect(settings.alerts.sources.prometheus).toMatchObject({ kind: 'alertmanager', expectEveryMinutes: 5 });
    expect(settings.alerts.routes).toMatchObject([{ notify: ['on-call', { user: 'U0GRACE' }] }]);
  });

  it('shows alerts that can be sent', () => {
    const { problemWith } = createAlertSender({ origin: () => '', secrets: {} as never });
    const sent = [...readme.matchAll(/(?:--say "|`)alert ([a-z -]+)["`]/g)].map(([, sample]) => sample!);
    expect(sent.length).toBeGreaterThan(5);
    for (const sample of sent) expect(problemWith(sample)).toBeUndefined();
  });

  it('names npm scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm (?:run )?([a-z]+)/g)].map(([, name]) => name!);
    expect(named).toContain('demo');
    for (const name of named.filter((one) => one !== 'nothing')) expect(Object.keys(scripts)).toContain(name);
  });
});

describe.each(pages)('%s', (page) => {
  it('links to files that are there', async () => {
    const text = await readFile(join(root, page), 'utf8');
    const targets = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target!);
    for (const target of targets) expect(existsSync(join(root, dirname(page), target)), target).toBe(true);
  });

  it('names source files that are there', async () => {
    const text = await readFile(join(root, page), 'utf8');
    const named = [...text.matchAll(/`((?:src|commands|sandbox|test|bench|scripts)\/[\w./-]+)`/g)].map(
      ([, path]) => path!,
    );
    for (const path of named) expect(existsSync(join(root, path)), path).toBe(true);
  });
});
