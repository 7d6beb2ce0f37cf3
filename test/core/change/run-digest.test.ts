import { describe, expect, it } from 'vitest';
import { requestKey, runDigest, type SignedFacts, shortDigest } from '../../../src/core/change/run-digest.ts';

const facts: SignedFacts = {
  run: 'r-7k2m9q4x',
  requester: 'U0ADA',
  command: 'suspend-tenant',
  version: 1,
  args: { tenant: { id: '8d2f', name: 'Acme GmbH', slug: 'acme' }, notify: true },
  target: 'rms',
  environment: 'production',
  data: { id: '8d2f', before: 'active', after: 'suspended', invoices: ['i-2', 'i-10'] },
  effects: [
    { step: 'suspend', call: { method: 'PATCH', path: '/api/tenants/8d2f/suspend', body: { n: 1.5 } } },
  ],
  policy: { approvals: 1, approve: ['approver'], expiresMinutes: 15, conditions: {}, breakGlass: null },
};

describe('the digest of a run', () => {
  it('is the one that signatures already given stand on', () => {
    // Never to be changed: every signature in every ledger is on digests made this way.
    expect(runDigest(facts)).toBe('3846e7302f88959b9236f656e84dc7bf076885edbaee4ac9c6a271d74a14d618');
    expect(shortDigest(runDigest(facts))).toBe(runDigest(facts).slice(0, 16));
  });

  it.each<[string, Partial<SignedFacts>]>([
    ['run', { run: 'r-7k2m9q4y' }],
    ['requester', { requester: 'U0BOB' }],
    ['command', { command: 'activate-tenant' }],
    ['version of the command', { version: 2 }],
    ['arguments', { args: { ...facts.args, notify: false } }],
    ['target', { target: 'rms-2' }],
    ['lack of a target', { target: undefined }],
    ['environment', { environment: 'staging' }],
    ['lack of an environment', { environment: undefined }],
    ['data', { data: { ...facts.data, before: 'trial' } }],
    ['order of a list in the data', { data: { ...facts.data, invoices: ['i-10', 'i-2'] } }],
    ['step of an effect', { effects: [{ ...facts.effects[0]!, step: 'halt' }] }],
    ['call of an effect', { effects: [{ ...facts.effects[0]!, call: { method: 'PATCH', path: '/' } }] }],
    ['lack of effects', { effects: [] }],
    ['number of effects', { effects: [...facts.effects, { step: 'again', call: {} }] }],
    ['policy', { policy: { ...facts.policy, approvals: 2 } }],
  ])('is another with another %s', (_, change) => {
    expect(runDigest({ ...facts, ...change })).not.toBe(runDigest(facts));
  });

  it('is the same however the keys are ordered and whatever an effect is called in words', () => {
    const { args, data, ...rest } = facts;
    const [effect] = facts.effects;
    const told = { ...effect!, summary: 'PATCH it' };
    const backwards = Object.fromEntries(Object.entries(data).reverse());
    expect(runDigest({ data: backwards, args, ...rest, effects: [told] })).toBe(runDigest(facts));
  });
});

describe('the key of a request', () => {
  const asked = { command: 'suspend-tenant', target: 'rms', args: { tenant: 'acme', notify: true } };

  it('is the same for the same command, target and arguments', () => {
    expect(requestKey({ ...asked, args: { notify: true, tenant: 'acme' } })).toBe(requestKey(asked));
  });

  it.each([
    ['command', { command: 'activate-tenant' }],
    ['target', { target: 'rms-2' }],
    ['lack of a target', { target: undefined }],
    ['arguments', { args: { tenant: 'acme' } }],
  ])('is another with another %s', (_, change) => {
    expect(requestKey({ ...asked, ...change })).not.toBe(requestKey(asked));
  });
});
