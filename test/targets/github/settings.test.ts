import { describe, expect, it } from 'vitest';
import { settingsOf } from '../http/open-rms.ts';

const block = (...lines: string[]) => settingsOf(['workflows:', ...lines.map((line) => `  ${line}`)]);
const base = ['repository: acme/rms', 'token: env:RMS_TOKEN'];
const file = (text: string) =>
  block(...base, `files: { migrate: { file: migrate.yml, risk: change, ${text} } }`);

describe('the workflows: block', () => {
  it('has defaults for all but repository, token and files', () => {
    const { workflows } = block(...base, 'files: { ci: { file: ci.yml, risk: change } }').targets.rms!;
    expect(workflows).toMatchObject({
      apiUrl: 'https://api.github.com',
      retries: 2,
      needs: { secrets: [], variables: [] },
      files: { ci: { ref: 'main', refs: [], inputs: {}, requires: [] } },
    });
    expect(JSON.stringify(workflows)).not.toContain('tok-3f9a');
  });

  it.each<[string, () => unknown, string]>([
    [
      'a token as text',
      () => block('repository: acme/rms', 'token: ghp_x', 'files: { a: { file: a.yml, risk: change } }'),
      'write "env:NAME"',
    ],
    [
      'a repository’s address',
      () =>
        block(
          'repository: https://github.com/acme/rms',
          'token: env:RMS_TOKEN',
          'files: { a: { file: a.yml, risk: change } }',
        ),
      'must be owner/name',
    ],
    ['no files', () => block(...base, 'files: {}'), 'declares no workflow'],
    [
      'an unknown key',
      () => block(...base, 'branch: x', 'files: { a: { file: a.yml, risk: change } }'),
      'branch',
    ],
    [
      'a path for a file',
      () => block(...base, 'files: { a: { file: ../a.yml, risk: change } }'),
      'under .github/workflows/',
    ],
    ['a read', () => block(...base, 'files: { a: { file: a.yml, risk: read } }'), 'never a read'],
    ['a misspelt requirement', () => file('requires: [{ workflow: migrat }]'), 'did you mean "migrate"?'],
    [
      'a circle',
      () =>
        block(
          ...base,
          'files: { a: { file: a.yml, risk: change, requires: [{ workflow: b }] }, b: { file: b.yml, risk: change, requires: [{ workflow: a }] } }',
        ),
      'leads back to "a"',
    ],
    ['one that requires itself', () => file('requires: [{ workflow: migrate }]'), 'requires itself'],
    [
      'a length of time without a unit',
      () => file('requires: [{ workflow: migrate, within: "24" }]'),
      'such as 24h',
    ],
    [
      'a default that is not allowed',
      () => file('inputs: { mode: { enum: [a], default: b } }'),
      'must be one of a',
    ],
    [
      'a default that is required',
      () => file('inputs: { mode: { default: b, required: true } }'),
      'has no effect beside a default',
    ],
    ['a broken pattern', () => file('inputs: { mode: { pattern: "(" } }'), 'is not a regular expression'],
    ['a success line of nothing', () => file('success: { line: migrate, where: {} }'), 'names no key'],
    ['a success line without a name', () => file('success: {}'), 'give the first word of the line'],
    ['a ref with dots', () => file('ref: a..b'), 'must be a branch or a tag'],
  ])('does not start with %s', (_, read, words) => {
    expect(read).toThrow(words);
    expect(read).toThrow(/workflows/);
  });

  it('takes an input only as harmless as a script needs it', async () => {
    const { checkInputs, workflowNamed } = await import('../../../src/targets/github/workflow-inputs.ts');
    const { files } = file('inputs: { name: {}, any: { pattern: ".*", required: false } }').targets.rms!
      .workflows!;
    const workflow = workflowNamed(files, 'migrate', 'rms');
    for (const name of ['v1.2.3', 'release/2026-11', 'Ada Moreau', 'ops@example.com'])
      checkInputs('migrate', workflow, { name, any: '$(x)' });
    for (const name of [
      '$(curl x)',
      'a;b',
      '`id`',
      'a"b',
      "a'b",
      'a\nb',
      'a|b',
      'a&b',
      '<x>',
      'x'.repeat(1_001),
    ])
      expect(() => checkInputs('migrate', workflow, { name })).toThrow('"name" must be');
  });
});
