import { describe, expect, it } from 'vitest';
import { UserMistake } from '../../../src/core/errors.ts';
import { matchCommand } from '../../../src/core/parse/match-command.ts';
import { nearest, slips } from '../../../src/core/parse/nearest.ts';

const names = [
  'help',
  'history',
  'explain',
  'run',
  'verify-audit',
  'incident',
  'incident declare',
  'ledger checkpoint',
];

function mistake(words: string[]): UserMistake {
  try {
    matchCommand(words, names);
  } catch (error) {
    if (error instanceof UserMistake) return error;
    throw error;
  }
  throw new Error(`"${words.join(' ')}" was accepted`);
}

describe('matchCommand', () => {
  it('takes the longest name first', () => {
    expect(matchCommand(['incident', 'declare', 'x'], names)).toEqual({
      command: 'incident declare',
      wordCount: 2,
    });
    expect(matchCommand(['incident', '42'], names)).toEqual({ command: 'incident', wordCount: 1 });
  });

  it('ignores case and which dash was typed', () => {
    expect(matchCommand(['Verify–Audit'], names).command).toBe('verify-audit');
  });

  it.each([
    ['verfiy-audit', 'verify-audit'],
    ['verify_audit', 'verify-audit'],
    ['verify', 'verify-audit'],
    ['audit', 'verify-audit'],
    ['histroy', 'history'],
    ['hlep', 'help'],
  ])('offers the nearest command for %j', (typed, meant) => {
    const error = mistake([typed, 'acme']);
    expect(error.code).toBe('unknown_command');
    expect(error.message).toBe(`There is no command "${typed}". Did you mean "${meant}"?`);
  });

  it('offers a two-word command for a slip in either word', () => {
    expect(mistake(['incidnet', 'declare']).message).toContain('"incident declare"');
  });

  it('lists what can follow a group', () => {
    expect(mistake(['ledger']).message).toBe(
      '"ledger" needs one more word. Type one of: "ledger checkpoint".',
    );
    expect(mistake(['ledger', 'chekpoint']).message).toContain('Type one of: "ledger checkpoint"');
  });

  it('offers nothing for something far off', () => {
    expect(mistake(['zzzzzzzz']).message).toBe('There is no command "zzzzzzzz". "help" lists them all.');
  });

  it('asks for a command when there are no words', () => {
    expect(mistake([]).code).toBe('no_command');
  });
});

describe('slips', () => {
  it('counts two swapped neighbours as one slip', () => {
    expect(slips('verfiy', 'verify')).toBe(1);
    expect(slips('abc', 'abc')).toBe(0);
    expect(slips('', 'abc')).toBe(3);
  });
});

describe('nearest', () => {
  it('puts the closest first and cuts the list', () => {
    expect(nearest('tags', ['tagx', 'tag', 'taxs', 'tacs'], 2)).toEqual(['tag', 'tacs']);
  });

  it('finds nothing near an empty word', () => {
    expect(nearest('', ['help'])).toEqual([]);
  });
});
