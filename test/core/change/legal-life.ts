/** The order in which a change's ledger entries may stand, written down apart from the code that writes them. */
import type { RunState } from '../../../src/core/run.ts';
import type { Entry } from './guarded-workspace.ts';

type Stage = 'nothing' | 'asked' | 'waiting' | 'approved' | 'going' | 'unknown' | 'over';

const stages: Readonly<Record<Stage, Readonly<Record<string, Stage>>>> = {
  nothing: { 'run.requested': 'asked', 'run.refused': 'over' },
  asked: {
    'approval.requested': 'waiting',
    'run.confirmed': 'approved',
    'run.refused': 'over',
    'run.failed': 'over',
    'run.cancelled': 'over',
    'run.expired': 'over',
    // Only its plan was wanted.
    'run.succeeded': 'over',
  },
  waiting: {
    'approval.granted': 'waiting',
    'approval.denied': 'over',
    'approval.expired': 'over',
    'run.cancelled': 'over',
    'glass.broken': 'approved',
  },
  approved: {
    'approval.voided': 'waiting',
    'approval.requested': 'waiting',
    'run.started': 'going',
    'run.refused': 'over',
    'run.failed': 'over',
    'run.cancelled': 'over',
    'run.expired': 'over',
  },
  going: {
    'run.taken_over': 'going',
    'run.cancel_requested': 'going',
    'run.succeeded': 'over',
    'run.failed': 'over',
    'run.cancelled': 'over',
    'run.unknown': 'unknown',
  },
  unknown: { 'run.looked_again': 'unknown', 'run.settled': 'over' },
  over: {},
};

/** Clicks that change nothing may come at any time after it was asked. */
const anyTime = new Set(['approval.refused', 'glass.reviewed']);

const endings: Readonly<Partial<Record<RunState, readonly Stage[]>>> = {
  planned: ['asked'],
  awaiting_approval: ['waiting'],
  approved: ['approved'],
  executing: ['going'],
  unknown: ['unknown'],
};

/** @returns what is wrong with a run's entries, given the state it is in; undefined: nothing. */
export function illegality(entries: readonly Entry[], state: RunState): string | undefined {
  let stage: Stage = 'nothing';
  for (const { kind, facts } of entries) {
    if (anyTime.has(kind) && stage !== 'nothing') continue;
    const next: Stage | undefined = stages[stage][kind];
    if (next === undefined) return `"${kind}" after ${stage}`;
    stage = kind === 'approval.granted' && facts.isEnough === true ? 'approved' : next;
    if (kind === 'run.succeeded' && stage === 'over' && !entries.some((one) => one.kind === 'run.started')) {
      if (facts.isPlanOnly !== true) return 'succeeded without having started';
    }
  }
  const expected = endings[state] ?? ['over'];
  if (!expected.includes(stage)) return `it is ${state}, and its record ends ${stage}`;
  return undefined;
}
