import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { foldMember, type StateSignal } from '../../src/core/alerts/fold-member.ts';
import type { Member } from '../../src/core/alerts/group.ts';
import type { ParsedDelivery, Signal } from '../../src/core/alerts/signal.ts';
import { Secret } from '../../src/core/secret.ts';
import { github } from '../../src/webhooks/github.ts';
import { type RawDelivery, UnreadableDelivery } from '../../src/webhooks/source-kind.ts';
import fc from '../support/properties.ts';
import { mutationsOf, parsedOrRefused } from './mutations.ts';
import { readSample } from './samples.ts';

const secret = new Secret('GITHUB_SECRET', "It's a Secret to Everybody");
const source = { name: 'github', secrets: [secret], options: {} };

type Json = Record<string, unknown>;

const opened = readSample('github', 'issues-opened').json as { issue: Json; repository: Json };
const closed = readSample('github', 'issues-closed').json as { issue: Json };
const run = readSample('github', 'workflow_run-failure').json as { workflow_run: Json; repository: Json };

function deliver(headers: Record<string, string>, body = Buffer.from('{}')): RawDelivery {
  return { method: 'POST', headers, body, receivedAt: new Date('2026-03-02T10:00:00Z') };
}

function parse(event: string, json: unknown): ParsedDelivery {
  return github.parse(json, deliver({ 'x-github-event': event, 'x-github-delivery': 'd-1' }), source);
}

function onlySignal(event: string, json: unknown): Signal {
  const { signals } = parse(event, json);
  expect(signals).toHaveLength(1);
  return signals[0]!;
}

/** What a fold makes of one alert that is told of in this order. */
function stateAfter(signals: readonly Signal[]): Member['state'] | undefined {
  let member: Member | undefined;
  for (const signal of signals) {
    member = foldMember(member, signal as StateSignal, new Date('2026-03-02T12:00:00Z')).member;
  }
  return member?.state;
}

describe('the proof', () => {
  const body = Buffer.from('Hello, World!');
  const published = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const verify = (headers: Record<string, string>, secrets = [secret]) =>
    github.verify(deliver(headers, body), { ...source, secrets });

  test('accepts the vector that GitHub publishes', () => {
    expect(verify({ 'x-hub-signature-256': published })).toEqual({ kind: 'proven' });
  });

  test('accepts either secret during a rotation', () => {
    const other = new Secret('OTHER', 'another-secret-for-tests');
    expect(verify({ 'x-hub-signature-256': published }, [other, secret]).kind).toBe('proven');
    expect(verify({ 'x-hub-signature-256': published }, [other]).kind).toBe('refused');
  });

  test('is not SHA-1, whatever its signature says', () => {
    const sha1 = createHmac('sha1', secret.reveal()).update(body).digest('hex');
    expect(verify({ 'x-hub-signature': `sha1=${sha1}` }).kind).toBe('refused');
    expect(verify({ 'x-hub-signature-256': `sha1=${sha1}` }).kind).toBe('refused');
  });

  test.each(['', 'sha256=', published.slice(7), `${published}0`, ` ${published}`])(
    'is not what looks like a signature: "%s"',
    (given) => {
      expect(verify({ 'x-hub-signature-256': given }).kind).toBe('refused');
    },
  );

  test('is left to the URL where the webhook has no secret', () => {
    expect(verify({}, [])).toEqual({ kind: 'unsigned' });
  });

  test('is not left to the URL because the headers are missing', () => {
    expect(verify({}).kind).toBe('refused');
  });
});

