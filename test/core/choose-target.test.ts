import { describe, expect, it } from 'vitest';
import { chooseTarget, type TargetOffer } from '../../src/core/choose-target.ts';

const pilot: TargetOffer = { name: 'pilot', environment: 'production', kinds: ['tenants', 'audit'] };
const staging: TargetOffer = { name: 'staging', environment: 'staging', kinds: ['tenants'] };
const bare: TargetOffer = { name: 'bare', environment: 'production', kinds: [] };

describe('choosing a target', () => {
  it('takes the only one that serves the kind, or the one that is named', () => {
    expect(chooseTarget([pilot, staging, bare], 'audit', undefined)).toBe(pilot);
    expect(chooseTarget([pilot, staging], 'tenants', 'staging')).toBe(staging);
  });

  it.each([
    [
      [pilot, staging],
      'tenants',
      undefined,
      'several_targets',
      'Several targets could serve this: pilot (production), staging (staging).',
    ],
    [[], 'audit', undefined, 'no_target', 'No target is configured for this kind of command.'],
    [
      [pilot, staging],
      'audit',
      'staging',
      'no_target',
      'Target "staging" is configured, but not for this kind of command',
    ],
    [[pilot], 'audit', 'moon', 'no_target', 'There is no target "moon". Known: pilot (production).'],
    [[bare], 'audit', 'moon', 'no_target', 'There is no target "moon". None is configured for "audit".'],
  ] as const)('refuses with what to do: %#', (offers, needs, named, code, text) => {
    const choosing = () => chooseTarget(offers, needs, named);
    expect(choosing).toThrow(expect.objectContaining({ code }) as Error);
    expect(choosing).toThrow(text);
  });
});
