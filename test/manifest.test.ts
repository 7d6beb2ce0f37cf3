import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { scopesOfEvent } from '../sandbox/slack/event-scopes.ts';
import { readManifest } from '../sandbox/slack/manifest.ts';
import { isMethod, methodTable } from '../sandbox/slack/method-table.ts';
import { type SlackRecord, slackRecords } from './support/slack-record.ts';

/** Runs after everything else (vitest.config.ts): it judges what the bot asked of Slack in the whole suite. */
const root = join(import.meta.dirname, '..');

let records: SlackRecord[];
let files: string[];

beforeAll(async () => {
  files = (await readdir(join(root, 'test/e2e'))).filter((name) => name.endsWith('.test.ts'));
  records = await slackRecords();
  const recorded = new Set(records.map(({ file }) => file));
  const absent = files.filter((file) => !recorded.has(file));
  if (files.length === 0 || absent.length > 0) {
    throw new Error(
      `The manifest can be judged only by the whole end-to-end suite, and in this run nothing was recorded by ${absent.join(', ') || 'any file'}. Run them together: npm test -- test/e2e test/manifest.test.ts`,
    );
  }
});

async function manifest() {
  return readManifest(parse(await readFile(join(root, 'manifest.yml'), 'utf8')));
}

function union(of: (record: SlackRecord) => readonly string[]): string[] {
  return [...new Set(records.flatMap(of))].sort();
}

describe('manifest.yml', () => {
  it('asks for exactly the scopes that what the bot called and received needs', async () => {
    const events = union((record) => record.events);
    const needed = new Set([
      ...union(({ calls }) => calls.flatMap(({ scopes }) => scopes)),
      ...events.flatMap((name) => scopesOfEvent(name) ?? []),
      ...(union(({ commands }) => commands).length > 0 ? ['commands'] : []),
    ]);
    // The app-level token carries this one; a manifest cannot.
    needed.delete('connections:write');
    expect([...(await manifest()).scopes].sort()).toEqual([...needed].sort());
  });

  it('leaves no call without a scope it needs', () => {
    const methods = union(({ calls }) => calls.map(({ method }) => method));
    const known = methods.filter((method) => method !== 'response_url');
    expect(known.filter((method) => !isMethod(method))).toEqual([]);
    expect(union(({ calls }) => calls.flatMap(({ method, error }) => (error ? [method] : [])))).toEqual([]);
    const granted = union(({ calls }) => calls.flatMap(({ scopes }) => scopes));
    for (const method of known.filter(isMethod)) {
      const { scopes } = methodTable[method];
      expect(scopes.length === 0 || scopes.some((scope) => granted.includes(scope)), method).toBe(true);
    }
  });

  it('subscribes to exactly the events that were sent', async () => {
    expect([...(await manifest()).botEvents].sort()).toEqual(union(({ events }) => events));
  });

  it('has exactly the slash commands that were typed', async () => {
    const declared = (await manifest()).commands.map(({ command }) => command);
    expect(declared.sort()).toEqual(union(({ commands }) => commands));
  });
});
