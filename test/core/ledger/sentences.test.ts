import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/command.ts';
import { ledgerKinds } from '../../../src/core/ledger/kinds.ts';
import { sentence } from '../../../src/core/ledger/sentences.ts';
import { plainText } from '../../../src/core/text.ts';

function told(kind: string, facts: JsonObject = {}, actor = 'U0ADA'): string {
  return plainText(sentence({ kind, actor, facts }), (id) => (id === 'U0ADA' ? 'Ada' : id));
}

const run = {
  command: 'verify-audit',
  args: { tenant: 'acme', full: true },
  target: 'pilot',
  environment: 'production',
};

describe('the sentence for an entry', () => {
  test.each([
    ['run.requested', run, 'Ada asked for verify-audit acme on pilot (production)'],
    [
      'run.refused',
      { ...run, problem: 'not your role' },
      'Ada was refused verify-audit acme on pilot (production): not your role',
    ],
    [
      'run.succeeded',
      { ...run, headline: 'acme is intact' },
      'verify-audit acme for Ada finished: acme is intact',
    ],
    [
      'run.failed',
      { ...run, problem: 'cannot reach pilot' },
      'verify-audit acme for Ada failed: cannot reach pilot',
    ],
    ['run.unknown', run, 'verify-audit acme for Ada has an unknown outcome'],
    ['run.taken_over', { ...run, from: 'w-1' }, 'verify-audit acme was taken over from process w-1'],
    ['approval.denied', run, 'Ada denied verify-audit acme on pilot (production)'],
    ['policy.loaded', { digest: '0123456789abcdef' }, 'Policy 0123456789ab loaded by Ada'],
    ['ledger.erased', { texts: 1 }, 'Ada erased 1 private text from the ledger'],
    ['ledger.erased', { texts: 3 }, 'Ada erased 3 private texts from the ledger'],
    ['moon.landed', {}, 'Ada: moon.landed'],
    ['toString', {}, 'Ada: toString'],
  ] as const)('%s', (kind, facts, expected) => {
    expect(told(kind, facts)).toBe(expected);
  });

  test('exists for every kind that is written', () => {
    for (const kind of ledgerKinds) expect(told(kind)).not.toContain(kind);
  });

  test('survives facts of any shape', () => {
    for (const kind of ledgerKinds)
      expect(told(kind, { command: 1, args: [], texts: 'x' })).toBeTypeOf('string');
  });

  test('never turns text from outside into a mention', () => {
    const line = sentence({ kind: 'run.requested', actor: '<!channel>', facts: { command: '<@U0ADA>' } });
    expect(JSON.stringify(line)).not.toMatch(/"(user|person|channel|link)":/);
    expect(sentence({ kind: 'run.requested', actor: 'U0ADA', facts: {} })).toContainEqual({
      person: 'U0ADA',
    });
  });
});
