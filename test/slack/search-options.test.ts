import { describe, expect, it } from 'vitest';
import { defineCommand, type TenantRef, tenantRef, z } from '../../src/command.ts';
import { writeModalContext } from '../../src/slack/modal-context.ts';
import { searchOptions } from '../../src/slack/search-options.ts';
import { commandsOf, pilot } from '../core/run-fixture.ts';

const run = async () => ({ status: 'ok', headline: 'x' }) as const;
const commands = commandsOf({
  look: defineCommand({
    version: 1,
    summary: 'Look',
    risk: 'read',
    needs: 'tenants',
    examples: ['look x'],
    args: z.object({ tenant: tenantRef() }),
    run,
  }),
  help: defineCommand({
    version: 1,
    summary: 'Help',
    risk: 'read',
    examples: ['help'],
    args: z.object({}),
    run,
  }),
});
const tenant = (slug: string): TenantRef => ({ id: `id-${slug}`, slug, name: slug.toUpperCase() });
const asked = (value: string, command = 'look', user = 'U0ADA') => ({
  type: 'block_suggestion',
  team: { id: 'T0ACME' },
  user: { id: user },
  action_id: 'option_search:look:tenant',
  block_id: 'argument:tenant',
  value,
  view: { id: 'V1', private_metadata: writeModalContext({ command, origin: {} }) },
});

function search(
  changes: { found?: (name: string) => Promise<TenantRef[]>; mayRun?: boolean; targets?: string[] } = {},
) {
  const faults: unknown[] = [];
  const searched: string[] = [];
  const options = searchOptions({
    commands,
    targets: () => (changes.targets ?? ['pilot']).map((name) => ({ ...pilot, name })),
    client: (_kind, name) =>
      ({
        tenants: {
          search: (typed: string) => {
            searched.push(`${name}: ${typed}`);
            return changes.found?.(name) ?? Promise.resolve([tenant('acme')]);
          },
        },
      }) as never,
    mayRun: async () => changes.mayRun ?? true,
    onFault: (error) => faults.push(error),
  });
  return {
    values: async (body: unknown) => (await options(body)).map(({ value }) => value),
    faults,
    searched,
  };
}

describe('an option search', () => {
  it('offers what the target finds', async () => {
    const { values, searched } = search();
    expect(await values(asked('ac'))).toEqual(['acme']);
    expect(searched).toEqual(['pilot: ac']);
  });

  it('searches every target that could serve the command, each tenant once', async () => {
    const { values } = search({
      targets: ['pilot', 'staging'],
      found: async (name) => [tenant('acme'), tenant(name)],
    });
    expect(await values(asked('a'))).toEqual(['acme', 'pilot', 'staging']);
  });

  it('names no tenant to somebody who may not run the command', async () => {
    const { values, searched } = search({ mayRun: false });
    expect(await values(asked('ac'))).toEqual([]);
    expect(searched).toEqual([]);
  });

  it('offers what was typed when the target is away', async () => {
    const { values, faults } = search({ found: () => Promise.reject(new Error('down')) });
    expect(await values(asked('acme'))).toEqual(['acme']);
    expect(faults).toHaveLength(1);
  });

  it('offers what was typed when the target does not answer in time', async () => {
    const { values } = search({ found: () => new Promise(() => {}) });
    expect(await values(asked('acme'))).toEqual(['acme']);
  });

  it.each([[{}], [null], [asked('x', 'gone')], [asked('x', 'help')], [{ ...asked('x'), view: undefined }]])(
    'answers nothing to what is not a search of ours: %j',
    async (body) => {
      expect(await search().values(body)).toEqual([]);
    },
  );
});
