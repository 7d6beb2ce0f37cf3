import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { readSettings } from '../src/config/settings.ts';
import { targetSchemas } from '../src/targets/targets.ts';
import { loadSourceKinds } from '../src/webhooks/source-kinds.ts';
import { testServer } from './support/test-server.ts';

const root = resolve(import.meta.dirname, '..');
const page = await readFile(join(root, 'docs/adopt.md'), 'utf8');
const blocksOf = (file: string) =>
  [...page.matchAll(/```yaml\n# (\S+)\n([\s\S]*?)```/g)]
    .filter(([, name]) => name === file)
    .map(([, , yaml]) => yaml!);

describe('docs/adopt.md', () => {
  const settings = blocksOf('countersign.yaml').map((yaml) => ({ yaml, settings: read(yaml) }));
  const sources = Object.assign({}, ...settings.map((one) => one.settings.alerts.sources)) as ReturnType<
    typeof read
  >['alerts']['sources'];

  it('says of every block of YAML which file it belongs to', () => {
    const all = [...page.matchAll(/```yaml\n/g)].length;
    expect(blocksOf('countersign.yaml').length + blocksOf('alertmanager.yml').length).toBe(all);
  });

  it('shows settings that are taken as they stand, with variables that .env.example has', async () => {
    expect(Object.keys(sources).sort()).toEqual([
      'datadog',
      'github',
      'grafana',
      'pagerduty',
      'prometheus',
      'rms',
      'sentry',
      'uptime-kuma',
      'uptimerobot',
    ]);
    const listed = Object.keys(parseEnv(await readFile(join(root, '.env.example'), 'utf8')));
    expect(listed).toEqual(expect.arrayContaining(variablesOf(page)));
  });

  it('lets nothing but reads run, and calls nobody, in the shadow channel', () => {
    const { policy, alerts } = settings[0]!.settings;
    expect(policy).toHaveLength(1);
    expect(policy).toMatchObject([{ risk: ['read'] }]);
    expect(alerts.routes).toEqual([{ match: {}, notify: [] }]);
    expect(alerts.escalation).toMatchObject({ notify: [] });
    expect(alerts.escalation).not.toHaveProperty('pagerduty');
  });

  it('gives each source its address, with a secret in it exactly where the settings want one', () => {
    const addresses = [
      ...page.matchAll(/https:\/\/countersign\.example\.com\/hooks\/([\w-]+)(\/<the secret>)?/g),
    ];
    expect(new Set(addresses.map(([, name]) => name))).toEqual(new Set(Object.keys(sources)));
    for (const [address, name, secret] of addresses) {
      expect(secret !== undefined, address).toBe(sources[name!]!.urlSecrets.length > 0);
    }
  });

  it('shows settings of Alertmanager that it takes, and that every alert goes to both', async () => {
    const [yaml, ...others] = blocksOf('alertmanager.yml');
    expect(others).toEqual([]);
    const folder = await mkdtemp(join(tmpdir(), 'countersign-adopt-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'alertmanager.yml');
    await writeFile(file, yaml!);
    const { amtoolPath } = await testServer('alertmanager');
    const amtool = (...args: string[]) => spawnSync(amtoolPath, args, { encoding: 'utf8' });
    const checked = amtool('check-config', file);
    expect({ status: checked.status, said: checked.stderr }).toMatchObject({ status: 0 });
    const receivers = (...labels: string[]) =>
      amtool('config', 'routes', 'test', `--config.file=${file}`, ...labels).stdout.trim();
    expect(receivers('service=orders-db', 'alertname=DiskFilling')).toBe('countersign,database-team');
    expect(receivers('service=web', 'alertname=Down')).toBe('countersign,pager');
    // As it was before, with the lines that are new taken out: the old receivers alone.
    const old = parse(yaml!) as { route: { routes: { receiver: string }[] } };
    old.route.routes = old.route.routes.filter(({ receiver }) => receiver !== 'countersign').slice(0, -1);
    await writeFile(file, JSON.stringify(old));
    expect(receivers('service=orders-db', 'alertname=DiskFilling')).toBe('database-team');
    expect(receivers('service=web', 'alertname=Down')).toBe('pager');
  });
});

/** Each block as the part of a whole file that it is. */
function read(yaml: string) {
  const given = Object.keys(parse(yaml) as object);
  const whole = Object.entries({
    channels: '{ ops: C0OPS, ledger: C0LEDGER }',
    roles: '{ responder: { users: [U0ADA] } }',
    policy: '[]',
    targets: '{}',
  })
    .filter(([key]) => !given.includes(key))
    .map(([key, value]) => `${key}: ${value}\n`);
  return readSettings(whole.join('') + yaml, {
    file: 'countersign.yaml',
    env: Object.fromEntries(variablesOf(yaml).map((name) => [name, 'a-secret-of-this-length'])),
    targetSchemas,
    sourceSchemas: Object.fromEntries(loadSourceKinds()),
  });
}

function variablesOf(text: string): string[] {
  return [...text.matchAll(/\benv:([A-Z_]+)/g)].map(([, name]) => name!);
}
