import { describe, expect, it } from 'vitest';
import checkHealth from '../../commands/check-health.ts';
import type { HealthCheck, Report } from '../../src/command.ts';
import { unreachable } from './guarded-world.ts';
import { cardText } from './report-of.ts';

const check = (changes: Partial<HealthCheck> = {}): HealthCheck => ({
  service: 'api',
  probe: 'liveness',
  path: '/health',
  status: 'up',
  answer: '200',
  latencyMilliseconds: 12.4,
  failing: [],
  clockSkewMilliseconds: 400,
  ...changes,
});
const ready = check({ probe: 'readiness', path: '/ready', latencyMilliseconds: 31 });
const worker = check({ service: 'worker', path: '/healthz' });
const down = {
  ...ready,
  status: 'down',
  answer: '503',
  failing: ['database: connection refused', 'redis: timeout', 'queue: 3', 'disk: 99 %'],
} as const;
const silent = {
  ...worker,
  status: 'unknown',
  answer: 'no answer within 5 s',
  latencyMilliseconds: undefined,
  clockSkewMilliseconds: undefined,
} as const;

const target = (name: string, checks: readonly HealthCheck[] | Error) => ({
  name,
  environment: name === 'staging' ? 'staging' : 'production',
  health: {
    check: async () => {
      if (checks instanceof Error) throw checks;
      return checks;
    },
  },
});

async function reportFor(targets: readonly ReturnType<typeof target>[], named?: string): Promise<Report> {
  return checkHealth.run({ args: { target: named }, summary: [], data: {} }, {
    target: targets[0],
    targets,
    signal: new AbortController().signal,
  } as never);
}

const well = target('rms', [check(), ready, worker]);

describe('check-health', () => {
  it.each<[string, string, readonly ReturnType<typeof target>[]]>([
    ['one-up', 'ok', [well]],
    ['all-up', 'ok', [well, target('staging', [check()])]],
    ['down', 'bad', [target('staging', [check()]), target('rms', [silent, check(), down])]],
    ['several-down', 'bad', [target('rms', [{ ...check(), status: 'down', answer: '500' }, down, down])]],
    ['unknown', 'unknown', [well, target('staging', [check(), silent])]],
    ['no-probes', 'unknown', [well, target('staging', [])]],
    ['unreadable', 'unknown', [target('staging', unreachable())]],
    ['no-targets', 'unknown', []],
    [
      'skewed',
      'warning',
      [
        target('rms', [
          check(),
          { ...ready, clockSkewMilliseconds: -2_000 },
          { ...worker, clockSkewMilliseconds: 61_000 },
        ]),
      ],
    ],
  ])('reads as kept in check-health-%s, %s', async (name, status, targets) => {
    const report = await reportFor(targets);
    expect(report.status).toBe(status);
    expect(report.headline.length).toBeLessThanOrEqual(88);
    await expect(cardText('check-health', report)).toMatchFileSnapshot(
      `../golden/commands/check-health-${name}.txt`,
    );
  });

  it('calls out a clock that is two seconds off, and no less', async () => {
    const off = (skew: number) => reportFor([target('rms', [check({ clockSkewMilliseconds: skew })])]);
    expect((await off(1_999)).status).toBe('ok');
    expect((await off(-1_999)).status).toBe('ok');
    expect((await off(2_000)).headline).toBe('Clock off: rms api is 2 s ahead of ours; 1 probe up');
    expect((await off(-3_600_000)).headline).toContain('3600 s behind ours');
  });

  it('keeps what comes last when a reason is long', async () => {
    const { headline } = await reportFor([target('rms', [{ ...down, failing: ['x'.repeat(200)] }, down])]);
    expect(headline).toMatch(/^DOWN: rms api readiness \(x+…, and 1 more$/);
    expect(headline).toHaveLength(88);
  });

  it('asks all targets at the same time', async () => {
    let asked = 0;
    let release: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    const waiting = (name: string) => ({
      ...target(name, []),
      health: {
        check: async () => {
          asked += 1;
          if (asked === 3) release();
          await all;
          return [check()];
        },
      },
    });
    expect((await reportFor([waiting('a'), waiting('b'), waiting('c')])).headline).toBe(
      'All up: 3 probes of 3 targets, slowest 12 ms',
    );
  });
});
