import { describe, expect, it } from 'vitest';
import monitoringStatus from '../../commands/monitoring-status.ts';
import type { MonitoringStatus, Report } from '../../src/command.ts';
import { alertWorld, at, source } from './alert-world.ts';
import { cardText, reportOf } from './report-of.ts';

const earlier = new Date('2026-11-20T17:00:00Z');
const later = new Date('2026-11-20T18:10:00Z');
const reportFor = (sources: readonly MonitoringStatus[]): Promise<Report> =>
  reportOf(monitoringStatus, {}, { countersign: alertWorld({ sources }) });

const grafana = source({ name: 'grafana', kind: 'grafana', firingGroups: 2, clockSkewSeconds: -1.2 });
const silent = source({ name: 'watchdog', lastSeenAt: earlier, isSilent: true, deliveriesLastHour: 0 });
const refused = source({
  name: 'pager',
  kind: 'pagerduty',
  refused: 7,
  lastRefusal: { at: later, reason: '401, no signature of ours' },
});

describe('monitoring-status', () => {
  it.each<[string, Report['status'], readonly MonitoringStatus[]]>([
    ['well', 'ok', [source(), grafana]],
    [
      'silent',
      'bad',
      [grafana, refused, silent, source({ name: 'kuma', isSilent: true, lastSeenAt: undefined })],
    ],
    ['refused', 'warning', [source(), refused]],
    ['lost', 'bad', [refused, source({ shed: 1_204 })]],
    ['unreadable', 'warning', [source({ lastProblem: { at: later, reason: '"alerts" is no list' } })]],
    ['behind', 'warning', [source({ waiting: 1_000 })]],
    ['skewed', 'warning', [grafana, source({ clockSkewSeconds: 61.4 })]],
    [
      'unknown-events',
      'ok',
      [
        source({
          unknownEvents: [
            { event: 'incident.annotated', count: 1_204 },
            { event: 'pagey.ping', count: 1 },
          ],
        }),
      ],
    ],
    [
      'never-seen',
      'unknown',
      [source(), source({ name: 'new', lastSeenAt: undefined, expectEveryMinutes: undefined })],
    ],
    ['none', 'unknown', []],
  ])('reads as kept in monitoring-status-%s, %s', async (name, status, sources) => {
    const report = await reportFor(sources);
    expect(report.status).toBe(status);
    await expect(cardText('monitoring-status', report)).toMatchFileSnapshot(
      `../golden/commands/monitoring-status-${name}.txt`,
    );
  });

  it('gives each source one line, the silent ones first', async () => {
    const { lines } = await reportFor([source(), refused, silent]);
    expect(lines?.map((line) => JSON.stringify(line))).toEqual([
      expect.stringContaining('watchdog'),
      expect.stringContaining('pager'),
      expect.stringContaining('prometheus'),
    ]);
  });

  it('lets a refusal rest once the source was heard again', async () => {
    const since = await reportFor([{ ...refused, lastSeenAt: new Date(later.getTime() + 1) }]);
    expect(since.status).toBe('ok');
    expect((await reportFor([{ ...refused, lastSeenAt: undefined }])).status).toBe('warning');
  });

  it('calls out a clock that is half a minute off, and no less', async () => {
    const off = async (clockSkewSeconds: number) =>
      (await reportFor([source({ clockSkewSeconds })])).headline;
    expect(await off(29.9)).toContain('speaking');
    expect(await off(30)).toBe('Clock: prometheus, 30 s ahead of ours');
    expect(await off(-4_000)).toBe('Clock: prometheus, 4,000 s behind ours');
  });

  it('calls nothing well that has never spoken, and nothing that nobody configured', async () => {
    expect((await reportFor([source({ lastSeenAt: undefined })])).status).toBe('unknown');
    expect((await reportFor([])).status).toBe('unknown');
    expect((await reportFor([source({ lastSeenAt: at })])).status).toBe('ok');
  });
});
