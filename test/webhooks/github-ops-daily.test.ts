import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ParsedDelivery, Signal } from '../../src/core/alerts/signal.ts';
import { Secret } from '../../src/core/secret.ts';
import { github } from '../../src/webhooks/github.ts';
import { type RawDelivery, UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import { readSample, samplesFolder } from './samples.ts';

const source = {
  name: 'wearemany',
  secrets: [new Secret('GITHUB_SECRET', 'wearemany-github-secret-for-tests')],
  options: { profile: 'ops-daily' as const },
};

type Json = Record<string, unknown>;

const opened = readSample('wearemany', 'issue-opened').json as {
  issue: Json;
  sender: Json;
  repository: Json;
};
const run = readSample('wearemany', 'workflow_run-prod-config-missing').json as { workflow_run: Json };
const url = 'https://github.com/acme/shop-api/actions/runs/289782451';
const person = { login: 'acme-dev', type: 'User' };

function deliver(headers: Record<string, string> = {}): RawDelivery {
  return { method: 'POST', headers, body: Buffer.from('{}'), receivedAt: new Date('2026-03-02T10:00:00Z') };
}

function parse(event: string | undefined, json: unknown): ParsedDelivery {
  return github.parse(json, deliver(event === undefined ? {} : { 'x-github-event': event }), source);
}

function onlySignal({ signals }: ParsedDelivery): Signal {
  expect(signals).toHaveLength(1);
  return signals[0]!;
}

const issue = (changes: Json, action = 'opened', sender: unknown = opened.sender) =>
  parse('issues', { ...opened, action, sender, issue: { ...opened.issue, ...changes } });

const withBody = (body: string) => onlySignal(issue({ body }));
const comment = (changes: Json, issueChanges: Json = {}) =>
  parse('issue_comment', {
    ...opened,
    action: 'created',
    issue: { ...opened.issue, ...issueChanges },
    comment: {
      body: opened.issue.body,
      html_url: 'https://github.com/acme/shop-api/issues/57#issuecomment-1',
      user: { login: 'github-actions[bot]', type: 'Bot' },
      created_at: '2026-03-03T03:02:11Z',
      ...changes,
    },
  });
const ended = (changes: Json) =>
  parse('workflow_run', { ...run, workflow_run: { ...run.workflow_run, ...changes } });
const posted = (text: string) => parse(undefined, { text });

describe('the issue', () => {
  test('fires, with what its lines say and where the run is', () => {
    expect(onlySignal(issue({}))).toMatchObject({
      status: 'firing',
      groupKey: 'ops_daily:acme/shop-api',
      severity: 'high',
      title: 'ops_daily strict unhealthy',
      summary: 'ops_ci_normalize fail (unexpected_exit_2) · exit code 2',
      links: [
        { label: 'Issue', url: 'https://github.com/acme/shop-api/issues/57' },
        { label: 'Run', url },
      ],
    });
  });

  test.each([
    ['exit 1', 'exit_code=1', 'high'],
    ['exit 2 without a line that explains it', 'exit_code=2', 'high'],
    [
      'a named harm',
      'exit_code=1\nregression_line=metrics_regression status=fail reason=identity_leak_rate_high',
      'critical',
    ],
    [
      'a named harm in the tail',
      'exit_code=2\n\n```\nx status=fail reason=crisis_rate_high\n```',
      'critical',
    ],
    ['no data', 'exit_code=2\nmode_line=w status=insufficient_data reason=delivered_total_0', 'warning'],
    [
      'no data hiding an unhealthy check',
      'exit_code=2\n```\na status=insufficient_data\nb status=unhealthy\n```',
      'high',
    ],
    ['exit 0, so that something else failed', 'exit_code=0\nretention_line=missing', 'high'],
    ['nothing that can be read', 'somebody has edited this', 'high'],
  ])('with %s is as bad as that', (_, body, severity) => {
    expect(withBody(body).severity).toBe(severity);
  });

  test('without data is unknown and says so', () => {
    const signal = withBody('exit_code=2\nmode_line=w status=insufficient_data reason=delivered_total_0');
    expect(signal.note).toContain('Unknown, not green');
  });

  test('shows no line of a log, only how many there were', () => {
    const signal = withBody(
      'exit_code=1\n```\nTraceback (most recent call last)\nDSN=postgres://u:hunter2@db/x y\n```',
    );
    expect(signal.summary).toBe('exit code 1 · 2 lines not read');
    expect(JSON.stringify(signal)).not.toContain('hunter2');
  });

  test.each([
    'https://evil.example/acme/shop-api/actions/runs/1',
    'https://github.com/acme/shop-api/actions/runs/1/../../../../evil',
    'https://github.com/acme/shop-api-evil/actions/runs/1',
  ])('links no run but its own: %s', (written) => {
    expect(withBody(`run_url=${written}\nexit_code=2`).links.map(({ label }) => label)).toEqual(['Issue']);
  });

  test('written by a stranger is no worse than a warning, whatever it says', () => {
    const body = 'exit_code=1\nregression_line=x status=fail reason=identity_leak_rate_high';
    const stranger = { user: { login: 'someone', type: 'User' }, author_association: 'NONE', body };
    expect(onlySignal(issue(stranger)).severity).toBe('warning');
    expect(onlySignal(issue({ ...stranger, author_association: 'MEMBER' })).severity).toBe('critical');
  });

  test('closed by a person ends all of it', () => {
    const { signals } = issue(
      { closed_at: '2026-03-02T10:00:00Z', updated_at: '2026-03-02T10:00:00Z' },
      'closed',
      person,
    );
    expect(new Set(signals.map(({ status }) => status))).toEqual(new Set(['resolved']));
    const fired = [issue({}), ended({}), posted(`ops_daily strict unhealthy (exit_code=2) ${url}`)].map(
      onlySignal,
    );
    const ends = signals.map(({ groupKey, fingerprint }) => `${groupKey} ${fingerprint}`);
    for (const { groupKey, fingerprint } of fired) expect(ends).toContain(`${groupKey} ${fingerprint}`);
  });

  test.each([[opened.sender], [{ login: 'stale[bot]', type: 'Bot' }], [undefined], [{ login: 'acme-dev' }]])(
    'closed by %j is not over',
    (sender) => {
      expect(onlySignal(issue({}, 'closed', sender)).status).toBe('noted');
    },
  );

  test('reopened fires again, in a later place', () => {
    const [first, again] = [issue({}), issue({ updated_at: '2026-03-04T09:00:00Z' }, 'reopened', person)].map(
      onlySignal,
    );
    expect(again).toMatchObject({ status: 'firing', fingerprint: first!.fingerprint });
    expect(again!.order).toBeGreaterThan(first!.order!);
  });

  test('of another title is an issue like any other', () => {
    expect(onlySignal(issue({ title: 'ops_daily is slow' })).groupKey).toBe('issue:acme/shop-api#57');
  });

  test('is an issue like any other without the profile', () => {
    const delivery = deliver({ 'x-github-event': 'issues' });
    const { signals } = github.parse(opened, delivery, { ...source, options: {} });
    expect(signals[0]?.groupKey).toBe('issue:acme/shop-api#57');
  });
});

describe('its comment', () => {
  test('is the same alert again, later', () => {
    const [first, again] = [issue({}), comment({})].map(onlySignal);
    expect(again).toMatchObject({
      status: 'firing',
      groupKey: first!.groupKey,
      fingerprint: first!.fingerprint,
      title: first!.title,
      summary: first!.summary,
    });
    expect(again!.order).toBeGreaterThan(first!.order!);
  });

  test.each([
    ['in words', { body: 'Looking at it. It says exit_code=2 again' }],
    ['by a stranger', { user: { type: 'User' }, author_association: 'NONE' }],
    ['without a text', { body: null }],
  ])('%s is conversation', (_, changes) => {
    expect(comment(changes)).toMatchObject({ isKnown: true, signals: [] });
  });

  test('on another issue or a pull request is conversation', () => {
    expect(comment({}, { title: 'Something else' }).signals).toEqual([]);
    expect(comment({}, { pull_request: {} }).signals).toEqual([]);
  });
});

describe('its runs', () => {
  test('that fail belong to the same group, since without settings nothing else is heard', () => {
    expect(onlySignal(ended({}))).toMatchObject({
      status: 'firing',
      groupKey: 'ops_daily:acme/shop-api',
      severity: 'high',
      links: [{ label: 'Run', url }],
    });
  });

  test('that fail do not lower what the issue says', () => {
    expect(onlySignal(ended({})).fingerprint).not.toBe(onlySignal(issue({})).fingerprint);
  });

  test('that succeed end nothing: without data they are green as well', () => {
    const signal = onlySignal(ended({ conclusion: 'success' }));
    expect(signal.status).toBe('noted');
    expect(signal.note).toContain('green, as it also does without data');
  });

  test.each(['cancelled', 'skipped', null])('that end as %s say nothing', (conclusion) => {
    expect(ended({ conclusion })).toMatchObject({ isKnown: true, signals: [] });
  });

  test('of another workflow are like any other', () => {
    const { signals } = parse('workflow_run', { ...run, workflow: { name: 'deploy' } });
    expect(signals[0]?.groupKey).toBe('workflow:acme/shop-api:2823525:main');
  });

  test('of a fork are none of ours', () => {
    const { signals } = ended({ head_repository: { full_name: 'someone/shop-api' } });
    expect(signals[0]).toMatchObject({
      groupKey: 'workflow:acme/shop-api:2823525:someone/shop-api:main',
      severity: 'info',
    });
  });
});

describe('a posted line', () => {
  test('as the workflow would post it to Slack joins the group of its repository', async () => {
    const json = JSON.parse(readFileSync(`${samplesFolder}/wearemany/slack-message.json`, 'utf8'));
    const parsed = parse(undefined, json);
    await expect(`${JSON.stringify(parsed, null, 2)}\n`).toMatchFileSnapshot(
      '../golden/webhooks/wearemany/slack-message.json',
    );
    expect(onlySignal(parsed).groupKey).toBe(onlySignal(issue({})).groupKey);
  });

  test('that is normalized is unknown: an alert of its own, ended by quiet time and by nothing else', () => {
    const parsed = posted(`ops_ci_normalize status=normalized reason=insufficient_data\n${url}`);
    const signal = onlySignal(parsed);
    expect(parsed.event).toBe('posted.unknown');
    expect(signal).toMatchObject({
      status: 'firing',
      severity: 'warning',
      title: 'ops_daily unknown',
      groupKey: 'ops_daily:acme/shop-api:unknown',
      quietMinutes: 2_160,
    });
    expect(signal.note).toContain('Unknown, not green');
  });

  test('that is unhealthy beside one without data is unhealthy', () => {
    const text =
      'w status=unhealthy reason=held_rate_high\nops_ci_normalize status=normalized reason=insufficient_data';
    expect(onlySignal(posted(text))).toMatchObject({ severity: 'high', quietMinutes: 2_160 });
  });

  test('that is healthy ends nothing', () => {
    expect(onlySignal(posted(`watchdog status=healthy\n${url}`)).status).toBe('noted');
  });

  test('that names a harm is critical', () => {
    const text = 'metrics_regression status=fail reason=crisis_rate_high';
    expect(onlySignal(posted(text)).severity).toBe('critical');
  });

  test('of another kind is counted and not known', () => {
    expect(posted('Lunch is ready')).toEqual({ event: 'posted', isKnown: false, signals: [] });
  });

  test('without a text is unreadable', () => {
    expect(() => parse(undefined, { blocks: [] })).toThrow(UnreadableDelivery);
  });

  test('has to be proven by the URL: it has no signature', () => {
    expect(github.verify(deliver(), source)).toEqual({ kind: 'unsigned' });
    expect(github.verify(deliver(), { ...source, options: {} }).kind).toBe('refused');
  });

  test('cannot be a delivery of GitHub that leaves out its signature', () => {
    expect(github.verify(deliver({ 'x-github-event': 'issues' }), source).kind).toBe('refused');
    expect(github.verify(deliver({ 'x-hub-signature-256': 'sha256=00' }), source).kind).toBe('refused');
  });
});
