import type { Report } from '../../../src/command.ts';
import type { RunCard } from '../../../src/core/cards/run-card.ts';

const intact: Report = {
  status: 'ok',
  headline: 'intact: acme, 200 records',
  lines: [
    ['200 of 200 records re-read in 0.4 s, head ', { code: '9f3ab2c1' }],
    ['Compared with the checkpoint of ', { date: new Date('2026-11-19T06:00:00Z') }],
  ],
};

const broken: Report = {
  status: 'bad',
  headline: 'broken: initech, record 117 was altered',
  lines: [
    [
      'altered at ',
      { date: new Date('2026-11-18T09:12:44Z') },
      ': ',
      { code: 'tenant.update' },
      ' by ',
      { code: 'usr_<!channel>' },
    ],
    'stored hash 3fa1c09e is not the recomputed 77b04d12',
    ['before: ', { code: 'a1b2' }, ' after: ', { code: 'c3d4' }],
    'one',
    'two',
    'three',
  ],
  details: Array.from({ length: 35 }, (_, index) => `problem ${index + 1}: altered`),
  next: 'Freeze writes to initech and follow S0.12',
  suggestions: [
    { label: 'Verify all of initech again', invocation: 'verify-audit initech --full' },
    { label: 'History', invocation: 'history initech' },
    { label: 'Explain', invocation: 'explain verify-audit' },
  ],
};

const base = {
  runId: 'r-7k2m9q4x',
  invocation: 'verify-audit acme',
  requesterId: 'U0ADA',
  target: 'pilot',
  environment: 'production',
} as const;

export const nameOf = (id: string) => ({ U0ADA: 'ada' })[id];

export const sampleCards: Readonly<Record<string, RunCard>> = {
  intact: { ...base, state: 'succeeded', report: intact, receipt: '#1234 · 9f3ab2' },
  broken: {
    ...base,
    invocation: 'verify-audit initech',
    state: 'succeeded',
    report: broken,
    receipt: '#1240 · 77b04d',
    isRetryOffered: false,
  },
  failed: {
    ...base,
    state: 'failed',
    problem: 'cannot reach pilot’s database. Check that it is up, then press Retry.',
    receipt: '#1241 · 0c11aa',
    isRetryOffered: true,
  },
  refused: {
    ...base,
    state: 'refused',
    target: undefined,
    environment: undefined,
    problem: 'There is no tenant "acmee" on pilot (production). Did you mean "acme"?',
  },
  running: {
    ...base,
    invocation: 'verify-audit umbrella',
    state: 'executing',
    progress: 'read 40,000 of 200,000 records',
  },
};
