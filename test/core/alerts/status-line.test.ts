import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Severity } from '../../../src/core/alerts/severity.ts';
import {
  describeStatusLine,
  judgeStatus,
  readStatusLine,
  readStatusText,
  severityOfLine,
  standingOf,
} from '../../../src/core/alerts/status-line.ts';
import fc from '../../support/properties.ts';

interface Captured {
  readonly line: string;
  readonly exit: number | null;
  readonly where: string;
  readonly parsed: Readonly<Record<string, string>>;
  readonly suggestSeverity: Severity;
}

const captured: readonly Captured[] = readFileSync(
  new URL('../../fixtures/webhooks/wearemany/status-lines.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const lineOf = (text: string) => {
  const line = readStatusLine(text);
  if (line === undefined) throw new Error(`"${text}" was not read`);
  return line;
};

describe('every status line of the tools', () => {
  test('is there', () => {
    expect(captured).toHaveLength(100);
  });

  test('reads as its golden file says', async () => {
    const read = captured.map(({ line, exit }) => {
      const status = readStatusLine(line);
      return status === undefined
        ? { line, exit, read: 'no report' }
        : { line, exit, ...status, standing: standingOf(status), severity: severityOfLine(status) };
    });
    await expect(`${JSON.stringify(read, null, 2)}\n`).toMatchFileSnapshot(
      '../../golden/webhooks/wearemany/status-lines.json',
    );
  });

  test.each(captured.filter(({ parsed }) => Object.keys(parsed).length > 0))('$line has its pairs', (one) => {
    const { tool, status, reason, fields } = lineOf(one.line);
    expect({ tool, status, reason, ...fields }).toMatchObject(one.parsed);
  });

  /** Prose: counted, never passed on. What it says is in the exit code and in other lines. */
  const prose = [
    'prod_config missing_env: set required secrets (names only) in repo settings.',
    'matching_health delivered=0; no tuning update',
    'matching_health ratio=0.33; no tuning change',
    '[OK] Policy check passed ✅',
    "[FAIL] Task T-001: invalid state 'DOING'. Allowed: ['BACKLOG', 'DONE', 'IN_PROGRESS', 'REVIEW', 'TODO']",
    'affinity_metrics: POSTGRES_DSN not set or psycopg missing; skipping.',
  ];

  test('is read, but for prose', () => {
    const unread = captured.map(({ line }) => line).filter((line) => readStatusLine(line) === undefined);
    expect(unread).toEqual(prose);
  });

  /** Where we differ from what was suggested, and why. */
  const otherwise: Readonly<Record<string, Severity>> = {
    // No data is unknown, and unknown is a warning, whichever tool says it.
    'regression_gate status=insufficient_data reason=delivered_total_lt_min_n': 'warning',
    // A secret that was echoed is out, whichever gate has found it: elsewhere the same reason is critical.
    'regression_gate status=fail reason=secret_echo_detected': 'critical',
  };

  test.each(captured.filter(({ line }) => !prose.includes(line)))('$line is as bad as suggested', (one) => {
    const isLowVolume = one.line.endsWith('status=insufficient_data reason=insufficient_volume');
    const expected = isLowVolume ? 'warning' : (otherwise[one.line] ?? one.suggestSeverity);
    expect(severityOfLine(lineOf(one.line))).toBe(expected);
  });
});

describe('a status line', () => {
  test('has its pairs in any order', () => {
    const [one, other] = ['check status=fail reason=x', 'check reason=x status=fail'].map(lineOf);
    expect(one).toEqual(other);
  });

  test('is the same in JSON, with its name inside or before', () => {
    const pairs = lineOf('prod_config status=fail reason=missing_env');
    expect(lineOf('{"tool":"prod_config","status":"fail","reason":"missing_env"}')).toEqual(pairs);
    expect(lineOf('prod_config {"status":"fail","reason":"missing_env"}')).toEqual(pairs);
  });

  test('keeps the first of a key that is given twice', () => {
    expect(lineOf('check status=fail status=ok').status).toBe('fail');
  });

  test.each([
    '',
    '   ',
    'status',
    'check',
    '=fail',
    '{"a":1',
    '[1,2]',
    '{}',
    'check {"a"',
    'a b c=1',
    'null',
  ])('is not "%s"', (text) => {
    expect(readStatusLine(text)).toBeUndefined();
  });

  test('is never longer than a line of a log may be', () => {
    expect(readStatusLine(`check status=ok note=${'x'.repeat(4_000)}`)).toBeUndefined();
  });

  test('takes no key for what every object has', () => {
    expect(Object.entries(lineOf('check __proto__=1 status=ok').fields)).toContainEqual(['__proto__', '1']);
    expect(lineOf('check a=1').status).toBeUndefined();
    expect(standingOf(lineOf('check status=constructor'))).toBe('unknown');
  });

  test('with a word nobody has told us of is unknown', () => {
    expect(standingOf(lineOf('check status=splendid'))).toBe('unknown');
  });

  test('is described without its values', () => {
    expect(describeStatusLine(lineOf('check status=fail reason=too_high'))).toBe('check fail (too_high)');
    expect(describeStatusLine(lineOf('check status=fail reason=postgres://u:p@h/db'))).toBe('check fail');
    expect(describeStatusLine(lineOf('status=fail'))).toBe('a check fail');
  });
});

describe('a text of them', () => {
  test('counts what it cannot read, without blank lines', () => {
    const { lines, unread } = readStatusText(
      'check status=ok\r\n\r\nTraceback: password=hunter2 wrong\nb status=fail',
    );
    expect(lines.map(({ tool }) => tool)).toEqual(['check', 'b']);
    expect(unread).toBe(1);
  });

  test('is not read to its end when it is a log', () => {
    const { lines, unread } = readStatusText('check status=ok\n'.repeat(1_500));
    expect([lines.length, unread]).toEqual([1_000, 500]);
  });
});

describe('the judgement', () => {
  const judge = (text: string, exitCode?: number) => judgeStatus(readStatusText(text).lines, exitCode);
  const unhealthy = 'generated_at=2026-03-02T03:00:41Z status=unhealthy reason=held_rate_high';
  const noData = 'generated_at=2026-03-02T03:00:41Z status=insufficient_data reason=insufficient_volume';
  const normalized = 'ops_ci_normalize status=normalized reason=insufficient_data';
  const onlyCode = 'ops_ci_normalize status=fail reason=unexpected_exit_2';

  test.each([
    ['nothing, exit 0', '', 0, 'good', 'info'],
    ['nothing, exit 1', '', 1, 'bad', 'high'],
    ['nothing, exit 2', '', 2, 'bad', 'high'],
    ['nothing, exit 137', '', 137, 'bad', 'high'],
    ['nothing at all', '', undefined, 'unknown', 'warning'],
    ['an unhealthy line behind exit 0', unhealthy, 0, 'bad', 'high'],
    [
      'an unhealthy line behind another one without data',
      `${unhealthy}\n${noData}\n${normalized}`,
      0,
      'bad',
      'high',
    ],
    ['no data, exit 2', noData, 2, 'unknown', 'warning'],
    ['no data, exit 1', noData, 1, 'bad', 'high'],
    ['normalized, exit 0', normalized, 0, 'unknown', 'warning'],
    ['normalized beside a healthy line', `a status=healthy\n${normalized}`, 0, 'unknown', 'warning'],
    ['a line that only repeats the exit code', onlyCode, 2, 'bad', 'high'],
    ['no data and a line that only repeats the exit code', `${noData}\n${onlyCode}`, 2, 'unknown', 'warning'],
    ['a harm that is named', 'metrics_regression status=fail reason=crisis_rate_high', 1, 'bad', 'critical'],
    ['a smoke test', 'mode=smoke reason=prod_not_configured', 0, 'unknown', 'warning'],
    ['healthy', 'a status=healthy', undefined, 'good', 'info'],
    ['numbers alone', 'second_touch_cleanup retention_days=180', undefined, 'unknown', 'warning'],
  ] as const)('of %s', (_, text, exitCode, standing, severity) => {
    expect(judge(text, exitCode)).toEqual({ standing, severity });
  });

  test('is never good with a bad or an unknown line in it', () => {
    const some = fc.constantFrom('a status=ok', unhealthy, noData, normalized, onlyCode, 'prose', 'a b=1');
    fc.assert(
      fc.property(fc.array(some), fc.option(fc.nat(255), { nil: undefined }), (lines, exitCode) => {
        const isClouded = lines.some((line) => [unhealthy, noData, normalized, onlyCode].includes(line));
        fc.pre(isClouded);
        expect(judge(lines.join('\n'), exitCode).standing).not.toBe('good');
      }),
    );
  });
});

test('any text at all is read or counted', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const { lines, unread } = readStatusText(text);
      expect(lines.length + unread).toBeLessThanOrEqual(text.split('\n').length);
      judgeStatus(lines, undefined);
      for (const line of lines) expect(describeStatusLine(line)).toMatch(/^[\w ()]{1,200}$/);
    }),
  );
});