describe('issues', () => {
  test('resolve when closed, and fire again as another episode when reopened', () => {
    const reopened = {
      ...opened,
      action: 'reopened',
      issue: { ...opened.issue, updated_at: '2026-03-02T11:00:00Z' },
    };
    const signals = [
      onlySignal('issues', opened),
      onlySignal('issues', closed),
      onlySignal('issues', reopened),
    ];
    expect(new Set(signals.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(stateAfter(signals.slice(0, 2))).toBe('resolved');
    // `created_at` belongs to the episode that is over.
    expect(signals[2]?.startsAt).toEqual(new Date('2026-03-02T11:00:00Z'));
    expect(stateAfter(signals)).toBe('firing');
  });

  test('stay closed when their opening is delivered late or again', () => {
    const [first, last] = [onlySignal('issues', opened), onlySignal('issues', closed)];
    expect(stateAfter([first, last, first])).toBe('resolved');
  });

  test('stay open when an earlier closing is delivered after they were reopened', () => {
    const reopened = {
      ...opened,
      action: 'reopened',
      issue: { ...opened.issue, updated_at: '2026-03-02T11:00:00Z' },
    };
    const late = onlySignal('issues', closed);
    expect(stateAfter([onlySignal('issues', opened), onlySignal('issues', reopened), late])).toBe('firing');
  });

  test.each([
    ['completed', 'Closed at GitHub as completed.'],
    ['not_planned', 'Closed at GitHub as not planned: without a fix.'],
    ['duplicate', 'Closed at GitHub as a duplicate of another issue.'],
    ['something_new', undefined],
    [null, undefined],
  ])('closed as %s say so', (reason, note) => {
    const body = { ...closed, issue: { ...closed.issue, state_reason: reason } };
    expect(onlySignal('issues', body)).toMatchObject({ status: 'resolved' });
    expect(onlySignal('issues', body).note).toBe(note);
  });

  test.each(['deleted', 'transferred'])('%s are not over', (action) => {
    expect(onlySignal('issues', { ...opened, action }).status).toBe('noted');
  });

  test.each(['edited', 'labeled', 'assigned', 'pinned', 'an action of tomorrow'])(
    '%s change nothing',
    (action) => {
      expect(parse('issues', { ...opened, action })).toMatchObject({ isKnown: true, signals: [] });
    },
  );

  test.each([
    [['bug'], 'warning'],
    [[], 'warning'],
    [['sev2'], 'high'],
    [['SEV-1'], 'critical'],
    [['P3', 'p1'], 'critical'],
    [['severity: high'], 'high'],
    [['priority/critical'], 'critical'],
    [['severity:P4'], 'info'],
    [['low'], 'info'],
    // What an issue is about is not how bad it is.
    [['page', 'error', 'debug'], 'warning'],
  ])('labelled %j are %s', (names, severity) => {
    const labels = names.map((name) => ({ name }));
    expect(onlySignal('issues', { ...opened, issue: { ...opened.issue, labels } }).severity).toBe(severity);
  });

  test('are kept without a link where GitHub gives an empty one', () => {
    expect(onlySignal('issues', { ...opened, issue: { ...opened.issue, html_url: '' } }).links).toEqual([]);
  });

  test.each([
    ['repository', { ...opened, repository: undefined }],
    ['number', { ...opened, issue: { ...opened.issue, number: undefined } }],
    ['updated_at', { ...opened, issue: { ...opened.issue, updated_at: 'yesterday' } }],
    ['action', { ...opened, action: undefined }],
  ])('without %s are unreadable, and the answer names it', (field, json) => {
    expect(() => parse('issues', json)).toThrow(UnreadableDelivery);
    expect(() => parse('issues', json)).toThrow(field);
  });

  test('comments on them are conversation', () => {
    const comment = { created_at: '2026-03-02T11:00:00Z', body: 'exit_code=2', user: { type: 'Bot' } };
    expect(parse('issue_comment', { ...opened, action: 'created', comment })).toMatchObject({
      event: 'issue_comment.created',
      isKnown: true,
      signals: [],
    });
  });
});

describe('workflow runs', () => {
  const ended = (changes: Json, repository: Json = run.repository) => ({
    ...run,
    workflow_run: { ...run.workflow_run, ...changes },
    repository,
  });

  test('that succeed end the failure of another run of the same workflow and branch', () => {
    const failure = onlySignal('workflow_run', run);
    const success = onlySignal(
      'workflow_run',
      ended({ conclusion: 'success', run_number: 164, run_attempt: 1, id: 1 }),
    );
    expect(success).toMatchObject({ status: 'resolved', groupKey: failure.groupKey });
    expect(stateAfter([failure, success])).toBe('resolved');
  });

  test('that succeeded before the failure do not end it, whenever they are told of', () => {
    const failure = onlySignal('workflow_run', run);
    const older = onlySignal(
      'workflow_run',
      ended({ conclusion: 'success', run_number: 162, run_attempt: 7 }),
    );
    const firstAttempt = onlySignal('workflow_run', ended({ conclusion: 'success', run_attempt: 1 }));
    expect(stateAfter([failure, older])).toBe('firing');
    expect(stateAfter([failure, firstAttempt])).toBe('firing');
  });

  test('that failed before the success do not reopen it', () => {
    const failure = onlySignal('workflow_run', run);
    const success = onlySignal('workflow_run', ended({ conclusion: 'success', run_number: 164 }));
    expect(stateAfter([failure, success, failure])).toBe('resolved');
  });

  test.each([
    'cancelled',
    'skipped',
    'neutral',
    'stale',
    'action_required',
    'startup_failure',
    'Success',
    null,
  ])('that end as %s say neither', (conclusion) => {
    expect(parse('workflow_run', ended({ conclusion }))).toMatchObject({ isKnown: true, signals: [] });
  });

  test('that timed out fire', () => {
    expect(onlySignal('workflow_run', ended({ conclusion: 'timed_out' })).status).toBe('firing');
  });

  test('that have not ended say nothing, even with a conclusion', () => {
    const body = { ...ended({ conclusion: 'success' }), action: 'requested' };
    expect(parse('workflow_run', body).signals).toEqual([]);
  });

  test("of a fork's branch of the same name are another alert", () => {
    const ours = onlySignal('workflow_run', run);
    const success = onlySignal(
      'workflow_run',
      ended({ conclusion: 'success', run_number: 999, head_repository: { full_name: 'someone/shop-api' } }),
    );
    expect(success.groupKey).not.toBe(ours.groupKey);
    expect(success.severity).toBe('info');
  });

  test.each([
    ['main', 'main', 'push', 'high'],
    ['trunk', 'trunk', 'push', 'high'],
    ['feature/x', 'main', 'push', 'info'],
    ['feature/x', 'main', 'schedule', 'high'],
    ['feature/x', undefined, 'push', 'warning'],
  ])('on %s where %s is the default, by %s, are %s', (branch, byDefault, event, severity) => {
    const repository = { ...run.repository, default_branch: byDefault };
    expect(onlySignal('workflow_run', ended({ head_branch: branch, event }, repository)).severity).toBe(
      severity,
    );
  });

  test('are named by their file where nothing else names them', () => {
    const body = { ...ended({ name: '' }), workflow: { name: '', path: '.github/workflows/nightly.yml' } };
    expect(onlySignal('workflow_run', body).title).toBe('nightly failed on main');
  });
});

describe('deployment statuses', () => {
  const status = (state: string, changes: Json = {}, deployment: Json = {}) => ({
    action: 'created',
    deployment_status: {
      state,
      environment: 'production',
      description: '',
      target_url: '',
      log_url: '',
      created_at: '2026-03-02T09:00:00Z',
      updated_at: '2026-03-02T09:00:00Z',
      ...changes,
    },
    deployment: { environment: 'production', ref: 'main', task: 'deploy', ...deployment },
    repository: { full_name: 'acme/shop-api', name: 'shop-api' },
  });

  test('that fail fire for their environment, and a later success ends it', () => {
    const failure = onlySignal('deployment_status', status('failure'));
    expect(failure).toMatchObject({
      status: 'firing',
      groupKey: 'deployment:acme/shop-api:production',
      environment: 'production',
      severity: 'high',
      title: 'Deployment to production failed',
      links: [],
    });
    const success = onlySignal(
      'deployment_status',
      status('success', { updated_at: '2026-03-02T09:10:00Z' }),
    );
    expect(stateAfter([failure, success])).toBe('resolved');
    expect(stateAfter([failure, success, failure])).toBe('resolved');
  });

  test('that succeeded before it failed do not end it', () => {
    const failure = onlySignal('deployment_status', status('error', { updated_at: '2026-03-02T09:10:00Z' }));
    expect(stateAfter([failure, onlySignal('deployment_status', status('success'))])).toBe('firing');
  });

  test.each(['pending', 'queued', 'in_progress', 'waiting', 'inactive', 'a state of tomorrow'])(
    'that are %s say neither',
    (state) => {
      expect(parse('deployment_status', status(state)).signals).toEqual([]);
    },
  );

  test('link the log, or what they have instead', () => {
    const [log, page] = ['https://ci.example.com/log', 'https://shop.example.com/'];
    const linked = (changes: Json) =>
      onlySignal('deployment_status', status('failure', changes)).links[0]?.url;
    expect(linked({ log_url: log, target_url: page })).toBe(log);
    expect(linked({ log_url: '', target_url: page })).toBe(page);
  });

  test.each([
    ['staging', {}, 'warning'],
    ['eu-1', { production_environment: true }, 'high'],
    ['production', { transient_environment: true }, 'info'],
  ])('to %s with %j are %s', (environment, deployment, severity) => {
    expect(onlySignal('deployment_status', status('failure', { environment }, deployment)).severity).toBe(
      severity,
    );
  });
});

describe('other deliveries', () => {
  test('a ping is known, says nothing, and has no action', () => {
    const { json, delivery } = readSample('github', 'ping');
    expect(github.parse(json, delivery, source)).toMatchObject({ event: 'ping', isKnown: true, signals: [] });
  });

  test('an event that only belongs to "everything" is known and says nothing', () => {
    expect(parse('push', { ref: 'refs/heads/main' })).toMatchObject({ isKnown: true, signals: [] });
  });

  test.each(['an_event_of_tomorrow', 'constructor', '__proto__'])(
    '"%s" is counted and not known',
    (event) => {
      expect(parse(event, {})).toMatchObject({ event, isKnown: false, signals: [] });
    },
  );

  test('the id of a delivery is the same when it is sent again', () => {
    const { json, delivery } = readSample('github', 'issues-opened');
    const [once, again] = [1, 2].map(() =>
      github.parse(json, { ...delivery, receivedAt: new Date() }, source),
    );
    expect(once?.deliveryId).toBe('72d3162e-cc78-11e3-81ab-4c9367dc0101');
    expect(again?.deliveryId).toBe(once?.deliveryId);
  });

  test('without X-GitHub-Event are not of GitHub', () => {
    expect(() => github.parse({}, deliver({}), source)).toThrow('X-GitHub-Event');
  });

  test('a posted status line is not read without the profile that knows it', () => {
    const text = 'ops_daily strict unhealthy (exit_code=2) https://github.com/a/b/actions/runs/1';
    expect(() => github.parse({ text }, deliver({}), source)).toThrow(UnreadableDelivery);
  });
});

const events = ['issues', 'issue_comment', 'workflow_run', 'deployment_status', 'ping', 'push'];

test.each([{}, { profile: 'ops-daily' as const }])(
  'any JSON at all is read or refused, with %j',
  (options) => {
    fc.assert(
      fc.property(fc.constantFrom(...events), fc.jsonValue(), (event, json) => {
        const delivery = deliver({ 'x-github-event': event });
        const parsed = parsedOrRefused(github, json, delivery, { ...source, options });
        expect(parsed?.signals.filter(({ status }) => status === 'resolved') ?? []).toEqual([]);
      }),
    );
  },
);

test.each([
  ['github', 'issues-opened'],
  ['github', 'workflow_run-failure'],
  ['wearemany', 'issue-opened'],
  ['wearemany', 'workflow_run-prod-config-missing'],
])('%s/%s never becomes a resolve, whatever is taken from it or put into it', (folder, name) => {
  const { json, delivery } = readSample(folder, name);
  fc.assert(
    fc.property(
      mutationsOf(json),
      fc.constantFrom({}, { profile: 'ops-daily' as const }),
      (mutated, options) => {
        const parsed = parsedOrRefused(github, mutated, delivery, { ...source, options });
        expect(parsed?.signals.filter(({ status }) => status === 'resolved') ?? []).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test('a mutated closing ends nothing but its own issue', () => {
  const { json, delivery } = readSample('github', 'issues-closed');
  fc.assert(
    fc.property(mutationsOf(json), (mutated) => {
      const parsed = parsedOrRefused(github, mutated, delivery, source);
      for (const signal of parsed?.signals ?? []) {
        if (signal.status !== 'resolved') continue;
        const { issue, repository } = mutated as { issue: Json; repository: Json };
        expect(signal.groupKey).toBe(`issue:${repository.full_name}#${issue.number}`);
        expect(signal.order).toBe(Date.parse(String(issue.updated_at)));
      }
    }),
    { numRuns: 300 },
  );
});
