import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSurroundings } from '../support/surroundings.ts';
import { runCli } from './countersign-cli.ts';

const surroundings = await startSurroundings({ mode: 'http', umbrellaRecords: 10 });
const { folder, workspace, variables } = surroundings;
const doctor = (changes: Record<string, string> = {}) =>
  runCli(['doctor'], { folder, variables: { ...variables, ...changes } });

describe('countersign doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    const { code, out } = await doctor();
    for (const what of [
      'configuration',
      'database',
      'migrations',
      'clock',
      'ledger',
      'redis',
      'slack token',
      'slack scopes',
      'slack connection',
      'channel ops',
      'channel ledger',
      'pilot: ',
    ]) {
      expect(out).toContain(`✓ ${what}`);
    }
    expect(out).not.toContain('✗');
    expect(code).toBe(0);
  });

  it('says how each monitoring source is known, where its cards go, and that a critical would call nobody', async () => {
    const settings = join(folder, 'settings.yaml');
    const sound = await readFile(settings, 'utf8');
    const alerts = `
alerts:
  sources:
    prometheus: { kind: alertmanager, secrets: env:AM_TOKEN, expectEvery: 5m, channel: "#nowhere" }
    rms: { kind: genzi, urlSecrets: env:RMS_URL_SECRET }
`;
    await writeFile(settings, `${sound}${alerts}`);
    try {
      const secrets = { AM_TOKEN: 'a-token-for-tests', RMS_URL_SECRET: 'a-secret-for-tests-0123' };
      const { code, out } = await doctor(secrets);
      expect(code).toBe(1);
      expect(out).toMatch(/✗ channel of source prometheus/);
      expect(out).toMatch(
        /✓ source prometheus +alertmanager: POST \/hooks\/prometheus, known by its own proof; at least every 5 min/,
      );
      expect(out).toMatch(
        /✓ source rms +genzi: POST \/hooks\/rms\/<secret>, known by the secret in its URL; its silence goes unnoticed/,
      );
      expect(out).toMatch(/▲ waking +a critical posts a card and calls nobody\n {2}→ .*notify/);
      for (const secret of Object.values(secrets)) expect(out).not.toContain(secret);
    } finally {
      await writeFile(settings, sound);
    }
  });

  it('gives a fix for each failure, and one failure hides no other', async () => {
    const settings = join(folder, 'settings.yaml');
    const sound = await readFile(settings, 'utf8');
    await writeFile(
      settings,
      sound.replace('ops: C0OPS', 'ops: C0RANDOM').replace('alerts: C0ALERTS', 'alerts: "#nowhere"'),
    );
    try {
      const { code, out } = await doctor({
        DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c',
        REDIS_URL: 'redis://127.0.0.1:1/0',
        PILOT_DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c',
      });
      expect(code).toBe(1);
      const failures = out.split('\n').filter((line) => line.startsWith('✗'));
      expect(failures.map((line) => line.slice(2, 26).trim())).toEqual([
        'database',
        'redis',
        'channel ops',
        'channel alerts',
        expect.stringMatching(/^pilot: /),
      ]);
      const lines = out.split('\n');
      for (const failure of failures) expect(lines[lines.indexOf(failure) + 1]).toMatch(/^ {2}→ /);
      expect(out).toContain('/invite @countersign');
      expect(out).toContain('5 failed.');
      expect(out).not.toContain('a:b@');
    } finally {
      await writeFile(settings, sound);
    }
  });

  it('tells a token Slack refuses, and a login that may rewrite the ledger', async () => {
    const { code, out } = await doctor({
      SLACK_BOT_TOKEN: 'xoxb-wrong',
      DATABASE_URL: surroundings.database.superuserUrl,
    });
    expect(code).toBe(1);
    expect(out).toMatch(/✗ slack token +invalid_auth\n {2}→ Copy the bot token/);
    expect(out).toMatch(/✗ database login +DATABASE_URL logs in as a superuser/);
    expect(out).toContain('▲ ledger');
  });

  it('says that Slack breaks in the middle, instead of breaking itself', async () => {
    workspace.faults.next('conversations.info', 'http_500', 10);
    const { code, out } = await doctor();
    workspace.faults.clear();
    expect(code).toBe(1);
    expect(out).toContain('✗ channel ops');
    expect(out).toContain('✓ pilot: ');
  });

  it('reports every problem of the environment', async () => {
    const { code, out } = await doctor({ PORT: 'http', LOG_LEVEL: 'loud' });
    expect(code).toBe(1);
    expect(out).toMatch(/✗ configuration/);
    expect(out).toContain('PORT');
    expect(out).toContain('LOG_LEVEL');
  });
});
