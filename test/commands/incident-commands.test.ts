import { describe, expect, it } from 'vitest';
import { describeArguments } from '../../src/core/parse/describe-field.ts';
import { parseInvocation } from '../../src/core/parse/parse-invocation.ts';
import { loadCommands } from '../../src/registry.ts';

const commands = await loadCommands();
const ours = [...commands.values()].filter(
  ({ name }) => /^(incident|runbook) /.test(name) || ['incidents', 'note', 'page', 'runbook'].includes(name),
);

describe('every command about incidents and runbooks', () => {
  it('is there', () => {
    expect(ours.map(({ name }) => name)).toEqual([
      'incident cancel-timer',
      'incident commander',
      'incident declare',
      'incident export',
      'incident link',
      'incident page',
      'incident postmortem',
      'incident reopen',
      'incident resolve',
      'incident severity',
      'incident timeline',
      'incident update',
      'incidents',
      'note',
      'page',
      'runbook',
      'runbook assign',
      'runbook attest',
      'runbook list',
      'runbook override',
      'runbook show',
      'runbook skip',
      'runbook start',
      'runbook stop',
    ]);
  });

  it.each(ours)(
    '$name is said in under 60 characters, and its examples can be typed',
    ({ name, definition }) => {
      expect(definition.summary.length).toBeLessThan(60);
      for (const example of definition.examples) {
        // Slack sends a mention as <@U…>, which no example can hold.
        const typed = example.replaceAll(/@[a-z]+/g, 'U0ADA');
        const { command, missing, problems } = parseInvocation(typed, commands);
        expect({ command, missing, problems }, example).toEqual({ command: name, missing: [], problems: [] });
      }
    },
  );

  it.each(ours)(
    '$name never waits for a signature, unless it lets a guard be passed',
    ({ name, definition }) => {
      expect(definition.risk).toBe(name === 'runbook override' ? 'dangerous' : 'read');
      expect(definition.needs).toBeUndefined();
    },
  );

  it.each(ours)('$name keeps what people write apart from the chain', ({ definition }) => {
    const written = [
      'title',
      'note',
      'text',
      'fix',
      'reason',
      'evidence',
      'override',
      'messageText',
      'input',
    ];
    for (const field of describeArguments(definition.args)) {
      expect(field.metadata.isPersonal ?? false, field.name).toBe(written.includes(field.name));
    }
  });
});
