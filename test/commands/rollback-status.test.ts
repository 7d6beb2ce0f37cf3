import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import rollbackStatus from '../../commands/rollback-status.ts';
import type { QueueDepth, Release, Report, Seen } from '../../src/command.ts';
import { later, planTime, rms, unreachable } from './guarded-world.ts';
import { cardText } from './report-of.ts';

const release = (version: string, schema: string, runsOn?: readonly [string, string]): Release => ({
  version,
  deployedAt: new Date('2026-11-20T15:00:00Z'),
  schema,
  runsOn: runsOn && { oldest: runsOn[0], newest: runsOn[1] },
});
const seen = <Value>(value: Value, at = planTime): Seen<Value> => ({ isSeen: true, value, at });
const unseen = { isSeen: false, why: 'rms answered 503: maintenance' } as const;
const queue = (name: string, depth: number): QueueDepth => ({ name, depth });

const drained = [
  [queue('notifications', 1_840), queue('webhooks', 0)],
  [queue('notifications', 1_822), queue('webhooks', 0)],
] as const;

interface Given {
  readonly releases?: Seen<readonly Release[]> | Error;
  readonly applied?: readonly string[];
  readonly pending?: readonly string[];
  readonly migrations?: Seen<{ applied: readonly string[]; pending: readonly string[] }>;
  readonly readiness?: Seen<{ isReady: boolean; failing: readonly string[] }>;
  readonly queues?: readonly (Seen<readonly QueueDepth[]> | readonly QueueDepth[])[];
}

const previous = release('2.14.1', '0041', ['0039', '0041']);
const sameSchema: Given = {
  releases: seen([release('2.14.2', '0041', ['0039', '0041']), previous]),
  applied: ['0039', '0040', '0041'],
};
const applied = ['0039', '0040', '0041', '0042'];
const compatible: Given = {
  releases: seen([release('2.15.0', '0042', ['0042', '0042']), release('2.14.1', '0041', ['0039', '0042'])]),
  applied,
};
const incompatible: Given = {
  releases: seen([release('3.0.0', '0042', ['0042', '0042']), previous, release('2.13.4', '0040')]),
  applied,
};

/** Queues in the order they are looked at. */
function targetOf(given: Given, asked = { queues: 0 }) {
  const samples = given.queues ?? drained;
  return {
    ...rms(),
    releases: {
      releases: async () => {
        if (given.releases instanceof Error) throw given.releases;
        return given.releases ?? seen([]);
      },
      migrations: async () =>
        given.migrations ?? seen({ applied: given.applied ?? [], pending: given.pending ?? [] }),
      readiness: async () => given.readiness ?? seen({ isReady: true, failing: [] }),
      queues: async () => {
        const index = asked.queues;
        asked.queues += 1;
        const sample = samples[index]!;
        return 'isSeen' in sample ? sample : seen(sample, later(Date.now() - planTime.getTime()));
      },
    },
  };
}

async function reportFor(given: Given, signal = new AbortController().signal): Promise<Report> {
  const target = targetOf(given);
  const running = rollbackStatus.run({ args: { target: 'rms' }, summary: [], data: {} }, {
    target,
    signal,
    progress: () => undefined,
    now: () => new Date(),
  } as never);
  running.catch(() => undefined);
  await vi.runAllTimersAsync();
  return running;
}

const golden = (name: string) => `../golden/commands/rollback-status-${name}.txt`;
const place = { target: 'rms', environment: 'production' };

