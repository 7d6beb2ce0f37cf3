import { describe, expect, it } from 'vitest';
import { isSettled, moves, runId, runStates, statesBefore } from '../../src/core/run.ts';
import { answer } from '../../src/core/speak.ts';

describe('the states of a run', () => {
  it('are left only towards states that exist, and every one can be reached from planned', () => {
    const reached = new Set(['planned']);
    for (const state of reached) for (const next of moves[state as keyof typeof moves]) reached.add(next);
    expect([...reached].sort()).toEqual([...runStates].sort());
  });

  it('are final when nothing leaves them', () => {
    expect(runStates.filter(isSettled)).toEqual([
      'succeeded',
      'failed',
      'denied',
      'expired',
      'cancelled',
      'refused',
    ]);
    expect(statesBefore('succeeded')).toEqual(['planned', 'executing', 'unknown']);
  });
});

describe('a run id', () => {
  it('has eight letters that cannot be misread, from eight bytes', () => {
    expect(runId(Uint8Array.from([0, 1, 2, 30, 31, 255, 100, 8]))).toBe('r-234z299a');
    for (let byte = 0; byte < 256; byte++)
      expect(runId(new Uint8Array(8).fill(byte))).toMatch(/^r-[2-9a-hjkmnp-z]{8}$/);
  });
});

describe('what people see of a run', () => {
  const run = {
    id: 'r-1',
    requester: 'U0ADA',
    via: 'slash',
    state: 'succeeded',
    origin: { channelId: 'C0OPS', responseUrl: 'https://x' },
    report: { status: 'ok', headline: 'x' },
  };
  const shown = (changes: object, pages = 0, hasCard = false) =>
    answer({ ...run, ...changes } as never, () => pages, { hasCard }).map(
      ({ id, place, urgency }) => `${id} ${place.kind} ${urgency}`,
    );
  const isPrivate = { report: { status: 'info', headline: 'x', isPrivate: true } };

  it.each([
    ['a card', {}, 0, false, ['run:r-1:card channel other']],
    [
      'a card that goes on',
      { state: 'executing', report: undefined },
      0,
      false,
      ['run:r-1:card channel progress'],
    ],
    [
      'a card and its thread',
      {},
      2,
      false,
      [
        'run:r-1:card channel other',
        'run:r-1:details:1 thread_of other',
        'run:r-1:details:2 thread_of other',
      ],
    ],
    ['an answer to one person', isPrivate, 2, false, ['run:r-1:answer ephemeral other']],
    [
      'the end of a public card too',
      isPrivate,
      2,
      true,
      ['run:r-1:card channel other', 'run:r-1:answer ephemeral other'],
    ],
    ['a refusal', { state: 'refused', report: undefined }, 0, false, ['run:r-1:answer ephemeral other']],
    ['a message where there is no channel', { origin: {} }, 0, false, ['run:r-1:card dm other']],
    [
      'a view and a card',
      { origin: { channelId: 'C0OPS', viewId: 'V1' } },
      0,
      false,
      ['run:r-1:card channel other', 'run:r-1:view view decision'],
    ],
    [
      'a view alone, for one person',
      { ...isPrivate, origin: { channelId: 'C0OPS', viewId: 'V1' } },
      0,
      false,
      ['run:r-1:view view decision'],
    ],
    ['nothing for the command line', { via: 'cli' }, 0, true, []],
  ])('is %s', (_what, changes, pages, hasCard, expected) => {
    expect(shown(changes, pages, hasCard)).toEqual(expected);
  });
});
