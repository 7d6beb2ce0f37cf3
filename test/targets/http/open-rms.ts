import { onTestFinished } from 'vitest';
import { parse } from 'yaml';
import type { TenantRef } from '../../../src/command.ts';
import { readSettings } from '../../../src/config/settings.ts';
import { openTargets, type Targets, targetSchemas } from '../../../src/targets/targets.ts';
import { token } from './open-client.ts';

export const acme: TenantRef = { id: 't-1', slug: 'acme', name: 'Acme GmbH' };

/** Targets of a settings file whose target `rms` has these lines (YAML, without indentation) besides `http:`. */
export function openRms(baseUrl: string, blocks: string, http = ''): Targets {
  const settings = readRms(baseUrl, blocks, http);
  const targets = openTargets(settings.targets, {
    auditCheckpoints: { load: async () => undefined, save: async () => undefined },
    now: () => new Date(),
  });
  onTestFinished(() => targets.close());
  return targets;
}

export function readRms(baseUrl: string, blocks: string, http = '') {
  const lines = [
    `http: { baseUrl: "${baseUrl}", auth: { bearer: env:RMS_TOKEN }, retries: 0, ${http} }`,
    ...blocks.trim().split('\n'),
  ];
  return settingsOf(lines);
}

/** @throws ConfigurationProblem as the start of the bot would. */
export function settingsOf(lines: readonly string[]) {
  const text = `channels: { ops: C0OPS, ledger: C0LEDGER }
roles: { responder: { users: [U0ADA] } }
policy: [{ risk: read, run: [responder] }]
targets:
  rms:
    environment: production
${lines.map((line) => `    ${line}`).join('\n')}
`;
  parse(text);
  return readSettings(text, {
    file: 'countersign.yaml',
    env: {
      RMS_TOKEN: token.reveal(),
      SMTP_PASS: 'smtp-s3cret-9',
      RMS_URL: 'https://rms.example.com',
      RMS_DATABASE_URL: 'postgres://127.0.0.1:1/x',
    },
    targetSchemas,
  });
}

/** Of a URL its path and its query. */
export function asked(url: string | undefined): { path: string; query: Record<string, string> } {
  const { pathname, searchParams } = new URL(url ?? '', 'http://x');
  return { path: pathname, query: Object.fromEntries(searchParams) };
}
