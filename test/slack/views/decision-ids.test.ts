import { describe, expect, it } from 'vitest';
import { maybeDecisionContext, writeDecisionContext } from '../../../src/slack/views/decision-context.ts';
import {
  buttonValue,
  type DecisionAction,
  decisionActions,
  liftValue,
  maybeDecision,
  maybeLift,
  menuActions,
  menuValue,
} from '../../../src/slack/views/decision-ids.ts';
import fc from '../../support/properties.ts';
import { hostileText } from './hostile-text.ts';

const digest = '9f3ab2c41d0e77aa'.repeat(4);
const run = { id: 'r-7k2m9q4x', digest };
const decided = { runId: 'r-7k2m9q4x', digest: '9f3ab2c41d0e77aa' };
const actions = Object.keys(decisionActions) as DecisionAction[];

describe('maybeDecision', () => {
  it.each(actions)('reads back the button %s', (action) => {
    expect(maybeDecision(action, buttonValue(run))).toEqual({ action, ...decided });
  });

  it.each(menuActions)('reads back the menu’s %s', (action) => {
    const value = menuValue(action, run);
    expect(value.length).toBeLessThanOrEqual(75);
    expect(maybeDecision('run_menu', value)).toEqual({ action, ...decided });
  });

  it('keeps within what an option may hold for the longest run id', () => {
    const longest = { id: `r-${'x'.repeat(32)}`, digest };
    for (const action of menuActions) expect(menuValue(action, longest).length).toBeLessThanOrEqual(75);
  });

  it.each(actions)('needs to know which plan %s decides on, where it decides on one', (action) => {
    const isReadable = maybeDecision(action, buttonValue({ id: run.id, digest: undefined })) !== undefined;
    expect(isReadable).toBe(!['approve', 'deny', 'confirm_run', 'break_glass'].includes(action));
  });

  it.each<[string, string | undefined]>([
    ['approve', undefined],
    ['approve', ''],
    ['approve', 'null'],
    ['approve', '[]'],
    ['approve', '{"run":"r-7k2m9q4x"}'],
    ['approve', '{"run":"r-7k2m9q4x","digest":"9f3ab2c41d0e77a"}'],
    ['approve', '{"run":"r-7k2m9q4x","digest":"9F3AB2C41D0E77AA"}'],
    ['approve', '{"run":"r-7k2m9q4x","digest":"9f3ab2c41d0e77aa","as":"U0GRACE"}'],
    ['approve', '{"run":"run:1","digest":"9f3ab2c41d0e77aa"}'],
    ['approve', '{"run":["r-7k2m9q4x"],"digest":"9f3ab2c41d0e77aa"}'],
    ['approve', `{"run":"r-7k2m9q4x","digest":"9f3ab2c41d0e77aa"${' '.repeat(300)}}`],
    ['Approve', '{"run":"r-7k2m9q4x","digest":"9f3ab2c41d0e77aa"}'],
    ['constructor', '{"run":"r-7k2m9q4x","digest":"9f3ab2c41d0e77aa"}'],
    ['toString', '{"run":"r-7k2m9q4x"}'],
    ['lift_lockdown', '{"run":"r-7k2m9q4x"}'],
    ['run_menu', undefined],
    ['run_menu', 'details'],
    ['run_menu', 'approve r-7k2m9q4x 9f3ab2c41d0e77aa'],
    ['run_menu', 'details r-7k2m9q4x 9f3ab2c41d0e77aa more'],
    ['run_menu', 'details  r-7k2m9q4x'],
    ['run_menu', 'break_glass r-7k2m9q4x'],
    ['run_menu', 'details r-7k2m9q4x\n'],
    ['run_menu', '{"run":"r-7k2m9q4x"}'],
  ])('accepts nothing else: %s with %j', (actionId, value) => {
    expect(maybeDecision(actionId, value)).toBeUndefined();
  });

  it('never throws and never makes a run of what is none', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...actions, 'run_menu', 'lift_lockdown'),
        fc.oneof(hostileText, fc.json()),
        (actionId, value) => {
          expect(maybeDecision(actionId, value)).toBeUndefined();
          expect(maybeLift(actionId, value)).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('maybeLift', () => {
  it('reads back which lockdown is to be lifted, and nothing else', () => {
    expect(maybeLift('lift_lockdown', liftValue(7))).toBe(7);
    expect(maybeLift('approve', liftValue(7))).toBeUndefined();
    for (const value of [
      '{"lockdown":0}',
      '{"lockdown":1.5}',
      '{"lockdown":"7"}',
      '{"lockdown":7,"x":1}',
      undefined,
    ]) {
      expect(maybeLift('lift_lockdown', value)).toBeUndefined();
    }
  });
});

describe('decision context', () => {
  it('comes back as it was written', () => {
    expect(maybeDecisionContext(writeDecisionContext(run, { channelId: 'C0OPS', threadTs: '1.2' }))).toEqual({
      ...decided,
      channelId: 'C0OPS',
      threadTs: '1.2',
    });
    expect(maybeDecisionContext(writeDecisionContext({ id: 'r-1', digest: undefined }))).toEqual({
      runId: 'r-1',
    });
  });

  it.each([
    '',
    'x',
    '{}',
    'null',
    '{"command":"suspend-tenant"}',
    '{"run":"r-1","digest":"short"}',
    '{"run":"r-1","admin":true}',
  ])('is not read out of %j', (text) => {
    expect(maybeDecisionContext(text)).toBeUndefined();
  });
});