describe('rollback-status', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: planTime });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each<[string, string, Given]>([
    ['same-schema', 'ok', sameSchema],
    ['compatible', 'ok', compatible],
    ['incompatible', 'warning', incompatible],
    [
      'older-compatible',
      'ok',
      {
        releases: seen([
          release('2.15.0', '0042'),
          release('2.14.2', '0041', ['0041', '0041']),
          release('2.14.1', '0040', ['0039', '0042']),
        ]),
        applied,
      },
    ],
    [
      'undeclared',
      'unknown',
      { releases: seen([release('2.15.0', '0042'), release('2.14.1', '0041')]), applied },
    ],
    ['drifted', 'warning', { ...sameSchema, applied: ['0039', '0040', '0041'], pending: ['0042', '0043'] }],
    ['database-ahead', 'warning', { releases: compatible.releases!, applied, ...aheadOf(previous) }],
    [
      'not-ready',
      'bad',
      { ...compatible, readiness: seen({ isReady: false, failing: ['database', 'redis'] }) },
    ],
    [
      'growing',
      'warning',
      {
        ...sameSchema,
        queues: [
          [queue('a', 5), queue('b', 3), queue('c', 0), queue('d', 9), queue('e', 0)],
          [queue('a', 5), queue('b', 8), queue('c', 0), queue('d', 1), queue('e', 0)],
        ],
      },
    ],
    ['releases-not-seen', 'unknown', { ...sameSchema, releases: unseen }],
    ['releases-broken', 'unknown', { ...sameSchema, releases: unreachable() }],
    ['migrations-not-seen', 'unknown', { ...sameSchema, migrations: unseen }],
    ['readiness-not-seen', 'unknown', { ...sameSchema, readiness: unseen }],
    ['queues-not-seen', 'unknown', { ...sameSchema, queues: [unseen] }],
    ['queues-seen-once', 'unknown', { ...sameSchema, queues: [drained[0], unseen] }],
    ['queue-seen-once', 'unknown', { ...sameSchema, queues: [drained[0], drained[1].slice(1)] }],
    ['no-queues', 'unknown', { ...sameSchema, queues: [[], []] }],
    ['first-release', 'unknown', { releases: seen([release('1.0.0', '0041')]), applied: ['0041'] }],
    ['nothing-on-record', 'unknown', {}],
  ])('reads as kept in rollback-status-%s, %s', async (name, status, given) => {
    const report = await reportFor(given);
    expect(report.status).toBe(status);
    expect(report.headline.length).toBeLessThanOrEqual(88);
    expect(report.lines!.length).toBeLessThanOrEqual(4);
    await expect(cardText('rollback-status rms', report, place)).toMatchFileSnapshot(golden(name));
  });

  it.each<[string, Release, string]>([
    ['a later one is the oldest it runs on', release('2', '0041', ['0043', '0043']), 'NOT by code alone'],
    ['its bounds are no schemas we know', release('2', '0041', ['x', 'y']), 'Unknown whether'],
    [
      'its oldest is unknown and its newest is too old',
      release('2', '0041', ['x', '0041']),
      'NOT by code alone',
    ],
    ['its own schema is not on record', release('2', 'x', ['0039', '0042']), 'can go back to 2'],
  ])('judges an earlier release when %s', async (_, earlier, words) => {
    const { headline } = await reportFor({
      releases: seen([release('3', '0042'), earlier]),
      applied,
      pending: ['0043'],
    });
    expect(headline).toContain(words);
  });

  it('looks at the queues twice, three seconds apart', async () => {
    const asked = { queues: 0 };
    const target = targetOf(sameSchema, asked);
    const running = rollbackStatus.run({ args: { target: 'rms' }, summary: [], data: {} }, {
      target,
      signal: new AbortController().signal,
      progress: () => undefined,
    } as never);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(asked.queues).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.queues).toBe(2);
    await running;
  });

  it('ends at once when it is stopped while it waits', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('stopped')), 10);
    await expect(reportFor(sameSchema, stop.signal)).rejects.toThrow('stopped');
  });
});

/** Somebody migrated without deploying: the running release came with an earlier schema. */
function aheadOf(earlier: Release): Given {
  return {
    releases: seen([
      release('2.14.2', '0041', ['0039', '0042']),
      { ...earlier, runsOn: { oldest: '0039', newest: '0042' } },
    ]),
  };
}
